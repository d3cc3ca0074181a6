"""The little SQL that both databases know, but that SQLAlchemy keeps apart by dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

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


def plain_rows(connection: Connection, statement: str, values: Sequence[Any] = ()) -> Sequence[Any]:
    """The rows of a statement as the driver gives them: SQLAlchemy's own work takes longer than a short answer."""
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
        return cursor.fetchall()
    except driver.Error:
        return connection.exec_driver_sql(statement, tuple(values)).all()  # fails as well, in words that others know
    finally:
        cursor.close()


def insert_one(connection: Connection, into: Table, row: Mapping[str, Any]) -> int:
    """Insert a row; its id."""
    return int(connection.execute(_insert_for_id(into), row).scalar_one())


def insert_new(connection: Connection, into: Table, key: str) -> Any:
    """An INSERT that gives the new row, or none when there is one with this `key` already."""
    return _insert_new(connection.dialect.name, into, key)


@cache
def _insert_new(dialect: str, into: Table, key: str) -> Any:
    statement: Any = (sqlite if dialect == "sqlite" else postgresql).insert(into)
    return statement.on_conflict_do_nothing(index_elements=[key]).returning(into)


@cache
def _insert_for_id(into: Table) -> ReturningInsert[Any]:
    """The statement is the same each time, and costs as much to make as to run."""
    return insert(into).returning(into.c.id)


def one_of(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `column` is one of the values given as "some"; for a statement that is made once and run often."""
    return column.in_(bindparam("some", expanding=True))


def slices(values: Sequence[T], size: int = IN_LIMIT) -> Iterator[Sequence[T]]:
    """`values` in pieces that fit an IN."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
