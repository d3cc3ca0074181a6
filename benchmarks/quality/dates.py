"""Publication days against htmldate's human labels; a wrong day counts as found wrongly, none as missed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from newsroom.records import Article
from newsroom.zones import written_time
from pipelines.workers import PageBytes, extract_many


def score(pack: Path) -> dict[str, float]:
    """F1 over all pages, refused ones included as missed, and over those taken for articles."""
    cases = json.loads((pack / "pages.json").read_text("utf-8"))
    with zipfile.ZipFile(pack / "pages.zip") as bodies:
        pages = [PageBytes(bodies.read(case["file"]), case["url"]) for case in cases]
    results = list(extract_many(pages))
    days = [_day(result) if isinstance(result, Article) else None for result in results]
    pairs = [(day, case["date"]) for day, case in zip(days, cases, strict=True)]
    taken = [pair for pair, result in zip(pairs, results, strict=True) if isinstance(result, Article)]
    return {"f1": _f1(pairs), "f1_of_articles": _f1(taken)}


def _day(article: Article) -> str | None:
    return written_time(article.published).date().isoformat() if article.published else None


def _f1(pairs: list[tuple[str | None, str]]) -> float:
    right = sum(found == said for found, said in pairs)
    wrong = sum(found is not None and found != said for found, said in pairs)
    missed = sum(found is None for found, _ in pairs)
    return 2 * right / (2 * right + wrong + missed)
