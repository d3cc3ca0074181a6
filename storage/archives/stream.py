"""The bytes of an archive as one stream, plain or gzip of any number of members, knowing where each byte lies."""

from __future__ import annotations

from typing import BinaryIO

from storage.archives.records import START, Place
from storage.captures.pieces import CHUNK_BYTES, GZIP_MAGIC, BrokenMember, Pieces


class ByteStream:
    """Reads on from a place; never past the end of a gzip member by itself. Memory stays at a few chunks."""

    def __init__(self, file: BinaryIO, start: Place = START) -> None:
        self._pieces = Pieces(file, start.offset)
        self._offset = start.offset  # of the gzip member; in a plain file, of the buffer's first byte
        self._within = 0  # bytes of the member before the buffer's first
        self._buffer = b""
        self.skip(start.within)

    @property
    def is_gzip(self) -> bool:
        """Whether members are being unpacked."""
        return self._pieces.is_gzip

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
        if self.is_gzip:
            self._within += len(taken)
        else:
            self._offset += len(taken)
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
        if not self.is_gzip:
            return False
        self._offset, self._within = self._pieces.member_end(), 0
        rest = self._pieces.next_member()
        if not rest.strip(b"\x00"):  # tools pad with zeros
            return False
        if not rest.startswith(GZIP_MAGIC):
            raise BrokenMember("is followed by bytes that are no gzip member", torn=False)
        return True

    def _more(self) -> bool:
        """Read a piece; False at the end of the member or file."""
        data = self._pieces.read()
        self._buffer += data
        return bool(data)
