"""What one record of an archive is to us: a page to be read, something to be counted, or something wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from newsroom.dates import parse_when
from newsroom.records import Exchange
from newsroom.urls import canonical_url, host_key
from pipelines.refusals.not_text import not_html
from storage.archives.http import HttpAnswer, parse_answer
from storage.archives.records import ArchivedRecord
from storage.captures.encoding import PayloadTooLarge, decode_content
from storage.captures.reader import read_notes
from storage.captures.walk import parse_date

MAX_PAGE_BYTES = 32 << 20  # decoded
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
MAX_NOTES_CHARS = 4_096
AHEAD = timedelta(days=1)  # clocks that run fast

ANSWERS = frozenset({"response", "revisit", "resource"})
IMPORTED_FROM, IMPORTED_RECORD, IMPORTED_DIGEST = "imported_from", "imported_record", "imported_digest"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that is no page; `kind` says what it is."""

    kind: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record that should be a page and cannot be used."""

    problem: str
    url: str = ""
    is_deferred: bool = False  # it may still be found to be of use


@dataclass(frozen=True, slots=True)
class Reference:
    """What a revisit record says of the capture that holds its payload."""

    record_id: str | None
    url: str | None
    fetched_utc: datetime | None
    digest: str | None  # of the payload, as the archive writes it
    not_modified: bool  # the server said so

    def __str__(self) -> str:
        return self.record_id or f"{self.url or 'the same address'} of {self.fetched_utc or 'an unknown time'}"


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page as it was captured."""

    url: str  # canonical
    exchange: Exchange
    body: bytes  # without its content coding
    reference: Reference | None = None  # its payload lies elsewhere

    @property
    def content_type(self) -> str | None:
        return _header(self.exchange, b"content-type")

    def with_payload(self, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> ArchivedPage | LeftOut:
        """A revisit's page with the payload, and where it gives none the headers, of its original."""
        exchange = replace(self.exchange, body=body, response_headers=self.exchange.response_headers or headers)
        return _readable(replace(self, exchange=exchange))


def page_in(record: ArchivedRecord, archive: str, now: datetime, *, check: bool) -> ArchivedPage | LeftOut | Unusable:
    """What `record` of the file `archive` is. With `check`, bytes that do not have their digest are not used."""
    if record.type not in ANSWERS:
        return LeftOut(record.type or "of no type")
    address = record.url
    if not address:
        return Unusable("has no WARC-Target-URI")
    if address.partition(":")[0].lower() not in ("http", "https"):
        return LeftOut("not http")
    if not host_key(url := canonical_url(address)):
        return Unusable("has an address that cannot be read", address)
    if urlsplit(url).path == "/robots.txt":
        return LeftOut("robots.txt")
    if record.block is None:
        return LeftOut("too large")
    if record.header("WARC-Segment-Number"):
        return Unusable("is one segment of several", url)
    if check and record.digests_agree is False:
        return Unusable("does not have the digest it states: its bytes have changed", url)
    return _page(record, record.block, address, url, archive, now)


def _page(
    record: ArchivedRecord, block: bytes, address: str, url: str, archive: str, now: datetime
) -> ArchivedPage | LeftOut | Unusable:
    answer = _answer(record, block)
    if answer is None:
        return Unusable("holds no HTTP answer", url)
    reference = _reference(record, answer) if record.type == "revisit" else None
    if answer.problem and reference is None:
        return Unusable(f"has a body that is not whole: {answer.problem}", url)
    if answer.status != 200 and not (reference and reference.not_modified):
        return LeftOut(f"status {answer.status}")
    when, from_http = _captured(record, answer, now)
    if when is None:
        return Unusable(f"has no date that can be believed ({(record.header('WARC-Date') or 'none')[:60]})", url)
    page = ArchivedPage(url, _exchange(record, answer, address, when, archive, from_http), b"", reference)
    if reference is None:
        return _readable(page)
    return LeftOut("not HTML") if not_html(b"<p>", page.content_type) else page


def _answer(record: ArchivedRecord, block: bytes) -> HttpAnswer | None:
    if record.type == "resource":
        kind = (record.header("Content-Type") or "").encode("latin-1", "replace")
        return HttpAnswer("HTTP/1.1", 200, ((b"Content-Type", kind),), block)
    if record.type == "revisit" and not block.strip():
        return HttpAnswer("HTTP/1.1", 304 if _says_not_modified(record) else 200, (), b"")
    return parse_answer(block)


def _says_not_modified(record: ArchivedRecord) -> bool:
    return (record.header("WARC-Profile") or "").endswith("server-not-modified")


def _reference(record: ArchivedRecord, answer: HttpAnswer) -> Reference:
    return Reference(
        record_id=record.header("WARC-Refers-To"),
        url=record.header("WARC-Refers-To-Target-URI"),
        fetched_utc=parse_date(record.header("WARC-Refers-To-Date")),
        digest=record.header("WARC-Payload-Digest"),
        not_modified=answer.status == 304 or _says_not_modified(record),
    )


def _captured(record: ArchivedRecord, answer: HttpAnswer, now: datetime) -> tuple[datetime | None, bool]:
    """When it was captured, and whether only the server's own clock says so."""
    if (said := parse_date(record.header("WARC-Date"))) and EARLIEST <= said <= now + AHEAD:
        return said, False
    served = parse_when(answer.header("Date") or "", now=now)
    return (served.utc, True) if served and served.utc >= EARLIEST else (None, False)


def _exchange(
    record: ArchivedRecord, answer: HttpAnswer, address: str, when: datetime, archive: str, from_http: bool
) -> Exchange:
    carried = record.header("WARC-JSON-Metadata") or ""
    notes = {
        **(read_notes(carried) if len(carried) <= MAX_NOTES_CHARS else {}),  # such as what a site said of robots
        IMPORTED_FROM: archive,
        IMPORTED_RECORD: record.record_id or f"at byte {record.place}",
        IMPORTED_DIGEST: record.header("WARC-Payload-Digest"),
        "captured_by": "the Date of the answer; the record has none that can be believed" if from_http else None,
    }
    return Exchange(
        url=address,
        fetched_utc=when,
        status=answer.status,
        request_headers=(),
        response_headers=answer.headers,
        body=answer.body,
        protocol=answer.protocol,
        ip=record.header("WARC-IP-Address"),
        truncated=(record.header("WARC-Truncated") or None) if record.type != "revisit" else None,
        notes={name: value for name, value in notes.items() if value},
    )


def _readable(page: ArchivedPage) -> ArchivedPage | LeftOut:
    """The page with its body decoded, if that is HTML."""
    try:
        body = decode_content(page.exchange.body, _header(page.exchange, b"content-encoding"), MAX_PAGE_BYTES)
    except PayloadTooLarge:
        return LeftOut("too large")
    if body and not_html(body, page.content_type):
        return LeftOut("not HTML")
    return replace(page, body=body)


def _header(exchange: Exchange, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in exchange.response_headers if key.lower() == name), None)
