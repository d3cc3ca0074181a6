"""Search: real texts on SQLite and PostgreSQL, each query's answer against a plain reading of every text.

Texts are the articles of the copies pack, the gold bodies of the extraction pack, and each paragraph of those as a text
of its own: 23,093. Queries are drawn from the texts, by class; what a text says is told without the index's code: by
substring for scripts without spaces, by word for others, on text that is folded here. Figures are shares: 1 is all.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.quality.search_answers import Answers, Asked, answer
from benchmarks.quality.search_questions import Query, draw_queries
from benchmarks.quality.search_reading import Reading, texts

ENGINES = ("sqlite", "postgresql")
TEXTS, QUERIES = 20_000, 300  # at least
_SHOWN = 10


def score(pack: Path) -> dict[str, float]:
    """How many queries were answered exactly, by engine; how many alike by both, and in the same order."""
    readings = [Reading(text) for text in texts(pack)]
    queries = draw_queries(readings)
    asked = [Asked(query.written, query.fold_han) for query in queries]
    with ProcessPoolExecutor(max_workers=len(ENGINES)) as engines:
        answering = {engine: engines.submit(answer, engine, pack, asked) for engine in ENGINES}
        truth = [_truth(query, readings) for query in queries]
        answers = {engine: found.result() for engine, found in answering.items()}
    figures = {"texts": min(1.0, len(readings) / TEXTS), "queries": min(1.0, len(queries) / QUERIES)}
    for engine, found in answers.items():
        figures[f"exact_{engine}"] = _exact(engine, queries, truth, found)
    return figures | _alike(queries, *answers.values())


def _truth(query: Query, readings: list[Reading]) -> set[int]:
    return {place for place, reading in enumerate(readings) if query.holds(reading)}


def _exact(engine: str, queries: list[Query], truth: list[set[int]], found: list[Answers]) -> float:
    wrong = [
        f"{query.kind}: {query.written} (fold_han={query.fold_han}): {len(want - got.found)} missed, "
        f"{len(got.found - want)} too many of {len(want)}; said {got.total}"
        for query, want, got in zip(queries, truth, found, strict=True)
        if got.found != want or got.total != len(want)
    ]
    for line in wrong[:_SHOWN]:
        print(f"{engine}: {line}", file=sys.stderr)
    empty = Counter(query.kind for query, want in zip(queries, truth, strict=True) if not want)
    print(f"{engine}: {len(wrong)} of {len(queries)} wrong; nothing to find for {sum(empty.values())}", file=sys.stderr)
    return 1 - len(wrong) / len(queries)


def _alike(queries: list[Query], one: list[Answers], other: list[Answers]) -> dict[str, float]:
    pairs = list(zip(one, other, strict=True))
    same = {
        "same_articles": [left.found == right.found for left, right in pairs],
        "same_relevance": [left.best == right.best for left, right in pairs],
        "same_newest": [left.newest == right.newest for left, right in pairs],
    }
    for name, each in same.items():
        differing = [query.written for query, alike in zip(queries, each, strict=True) if not alike]
        print(f"{name}: {len(differing)} queries differ {differing[:_SHOWN]}", file=sys.stderr)
    return {name: sum(each) / len(each) for name, each in same.items()}
