"""Copies: the pack through `copydesk import jsonl` and `copydesk copies clusters`, by the pack's own scorer."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from newsroom.records import CopyKind
from storage.database import open_database

INPUT = ("id", "url", "title", "text", "lang")  # all else in the pack is gold
WORST = ("boiler", "edit", "excerpt10", "excerpt20", "seedlike15", "seedlike30", "spin20", "spin30", "spin40", "trad")
SPUN = ("spin", "seedlike")
EACH_KIND = ("spin_excerpt50", "revision", "exact", "para_shuffle", "sent_shuffle", "excerpt30", "spin5", "spin10")


def score(pack: Path) -> dict[str, float]:
    """Precision, recall and B-cubed F1 of the stories, recall by kind, and how often a source ranks above its copy."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        known = {each["id"]: each for each in articles(pack)}
        lines = (json.dumps({name: each[name] for name in INPUT}, ensure_ascii=False) for each in known.values())
        (home / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        copydesk(home, "import", "jsonl", str(home / "in.jsonl"))
        (home / "clusters.jsonl").write_text(copydesk(home, "copies", "clusters", "-o", "ndjson"), "utf-8")
        return _figures(pack, home / "clusters.jsonl") | _sources(f"sqlite:///{home / 'corpus.sqlite3'}", known)


def articles(pack: Path) -> Iterator[dict[str, str]]:
    """The articles of a copies pack, gold and all."""
    with gzip.open(pack / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def copydesk(home: Path, *arguments: str) -> str:
    """What the command prints, with `home` as its folder."""
    command = [sys.executable, "-m", "copydesk", "--home", str(home), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _figures(pack: Path, clusters: Path) -> dict[str, float]:
    """What score.py prints, by name."""
    judge = importlib.util.spec_from_file_location("copies_score", pack / "score.py")
    assert judge is not None and judge.loader is not None
    printed, given = io.StringIO(), sys.argv
    sys.argv = ["score.py", str(pack), str(clusters)]
    try:
        with contextlib.redirect_stdout(printed):
            judge.loader.exec_module(importlib.util.module_from_spec(judge))
    finally:
        sys.argv = given
    figures: dict[str, float] = {}
    for line in printed.getvalue().splitlines():
        words = line.split()
        if words[:2] == ["pairwise", "precision"]:
            figures["pairwise_precision"] = float(words[2])
            figures["pairwise_recall"] = float(words[words.index("recall") + 1])
        elif words[:1] == ["B-cubed"]:
            figures["bcubed_f1"] = float(words[-1])
        elif len(words) == 4 and words[0] in (*WORST, *EACH_KIND):
            figures[f"recall_{words[0]}"] = float(words[3])
    return figures


def _sources(url: str, pack: dict[str, dict[str, str]]) -> dict[str, float]:
    """Of the pairs of a text and its spun copy: how many are named as such, the right way round."""
    base = {each["base_id"]: each["id"] for each in pack.values() if each["kind"] == "base"}
    right = wrong = named = 0
    with open_database(url) as database, database.reading() as corpus:
        ids = {each: stored.id for each in pack if (stored := corpus.articles.by_source_id(each)) is not None}
        for each in pack.values():
            if not each["kind"].startswith(SPUN) or each["base_id"] not in base:
                continue
            copy = corpus.copies.between(ids[each["id"]], ids[base[each["base_id"]]])
            if copy is not None:
                right += copy.article_id == ids[each["id"]]
                wrong += copy.article_id != ids[each["id"]]
                named += copy.kind == CopyKind.SPUN
    return {"source_above_spun": right / (right + wrong), "named_spun": named / (right + wrong)}
