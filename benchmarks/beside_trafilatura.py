"""Every figure of packs/extraction beside trafilatura's own: `python -m benchmarks.beside_trafilatura`.

trafilatura reads the same decoded pages with all its defaults and metadata. 1 when any of our figures is lower.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import trafilatura

from benchmarks.processes import table
from benchmarks.quality import extraction
from pipelines.decode import decode_body


def read_alone(pack: Path, page: dict[str, Any]) -> dict[str, Any]:
    """What trafilatura makes of one page, as the pack's scorer wants it."""
    html = decode_body(gzip.decompress((pack / page["html"]).read_bytes()), None)
    found = trafilatura.bare_extraction(html, url=page.get("url"), with_metadata=True)
    if not isinstance(found, trafilatura.settings.Document):
        return {}
    authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]
    return {"title": found.title, "text": found.text, "authors": authors, "date": found.date}


def main() -> int:
    """Print both; how many figures are lower than trafilatura's decides the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, default=Path(os.environ.get("COPYDESK_PACKS", "../shared/packs")))
    pack = parser.parse_args().packs.resolve() / "extraction"
    ours = extraction.score(pack)
    judge = extraction.scorer(pack)
    gold = judge.load(pack / "gt.jsonl")
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        found = pool.map(partial(read_alone, pack), gold, chunksize=8)
    alone = extraction.figures(judge.score(gold, dict(zip((page["id"] for page in gold), found, strict=True))))
    rows: list[tuple[object, ...]] = [("figure", "copydesk", "trafilatura", "")]
    lower = 0
    for key in sorted(ours.keys() & alone.keys()):
        if key.endswith("_language"):  # it gives none
            continue
        lower += ours[key] < alone[key]
        rows.append((key, ours[key], alone[key], "LOWER" if ours[key] < alone[key] else ""))
    print(table(rows))
    print("nothing is lower than trafilatura's own" if not lower else f"{lower} figures are lower than trafilatura's")
    return 1 if lower else 0


if __name__ == "__main__":
    sys.exit(main())
