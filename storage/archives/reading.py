"""Read an archive record by record, going on behind whatever is damaged.

Nothing in the file is trusted: a length that lies, a gzip member that ends early, one member around many records, line
ends of any kind. A record counts as whole when its block is as long as it says. Memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from storage.archives import arc, warc
from storage.archives.parts import Fault
from storage.archives.records import START, ArchivedRecord, Damage, Place
from storage.archives.resync import next_start
from storage.archives.stream import ByteStream
from storage.captures.pieces import BrokenMember

SNIFFED_BYTES = 512


def read_archive(file: BinaryIO, start: Place = START) -> Iterator[ArchivedRecord | Damage]:
    """Every record of `file` from `start` on, and every place where there should be one and is none."""
    return _Reading(file, start).run()


class _Reading:
    """One file being read."""

    def __init__(self, file: BinaryIO, start: Place) -> None:
        self._file = file
        self._start = start
        self._arc_fields = arc.FIELDS_V1

    def run(self) -> Iterator[ArchivedRecord | Damage]:
        place: Place | None = self._start
        stream: ByteStream | None = None
        while place is not None:
            url = ""
            try:
                if stream is None:
                    stream = ByteStream(self._file, place)
                if not _at_record(stream):
                    return
                place = stream.place
                found = self._record(stream)
            except (BrokenMember, Fault) as error:
                url = getattr(error, "url", "")
                behind = next_start(self._file, place, is_gzip=stream is None or stream.is_gzip)
                yield Damage(place, behind, str(error), error.torn, url)
                place, stream = behind, None
                continue
            yield found
            place = stream.place

    def _record(self, stream: ByteStream) -> ArchivedRecord:
        ahead = stream.peek(SNIFFED_BYTES)
        if warc.begins(ahead):
            return warc.read(stream)
        if arc.begins(ahead):
            found, self._arc_fields = arc.read(stream, self._arc_fields)
            return found
        raise Fault(_what_it_is(ahead))


def _at_record(stream: ByteStream) -> bool:
    """Go to the next byte that is no line end, through as many gzip members as it takes; False at the end."""
    while True:
        stream.skip_line_ends()
        if stream.peek(1):
            return True
        if not stream.next_member():
            return False


def _what_it_is(ahead: bytes) -> str:
    """In words, what stands where a record should begin."""
    if ahead.startswith(b"\x04\x22\x4d\x18"):
        return "is LZ4; unpack it first (lz4 -d), WARC files are read plain or gzip"
    if ahead.startswith(b"\x28\xb5\x2f\xfd") or ahead.startswith(b"\x5d\x2a\x4d\x18"):
        return "is Zstandard; unpack it first (zstd -d), WARC files are read plain or gzip"
    if ahead.startswith((b" CDX", b"!meta")):
        return "is an index, not an archive; import the WARC files that it points to"
    return "does not begin as a record of a WARC or ARC file"
