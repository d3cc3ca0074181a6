"""A count on stderr while a long command works: one live line on a terminal, a line every 30 s elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from copydesk.context import Desk, shows_progress

T = TypeVar("T")

_LIVE_EVERY_S = 0.1
_LINE_EVERY_S = 30.0
_BAR_CELLS = 24


class Counting:
    """Shows how many have been done, of `total` where that is known; on a terminal with a bar.

    Use as a context manager, so that the line is taken away at the end.
    """

    def __init__(self, desk: Desk, unit: str, total: int | None = None) -> None:
        self._desk = desk
        self._unit = unit
        self._total = total
        self._live = shows_progress() and not desk.quiet
        self._started_s = self._shown_s = time.monotonic()
        self._width = 0

    def show(self, done: int, more: str = "") -> None:
        """Say that `done` are done; most calls print nothing."""
        now_s = time.monotonic()
        if now_s - self._shown_s < (_LIVE_EVERY_S if self._live else _LINE_EVERY_S):
            return
        self._shown_s = now_s
        rate = done / max(now_s - self._started_s, 0.001)
        if self._total:
            done_share = min(1.0, done / self._total)
            left_s = max(0, self._total - done) / max(rate, 0.001)
            line = f"{done:,} of {self._total:,} {self._unit}, {rate:,.0f}/s, {_clock(left_s)} left{more}"
            line = f"{_bar(done_share)} {done_share:4.0%}  {line}" if self._live else line
        else:
            line = f"{done:,} {self._unit}, {rate:,.0f}/s{more}"
        if not self._live:
            self._desk.say(line)
            return
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def over(self, items: Iterable[T]) -> Iterator[T]:
        """`items`, each counted once it has been used."""
        for number, item in enumerate(items, start=1):
            yield item
            self.show(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


def _bar(share: float) -> str:
    done = round(share * _BAR_CELLS)
    return "█" * done + "░" * (_BAR_CELLS - done)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
