"""Articles against the gold of ten corpora, by the pack's own scorer."""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from copydesk.article_view import written_date
from newsroom.records import Article, Rejected
from pipelines.workers import PageBytes, extract_many

KEPT = {
    "F1": "body_f1",
    "snip_F1": "snippets_f1",
    "title": "title",
    "date": "date",
    "author": "authors",
    "auth_f1": "authors_f1",
    "lang": "language",
}


def score(pack: Path) -> dict[str, float]:
    """Per corpus: body F1, title, date, authors, language where labelled; and the share of gold bodies not rejected."""
    judge = scorer(pack)
    gold = judge.load(pack / "gt.jsonl")
    results = list(extract_many(_pages(pack, gold)))
    found = {page["id"]: _prediction(result) for page, result in zip(gold, results, strict=True)}
    measured = figures(judge.score(gold, found))
    bodies = [isinstance(result, Article) for page, result in zip(gold, results, strict=True) if page.get("text")]
    return measured | {"gold_bodies_kept": sum(bodies) / len(bodies)}


def figures(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """What the scorer says of each corpus, by our names."""
    return {
        f"{corpus}_{name}": float(values[key])
        for corpus, values in scores.items()
        for key, name in KEPT.items()
        if key in values
    }


def _pages(pack: Path, gold: list[dict[str, Any]]) -> Iterator[PageBytes]:
    for page in gold:
        yield PageBytes(gzip.decompress((pack / page["html"]).read_bytes()), page.get("url") or "http://example.org/a")


def _prediction(result: Article | Rejected) -> dict[str, Any]:
    if isinstance(result, Rejected):
        return {}
    return {
        "title": result.title,
        "text": result.text,
        "authors": list(result.byline),
        "date": written_date(result.published),
        "language": result.language,
    }


def scorer(pack: Path) -> ModuleType:
    """The pack's own scorer."""
    spec = importlib.util.spec_from_file_location("pack_score", pack / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
