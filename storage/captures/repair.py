"""Cut what a killed writer left behind its last whole record."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO

from newsroom.errors import ArchiveError
from storage.captures.member import GZIP_MAGIC
from storage.captures.walk import DamagedRecord, open_warc, walk

SCAN_BYTES = 1 << 20


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
    base, window = after + 1, b""
    with open_warc(path) as file:
        while True:
            file.seek(base + len(window))
            chunk = file.read(SCAN_BYTES)
            window += chunk
            at = window.find(GZIP_MAGIC)
            while at >= 0:
                if _begins_a_record(file, base + at):
                    return base + at
                at = window.find(GZIP_MAGIC, at + 1)
            if not chunk:
                return None
            kept = min(len(window), len(GZIP_MAGIC) - 1)  # the magic may lie across two chunks
            base, window = base + len(window) - kept, window[-kept:]


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


def _begins_a_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        return zlib.decompressobj(31).decompress(file.read(512), 5) == b"WARC/"
    except zlib.error:
        return False
