"""The bytes of one record: out of a gzip member, or straight from a plain file."""

from __future__ import annotations

from typing import BinaryIO

from storage.captures.pieces import BrokenMember, Pieces


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
        self._pieces = Pieces(file, offset)
        self._offset = offset
        self._left = limit
        self._taken = 0
        self._buffer = b""

    @property
    def is_gzip(self) -> bool:
        """Whether the record is a gzip member."""
        return self._pieces.is_gzip

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
        return self._pieces.member_end() - self._offset if self.is_gzip else self._taken

    def _more(self) -> bytes:
        try:
            data = self._pieces.read()
        except BrokenMember as error:
            raise BadRecord(str(error)) from error
        self._left -= len(data)
        if self._left < 0:
            raise BadRecord("is larger than the limit for one record", torn=False)
        return data
