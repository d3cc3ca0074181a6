"""A count on stderr while a long command works: one live line on a terminal, a line every 30 s elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from copydesk.context import Desk, shows_progress

_LIVE_EVERY_S = 0.1
_LINE_EVERY_S = 30.0


class Counting:
    """Shows how many have been done. Use as a context manager, so that the line is taken away at the end."""

    def __init__(self, desk: Desk, unit: str) -> None:
        self._desk = desk
        self._unit = unit
        self._live = shows_progress() and not desk.quiet
        self._started_s = self._shown_s = time.monotonic()
        self._width = 0

    def show(self, done: int, more: str = "") -> None:
        """Say that `done` are done; most calls print nothing."""
        now_s = time.monotonic()
        if now_s - self._shown_s < (_LIVE_EVERY_S if self._live else _LINE_EVERY_S):
            return
        self._shown_s = now_s
        line = f"{done:,} {self._unit}, {done / max(now_s - self._started_s, 0.001):,.0f}/s{more}"
        if not self._live:
            self._desk.say(line)
            return
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
