"""The bytes of an archive as one stream, plain or gzip of any number of members, knowing where each byte lies."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from storage.archives.records import START, Place
from storage.captures.member import CHUNK_BYTES, GZIP_MAGIC


class BrokenStream(Exception):
    """The gzip data is cut short or damaged."""

    def __init__(self, problem: str, *, torn: bool) -> None:
        super().__init__(problem)
        self.torn = torn


class ByteStream:
    """Reads on from a place; never past the end of a gzip member by itself. Memory stays at a few chunks."""

    def __init__(self, file: BinaryIO, start: Place = START) -> None:
        file.seek(start.offset)
        self._file = file
        self._offset = start.offset  # of the gzip member; in a plain file, of the buffer's first byte
        self._within = 0  # bytes of the member before the buffer's first
        self._buffer = b""
        self._packed = file.read(CHUNK_BYTES)
        self._unpacker = zlib.decompressobj(31) if self._packed.startswith(GZIP_MAGIC) else None
        self.skip(start.within)

    @property
    def is_gzip(self) -> bool:
        """Whether members are being unpacked."""
        return self._unpacker is not None

    @property
    def place(self) -> Place:
        """Of the next byte."""
        return Place(self._offset, self._within)

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end of the member or file; they stay."""
        while len(self._buffer) < size and self._more():
            pass
        return self._buffer[:size]

    def take(self, size: int) -> bytes:
        """At most `size` bytes, at least one; empty only at the end of the member or file."""
        if not self._buffer and size:
            self._more()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        if self._unpacker is None:
            self._offset += len(taken)
        else:
            self._within += len(taken)
        return taken

    def skip(self, size: int) -> int:
        """Pass over `size` bytes; how many there were."""
        left = size
        while left and (piece := self.take(min(left, CHUNK_BYTES))):
            left -= len(piece)
        return size - left

    def skip_line_ends(self) -> None:
        """Pass over line ends."""
        while (ahead := self.peek(1)) and ahead in b"\r\n":
            run = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
            self.take(run)

    def next_member(self) -> bool:
        """From the end of a member to the next; False when the file ends here."""
        if self._unpacker is None:
            return False
        rest = self._unpacker.unused_data or self._file.read(CHUNK_BYTES)
        self._offset, self._within = self._file.tell() - len(rest), 0
        if 0 < len(rest) < len(GZIP_MAGIC):
            rest += self._file.read(CHUNK_BYTES)
        if not rest.strip(b"\x00"):  # tools pad with zeros
            return False
        if not rest.startswith(GZIP_MAGIC):
            raise BrokenStream("is followed by bytes that are no gzip member", torn=False)
        self._packed, self._unpacker = rest, zlib.decompressobj(31)
        return True

    def _more(self) -> bool:
        """Read a piece; False at the end of the member or file."""
        data = self._unpack() if self._unpacker else self._plain()
        self._buffer += data
        return bool(data)

    def _plain(self) -> bytes:
        data, self._packed = self._packed, b""
        return data or self._file.read(CHUNK_BYTES)

    def _unpack(self) -> bytes:
        unpacker = self._unpacker
        assert unpacker is not None
        while not unpacker.eof:
            packed = self._packed or self._file.read(CHUNK_BYTES)
            try:
                data = unpacker.decompress(packed, CHUNK_BYTES)
            except zlib.error as error:
                raise BrokenStream(f"does not decompress ({error})", torn=False) from error
            self._packed = unpacker.unconsumed_tail
            if data:
                return data
            if not packed:
                raise BrokenStream("is cut short", torn=True)
        return b""
