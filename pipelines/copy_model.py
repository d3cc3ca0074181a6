"""The score of a pair: a logistic regression on the figures of `likeness`, their squares and their products.

Its numbers are in copy_model.json, made by `python -m benchmarks.copies.fit`, which also says how well they do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.likeness import FEATURES

SHIPPED = "copy_model.json"
_CURVED = len(FEATURES) - 1  # all but `unspaced`, which is 0 or 1

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CopyModel:
    """Weights of the terms of `expanded`, and from which score on a pair counts as a copy."""

    version: str
    mean: Matrix
    scale: Matrix
    weights: Matrix
    intercept: float
    threshold: float

    def score(self, features: Matrix) -> float:
        """The log of the odds that the pair is a copy."""
        return float(expanded((features - self.mean) / self.scale) @ self.weights + self.intercept)

    def is_copy(self, score: float) -> bool:
        """Whether a pair with this score counts as a copy."""
        return score >= self.threshold


def expanded(standard: Matrix) -> Matrix:
    """`standard` (features less their mean, over their spread; the last axis), with squares and products behind it."""
    left, right = np.triu_indices(_CURVED)
    return np.concatenate((standard, standard[..., left] * standard[..., right]), axis=-1)


@cache
def shipped() -> CopyModel:
    """The model that comes with copydesk."""
    said: dict[str, Any] = json.loads(files("pipelines").joinpath(SHIPPED).read_text("utf-8"))
    if tuple(said["features"]) != FEATURES:
        raise RuntimeError(f"{SHIPPED}: made for other features; run python -m benchmarks.copies.fit")
    arrays = {name: np.array(said[name], np.float64) for name in ("mean", "scale", "weights")}
    return CopyModel(said["version"], **arrays, intercept=said["intercept"], threshold=said["threshold"])
