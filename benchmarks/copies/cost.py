"""What finding copies costs an article, and how much it stores, as the corpus grows.

    python -m benchmarks.copies.cost [--articles 10000 100000 1000000] [--database URL]

Fills a database with texts put together from 12-unit pieces of the copies pack with one unit in five exchanged
(more overlap than real news has), fingerprints and all, and then lets 400 more arrive as a busy crawl compares them,
forty at a time, one in twenty a copy of an earlier one with 15 % of its units exchanged; forty before them, which are
not counted, load what a process loads once. CPU is this process's, and for PostgreSQL the server process's as well.
Runs on SQLite in a temporary folder, or on an empty PostgreSQL database.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, insert, text

from benchmarks.copies.pack import load
from benchmarks.processes import table as printed
from newsroom.records import Article
from pipelines.background import shipped
from pipelines.candidates import is_short
from pipelines.fingerprint import fingerprint
from pipelines.match import Matcher
from pipelines.units import UnitText
from storage.article_batches import Arrival
from storage.database import Database, open_database
from storage.dialect import table
from storage.fingerprints import Matched

PIECE_UNITS = 12
EXCHANGED = 1 / 5
ARRIVALS, AT_ONCE, COPY_EACH = 400, 40, 20
START = datetime(2026, 1, 1, tzinfo=UTC)
OF_COPIES = ("fingerprints", "fingerprint_hashes", "copies", "story_members")


class Writer:
    """Puts texts together; two of three in Chinese, as long as those of the pack."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(11)
        self.draw = random.Random(11)
        pack = [each.units for each in load() if each.is_original]
        self._pools = {flag: [each.units for each in pack if each.unspaced is flag] for flag in (True, False)}
        self._joined = {flag: np.concatenate(pool) for flag, pool in self._pools.items()}

    def text(self) -> UnitText:
        """A text of its own."""
        unspaced = self.draw.random() < 2 / 3
        source, length = self._joined[unspaced], len(self.draw.choice(self._pools[unspaced]))
        starts = self._random.integers(0, len(source) - PIECE_UNITS, max(length // PIECE_UNITS, 2))
        units = source[(starts[:, None] + np.arange(PIECE_UNITS)).ravel()].copy()
        return UnitText(self._with_exchanged(units, EXCHANGED), unspaced)

    def copy(self, text: UnitText) -> UnitText:
        """`text` with 15 % of its units exchanged."""
        return UnitText(self._with_exchanged(text.units.copy(), 0.15), text.unspaced)

    def _with_exchanged(self, units: np.ndarray, share: float) -> np.ndarray:  # type: ignore[type-arg]
        """`units` with a share of them exchanged, at random; numbers stay, as in a spun copy."""
        chosen = (self._random.random(len(units)) < share) & (units & 1 == 0)
        units[chosen] = self._random.integers(0, 1 << 15, int(chosen.sum()), dtype=np.uint16) * 2
        return units


@dataclass(frozen=True, slots=True)
class Cost:
    """What one size came to, per article."""

    articles: int
    cpu_ms: float
    server_ms: float
    compared: float
    found: float  # share of the copies
    bytes: float


def fill(database: Database, writer: Writer, first: int, last: int) -> list[UnitText]:
    """Store the texts `first` to `last` as if they had been compared; a sample of them."""
    kept: list[UnitText] = []
    for at in range(first, last, 1_000):
        texts = [writer.text() for _ in range(min(1_000, last - at))]
        with database.engine.begin() as connection:
            _rows(connection, at, texts)
        prints = [(number, each, fingerprint(each, shipped())) for number, each in enumerate(texts, at + 1)]
        settled = [Matched(number, found.hashes, is_short(each), found.fluency) for number, each, found in prints]
        with database.writing() as corpus:
            corpus.fingerprints.settle(settled, shipped().version, START)
        kept += texts[:5]
    return kept


def _rows(connection: Connection, at: int, texts: Sequence[UnitText]) -> None:
    ids = range(at + 1, at + 1 + len(texts))
    base = {"portal_id": "bench", "revision_count": 1, "first_seen_utc": START, "last_seen_utc": START}
    articles = [{"id": one, "url": f"https://bench.example/{one}", "revision_id": one, **base} for one in ids]
    empty = {"byline": [], "tags": [], "injected_links": [], "links": [], "parts": [], "word_count": 0, "number": 1}
    more = {"observed_utc": START, "match_digest": "", "title": "", "text": "", **empty}
    revisions = [{"id": one, "article_id": one, "content_digest": str(one), **more} for one in ids]
    prints = [
        {
            "revision_id": one,
            "article_id": one,
            "units": each.to_bytes(),
            "unit_count": len(each),
        }
        for one, each in zip(ids, texts, strict=True)
    ]
    for name, rows in (("articles", articles), ("revisions", revisions), ("fingerprints", prints)):
        connection.execute(insert(table(name)), rows)


def arrive(
    database: Database, writer: Writer, known: Sequence[UnitText], size: int
) -> tuple[float, float, float, float]:
    """Client and server milliseconds, pairs compared and share of copies found, of ARRIVALS new texts."""
    matcher = Matcher()
    copies: set[str] = set()
    cpu = server = compared = 0.0
    for first in range(-AT_ONCE, ARRIVALS, AT_ONCE):
        arrivals = []
        for number in range(first, first + AT_ONCE):
            is_copy = number % COPY_EACH == 0
            units = writer.copy(writer.draw.choice(known)) if is_copy else writer.text()
            arrived = _article(units, f"{size}-{number}")
            if is_copy and first >= 0:
                copies.add(arrived.url)
            arrivals.append(Arrival("bench", arrived))
        database.write(lambda corpus, some=arrivals: corpus.batches.store(some, START))  # type: ignore[misc]
        begun, at_server = time.process_time(), _server_s(database)
        report = matcher.match_some(database, START)
        if first < 0:
            continue
        cpu += time.process_time() - begun
        server += _server_s(database) - at_server
        compared += report.compared
    with database.reading() as corpus:
        ids = [stored.id for stored in map(corpus.articles.get, sorted(copies)) if stored]
        found = sum(bool(corpus.copies.of(each)) for each in ids)
    return cpu / ARRIVALS * 1_000, server / ARRIVALS * 1_000, compared / ARRIVALS, found / len(copies)


def _article(units: UnitText, name: str) -> Article:
    """An article whose words are its units: what is shown of a copy is found in its text."""
    said = (" " if not units.unspaced else "").join(
        (chr(0x4E00 + unit % 20_000) if units.unspaced else f"w{unit}") for unit in units.units.tolist()
    )
    url = f"https://bench.example/new/{name}"
    return Article(url, url, name, said, content_digest=name, match_units=units.to_bytes())


def _server_s(database: Database) -> float:
    """CPU seconds that the server's processes for this database have used; 0 for SQLite."""
    if database.is_sqlite:
        return 0.0
    with database.engine.connect() as connection:
        pids = connection.execute(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")).scalars()
        return sum(_cpu_s(pid) for pid in pids)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored_bytes(database: Database) -> int:
    """Bytes of the tables that copies need, with their indexes."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            sizes = "SELECT sum(pg_total_relation_size(c)) FROM unnest(CAST(:names AS regclass[])) c"
            return int(connection.execute(text(sizes), {"names": list(OF_COPIES)}).scalar_one())
        like = " OR ".join(f"name = '{name}' OR name LIKE 'ix_{name}%'" for name in OF_COPIES)
        return int(connection.execute(text(f"SELECT sum(pgsize) FROM dbstat WHERE {like}")).scalar_one())


def measure(database: Database, sizes: Sequence[int]) -> Iterator[Cost]:
    """The cost at each of `sizes`."""
    writer, before, known = Writer(), 0, []
    with database.writing() as corpus:
        corpus.portals.put("bench", name="Bench", home=None, definition={}, now=START)
    for size in sizes:
        known += fill(database, writer, before, size)
        if not database.is_sqlite:
            _tidy(database)
        per_article = stored_bytes(database) / size
        yield Cost(size, *arrive(database, writer, known, size), per_article)
        before = size + AT_ONCE + ARRIVALS


def _tidy(database: Database) -> None:
    """Count the ids up to where the rows stand, and let the planner know what is there."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("articles", "revisions"):
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )
        connection.execute(text("VACUUM ANALYZE"))


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--database", help="an empty PostgreSQL database; SQLite in a temporary folder when not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/corpus.sqlite3"
        if options.database:
            with Database(url) as made:
                made.upgrade()
        with open_database(url, create=True) as database:
            rows: list[tuple[object, ...]] = [("articles", "ms", "server ms", "compared", "copies found", "bytes")]
            for cost in measure(database, sorted(options.articles)):
                numbers = (cost.cpu_ms, cost.server_ms, cost.compared, cost.found)
                rows.append((f"{cost.articles:,}", *(f"{value:.2f}" for value in numbers), f"{cost.bytes:,.0f}"))
                print(printed([rows[0], rows[-1]]), flush=True)


if __name__ == "__main__":
    main()
