"""Read captures back: by address, with revisits resolved and content codings taken off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError
from newsroom.records import WarcAddress
from storage.captures.encoding import decode_content
from storage.captures.files import find_file
from storage.captures.walk import WalkedRecord, read_record

MAX_PAYLOAD_BYTES = 1 << 26
MAX_REVISITS = 8  # a 304 refers to what was unchanged when it was last seen, and that to the whole answer

Lookup = Callable[[str], WarcAddress | None]


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One answer out of the archive, bytes as they came over the wire."""

    url: str
    fetched_utc: datetime
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes  # still content-encoded; empty for a revisit that was not resolved
    record_id: str
    revisit_of: str | None = None  # record id that holds the payload
    truncated: str | None = None
    ip: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """The first response header called `name`, in any case."""
        wanted = name.lower().encode("latin-1", "replace")
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)


def read_capture(folder: Path, address: WarcAddress, lookup: Lookup | None = None) -> StoredResponse:
    """The answer at `address`. A revisit is given the payload of its original when `lookup` finds that by record id.

    What it refers to may be a revisit itself, such as the "unchanged" answer that a 304 confirms.

    Raises ArchiveError when the file or record is missing, damaged or another one, when an original is not found, or
    when one revisit leads to another without end.
    """
    chain = [_read_at(folder, address)]
    while lookup is not None and (original := chain[-1].revisit_of) is not None:
        if len(chain) > MAX_REVISITS:
            raise ArchiveError(
                f"{address.file}: record at byte {address.offset} is a revisit of a revisit, more than {MAX_REVISITS} "
                "times over; its payload cannot be found"
            )
        found = lookup(original)
        if found is None:
            raise ArchiveError(
                f"{address.file}: record at byte {address.offset} refers to {original}, which the corpus "
                "does not know; run copydesk verify"
            )
        chain.append(_read_at(folder, found))
    response = chain.pop()
    while chain:
        response = _with_payload(chain.pop(), response)
    return response


def payload(stored: StoredResponse, max_bytes: int = MAX_PAYLOAD_BYTES) -> bytes:
    """The body without its content codings. Raises PayloadTooLarge when it is more than `max_bytes`."""
    return decode_content(stored.body, stored.header("Content-Encoding"), max_bytes)


def parse_response(record: WalkedRecord, block: bytes) -> StoredResponse | None:
    """A response or revisit record as the answer it holds; None when it holds no dated HTTP answer."""
    if record.type not in {"response", "revisit"} or record.date is None:
        return None
    head, blank, body = block.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/[\d.]+ +(\d{3})\b", head)
    if not status or not blank:
        return None
    return StoredResponse(
        url=record.url or "",
        fetched_utc=record.date,
        status=int(status[1]),
        headers=_headers(head),
        body=body,
        record_id=record.record_id,
        revisit_of=record.header("WARC-Refers-To") if record.type == "revisit" else None,
        truncated=record.header("WARC-Truncated") if record.type == "response" else None,
        ip=record.header("WARC-IP-Address"),
        notes=read_notes(record.header("WARC-JSON-Metadata")),
    )


def _read_at(folder: Path, address: WarcAddress) -> StoredResponse:
    path = find_file(folder, address.file)
    try:
        record, block = read_record(path, address.offset)
    except ArchiveError:
        if path.exists():
            raise
        record, block = read_record(find_file(folder, address.file), address.offset)  # its writer has just closed it
    response = parse_response(record, block)
    if response is None or record.record_id != address.record_id:
        raise ArchiveError(
            f"{path}: the record at byte {address.offset} is {record.type or 'unknown'} {record.record_id}, "
            f"not {address.record_id}; run copydesk verify"
        )
    return response


def _with_payload(response: StoredResponse, original: StoredResponse) -> StoredResponse:
    if response.status != 304:
        return replace(response, body=original.body)
    # A 304 names only the headers that changed; how the body is encoded and typed stands with the original.
    own = {name.lower() for name, _ in response.headers}
    kept = tuple((name, value) for name, value in original.headers if name.lower() not in own)
    return replace(response, headers=response.headers + kept, body=original.body)


def _headers(head: bytes) -> tuple[tuple[bytes, bytes], ...]:
    pairs = (line.partition(b":") for line in re.split(rb"\r?\n(?![ \t])", head)[1:])
    return tuple((name.strip(), re.sub(rb"\r?\n[ \t]+", b" ", value).strip()) for name, colon, value in pairs if colon)


def read_notes(text: str | None) -> Mapping[str, str]:
    """The notes that a record carries in WARC-JSON-Metadata; none when they cannot be read."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
