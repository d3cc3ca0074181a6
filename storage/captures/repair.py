"""Cut what a killed writer left behind its last whole record."""

from __future__ import annotations

import os
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.captures.pieces import likely_members, member_head
from storage.captures.walk import DamagedRecord, open_warc, walk


def cut_torn_tail(path: Path, start: int = 0) -> int:
    """Truncate a WARC file behind its last whole record; the number of bytes cut.

    The walk begins at `start`, which must be the end of a record: nothing before it is touched. The caller holds the
    file's lock. Raises ArchiveError when `start` lies inside a whole record, DamagedRecord when a record is too large
    to be judged.
    """
    try:
        for _ in walk(path, start):
            pass
    except DamagedRecord as damage:
        if not damage.torn:
            raise
        if damage.offset == start > 0:
            _check_start(path, start)
        return _truncate(path, damage.offset)
    return 0


def next_member(path: Path, after: int) -> int | None:
    """Where the next gzip member behind byte `after` begins that looks like a record; None when there is none."""
    with open_warc(path) as file:
        found = (at for at in likely_members(file, after) if member_head(file, at).startswith(b"WARC/"))
        return next(found, None)


def _truncate(path: Path, end: int) -> int:
    try:
        size = path.stat().st_size
        os.truncate(path, end)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}; the torn record at byte {end} was not cut") from error
    return size - end


def _check_start(path: Path, start: int) -> None:
    """Refuse a start inside a whole record: cutting there would tear it."""
    try:
        for record in walk(path):
            if record.offset < start < record.end:
                raise ArchiveError(
                    f"{path}: byte {start} is inside the record at byte {record.offset}; nothing was cut, "
                    "check that database and WARC folder belong together"
                )
            if record.end >= start:
                return
    except DamagedRecord as damage:
        if damage.offset < start:
            raise
