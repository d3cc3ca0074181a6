"""One record of an ARC file, the format before WARC, given under the names of WARC."""

from __future__ import annotations

import re

from storage.archives.parts import MAX_BLOCK_BYTES, Checked, Fault, read_block
from storage.archives.records import ArchivedRecord, Place
from storage.archives.stream import ByteStream
from storage.captures.walk import Headers

FIELDS_V1 = 5
FIELDS_V2 = 10
MAX_LINE_BYTES = 1 << 14
# An address may hold spaces, so a line is read from its end: IP, date, type, and for version 2 five more, then length.
_LINE = re.compile(rb"[a-zA-Z][a-zA-Z0-9+.-]*:[^\r\n]* [0-9a-fA-F.:]+ \d{12,20} [^\r\n]*\r?\n")


def begins(ahead: bytes) -> bool:
    """Whether an ARC record begins so."""
    return ahead.startswith(b"filedesc://") or _LINE.match(ahead) is not None


def read(stream: ByteStream, fields: int) -> tuple[ArchivedRecord, int]:
    """The record at which `stream` stands, and how many fields the lines behind it have. Raises Fault, BrokenMember."""
    place = stream.place
    line = _line(stream)
    if line.startswith("filedesc://"):
        return _file_header(stream, place, line)
    parts = line.rsplit(" ", fields - 1)
    if len(parts) < fields:
        parts = line.rsplit(" ", FIELDS_V1 - 1)
    url, ip, when, kind, length = parts[0], parts[1], parts[2], parts[3], parts[-1]
    if not length.isascii() or not length.isdigit() or len(length) > 18 or int(length) > MAX_BLOCK_BYTES:
        raise Fault(f"has no length that can be read ({length[:40]!r})", url=url)
    checked = Checked((), "response")
    read_block(stream, int(length), checked, url)
    headers = _headers(url, ip, when, kind, checked.block)
    return ArchivedRecord(place, stream.place, dict(headers)["WARC-Type"], headers, checked.block, int(length)), fields


def _file_header(stream: ByteStream, place: Place, line: str) -> tuple[ArchivedRecord, int]:
    """The first record: its block names the fields of the lines to come, and ends with a blank line."""
    block = b""
    while (piece := _raw_line(stream)).strip():
        block += piece
        if len(block) > MAX_LINE_BYTES:
            raise Fault("has no end to its file header")
    version = 2 if block.startswith(b"2") else 1
    headers: Headers = (("WARC-Type", "arc-header"), ("WARC-Target-URI", line.split(" ")[0]))
    record = ArchivedRecord(place, stream.place, "arc-header", headers, block, len(block))
    return record, FIELDS_V2 if version == 2 else FIELDS_V1


def _headers(url: str, ip: str, when: str, kind: str, block: bytes | None) -> Headers:
    is_http = block is None or block.startswith(b"HTTP/")
    found = [
        ("WARC-Type", "response" if is_http else "resource"),
        ("WARC-Target-URI", url),
        ("WARC-IP-Address", ip),
        ("Content-Type", "application/http; msgtype=response" if is_http else kind),
    ]
    if len(when) >= 14:
        found.append(("WARC-Date", f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}:{when[12:14]}Z"))
    return tuple(found)


def _line(stream: ByteStream) -> str:
    return _raw_line(stream).decode("utf-8", "replace").strip()


def _raw_line(stream: ByteStream) -> bytes:
    ahead = stream.peek(MAX_LINE_BYTES)
    end = ahead.find(b"\n")
    if end < 0 and len(ahead) == MAX_LINE_BYTES:
        raise Fault(f"has a line of more than {MAX_LINE_BYTES >> 10} KB")
    return stream.take(end + 1 if end >= 0 else len(ahead))
