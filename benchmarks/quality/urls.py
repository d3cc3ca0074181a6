"""Addresses against the tests of browsers (WPT) and of the surt tool; idempotence over the whole pack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsroom.urls import canonical_url, resolve, surt_key

HTTP = re.compile(r"\s*https?:", re.IGNORECASE)


def score(pack: Path) -> dict[str, float]:
    """Share of WPT's http(s) cases and of surt keys that agree, and of canonical addresses that are stable."""
    wpt = [case for case in _load(pack, "wpt_urltestdata") if isinstance(case, dict) and _is_http(case)]
    wpt_right = [resolve(case["base"], case["input"]) == case.get("href") for case in wpt]
    surts = [case for case in _load(pack, "surt") if case["fn"] == "surt.surt" and not case["kwargs"]]
    surts = [case for case in surts if HTTP.match(case["url"] or "")]
    surt_right = [_bare(surt_key(case["url"])) == _bare(case["expect"]) for case in surts]
    every = sorted({text for name in NAMES for text in _strings(_load(pack, name)) if 3 < len(text) < 5000})
    stable = [canonical_url(first := canonical_url(url)) == first for url in every]
    return {
        "wpt_http": sum(wpt_right) / len(wpt_right),
        "surt": sum(surt_right) / len(surt_right),
        "idempotent": sum(stable) / len(stable),
    }


NAMES = ("wpt_urltestdata", "surt", "urlcanon", "courlan", "w3lib")


def _load(pack: Path, name: str) -> Any:
    return json.loads((pack / f"{name}.json").read_text("utf-8"))


def _is_http(case: dict[str, Any]) -> bool:
    if case.get("failure"):
        return bool(HTTP.match(case["input"])) or bool(HTTP.match(case["base"] or "") and ":" not in case["input"])
    return bool(HTTP.match(case["href"]))


def _bare(surt: str) -> str:
    return surt.removeprefix("http://(").removeprefix("https://(")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
