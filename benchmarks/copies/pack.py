"""The copies pack as the matcher sees it: texts as units, and which pairs are copies."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.text import normalise_for_match
from pipelines.units import UnitText, read_units

PACKS = Path(os.environ.get("COPYDESK_PACKS", "../shared/packs"))
ONE_A_STORY = ("base", "neg", "hardneg")  # kinds that are nobody's copy; templates, too


@dataclass(frozen=True, slots=True)
class Labelled:
    """One article of the pack."""

    id: str
    language: str
    kind: str
    cluster: str
    base: str
    url: str
    units: UnitText

    @property
    def is_original(self) -> bool:
        return self.kind in ONE_A_STORY or self.kind.startswith("template")


def load(folder: Path = PACKS / "copies") -> list[Labelled]:
    """The articles, in the order of the file."""
    return [
        Labelled(
            each["id"],
            each["lang"],
            each["kind"],
            each["cluster_id"],
            each.get("base_id") or "",
            each["url"],
            read_units(normalise_for_match(each["text"])),
        )
        for each in _lines(folder / "articles.jsonl.gz")
    ]


def gold_kinds(folder: Path = PACKS / "copies") -> dict[tuple[str, str], str]:
    """By pair of ids, the smaller first, how one came of the other."""
    return {
        (min(each["a"], each["b"]), max(each["a"], each["b"])): each["kind"]
        for each in _lines(folder / "gold_pairs.jsonl.gz")
    }


def _lines(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
