"""Whether a database is sound: its pages, its references, and the search index beside the articles."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select, text
from sqlalchemy.orm import Session

from storage.database import Database
from storage.dialect import table
from storage.search.analyser import ANALYSER_VERSION, WAITING
from storage.search.schema import FTS_TABLE, REPEATED, VECTOR_TABLE

ARTICLES = table("articles")
CHUNKS = table("chunks")
REVISIONS = table("revisions")

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found."""

    check: str
    ok: bool
    says: str


def examine(database: Database) -> list[Finding]:
    """Look at everything, change nothing; the whole database is read."""
    with database.reading() as corpus, Session(database.engine) as session:
        connection = session.connection()
        own = _sqlite(connection) if database.is_sqlite else []
        counts = corpus.counts()
        return [
            Finding("schema", True, f"version {database.revision()}"),
            *own,
            *_articles(connection, counts["articles"]),
            *_index(connection, is_sqlite=database.is_sqlite),
        ]


def database_bytes(database: Database) -> int:
    """What the database takes on its disk, the write-ahead log not counted."""
    if database.path:
        return database.path.stat().st_size
    with database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def _sqlite(connection: Connection) -> list[Finding]:
    """SQLite's own opinion of its file and of references between rows."""
    faults = list(connection.exec_driver_sql(f"PRAGMA integrity_check({_SHOWN})").scalars())
    sound = faults == ["ok"]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    tables = ", ".join(sorted({row[0] for row in broken}))
    return [
        Finding("pages", sound, "every page and index is sound" if sound else "; ".join(faults)),
        Finding("references", not broken, f"{len(broken)} rows of {tables} refer to nothing" if broken else "all kept"),
    ]


def _articles(connection: Connection, articles: int) -> list[Finding]:
    """Every article has a current text, and it is one of its own."""
    joined = ARTICLES.outerjoin(
        REVISIONS, (REVISIONS.c.id == ARTICLES.c.revision_id) & (REVISIONS.c.article_id == ARTICLES.c.id)
    )
    query = select(ARTICLES.c.id).select_from(joined).where(REVISIONS.c.id.is_(None)).order_by(ARTICLES.c.id)
    without = list(connection.scalars(query))
    said = f"{articles} articles, each with its current text"
    return [Finding("articles", not without, f"no text: {_some(without)}" if without else said)]


def _index(connection: Connection, *, is_sqlite: bool) -> list[Finding]:
    """Every current text is in the search index, by the analyser of this version, and nothing else is."""
    own = exists().where(CHUNKS.c.revision_id == ARTICLES.c.revision_id, CHUNKS.c.article_id == ARTICLES.c.id)
    query = select(ARTICLES.c.id).where(ARTICLES.c.revision_id.is_not(None), ~own)
    missing = list(connection.scalars(query.order_by(ARTICLES.c.id)))
    by_version = select(CHUNKS.c.analyser_version, func.count().label("pieces")).group_by(CHUNKS.c.analyser_version)
    pieces = {row.analyser_version: row.pieces for row in connection.execute(by_version)}
    waiting = pieces.pop(WAITING, 0)
    chunks = sum(pieces.values())
    old = chunks - pieces.get(ANALYSER_VERSION, 0)
    rows = f"{FTS_TABLE}_docsize" if is_sqlite else VECTOR_TABLE
    indexed = connection.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one()  # noqa: S608
    differing = 0 if is_sqlite else _differing(connection)
    faults = [
        f"not in it: articles {_some(missing)}" if missing else "",
        f"{waiting} articles wait to be indexed" if waiting else "",
        f"{old} pieces by another version of the analyser" if old else "",
        f"{indexed} rows for {chunks} pieces" if indexed != chunks else "",
        f"{differing} rows say something else of their piece than the piece does" if differing else "",
    ]
    said = "; ".join(filter(None, faults))
    mend = f"copydesk db reindex{' --all' if differing else ''}"
    said = f"{said}; run `{mend}`" if said else f"{chunks} pieces, every current text in it"
    return [Finding("search index", not any(faults), said)]


def _differing(connection: Connection) -> int:
    """PostgreSQL's rows that do not repeat their piece."""
    theirs, pieces = (", ".join(f"{where}.{name}" for name in REPEATED) for where in ("v", "c"))
    joined = f"{VECTOR_TABLE} AS v JOIN chunks AS c ON c.id = v.chunk_id"
    query = f"SELECT count(*) FROM {joined} WHERE ({theirs}) IS DISTINCT FROM ({pieces})"  # noqa: S608
    return int(connection.execute(text(query)).scalar_one())


def _some(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:_SHOWN]))
    return shown if len(ids) <= _SHOWN else f"{shown} and {len(ids) - _SHOWN} more"
