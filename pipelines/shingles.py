"""Overlapping runs of a text's units, as numbers: short ones to lay texts side by side, longer ones to find them."""

from __future__ import annotations

import numpy as np

from pipelines.units import Hashes, UnitText, mixed

_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio


def anchor_runs(text: UnitText) -> Hashes:
    """Every run of 3 characters or 2 words, as one number without loss, by where it begins."""
    return _packed(text, 3 if text.unspaced else 2)


def shingles(text: UnitText) -> Hashes:
    """The 63-bit hashes of every run of 5 characters or 3 words, by where it begins."""
    if not text.unspaced:
        return mixed(_packed(text, 3)) >> np.uint64(1)
    four = _packed(text, 4)
    return mixed(mixed(four[:-1]) + text.units[4:] * _ODD) >> np.uint64(1)


def _packed(text: UnitText, length: int) -> Hashes:
    """Runs of at most four units, sixteen bits each."""
    units = text.units.astype(np.uint64)
    count = max(0, len(units) - length + 1)
    runs = units[:count]
    for step in range(1, length):
        runs = (runs << np.uint64(16)) | units[step : step + count]
    return runs
