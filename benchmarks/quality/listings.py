"""Front and section pages of real portals must not become articles."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

from newsroom.records import Rejected
from pipelines.workers import PageBytes, extract_many


def score(pack: Path) -> dict[str, float]:
    """Share of stored listing pages that extraction rejects."""
    with gzip.open(pack / "pages.jsonl.gz", "rt", encoding="utf-8") as lines:
        listings = [page for line in lines if (page := json.loads(line))["kind"] == "listing"]
    bodies = (pack / "pages.bin").read_bytes()
    pages = [PageBytes(_inflate(bodies, page), page["url"], "text/html") for page in listings]
    rejected = [isinstance(result, Rejected) for result in extract_many(pages)]
    return {"rejected": sum(rejected) / len(rejected)}


def _inflate(bodies: bytes, page: dict[str, int]) -> bytes:
    return zlib.decompress(bodies[page["off"] : page["off"] + page["len"]], 31)
