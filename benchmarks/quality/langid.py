"""Language detection on the twenty languages of most news."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.language import detect_language

NEWS = frozenset(("zh ja ko en de fr es ru ar pt it nl vi th id tr uk hi fa pl").split())  # noqa: SIM905


def score(pack: Path) -> dict[str, float]:
    """Share of texts told right, by their length; and whether a second look agrees."""
    texts = [one for one in json.loads((pack / "lingua.json").read_text("utf-8")) if one["lang"] in NEWS]
    figures: dict[str, float] = {}
    for kind in ("8-sentences", "sentences"):
        chosen = [one for one in texts if one["kind"] == kind]
        right = [detect_language(one["text"])[0].split("-")[0] == one["lang"] for one in chosen]
        figures[kind.replace("-", "_")] = sum(right) / len(right)
    sample = [one["text"] for one in texts[::25]]
    again = [detect_language(text) == detect_language(text) for text in sample]
    return figures | {"same_again": sum(again) / len(again)}
