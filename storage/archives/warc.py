"""One record of a WARC file, of any version."""

from __future__ import annotations

import re

from storage.archives.parts import MAX_BLOCK_BYTES, Checked, Fault, read_block
from storage.archives.records import ArchivedRecord
from storage.archives.stream import ByteStream
from storage.captures.walk import END_OF_RECORD, MAX_HEADER_BYTES, Headers, find_header

MAX_FIELDS = 1_000
_END_OF_HEAD = re.compile(rb"\r?\n[ \t]*\r?\n")


def begins(ahead: bytes) -> bool:
    """Whether a WARC record begins so."""
    return ahead.startswith(b"WARC/")


def read(stream: ByteStream) -> ArchivedRecord:
    """The record at which `stream` stands. Raises Fault or BrokenMember."""
    place = stream.place
    headers = _headers(_head(stream))
    kind = (find_header(headers, "WARC-Type") or "").strip().lower()
    url = find_header(headers, "WARC-Target-URI") or ""
    size = _size(headers, url)
    checked = Checked(headers, kind)
    read_block(stream, size, checked, url)
    end, closed = stream.place, stream.peek(4) == END_OF_RECORD
    stream.skip_line_ends()
    if not closed and (ahead := stream.peek(5)) and ahead != b"WARC/":
        raise Fault("does not end where its Content-Length says", url=url)
    block_ok, payload_ok = checked.agrees()
    return ArchivedRecord(place, end, kind, headers, checked.block, size, block_ok, payload_ok)


def _head(stream: ByteStream) -> bytes:
    size = 1 << 10
    while True:
        ahead = stream.peek(size)
        end = _END_OF_HEAD.search(ahead)
        if end is not None:
            stream.take(end.end())
            return ahead[: end.start()]
        if len(ahead) < size:
            raise Fault("ends inside its header", torn=True)
        if size >= MAX_HEADER_BYTES:
            raise Fault(f"has a header of more than {MAX_HEADER_BYTES >> 10} KB")
        size *= 4


def _headers(head: bytes) -> Headers:
    headers: list[tuple[str, str]] = []
    lines = re.split(r"\r?\n", head.decode("utf-8", "replace"))
    if len(lines) > MAX_FIELDS:
        raise Fault(f"has more than {MAX_FIELDS:,} header fields")
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in {" ", "\t"} and headers:  # WARC/1.0 lets a value go on in the next line
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        elif colon:
            headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _size(headers: Headers, url: str) -> int:
    text = (find_header(headers, "Content-Length") or "").strip()
    if not text.isascii() or not text.isdigit():
        raise Fault(
            f"has no Content-Length that can be read ({text[:40]!r})" if text else "has no Content-Length", url=url
        )
    if len(text) > 18 or int(text) > MAX_BLOCK_BYTES:
        raise Fault(f"says it is {text[:20]} bytes long, more than is read of one record", url=url)
    return int(text)
