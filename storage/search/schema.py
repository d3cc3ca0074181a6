"""The index tables outside the metadata: FTS5 on SQLite, vectors with GIN indexes on PostgreSQL.

Both hold one row a chunk, with the chunk's id. The tokens come ready made from the analyser, so neither engine's own
idea of a word, nor the server's locale, has a say. Which tokens stand in which column: `storage.search.searchable`.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def _sqlite(columns: str) -> Iterable[str]:
    # `content=''`: the text is in revisions already. `ascii` takes every character but a space as it comes.
    yield f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5({columns}, content='', tokenize='ascii')"
    # No table of its own, but a way to read the index above: where each token stands.
    yield f"CREATE VIRTUAL TABLE IF NOT EXISTS {TERMS_TABLE} USING fts5vocab({FTS_TABLE}, instance)"


def _postgresql(columns: str) -> Iterable[str]:
    names = columns.split(", ")
    vectors = ", ".join(f"{name} tsvector NOT NULL" for name in names)
    key = "chunk_id bigint PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE"
    yield f"CREATE TABLE {VECTOR_TABLE} ({key}, {vectors})"
    for name in names:
        # fastupdate would leave a pending list that every query has to walk.
        using = f"USING gin ({name}) WITH (fastupdate = off)"
        yield f"CREATE INDEX ix_{VECTOR_TABLE}_{name} ON {VECTOR_TABLE} {using}"


# By the migration that makes them. FTS5 spends two bytes on every token outside the first column: the body goes first.
COLUMNS = {"0001": "title, body", "0006": "body, title, extra"}
NEWEST = "0006"


def create(connection: Connection, version: str = NEWEST) -> None:
    """Creates the index tables of the database behind `connection`; `chunks` must exist."""
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for statement in make(COLUMNS[version]):
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Drops what `create` made."""
    for name in (TERMS_TABLE, FTS_TABLE) if connection.dialect.name == "sqlite" else (VECTOR_TABLE,):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
