"""What `copydesk health` costs: 40 portals crawled every half hour for 29 days, 100,000 new articles, one that drifts.

    python -m benchmarks.health [--articles N] [--older N] [--database URL]

`--older` adds articles from before those days. Prints seconds and CPU seconds of the judgement with all exhibits, and
what was found: one portal's bylines vanish on the last day, and nothing else may be reported.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from copydesk.commands.health import judge_portals
from newsroom.portal_history import Terms
from storage.database import open_database
from storage.tables import Base

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
DAYS, PORTALS, EVERY = 29, 40, timedelta(minutes=30)
TEXT = "The ferry stays in port until the wind drops, says the harbour master. " * 40  # 2.8 KB
Row = dict[str, Any]


def rows(articles: int, older: int) -> Iterator[tuple[str, Row]]:
    """Table and row, in an order that references allow."""
    yield "warc_files", {"id": 1, "name": "bench.warc.gz", "opened_utc": NOW, "committed_bytes": 0}
    for portal in range(PORTALS):
        about = {"id": f"p{portal}", "name": f"p{portal}", "home": None, "definition": {}, "first_seen_utc": NOW}
        yield "portals", about
    runs = DAYS * 24 * 2
    for number in range(runs * PORTALS):
        begun = NOW - DAYS * timedelta(days=1) + number // PORTALS * EVERY + timedelta(seconds=30)
        yield "runs", _run(number, begun, articles / runs / PORTALS)
    for number in range(older):
        yield from _article(number, NOW - timedelta(days=60), 1, number % PORTALS, byline=True)
    step = DAYS * timedelta(days=1) / articles
    for number in range(articles):
        seen = NOW - DAYS * timedelta(days=1) + number * step + step / 2
        run = int((seen - (NOW - DAYS * timedelta(days=1))) / EVERY) * PORTALS + number % PORTALS
        last_day = seen > NOW - timedelta(days=1)
        yield from _article(
            older + number, seen, run + 1, number % PORTALS, byline=not last_day or number % PORTALS > 0
        )


def _run(number: int, begun: datetime, each: float) -> Row:
    new = round(each * (number + 1)) - round(each * number)
    stats = {"kind": "crawl", "fetched": new + 2, "article_pages": new, "refused": {}, "failed": {}, "bytes": 99_999}
    stats["articles"] = {"new": new, "changed": 0, "unchanged": 0, "copies": 0, "rejected": 0}
    same = {"state": "done", "exit_code": 0, "owner": "desk:1", "version": "1", "finished_utc": begun + EVERY / 3}
    return {"id": number + 1, "portal_id": f"p{number % PORTALS}", "started_utc": begun, "stats": stats, **same}


def _article(number: int, seen: datetime, run: int, portal: int, byline: bool) -> Iterator[tuple[str, Row]]:
    key, url, owner = number + 1, f"https://p{portal}.example/story/{number}.html", f"p{portal}"
    yield "articles", {
        "id": key, "portal_id": owner, "url": url, "revision_id": key, "revision_count": 1,
        "first_seen_utc": seen, "last_seen_utc": seen, "published_utc": seen, "language": "en",
    }  # fmt: skip
    page = {
        "fetch_url": url,
        "host": f"https://p{portal}.example:443",
        "role": "article",
        "state": "done",
        "detail": "",
    }
    yield "pages", {
        "id": key, "portal_id": owner, "url": url, **page, "depth": 1, "redirects": 0, "priority": 0, "attempts": 0,
        "discovered_utc": seen, "fetched_utc": seen, "status": 200, "article_id": key,
    }  # fmt: skip
    yield "captures", {
        "id": key, "page_id": key, "run_id": run, "url": url, "fetched_utc": seen, "status": 200,
        "content_type": "text/html", "payload_digest": f"sha256:{key:064x}", "payload_bytes": 90_000, "warc_file_id": 1,
        "warc_offset": key * 1000, "warc_length": 900, "record_id": f"<urn:uuid:{key}>", "notes": {},
    }  # fmt: skip
    yield "revisions", {
        "id": key, "article_id": key, "number": 1, "observed_utc": seen, "capture_id": key, "title": f"Story {number}",
        "content_digest": f"sha256:{key:064x}", "match_digest": f"sha256:{key:064x}", "text": TEXT,
        "byline": ["Ann Lee"] if byline else [], "published_utc": seen, "language": "en", "section": "Harbour",
        "lead_image": "https://img.example/1.jpg", "tags": [], "injected_links": [], "links": [], "parts": [],
        "word_count": 480 + number % 40,
    }  # fmt: skip


def fill(connection: Connection, made: Iterator[tuple[str, Row]]) -> None:
    """Insert `made`, ten thousand rows at a time."""
    while batch := list(islice(made, 10_000)):
        by_table: dict[str, list[Row]] = {}
        for name, row in batch:
            by_table.setdefault(name, []).append(row)
        for table in Base.metadata.sorted_tables:
            if table.name in by_table:
                connection.execute(insert(table), by_table[table.name])


def measure(url: str, articles: int, older: int) -> dict[str, Any]:
    """Fill the database at `url` and judge its portals three times; the fastest counts."""
    with open_database(url, create=True) as database:
        with database.writing() as corpus:
            fill(corpus._connection, rows(articles, older))
        terms = {f"p{portal}": Terms(schedule=EVERY) for portal in range(PORTALS)}
        taken = []
        for _ in range(3):
            begun, cpu = time.perf_counter(), time.process_time()
            with database.reading() as corpus:
                judged = judge_portals(corpus, terms, NOW, timedelta(days=1))
            taken.append((time.perf_counter() - begun, time.process_time() - cpu))
    seconds, cpu_seconds = min(taken)
    found = {each.verdict.portal_id: [one.what for one in each.verdict.findings] for each in judged}
    return {
        "articles": articles,
        "older": older,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "found": {portal: what for portal, what in found.items() if what},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--older", type=int, default=0)
    parser.add_argument("--database", help="an empty one at the newest schema; default: SQLite in a temporary folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'corpus.sqlite3'}"
        print(json.dumps(measure(url, given.articles, given.older)))


if __name__ == "__main__":
    main()
