"""How alike two texts are, in the figures that tell a copy from another story told in the same words.

No single similarity does: two reports of the same ceremony share more words than a story and its spun copy. What
sets them apart is how the likeness is spread (a spun text is half the same in every sentence, two instances of a
template are the same in one sentence and different in the next) and whether the numbers agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.alignment import Alignment, Anchors, Mask, align, lookup
from pipelines.shingles import anchor_runs
from pipelines.units import UnitText, mixed

FEATURES = (
    "jaccard",  # logit: of the runs of units that anchors are made of
    "containment",  # logit: share of the shorter text's runs that the longer has
    "numbers_agree",  # share of the fewer numbers that the other text has, times numbers_known
    "numbers_known",  # how many numbers the text with fewer has, up to 6, over 6
    "length",  # ln: units of the shorter
    "length_ratio",  # ln: units of the longer over those of the shorter
    "same",  # logit: share of the shorter's units that stand in the longer, in the same surroundings
    "long_gaps",  # share of the shorter's units in long runs of units that do not
    "jumps",  # share of successive anchors that do not follow each other in the longer
    "same_near",  # share of the units near anchors that are the same
    "numbers_changed",  # ln: numbers of the shorter near anchors that are not the same
    "numbers_same",  # ln: those that are
    "blank_windows",  # share of the shorter's stretches of 20 characters or 12 words where hardly a unit is the same
    "unspaced",  # 1 for scripts without spaces
)
_WINDOW = {True: 20, False: 12}
_LONG_GAP = {True: 8, False: 5}
_ANCHORS_SHIFT = 3  # units; more between two anchors is a jump
_MANY_NUMBERS = 6
_SLOT_BITS = 15

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two texts compared. `features` are in the order of FEATURES."""

    alignment: Alignment
    containment: float  # share of the shorter text's runs of units that the longer has
    jaccard: float
    same: float  # share of the shorter text's units that the longer has in the same surroundings
    features: Features


def compare(one: Anchors, other: Anchors) -> Likeness:
    """How alike the two texts are; the order does not matter."""
    shorter, longer = sorted((one, other), key=lambda each: (len(each.text), each.text.units.tobytes()))
    both = _in_common(shorter, longer)
    sizes: tuple[int, int] = len(shorter.distinct), len(longer.distinct)
    few, many = float(min(sizes)), float(max(sizes))
    containment, jaccard = (both + 0.5) / (few + 1.5), (both + 0.5) / (few + many - both + 1.5)
    found = align(shorter, longer)
    unspaced = shorter.text.unspaced
    length = float(max(len(shorter.text), 1))
    same = np.count_nonzero(found.same) / length
    numbers = found.shorter.numbers & found.near
    agree, known = _numbers(one.text, other.text)
    features = (
        _logit(jaccard),
        _logit(containment),
        agree * known,
        known,
        np.log(length + 1),
        np.log((len(longer.text) + 1) / (length + 1)),
        _logit(same),
        _in_long_gaps(found.same, _LONG_GAP[unspaced]) / length,
        _jumps(found),
        np.count_nonzero(found.same) / max(int(np.count_nonzero(found.near)), 1),
        np.log1p(np.count_nonzero(numbers & ~found.same)),
        np.log1p(np.count_nonzero(numbers & found.same)),
        _blank_windows(found.same, _WINDOW[unspaced]),
        float(unspaced),
    )
    return Likeness(found, containment, jaccard, same, np.array(features))


def held_share(one: Anchors, other: Anchors) -> float:
    """The share of the different runs of the text with fewer that the other has."""
    return _in_common(one, other) / max(min(len(one.distinct), len(other.distinct)), 1)


def _in_common(one: Anchors, other: Anchors) -> int:
    return int(np.count_nonzero(lookup(one.distinct, other.distinct)[1]))


def held_runs(text: UnitText, others: Sequence[UnitText]) -> list[float]:
    """By other text, about the share of the shorter one's runs of units that the longer has: cheap, for many at once.

    Most texts that share a few hashes by chance have little in common; 0 for a text of the other way of writing.
    """
    same = [other for other in others if other.unspaced == text.unspaced]
    if not same:
        return [0.0] * len(others)
    known = np.zeros(1 << _SLOT_BITS, np.bool_)
    known[_slots(text)] = True
    joined = UnitText(np.concatenate([other.units for other in same]), text.unspaced)
    hits = np.concatenate(([0], np.cumsum(known[_slots(joined)])))
    ends = np.minimum(np.concatenate(([0], np.cumsum([len(other) for other in same]))), len(hits) - 1)
    found = iter(np.diff(hits[ends]).tolist())
    return [
        next(found) / max(min(len(text), len(other)), 1) if other.unspaced == text.unspaced else 0.0 for other in others
    ]


def _slots(text: UnitText) -> NDArray[np.uint64]:
    return mixed(anchor_runs(text)) >> np.uint64(64 - _SLOT_BITS)


def _logit(share: float) -> float:
    share = min(max(share, 0.002), 0.998)
    return float(np.log(share / (1 - share)))


def _numbers(one: UnitText, other: UnitText) -> tuple[float, float]:
    """The share of the fewer numbers that the other text has (.5 when there are none), and how much that says."""
    mine: set[int] = set(one.units[one.numbers].tolist())
    theirs: set[int] = set(other.units[other.numbers].tolist())
    fewer = min(len(mine), len(theirs))
    if not fewer:
        return 0.5, 0.0
    return len(mine & theirs) / fewer, min(fewer, _MANY_NUMBERS) / _MANY_NUMBERS


def _in_long_gaps(same: Mask, long: int) -> int:
    ends = np.concatenate(([-1], np.flatnonzero(same), [len(same)]))
    gaps = np.diff(ends) - 1
    return int(gaps[gaps >= long].sum())


def _jumps(found: Alignment) -> float:
    if not len(found.shifts):
        return 1.0
    return np.count_nonzero(np.abs(np.diff(found.shifts)) > _ANCHORS_SHIFT) / len(found.shifts)


def _blank_windows(same: Mask, width: int) -> float:
    count = max(1, len(same) // width)
    ends = np.linspace(0, len(same), count + 1).astype(np.intp)
    sums = np.concatenate(([0], np.cumsum(same)))[ends]
    return float(np.mean(np.diff(sums) < 0.25 * np.diff(ends)))
