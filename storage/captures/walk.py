"""Walk a WARC file record by record, trusting nothing in it.

Readers hand a torn record out as if it were whole (30 of 30 in our trials). Here a record counts only when its gzip
member ends properly, its header begins with `WARC/`, its block is as long as Content-Length says, and it closes with
two line ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from newsroom.errors import ArchiveError
from storage.captures.digests import Block
from storage.captures.member import BadRecord, RecordBytes
from storage.captures.pieces import CHUNK_BYTES

MAX_HEADER_BYTES = 1 << 16
MAX_RECORD_BYTES = 1 << 28  # decompressed; far above any answer the spiders accept
END_OF_RECORD = b"\r\n\r\n"

Headers = tuple[tuple[str, str], ...]


class DamagedRecord(ArchiveError):
    """A record that is not whole; `torn` is False when it is only larger than we are willing to read."""

    def __init__(self, path: Path, offset: int, problem: str, *, torn: bool = True) -> None:
        super().__init__(f"{path}: record at byte {offset} {problem}; run copydesk verify")
        self.path = path
        self.offset = offset
        self.problem = problem
        self.torn = torn


@dataclass(frozen=True, slots=True)
class WalkedRecord:
    """One whole record: where it lies and what its header says."""

    offset: int
    length: int  # in the file: of the gzip member, or of the plain record
    type: str
    record_id: str
    url: str | None
    date: datetime | None
    headers: Headers
    block_bytes: int
    http_head: bytes = b""  # of a request, response or revisit
    block_ok: bool | None = None  # None: not checked, or no digest that we know
    payload_ok: bool | None = None

    @property
    def end(self) -> int:
        """The offset just behind the record."""
        return self.offset + self.length

    def header(self, name: str) -> str | None:
        """The first header field called `name`, in any case."""
        return find_header(self.headers, name)


def walk(
    path: Path, start: int = 0, *, check: bool = False, max_record_bytes: int = MAX_RECORD_BYTES
) -> Iterator[WalkedRecord]:
    """Every whole record from byte `start` on, in constant memory; with `check`, their digests recomputed.

    Raises DamagedRecord at the first that is not whole; what is behind it is not looked at.
    """
    with open_warc(path) as file:
        size = os.fstat(file.fileno()).st_size
        offset = start
        while offset < size:
            with _naming(path, offset):
                record, _ = _read(file, offset, max_record_bytes, check=check)
            yield record
            offset = record.end


def read_record(path: Path, offset: int, *, max_record_bytes: int = MAX_RECORD_BYTES) -> tuple[WalkedRecord, bytes]:
    """The record that begins at `offset`, and its block. Raises DamagedRecord when there is no whole one."""
    with open_warc(path) as file, _naming(path, offset):
        return _read(file, offset, max_record_bytes, keep=True)


def open_warc(path: Path) -> BinaryIO:
    """Open a WARC file for reading. Raises ArchiveError."""
    try:
        return path.open("rb")
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}; restore it from a backup") from error


def find_header(headers: Headers, name: str) -> str | None:
    """The first header field called `name`, in any case."""
    name = name.lower()
    return next((value for key, value in headers if key.lower() == name), None)


def parse_date(text: str | None) -> datetime | None:
    """A WARC-Date in UTC; None when it is missing or unreadable."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day there are, in another zone
        return None


@contextmanager
def _naming(path: Path, offset: int) -> Iterator[None]:
    """Name file and offset in whatever goes wrong inside."""
    try:
        yield
    except BadRecord as error:
        raise DamagedRecord(path, offset, str(error), torn=error.torn) from error
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror or error} at byte {offset}; check the disk") from error


def _read(
    file: BinaryIO, offset: int, limit: int, *, check: bool = False, keep: bool = False
) -> tuple[WalkedRecord, bytes]:
    source = RecordBytes(file, offset, limit if _is_gzip_at(file, offset) else 1 << 62)
    headers = _read_headers(source)
    size = _block_size(headers, limit)
    kind = (find_header(headers, "WARC-Type") or "").lower()
    block = Block(kind, lambda name: find_header(headers, name), check=check)
    kept = bytearray()
    for piece in _pieces(source, size):
        block.update(piece)
        if keep:
            kept += piece
    _read_end(source)
    block_ok, payload_ok = block.agrees()
    url = find_header(headers, "WARC-Target-URI")
    record = WalkedRecord(
        offset=offset,
        length=source.file_bytes(),
        type=kind,
        record_id=find_header(headers, "WARC-Record-ID") or "",
        url=url.strip("<>") if url else None,  # wget puts it in angle brackets
        date=parse_date(find_header(headers, "WARC-Date")),
        headers=headers,
        block_bytes=size,
        http_head=block.http_head,
        block_ok=block_ok,
        payload_ok=payload_ok,
    )
    return record, bytes(kept)


def _is_gzip_at(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    return file.read(2) == b"\x1f\x8b"


def _read_headers(source: RecordBytes) -> Headers:
    head = source.take_until(END_OF_RECORD, MAX_HEADER_BYTES)
    if head is None or not head.startswith(b"WARC/"):
        raise BadRecord("has no WARC header")
    headers: list[tuple[str, str]] = []
    for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in {" ", "\t"} and headers:  # WARC/1.0 lets a value go on in the next line
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        elif colon:
            headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _block_size(headers: Headers, limit: int) -> int:
    text = find_header(headers, "Content-Length") or ""
    if not text.isascii() or not text.isdigit():
        raise BadRecord("has no Content-Length")
    if len(text) > 18 or int(text) > limit:
        raise BadRecord("is larger than the limit for one record", torn=False)
    return int(text)


def _pieces(source: RecordBytes, size: int) -> Iterator[bytes]:
    while size:
        piece = source.take(min(size, CHUNK_BYTES))
        if not piece:
            raise BadRecord("is shorter than its Content-Length")
        size -= len(piece)
        yield piece


def _read_end(source: RecordBytes) -> None:
    if b"".join(_pieces(source, len(END_OF_RECORD))) != END_OF_RECORD:
        raise BadRecord("does not end where its Content-Length says")
    if source.is_gzip and source.take(1):
        raise BadRecord("shares its gzip member with another record")
