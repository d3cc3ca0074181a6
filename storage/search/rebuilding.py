"""The index made anew, a batch of articles a transaction: stopped at any moment, it goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, false, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from storage.dialect import table
from storage.search import schema
from storage.search.analyser import ANALYSER_VERSION, WAITING
from storage.search.schema import FTS_TABLE, VECTOR_TABLE
from storage.search.searchable import Chunk, Searchable
from storage.search.writer import SEARCHED, IndexWriter, about, seconds
from storage.tables import RevisionRow

ARTICLES = table("articles")
CHUNKS = table("chunks")

BATCH_CHARS = 1_500_000  # of titles and texts in one transaction: the more, the fewer times FTS5 merges what it has
_READ = 100  # articles read at a time

# FTS5's, while it is filled: its buffer holds a whole batch, and merging waits until there are 16 parts to merge.
_FILLING = {"hashsize": 64 << 20, "automerge": 0}
_USUAL = {"hashsize": 1 << 20, "automerge": 4}
_MERGED_PAGES = 10_000  # of 4 KB, in one transaction
# Every question looks into each part. To merge them writes all of the index anew, so it must be worth that.
_SCATTERED_SHARE = 0.25
_PARTS = f"SELECT count(*) FROM {FTS_TABLE}_idx GROUP BY segid"  # noqa: S608

_WAITING = (
    select(CHUNKS.c.id, CHUNKS.c.article_id, CHUNKS.c.revision_id, *SEARCHED)
    .add_columns(ARTICLES.c.published_utc, ARTICLES.c.first_seen_utc)
    .join(RevisionRow, RevisionRow.id == CHUNKS.c.revision_id)
    .join(ARTICLES, ARTICLES.c.id == CHUNKS.c.article_id)
    .where(CHUNKS.c.analyser_version == WAITING)
    .order_by(CHUNKS.c.id)
    .limit(_READ)
    .with_for_update(of=CHUNKS)
)

_SET = update(CHUNKS).where(CHUNKS.c.id == bindparam("which"))


def unindexed(connection: Connection) -> int:
    """How many articles are not in the index, or by an earlier analyser, so that a search may miss them."""
    pieces = select(func.count(CHUNKS.c.article_id.distinct())).where(CHUNKS.c.analyser_version < ANALYSER_VERSION)
    return connection.scalar(pieces) or 0


class Rebuilding:
    """The index made anew, as far as one unit of work takes it."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection()
        self._writer = IndexWriter(session)
        self._sqlite = self._connection.dialect.name == "sqlite"

    def begin(self, *, anew: bool = False) -> int:
        """Sees what has to be indexed: how many articles that is.

        Nothing, when the index is whole; everything, with `anew`, or when it is by another version of the analyser or
        its rows do not fit its pieces. What was begun before goes on, also with `anew`.
        """
        waits = self._connection.scalar(select(exists().where(CHUNKS.c.analyser_version == WAITING)))
        if self._is_unusable() or (anew and not waits):
            self._clear()
        else:
            self._add_missing()
        left = unindexed(self._connection)
        self._configure(_FILLING if left else _USUAL)
        return left

    def _is_unusable(self) -> bool:
        """Whether pieces are of another version, or of another text than the current, or do not fit the index's rows.

        Asked at once, so that nothing can be stored in between.
        """
        other = exists().where(CHUNKS.c.analyser_version.not_in({ANALYSER_VERSION, WAITING}))
        stale = exists().where(CHUNKS.c.article_id == ARTICLES.c.id, CHUNKS.c.revision_id != ARTICLES.c.revision_id)
        pieces = select(func.count()).select_from(CHUNKS).where(CHUNKS.c.analyser_version != WAITING)
        rows = select(func.count()).select_from(text(f"{FTS_TABLE}_docsize" if self._sqlite else VECTOR_TABLE))
        unfit = pieces.scalar_subquery() != rows.scalar_subquery()
        return bool(self._connection.scalar(select(other | stale | unfit)))

    def _clear(self) -> None:
        """Empty index tables, and one waiting piece for every article."""
        schema.drop(self._connection)
        self._connection.execute(delete(CHUNKS))
        schema.create(self._connection)
        self._add_missing()

    def _add_missing(self) -> None:
        has = exists().where(CHUNKS.c.article_id == ARTICLES.c.id)
        numbers, flags = ("position", "analyser_version", "dated_s", "chars"), ("is_whole", "is_plain")
        empty = [*(literal(0).label(name) for name in numbers), *(false().label(name) for name in flags)]
        missing = select(ARTICLES.c.id, ARTICLES.c.revision_id, *empty)
        missing = missing.where(ARTICLES.c.revision_id.is_not(None), ~has).order_by(ARTICLES.c.id)
        names = ["article_id", "revision_id", *numbers, *flags]
        self._connection.execute(insert(CHUNKS).from_select(names, missing))

    def go_on(self) -> int:
        """Indexes some of the articles that wait; how many. 0 when none is left, and then it is done."""
        done, chars = 0, 0
        later: list[tuple[dict[str, Any], Chunk]] = []
        while chars < BATCH_CHARS and (rows := self._connection.execute(_WAITING).all()):
            done += len(rows)
            chars += sum(len(row.title) + len(row.text) for row in rows)
            later += self._index(rows)
        if later:  # only now, for FTS5 writes what it has whenever ids go down
            entered = insert(CHUNKS).returning(CHUNKS.c.id, sort_by_parameter_order=True)
            ids = self._connection.scalars(entered, [row for row, _ in later])
            self._writer.add_tokens(zip(ids, (chunk for _, chunk in later), strict=True))
        return done

    def is_scattered(self) -> bool:
        """Whether a quarter of SQLite's index lies outside its largest part: then merging pays. Nothing is changed."""
        if not self._sqlite:
            return False
        parts = self._connection.exec_driver_sql(_PARTS).scalars().all()  # pages, but for those without a new word
        return bool(sum(parts) - max(parts, default=0) > _SCATTERED_SHARE * sum(parts))

    def merge(self, *, first: bool) -> bool:
        """Merges some of the parts that SQLite's index is in; whether there is more to merge.

        In one part it takes a fifth less room, and is asked sooner. The `first` time says that all of them are meant.
        """
        if not self._sqlite:
            return False
        if first:
            self._configure(_USUAL)
        before = self._changes()
        self._configure({"merge": -_MERGED_PAGES if first else _MERGED_PAGES})
        return self._changes() - before > 1  # FTS5's own sign: when nothing is left to merge, only this one

    def _changes(self) -> int:
        return int(self._connection.exec_driver_sql("SELECT total_changes()").scalar_one())

    def _index(self, rows: Sequence[Row[Any]]) -> Iterator[tuple[dict[str, Any], Chunk]]:
        """Indexes the first pieces of articles that wait; what is to be kept of the others, with their tokens."""
        first: list[tuple[int, Chunk]] = []
        known: list[dict[str, Any]] = []
        later: list[tuple[dict[str, Any], Chunk]] = []
        for row in rows:
            searched = Searchable(row.title, row.text, row.byline, row.source_name, row.section, row.language)
            chunks = searched.chunks()
            own = {**about(searched, len(chunks)), "dated_s": seconds(row.published_utc, row.first_seen_utc)}
            known.append({"which": row.id, **own})
            first.append((row.id, chunks[0]))
            same = {"article_id": row.article_id, "revision_id": row.revision_id, **own}
            later += [({**same, "position": place}, chunk) for place, chunk in enumerate(chunks[1:], start=1)]
        self._connection.execute(_SET, known)
        self._writer.add_tokens(first)
        return iter(later)

    def _configure(self, settings: dict[str, int]) -> None:
        for name, value in settings.items() if self._sqlite else ():
            statement = f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rank) VALUES (?, ?)"  # noqa: S608
            self._connection.exec_driver_sql(statement, (name, value))
