"""The bytes of one record: out of a gzip member, or straight from a plain file."""

from __future__ import annotations

import zlib
from typing import BinaryIO

CHUNK_BYTES = 1 << 16
GZIP_MAGIC = b"\x1f\x8b\x08"


class BadRecord(Exception):
    """What is wrong with a record; `torn` is False when it is only too large to judge."""

    def __init__(self, problem: str, *, torn: bool = True) -> None:
        super().__init__(problem)
        self.torn = torn


class RecordBytes:
    """A bounded stream over the record at `offset`; memory stays at a few chunks whatever the file claims.

    Reading raises BadRecord when the member is cut short, or holds more than `limit` bytes.
    """

    def __init__(self, file: BinaryIO, offset: int, limit: int) -> None:
        file.seek(offset)
        self._file = file
        self._offset = offset
        self._left = limit
        self._taken = 0
        self._buffer = b""
        self._packed = file.read(CHUNK_BYTES)
        self._unpacker = zlib.decompressobj(31) if self._packed.startswith(GZIP_MAGIC) else None

    @property
    def is_gzip(self) -> bool:
        """Whether the record is a gzip member."""
        return self._unpacker is not None

    def take(self, size: int) -> bytes:
        """At most `size` bytes, and at least one; empty only at the end of the member or file."""
        if not self._buffer:
            self._buffer = self._more()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        self._taken += len(taken)
        return taken

    def take_until(self, mark: bytes, limit: int) -> bytes | None:
        """Everything through `mark`; None when it does not come within `limit` bytes. Then nothing is taken."""
        found = -1
        while (found := self._buffer.find(mark)) < 0 and len(self._buffer) < limit:
            more = self._more()
            if not more:
                return None
            self._buffer += more
        return self.take(found + len(mark)) if found >= 0 else None

    def file_bytes(self) -> int:
        """How long the record is in the file; for a gzip member, once its end has been reached."""
        if self._unpacker is None:
            return self._taken
        return self._file.tell() - self._offset - len(self._unpacker.unused_data)

    def _more(self) -> bytes:
        data = self._unpack() if self._unpacker else self._plain()
        self._left -= len(data)
        if self._left < 0:
            raise BadRecord("is larger than the limit for one record", torn=False)
        return data

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
                raise BadRecord(f"does not decompress ({error})") from error
            self._packed = unpacker.unconsumed_tail
            if data:
                return data
            if not packed:
                raise BadRecord("is cut short")
        return b""
