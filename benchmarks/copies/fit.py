"""Fit pipelines/copy_model.json on the copies pack and print how well it does, cross-validated by story.

    python -m benchmarks.copies.fit [--write]

Pairs are those that the fingerprints of the pack name as candidates. Left out: compilations and digests (the cluster
rule knows them) and pairs of one URL (revisions whatever they say). A fold is a fifth of the stories; a pair is scored
by models that saw neither of its stories. The threshold is where precision is PRECISION in the cross-validated scores.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.copies.pack import Labelled, gold_kinds, load
from pipelines.alignment import Anchors
from pipelines.background import shipped
from pipelines.candidates import RARE_HOLDERS, candidates, is_short
from pipelines.copy_model import SHIPPED, expanded
from pipelines.fingerprint import fingerprint
from pipelines.likeness import FEATURES, compare

TARGET = Path(__file__).parents[2] / "pipelines" / SHIPPED
FOLDS = 5
PRECISION = 0.9965
PENALTY = 3.0  # of the squared weights; a tenth or ten times of it change recall by half a point
Array = NDArray[np.float64]


def candidate_pairs(pack: list[Labelled]) -> list[tuple[int, int]]:
    """Pairs of places in `pack` that would be compared, each new text with those stored before it."""
    holders: dict[int, list[int]] = defaultdict(list)
    short = {place for place, each in enumerate(pack) if is_short(each.units)}
    pairs = []
    for place, each in enumerate(pack):
        hashes = fingerprint(each.units, shipped()).hashes
        newest = [holders[value][-RARE_HOLDERS - 1 :] for value in hashes if value in holders]
        pairs += [(other, place) for other in candidates(place, newest, place in short, short)]
        for value in hashes:
            holders[value].append(place)
    return pairs


def fitted(features: Array, labels: NDArray[np.bool_]) -> tuple[Array, float]:
    """Weights and intercept of the logistic regression, by Newton's method with the penalty."""
    design = np.hstack([features, np.ones((len(features), 1))])
    weights = np.zeros(design.shape[1])
    penalty = np.full(design.shape[1], PENALTY)
    penalty[-1] = 0
    for _ in range(60):
        odds = 1 / (1 + np.exp(-np.clip(design @ weights, -35, 35)))
        slope = design.T @ (odds - labels) + penalty * weights
        curve = (design * (odds * (1 - odds))[:, None]).T @ design + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1], float(weights[-1])


def main() -> None:
    """Fit, report, and write the model when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write pipelines/copy_model.json")
    options = parser.parse_args()
    pack, gold = load(), gold_kinds()
    anchors = [Anchors(each.units) for each in pack]
    pairs = [pair for pair in candidate_pairs(pack) if _counts(pack[pair[0]], pack[pair[1]])]
    figures = np.array([compare(anchors[one], anchors[other]).features for one, other in pairs])
    kinds = [gold.get(_key(pack[one].id, pack[other].id), "") for one, other in pairs]
    labels = np.array([bool(kind) for kind in kinds])
    mean, scale = figures.mean(0), figures.std(0)
    terms = expanded((figures - mean) / scale)
    scores = _cross_validated(pack, pairs, terms, labels)
    threshold = _threshold(scores, labels)
    _report(scores >= threshold, kinds, labels, Counter(gold.values()), threshold)
    if options.write:
        weights, intercept = fitted(terms, labels)
        said = {
            "version": "1",
            "features": FEATURES,
            "threshold": round(threshold, 3),
            "intercept": round(intercept, 5),
        }
        arrays = {
            name: [round(float(v), 5) for v in values]
            for name, values in (("mean", mean), ("scale", scale), ("weights", weights))
        }
        TARGET.write_text(json.dumps({**said, **arrays}, indent=1) + "\n", encoding="utf-8")


def _counts(one: Labelled, other: Labelled) -> bool:
    return one.url != other.url and not {one.kind, other.kind} & {"compilation", "digest"}


def _key(one: str, other: str) -> tuple[str, str]:
    return min(one, other), max(one, other)


def _cross_validated(
    pack: list[Labelled], pairs: list[tuple[int, int]], terms: Array, labels: NDArray[np.bool_]
) -> Array:
    stories = {story: number for number, story in enumerate(sorted({each.cluster for each in pack}))}
    drawn = np.random.default_rng(7).integers(0, FOLDS, len(stories))
    folds = np.array([[drawn[stories[pack[place].cluster]] for place in pair] for pair in pairs])
    scores = np.zeros(len(pairs))
    for fold in range(FOLDS):
        touched = (folds == fold).any(axis=1)
        weights, intercept = fitted(terms[~touched], labels[~touched])
        scores[touched] += terms[touched] @ weights + intercept
    return scores / (1 + (folds[:, 0] != folds[:, 1]))  # a pair of two folds was scored twice


def _threshold(scores: Array, labels: NDArray[np.bool_]) -> float:
    """The lowest score down to which PRECISION of the pairs are copies."""
    order = np.argsort(-scores)
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    return float(scores[order][np.flatnonzero(precision >= PRECISION).max()])


def _report(
    taken: NDArray[np.bool_], kinds: list[str], labels: NDArray[np.bool_], of: Counter[str], threshold: float
) -> None:
    found = Counter(kind for kind, yes in zip(kinds, taken, strict=True) if yes and kind)
    print(f"{len(kinds):,} pairs, {int(labels.sum()):,} copies; threshold {threshold:.3f}")
    print(f"precision {np.count_nonzero(taken & labels) / np.count_nonzero(taken):.4f}")
    for kind, total in sorted(of.items()):
        if kind != "revision":
            print(f"{kind:16} {found[kind] / total:.3f} of {total}")


if __name__ == "__main__":
    main()
