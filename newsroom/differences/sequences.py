"""What two sequences have in common in the same order, in bounded time whatever they hold.

Runs that stand once in both are sure to belong together (the idea of the patience diff, Bram Cohen 2003): they cut the
sequences into short stretches, and within a short stretch the longest common subsequence is found by the table of the
textbook. Where a stretch stays long because nothing in it is unique, the n-th of a kind is taken for the n-th of that
kind. Nothing is quadratic beyond `MAX_CELLS` and the `Effort` that is left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

MAX_CELLS = 60_000  # of one table
ALL_CELLS = 3_000_000  # of all tables of one comparison: about half a second
ALL_ITEMS = 3_000_000  # that unique runs are looked for among, in one comparison
RUNS = (8, 3, 1)  # lengths of the runs that are looked for, one after the other

Pair = tuple[int, int]


@dataclass(slots=True)
class Effort:
    """What one comparison may still spend."""

    cells: int = ALL_CELLS
    items: int = ALL_ITEMS

    def fill(self, cells: int) -> bool:
        """Whether a table of so many cells may be filled; if so, it is paid for."""
        if cells > min(self.cells, MAX_CELLS):
            return False
        self.cells -= cells
        return True

    def scan(self, items: int) -> bool:
        """Whether runs may be looked for among so many items; if so, it is paid for."""
        if items > self.items:
            return False
        self.items -= items
        return True


def align(before: Sequence[int], after: Sequence[int], weights: Sequence[int], effort: Effort) -> list[Pair]:
    """Pairs of places with equal items, rising on both sides: what stays where it is.

    `weights` says what it is worth to keep each item of `before`; equal items have equal weights.
    """
    kept: list[Pair] = []
    stretches = [(0, len(before), 0, len(after), 0)]
    while stretches:
        start, end, other, other_end, level = stretches.pop()
        while start < end and other < other_end and before[start] == after[other]:
            kept.append((start, other))
            start, other = start + 1, other + 1
        while start < end and other < other_end and before[end - 1] == after[other_end - 1]:
            end, other_end = end - 1, other_end - 1
            kept.append((end, other_end))
        if start == end or other == other_end:
            continue
        one, two = before[start:end], after[other:other_end]
        if effort.fill(len(one) * len(two)):
            kept += ((start + i, other + j) for i, j in _longest(one, two, weights[start:end]))
        elif level == len(RUNS) or not effort.scan(len(one) + len(two)):
            kept += ((start + i, other + j) for i, j in _rising(_by_count(one, two)))
        else:
            anchors = _rising(_unique_runs(one, two, RUNS[level]))
            level += not anchors  # what lies between anchors may have runs of its own that are unique there
            last, other_last = start, other
            for i, j in anchors:
                kept.append((start + i, other + j))
                stretches.append((last, start + i, other_last, other + j, level))
                last, other_last = start + i + 1, other + j + 1
            stretches.append((last, end, other_last, other_end, level))
    return sorted(kept)


def _unique_runs(before: Sequence[int], after: Sequence[int], width: int) -> Iterator[Pair]:
    """Where runs of `width` items begin that stand once on either side."""
    mine, theirs = _places(before, width), _places(after, width)
    for run, place in mine.items():
        other = theirs.get(run)
        if place is not None and other is not None:
            yield place, other


def _places(items: Sequence[int], width: int) -> dict[Hashable, int | None]:
    """By run, the place where it begins; None for one that stands there more than once."""
    found: dict[Hashable, int | None] = {}
    for place in range(len(items) - width + 1):
        run = tuple(items[place : place + width])
        found[run] = None if run in found else place
    return found


def _by_count(before: Sequence[int], after: Sequence[int]) -> Iterator[Pair]:
    """The n-th place of each item beside the n-th place of the same item."""
    waiting: dict[int, list[int]] = {}
    for place in range(len(after) - 1, -1, -1):
        waiting.setdefault(after[place], []).append(place)
    for place, item in enumerate(before):
        if others := waiting.get(item):
            yield place, others.pop()


def _rising(pairs: Iterator[Pair]) -> list[Pair]:
    """The longest part of `pairs`, which rise on the left, that rises on the right, too."""
    ends: list[int] = []  # by length, the least right side that such a part can end with
    chains: list[int] = []  # by length, the pair that ends so
    given: list[Pair] = []
    previous: list[int] = []
    for pair in pairs:
        length = bisect_left(ends, pair[1])
        previous.append(chains[length - 1] if length else -1)
        ends[length : length + 1] = [pair[1]]
        chains[length : length + 1] = [len(given)]
        given.append(pair)
    longest: list[Pair] = []
    at = chains[-1] if chains else -1
    while at >= 0:
        longest.append(given[at])
        at = previous[at]
    return longest[::-1]


def _longest(before: Sequence[int], after: Sequence[int], weights: Sequence[int]) -> Iterator[Pair]:
    """The common subsequence that weighs most."""
    others = after[::-1]
    rows = [[0] * (len(after) + 1)]  # from the end; by how many items of either side are left
    for item, weight in zip(reversed(before), reversed(weights), strict=True):
        best = beyond = 0
        row = [0]
        for other, below in zip(others, rows[-1][1:], strict=True):
            if other == item:
                best = beyond + weight
            elif below > best:
                best = below
            row.append(best)
            beyond = below
        rows.append(row)
    i = j = 0
    while i < len(before) and j < len(after):
        here = rows[len(before) - i][len(after) - j]
        if before[i] == after[j] and here == rows[len(before) - i - 1][len(after) - j - 1] + weights[i]:
            yield i, j
            i, j = i + 1, j + 1
        elif here == rows[len(before) - i - 1][len(after) - j]:
            i += 1
        else:
            j += 1
