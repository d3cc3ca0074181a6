"""BM25 in our own code, so that both databases rank alike (Robertson and Zaragoza 2009, section 3.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from storage.search.candidates import Candidates, Times

K1, B = 1.2, 0.75

_MILLION = 1_000_000


def inverse_frequency(holding: int, all_chunks: int) -> float:
    """The weight of a phrase that `holding` of `all_chunks` have; always above 0."""
    return round(math.log(1 + (all_chunks - holding + 0.5) / (holding + 0.5)), 6)


def mean_chars(articles: Candidates) -> float:
    """The mean length that others are compared with; never below 1."""
    return max(1.0, round(sum(articles.chars) / len(articles), 3)) if len(articles) else 1.0


def ranked(
    articles: Candidates,
    by_phrase: Sequence[Times],
    mean: float,
    rarity: Sequence[float],
    most: int | None = None,
) -> list[tuple[float, int]]:
    """Scores, of six digits behind the point, and ids; the best `most` or all, best first, ties by the newer id."""
    shortest, longer, highest = K1 * (1 - B), K1 * B / mean, (K1 + 1) * _MILLION
    dampings = [shortest + longer * chars for chars in articles.chars]
    sums = [0.0] * len(articles)
    for times, rare in zip(by_phrase, rarity, strict=True):
        weight = highest * rare
        sums = [
            sum_ + weight * number / (number + damping)
            for sum_, number, damping in zip(sums, times, dampings, strict=True)
        ]
    # Of many articles, few are shown: what cannot be among them, however it is rounded, is not put in order.
    least = sorted(sums, reverse=True)[most - 1] - 1 if most is not None and most < len(sums) else 0
    best = [(int(sum_ + 0.5), one) for sum_, one in zip(sums, articles.ids, strict=True) if sum_ >= least]
    best.sort(reverse=True)
    return [(score / _MILLION, article_id) for score, article_id in best[:most]]
