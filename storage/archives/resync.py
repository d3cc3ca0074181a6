"""Behind a damaged record: where the next one begins."""

from __future__ import annotations

import re
from itertools import islice
from typing import BinaryIO

from storage.archives import arc, warc
from storage.archives.records import Place
from storage.captures.pieces import SCAN_BYTES, likely_members, member_head

MAX_TRIES = 10_000  # places that look like a gzip member and are none; a file made of them is given up
_OVERLAP = 1 << 10  # what must be seen of a beginning to know it
_PLAIN = re.compile(rb"\n(?=WARC/[01]\.\d+\r?\n|[a-z]+://[^\r\n]* [0-9a-fA-F.:]+ \d{12,20} )")


def next_start(file: BinaryIO, place: Place, *, is_gzip: bool) -> Place | None:
    """The next place behind `place` where a record seems to begin; None when there is none.

    In a gzip file that is the next member; what else the damaged one holds is passed over.
    """
    return _next_member(file, place.offset) if is_gzip else _next_line(file, place.offset)


def _next_member(file: BinaryIO, after: int) -> Place | None:
    for at in islice(likely_members(file, after), MAX_TRIES):
        head = member_head(file, at)
        if warc.begins(head) or arc.begins(head):
            return Place(at)
    return None


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
