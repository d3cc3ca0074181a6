"""Where `copydesk extract` takes its pages from: files, WARC files, stdin, and lists of files."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from newsroom.errors import ArchiveError, UsageError

if TYPE_CHECKING:
    from newsroom.records import Article, Rejected
    from storage.captures import WalkedRecord

MAX_PAGE_BYTES = 64 << 20
HTML_STATUS = 200
_GZIP, _WARC = b"\x1f\x8b", b"WARC/"


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page to be read, or why it could not even be opened."""

    name: str  # the id on the list, or the URL or path for people
    url: str
    body: bytes = b""
    content_type: str | None = None
    error: str | None = None
    found: Article | Rejected | None = None  # what was read while it was fetched

    @property
    def is_unread(self) -> bool:
        """Whether there is a page that is still to be read."""
        return self.error is None and self.found is None


def pages_of(source: str, url: str | None) -> Iterator[SourcePage]:
    """The pages of a file, a WARC file or stdin (`-`); `url` is the address of a page that is a file."""
    if source == "-":
        body = read_bounded(sys.stdin.buffer)
        yield SourcePage(url or "stdin", url or "", body)
        return
    path = Path(source)
    try:
        is_warc = _is_warc(path)
        body = b"" if is_warc else _read(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    if is_warc:
        yield from _warc_pages(path)
    else:
        yield SourcePage(str(path), url or path.resolve().as_uri(), body)


def listed_pages(listing: Path) -> Iterator[SourcePage]:
    """The pages of a list: lines `{id, url, file[, content_type]}`, the file relative to the list, `.gz` unpacked.

    What is wrong with a line, or cannot be read, is its page's `error`.
    """
    opened: BinaryIO = sys.stdin.buffer if str(listing) == "-" else listing.open("rb")
    with opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                yield _listed(line, number, listing.parent)


def _listed(line: bytes, number: int, folder: Path) -> SourcePage:
    said: Any = None
    try:
        said = json.loads(line.decode("utf-8-sig"))
        url, file = str(said["url"]), str(said["file"])
        name = said.get("id", number)
        body = _read(folder / file)
        return SourcePage(name, url, body, said.get("content_type"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, EOFError, zlib.error) as error:
        known: Mapping[str, Any] = said if isinstance(said, dict) else {}
        fault = f"line {number}: {_said(error)}"
        return SourcePage(known.get("id", number), str(known.get("url", "")), error=fault)


def _said(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]}: missing"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {error}"


def read_bounded(stream: BinaryIO) -> bytes:
    """All of `stream`. Raises ValueError when it is larger than a page may be."""
    body = stream.read(MAX_PAGE_BYTES + 1)
    if len(body) > MAX_PAGE_BYTES:
        raise ValueError(f"larger than {MAX_PAGE_BYTES >> 20} MB")
    return body


def _read(path: Path) -> bytes:
    if path.suffix == ".gz":
        with gzip.open(path) as packed:
            return read_bounded(packed)  # type: ignore[arg-type]
    with path.open("rb") as plain:
        return read_bounded(plain)


def _is_warc(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, len(_WARC))
        except zlib.error:
            return False
    return head.startswith(_WARC)


def _warc_pages(path: Path) -> Iterator[SourcePage]:
    """The whole answers of a WARC file that are not of some other type than HTML, in their order."""
    from storage.captures import DamagedRecord, walk
    from storage.captures.repair import next_member

    start: int | None = 0
    while start is not None:
        try:
            for record in walk(path, start):
                yield from _answered(path, record)
            start = None
        except DamagedRecord as damage:
            yield SourcePage(str(path), "", error=f"record at byte {damage.offset} {damage.problem}")
            start = next_member(path, damage.offset)


def _answered(path: Path, record: WalkedRecord) -> Iterator[SourcePage]:
    """The page in a record, if it holds one."""
    from storage.captures import payload
    from storage.captures.reader import parse_response
    from storage.captures.walk import read_record

    answer = parse_response(*read_record(path, record.offset)) if record.type == "response" else None
    kind = (answer.header("Content-Type") or "text/html") if answer else ""
    if answer is None or answer.status != HTML_STATUS or "html" not in kind.lower():
        return
    try:
        yield SourcePage(answer.url, answer.url, payload(answer, MAX_PAGE_BYTES), kind)
    except ArchiveError as error:
        yield SourcePage(answer.url, answer.url, error=str(error))
