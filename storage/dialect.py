"""The little SQL that both databases know, but that SQLAlchemy keeps apart by dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Base

T = TypeVar("T")

IN_LIMIT = 500  # values in one IN (…)


def table(name: str) -> Table:
    """The table called `name`."""
    return Base.metadata.tables[name]


def upsert(connection: Connection, into: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(into)
    return postgresql.insert(into)


def insert_one(connection: Connection, into: Table, row: Mapping[str, Any]) -> int:
    """Insert a row; its id."""
    return int(connection.execute(insert(into).returning(into.c.id), row).scalar_one())


def slices(values: Sequence[T], size: int = IN_LIMIT) -> Iterator[Sequence[T]]:
    """`values` in pieces that fit an IN."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
