"""What a page costs in CPU: our extract against trafilatura with metadata, page by page in one process.

`python -m benchmarks.extraction_cost [--pages N] [--limit RATIO]`; 1 when the ratio on any pack is above RATIO.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import trafilatura

from benchmarks.processes import table
from pipelines.extract import extract

WARM_UP = 8  # pages that load what is loaded late, and are not counted
# A date that only dateparser reads: trafilatura loads it late, for over a second, which no page should be charged with.
RARE_DATE = (
    b"<html><body><div>12. tammikuuta 2020 kello</div><p>" + b"Words of a paragraph. " * 20 + b"</p></body></html>"
)
Page = tuple[bytes, str]


def extraction_pages(packs: Path) -> list[Page]:
    """The labelled pages of many sites."""
    folder = packs / "extraction"
    gold = [json.loads(line) for line in (folder / "gt.jsonl").read_text("utf-8").splitlines()]
    return [
        (gzip.decompress((folder / page["html"]).read_bytes()), page.get("url") or "http://example.org/")
        for page in gold
    ]


def portal_pages(packs: Path) -> list[Page]:
    """The article pages of real portals."""
    with gzip.open(packs / "portal" / "pages.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [page for line in lines if (page := json.loads(line))["kind"] == "article"]
    bodies = (packs / "portal" / "pages.bin").read_bytes()
    return [(zlib.decompress(bodies[page["off"] : page["off"] + page["len"]], 31), page["url"]) for page in found]


def spread(pages: Sequence[Page], count: int) -> list[Page]:
    """`count` of the pages, evenly from all of them."""
    step = max(1.0, len(pages) / count)
    return [pages[int(number * step)] for number in range(min(count, len(pages)))]


def cost_ms(read: Callable[[bytes, str], object], page: Page) -> float:
    """CPU milliseconds that `read` takes for one page."""
    start = time.process_time()
    read(*page)
    return (time.process_time() - start) * 1_000


def ours(body: bytes, url: str) -> object:
    """Decode, body, all fields, language and digests."""
    return extract(body, url, "text/html")


def theirs(body: bytes, url: str) -> object:
    """Body, comments and metadata, all defaults."""
    return trafilatura.bare_extraction(body, with_metadata=True)


def measure(pages: Sequence[Page]) -> tuple[float, float]:
    """Mean CPU milliseconds a page, ours and theirs; they take turns, so that a busy machine wrongs neither."""
    for page in [(RARE_DATE, "http://example.org/"), *pages[:WARM_UP]]:
        ours(*page)
        theirs(*page)
    pairs = [(cost_ms(ours, page), cost_ms(theirs, page)) for page in pages]
    return sum(pair[0] for pair in pairs) / len(pairs), sum(pair[1] for pair in pairs) / len(pairs)


def main() -> int:
    """Print the cost on both packs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300, help="of each pack, evenly spread")
    parser.add_argument("--limit", type=float, default=0.8, help="the highest ratio that is good enough")
    parser.add_argument("--packs", type=Path, default=Path(os.environ.get("COPYDESK_PACKS", "../shared/packs")))
    options = parser.parse_args()
    rows: list[tuple[object, ...]] = [("pack", "pages", "kB/page", "ours ms", "trafilatura ms", "ratio")]
    worst = 0.0
    for name, load in (("extraction", extraction_pages), ("portal", portal_pages)):
        pages = spread(load(options.packs), options.pages)
        mine, yours = measure(pages)
        worst = max(worst, mine / yours)
        kilobytes = sum(len(body) for body, _ in pages) / len(pages) / 1_000
        rows.append((name, len(pages), round(kilobytes), round(mine, 1), round(yours, 1), round(mine / yours, 3)))
    print(table(rows))
    return 1 if worst > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
