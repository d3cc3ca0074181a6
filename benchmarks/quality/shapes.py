"""Article-or-not by address alone, on the addresses of pages known to be articles."""

from __future__ import annotations

import json
from pathlib import Path

from newsroom.records import Role
from newsroom.url_shapes import judge
from newsroom.urls import canonical_url


def score(pack: Path) -> dict[str, float]:
    """Share of article addresses taken for articles."""
    with (pack / "gt.jsonl").open(encoding="utf-8") as lines:
        urls = {url for line in lines if (url := json.loads(line).get("url"))}
    roles = [judge(canonical_url(url), allow=(), deny=(), announced=False, link=None).role for url in sorted(urls)]
    return {"article_recall": roles.count(Role.ARTICLE) / len(roles)}
