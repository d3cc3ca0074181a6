"""Behind a damaged record: where the next one begins."""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO

from storage.archives import arc, warc
from storage.archives.records import Place
from storage.captures.member import GZIP_MAGIC

SCAN_BYTES = 1 << 20
MAX_TRIES = 10_000  # places that look like a gzip member and are none; a file made of them is given up
_OVERLAP = 1 << 10  # what must be seen of a beginning to know it
_PLAIN = re.compile(rb"\n(?=WARC/[01]\.\d+\r?\n|[a-z]+://[^\r\n]* [0-9a-fA-F.:]+ \d{12,20} )")


def next_start(file: BinaryIO, place: Place, *, is_gzip: bool) -> Place | None:
    """The next place behind `place` where a record seems to begin; None when there is none.

    In a gzip file that is the next member; what else the damaged one holds is passed over.
    """
    return _next_member(file, place.offset) if is_gzip else _next_line(file, place.offset)


def _next_member(file: BinaryIO, after: int) -> Place | None:
    base, window, tries = after + 1, b"", 0
    while True:
        file.seek(base + len(window))
        chunk = file.read(SCAN_BYTES)
        window += chunk
        at = window.find(GZIP_MAGIC)
        while at >= 0:
            if _holds_a_record(file, base + at):
                return Place(base + at)
            tries += 1
            at = window.find(GZIP_MAGIC, at + 1)
        if not chunk or tries > MAX_TRIES:
            return None
        kept = min(len(window), len(GZIP_MAGIC) - 1)  # the magic may lie across two chunks
        base, window = base + len(window) - kept, window[-kept:]


def _holds_a_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        head = zlib.decompressobj(31).decompress(file.read(4_096), 512)
    except zlib.error:
        return False
    return warc.begins(head) or arc.begins(head)


def _next_line(file: BinaryIO, after: int) -> Place | None:
    base = after
    while True:
        file.seek(base)
        window = file.read(SCAN_BYTES + _OVERLAP)
        found = _PLAIN.search(window)
        if found is not None and base + found.end() > after:
            return Place(base + found.end())
        if len(window) <= _OVERLAP:
            return None
        base += SCAN_BYTES
