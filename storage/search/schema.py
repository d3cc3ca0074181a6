"""The two index tables outside the metadata: FTS5 on SQLite, vectors with a GIN index on PostgreSQL.

Both hold one row a chunk, with the chunk's id. The tokens come ready made from the analyser, so neither engine's own
idea of a word, nor the server's locale, has a say.
"""

from __future__ import annotations

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

# `content=''`: the text is in revisions already. `ascii` splits at spaces and takes every other character as it comes.
_SQLITE = (
    f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5(title, body, content='', tokenize='ascii')",
    # No table of its own, but a way to read the index above: where each token stands.
    f"CREATE VIRTUAL TABLE {TERMS_TABLE} USING fts5vocab({FTS_TABLE}, instance)",
)

_POSTGRESQL = (
    f"CREATE TABLE {VECTOR_TABLE} ("
    "chunk_id bigint PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE, "
    "title tsvector NOT NULL, body tsvector NOT NULL)",
    # fastupdate would leave a pending list that every query has to walk.
    f"CREATE INDEX ix_{VECTOR_TABLE}_title ON {VECTOR_TABLE} USING gin (title) WITH (fastupdate = off)",
    f"CREATE INDEX ix_{VECTOR_TABLE}_body ON {VECTOR_TABLE} USING gin (body) WITH (fastupdate = off)",
)


def create(connection: Connection) -> None:
    """Creates the index table of the database behind `connection`; `chunks` must exist."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Drops what `create` made."""
    for name in (TERMS_TABLE, FTS_TABLE) if connection.dialect.name == "sqlite" else (VECTOR_TABLE,):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
