"""Two texts laid beside each other: which units of the shorter stand in the longer, in the same surroundings.

Where a short run of units (3 characters, 2 words) of one stands in the other, it is an anchor. Around its anchors the
shorter text is compared with the longer unit by unit, give or take two. So a paragraph that was moved, a word that
was exchanged and a sentence that was cut each cost only themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.shingles import anchor_runs
from pipelines.units import Hashes, UnitText

NEAR_UNITS = {True: 12, False: 8}  # by whether the text is unspaced: as far from its nearest anchor a unit is compared
SLACK = 2  # units by which a passage may shift between two anchors
_FAR = 1 << 30

Places = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Anchors:
    """A text made ready to be compared with many others."""

    text: UnitText

    @cached_property
    def runs(self) -> Hashes:
        """`shingles.anchor_runs`, in the order of the text."""
        return anchor_runs(self.text)

    @cached_property
    def _sorted(self) -> tuple[Hashes, Places, Places]:
        order = np.argsort(self.runs, kind="stable")
        ordered = self.runs[order]
        first = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.bool_)
        return ordered[first], order[first], np.flatnonzero(first)

    @property
    def distinct(self) -> Hashes:
        """The different runs, ascending."""
        return self._sorted[0]

    @property
    def first_places(self) -> Places:
        """Where each of `distinct` stands first."""
        return self._sorted[1]


def lookup(wanted: Hashes, distinct: Hashes) -> tuple[Places, Mask]:
    """By element of `wanted`, its index in the ascending `distinct`, and whether it is there at all."""
    if not len(distinct):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    at = np.searchsorted(distinct, wanted)
    at[at == len(distinct)] = 0
    return at, distinct[at] == wanted


@dataclass(frozen=True, slots=True)
class Alignment:
    """The shorter text beside the longer one, unit by unit of the shorter."""

    shorter: UnitText
    longer: UnitText
    anchors: Places  # where in the shorter text anchors begin, ascending
    shifts: Places  # by anchor: how much further on its run stands in the longer text
    near: Mask  # by unit: close enough to an anchor to be compared
    same: Mask  # by unit: stands in the longer text too


def align(shorter: Anchors, longer: Anchors) -> Alignment:
    """`shorter` laid beside `longer`; nothing is near or the same where they have no run in common."""
    length = len(shorter.text)
    at, found = lookup(shorter.runs, longer.distinct)
    anchors = np.flatnonzero(found)
    shifts = longer.first_places[at[anchors]] - anchors
    if not len(anchors):
        nothing = np.zeros(length, np.bool_)
        return Alignment(shorter.text, longer.text, anchors, shifts, nothing, nothing)
    every = np.arange(length)
    following = np.searchsorted(anchors, every)
    previous = np.searchsorted(anchors, every, side="right") - 1
    ahead = np.minimum(following, len(anchors) - 1)
    behind = np.maximum(previous, 0)
    distance = np.minimum(
        np.where(following < len(anchors), anchors[ahead] - every, _FAR),
        np.where(previous >= 0, every - anchors[behind], _FAR),
    )
    near = distance <= NEAR_UNITS[shorter.text.unspaced]
    same = _same(shorter.text, longer.text, every + shifts[behind])
    same |= _same(shorter.text, longer.text, every + shifts[ahead])
    return Alignment(shorter.text, longer.text, anchors, shifts, near, same & near)


def _same(shorter: UnitText, longer: UnitText, places: Places) -> Mask:
    """By unit of `shorter`, whether it stands in `longer` at its place, give or take SLACK."""
    pad = SLACK + 1
    padded = np.zeros(len(longer) + 2 * pad, np.int32)  # 0 at the ends; units are made odd-even, so + 1 sets them apart
    padded[pad:-pad] = longer.units
    padded[pad:-pad] += 1
    wanted = shorter.units.astype(np.int32) + 1
    at = np.clip(places + pad, SLACK, len(padded) - pad)
    same: Mask = padded[at] == wanted
    for step in range(1, SLACK + 1):
        same |= padded[at - step] == wanted
        same |= padded[at + step] == wanted
    return same
