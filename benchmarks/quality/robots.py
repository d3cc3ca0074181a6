"""robots.txt against the cases of google/robotstxt and seomoz/reppy."""

from __future__ import annotations

import ast
import json
from base64 import b64decode
from collections import defaultdict
from pathlib import Path
from typing import Any

from spiders.robots import Robots


def score(pack: Path) -> dict[str, float]:
    """Share of right verdicts by scope, and of right sitemap lists."""
    right: dict[str, list[bool]] = defaultdict(list)
    for case in json.loads((pack / "cases.json").read_text("utf-8"))["cases"]:
        if case["kind"] in ("allowed", "allowed_bytes"):
            verdict = Robots(_body(case)).allowed(case["user_agent"], case["url"])
            right[f"allowed_{case['scope'].replace('-', '_')}"].append(verdict == case["expect"])
        elif case["kind"] == "sitemaps":
            expect = case["expect"] if isinstance(case["expect"], list) else ast.literal_eval(case["expect"])
            right["sitemaps"].append(list(Robots(_body(case)).sitemaps) == list(expect))
    return {name: sum(found) / len(found) for name, found in right.items()}


def _body(case: dict[str, Any]) -> bytes:
    return b64decode(case["robots_txt_b64"]) if "robots_txt_b64" in case else str(case["robots_txt"]).encode()
