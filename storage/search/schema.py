"""The index tables outside the metadata: FTS5 on SQLite, vectors with GIN indexes on PostgreSQL.

Both hold one row a chunk, with the chunk's id. The tokens come ready made from the analyser, so neither engine's own
idea of a word, nor the server's locale, has a say. Which tokens stand in which column: `storage.search.searchable`.
On PostgreSQL a row also repeats what a page of an answer asks of its chunk, for looking each chunk up takes longer than
finding it. And its body has the tokens that stand in the chunk more than once again, with a tag: of all others it is
known how often they stand there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

FTS_TABLE = "search_fts"
TERMS_TABLE = "search_terms"
VECTOR_TABLE = "search_vectors"

# Every table that `create` brings about, for whoever compares a database with the metadata.
TABLES = frozenset(
    {
        VECTOR_TABLE,
        FTS_TABLE,
        TERMS_TABLE,
        *(f"{FTS_TABLE}_{part}" for part in ("config", "content", "data", "docsize", "idx")),
    }
)

# By the migration that makes them. FTS5 spends two bytes on every token outside the first column: the body goes first.
COLUMNS = {"0001": "title, body", **dict.fromkeys(("0006", "0007", "0008"), "body, title, extra")}
NEWEST = "0008"
REPEATED = {  # columns of chunks, in PostgreSQL's index
    "article_id": "bigint",
    "revision_id": "bigint",
    "dated_s": "bigint",
    "chars": "integer",
    "is_whole": "boolean",
    "is_plain": "boolean",
}
AGAIN = "\ue00a"  # before a token that PostgreSQL's body has more than once, or the title as well; without a place
AGAIN_CHARS = 25_000  # of such tokens; a body with more has the tag alone, and any token may be there more than once


def create(connection: Connection, version: str = NEWEST, rows: str | None = None) -> None:
    """Creates the index tables of the database behind `connection`; `chunks` must exist.

    `rows` is a SELECT that gives PostgreSQL's table its rows, before it is indexed.
    """
    columns = COLUMNS[version].split(", ")
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _sqlite(columns) if is_sqlite else _postgresql(columns, version, rows):
        connection.exec_driver_sql(statement)


def _sqlite(columns: Iterable[str]) -> Iterator[str]:
    # `content=''`: the text is in revisions already. `ascii` takes every character but a space as it comes.
    yield f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5({', '.join(columns)}, content='', tokenize='ascii')"
    # No table of its own, but a way to read the index above: where each token stands.
    yield f"CREATE VIRTUAL TABLE IF NOT EXISTS {TERMS_TABLE} USING fts5vocab({FTS_TABLE}, instance)"


def _postgresql(vectors: Iterable[str], version: str, rows: str | None) -> Iterator[str]:
    repeated = REPEATED if version >= "0007" else {}
    kinds = {**repeated, **dict.fromkeys(vectors, "tsvector")}
    columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in kinds.items())
    key = "chunk_id bigint PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE"
    # Few questions look at the vectors themselves: beside the rows, nearly 60 of these fit on a page, and not 12.
    aside = " WITH (toast_tuple_target = 128)" if version >= "0008" else ""
    yield f"CREATE TABLE {VECTOR_TABLE} ({key}, {columns}){aside}"
    if rows:
        yield f"INSERT INTO {VECTOR_TABLE} (chunk_id, {', '.join(kinds)}) {rows}"
    for name in vectors:
        # fastupdate would leave a pending list that every query has to walk.
        using = f"USING gin ({name}) WITH (fastupdate = off)"
        yield f"CREATE INDEX ix_{VECTOR_TABLE}_{name} ON {VECTOR_TABLE} {using}"


def drop(connection: Connection) -> None:
    """Drops what `create` made."""
    for name in (TERMS_TABLE, FTS_TABLE) if connection.dialect.name == "sqlite" else (VECTOR_TABLE,):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
