"""Fingerprints: the few hashes by which copies of a text are found among millions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.background import Background
from pipelines.shingles import shingles
from pipelines.units import UnitText

LEAST_HASHES, MOST_HASHES = 32, 128
UNITS_A_HASH = 16  # a long text has more, so that an excerpt of it still shares some
ENOUGH = 8  # uncommon shingles; a text with fewer keeps its common ones


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a text is found by. `hashes` ascend, 63 bits each."""

    hashes: tuple[int, ...]
    fluency: float | None  # how usual its runs of words are


def fingerprint(text: UnitText, background: Background) -> Fingerprint:
    """The k smallest hashes of the shingles of `text` that are not common; k = units / 16, from 32 to 128.

    Smallest of a hash: a sample of the shingles that is the same wherever they stand, so that any two texts with
    shingles in common are likely to have sampled the same ones. Broder 1997; Li, Owen and Zhang 2012 (one permutation).
    """
    hashes = shingles(text)
    kept = hashes[~background.is_common(hashes)]
    distinct = np.unique(kept if len(kept) >= ENOUGH else hashes, sorted=True)
    size = min(max(len(text) // UNITS_A_HASH, LEAST_HASHES), MOST_HASHES)
    return Fingerprint(tuple(distinct[:size].tolist()), background.fluency(text))
