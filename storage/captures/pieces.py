"""A file read on from a place in pieces: a plain file as it is, gzip one member at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

CHUNK_BYTES = 1 << 16
SCAN_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b\x08"


class BrokenMember(Exception):
    """A gzip member is `torn`, which is cut short, or damaged."""

    def __init__(self, problem: str, *, torn: bool) -> None:
        super().__init__(problem)
        self.torn = torn


class Pieces:
    """The bytes of a plain file or of a gzip member, at most a chunk at a time, however much a few bytes unpack to."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        file.seek(offset)
        self._file = file
        self._packed = file.read(CHUNK_BYTES)
        self._unpacker = zlib.decompressobj(31) if self._packed.startswith(GZIP_MAGIC) else None

    @property
    def is_gzip(self) -> bool:
        """Whether a member is being unpacked."""
        return self._unpacker is not None

    def read(self) -> bytes:
        """The next piece; empty at the end of the member or file. Raises BrokenMember."""
        if self._unpacker is not None:
            return self._unpack(self._unpacker)
        data, self._packed = self._packed, b""
        return data or self._file.read(CHUNK_BYTES)

    def member_end(self) -> int:
        """The offset in the file behind the member whose end was reached."""
        return self._file.tell() - len(self._unpacker.unused_data if self._unpacker else b"")

    def next_member(self) -> bytes:
        """What follows the member whose end was reached; where that is a gzip member, it is read from now on."""
        assert self._unpacker is not None
        rest = self._unpacker.unused_data or self._file.read(CHUNK_BYTES)
        if 0 < len(rest) < len(GZIP_MAGIC):
            rest += self._file.read(CHUNK_BYTES)
        if rest.startswith(GZIP_MAGIC):
            self._packed, self._unpacker = rest, zlib.decompressobj(31)
        return rest

    def _unpack(self, unpacker: zlib._Decompress) -> bytes:
        while not unpacker.eof:
            packed = self._packed or self._file.read(CHUNK_BYTES)
            try:
                data = unpacker.decompress(packed, CHUNK_BYTES)
            except zlib.error as error:
                raise BrokenMember(f"does not decompress ({error})", torn=False) from error
            self._packed = unpacker.unconsumed_tail
            if data:
                return data
            if not packed:
                raise BrokenMember("is cut short", torn=True)
        return b""


def likely_members(file: BinaryIO, after: int) -> Iterator[int]:
    """The offsets behind byte `after` where a gzip member seems to begin; the file may be moved meanwhile."""
    base, window = after + 1, b""
    while True:
        file.seek(base + len(window))
        chunk = file.read(SCAN_BYTES)
        window += chunk
        at = window.find(GZIP_MAGIC)
        while at >= 0:
            yield base + at
            at = window.find(GZIP_MAGIC, at + 1)
        if not chunk:
            return
        kept = min(len(window), len(GZIP_MAGIC) - 1)  # the magic may lie across two chunks
        base, window = base + len(window) - kept, window[-kept:]


def member_head(file: BinaryIO, offset: int) -> bytes:
    """The first bytes that the gzip member at `offset` holds, at most 512; none when it is no gzip."""
    file.seek(offset)
    try:
        return zlib.decompressobj(31).decompress(file.read(4_096), 512)
    except zlib.error:
        return b""
