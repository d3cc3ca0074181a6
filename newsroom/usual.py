"""What is usual for a figure, by its own past: ranges that a few bad days in the past do not move.

The middle is the median, the spread is the median distance from it, scaled to a standard deviation. No range is
narrower than chance alone would make it, so that small numbers raise no alarm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

ENOUGH_WINDOWS = 4  # of the past, to say what is usual
ENOUGH_WEEKS = 3  # windows at these hours of this weekday, to be compared with these alone
ENOUGH_IN_WINDOW = 5  # articles or pages; of fewer, a share says nothing
ENOUGH_IN_ALL = 20  # articles or pages of the whole past, where no single window has enough

_SPREADS = 4
_LEAST_SHARE = 0.1
_LEAST_COUNT = 20  # articles more than the middle, before they are more than usual


@dataclass(frozen=True, slots=True)
class Range:
    """From the least to the most that is usual."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether `value` is usual."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Past:
    """A figure in earlier windows: in all of them, and in those at the same hours of the same weekday."""

    windows: Sequence[float]
    same_weekday: Sequence[float]

    @property
    def by_weekday(self) -> bool:
        """Whether there are enough of the same weekday to compare with these alone."""
        return len(self.same_weekday) >= ENOUGH_WEEKS

    @property
    def base(self) -> Sequence[float]:
        """What to compare with."""
        return self.same_weekday if self.by_weekday else self.windows


def count_range(past: Past, least: float = _LEAST_COUNT) -> Range | None:
    """The usual range of a number; None without enough windows. Only what is `least` more than the middle is too many.

    Where there are too few of the same weekday, what these few had is usual too: a quiet Sunday is not held against
    Mondays.
    """
    if len(past.windows) < ENOUGH_WINDOWS:
        return None
    middle, spread = median(past.base), _SPREADS * _spread(past.base)
    chance = max(spread, 3 * math.sqrt(middle))
    low, high = max(0.0, middle - max(chance, middle / 2)), middle + max(chance, middle, least)
    few = [] if past.by_weekday else past.same_weekday
    return Range(min([low, *few]), max([high, *few]))


def age_range(past: Past, least_h: float) -> Range | None:
    """The usual age in hours of the newest article at this time of day, never less than `least_h` at its upper end."""
    if len(past.windows) < ENOUGH_WINDOWS:
        return None
    middle, spread = median(past.base), _SPREADS * _spread(past.base)
    few = [] if past.by_weekday else past.same_weekday
    return Range(0.0, max([middle + max(spread, middle, least_h), 1.25 * _quantile(past.base, 0.9), *few]))


def share_range(past: Sequence[tuple[int, int]], total: int) -> Range | None:
    """The usual range of a share among `total`; `past` is, by window, how many of how many.

    None when the past has too few articles or pages to say.
    """
    shares = [part / whole for part, whole in past if whole >= ENOUGH_IN_WINDOW]
    if len(shares) < ENOUGH_WINDOWS:
        parts, wholes = sum(part for part, _ in past), sum(whole for _, whole in past)
        if wholes < ENOUGH_IN_ALL:
            return None
        shares = [parts / wholes]
    middle = median(shares)
    careful = (middle * total + 1) / (total + 2)  # never quite 0 or 1, for the past is no proof
    chance = math.sqrt(careful * (1 - careful) / total) if total else 1.0
    width = max(_SPREADS * _spread(shares), _SPREADS * chance, _LEAST_SHARE)
    return Range(max(0.0, middle - width), min(1.0, middle + width))


def length_range(past: Sequence[float]) -> Range | None:
    """The usual range of a median length: from half of the middle to twice as much, or wider."""
    if len(past) < ENOUGH_WINDOWS:
        return None
    middle, spread = median(past), _SPREADS * _spread(past)
    return Range(max(0.0, middle - max(spread, middle / 2)), middle + max(spread, middle))


def _spread(values: Sequence[float]) -> float:
    middle = median(values)
    return 1.4826 * median(abs(value - middle) for value in values)


def _quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[math.ceil(part * len(values)) - 1]
