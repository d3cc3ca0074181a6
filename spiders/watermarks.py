"""How far each WARC file is accounted for: the offsets that the database may rely on after a crash."""

from __future__ import annotations

import threading
from collections import Counter

from newsroom.records import Capture


class Watermarks:
    """Which records of which WARC file are not yet in the database; shared by the threads that append and commit.

    Before a record is appended its place is not known, only that it will not be before the file's present end: until
    then that end holds the mark back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Counter[int]] = {}
        self._ends: dict[str, int] = {}
        self._unplaced = 0  # appends that began before there was a file

    def begin(self, position: tuple[str, int] | None) -> tuple[str, int] | None:
        """An append begins while the file ends at `position`; to be given to `wrote`."""
        with self._lock:
            if position is None:
                self._unplaced += 1
            else:
                self._open.setdefault(position[0], Counter())[position[1]] += 1
                self._ends[position[0]] = max(self._ends.get(position[0], 0), position[1])
        return position

    def wrote(self, begun: tuple[str, int] | None, capture: Capture | None) -> None:
        """The append that `begin` announced is over; `capture` is None when it failed."""
        with self._lock:
            if capture is not None:
                address = capture.address
                self._open.setdefault(address.file, Counter())[address.offset] += 1
                self._ends[address.file] = max(self._ends.get(address.file, 0), address.offset + address.length)
            if begun is None:
                self._unplaced -= 1
            else:
                self._close(*begun)

    def marks_without(self, captures: list[Capture]) -> dict[str, int]:
        """The offset of each file before which everything will be committed once `captures` are."""
        with self._lock:
            for capture in captures:
                self._close(capture.address.file, capture.address.offset)
            if self._unplaced:
                return {}
            marks = {file: min(offsets) if offsets else self._ends[file] for file, offsets in self._open.items()}
            for file in [file for file, offsets in self._open.items() if not offsets]:
                if len(self._open) > 1:  # a rotated file, all in: said once
                    del self._open[file]
            return marks

    def _close(self, file: str, offset: int) -> None:
        held = self._open.get(file)
        if held is None or offset not in held:
            return  # taken up after a crash: not this process's record
        held[offset] -= 1
        if not held[offset]:
            del held[offset]
