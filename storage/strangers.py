"""Databases that hold no corpus: a slice that was exported from one, or what another program keeps there.

They are told apart before anything is done to them. Nothing is ever made in one, and an SQLite file keeps its bytes.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
_POSTGRESQL_TABLES = (  # without those of extensions
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND "
    "relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) "
    "AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid "
    "AND deptype = 'e')"
)
_OURS = frozenset({"portals", "pages", "captures", "articles", "revisions"})  # since the first version
_SLICE = frozenset({"portals", "articles", "revisions", "copies", "stories", "about"})
_SHOWN = 3


def tables(connection: Connection) -> set[str]:
    """The names of a database's tables."""
    asked = SQLITE_TABLES if connection.dialect.name == "sqlite" else _POSTGRESQL_TABLES
    return set(connection.exec_driver_sql(asked).scalars())


def stranger(names: Collection[str]) -> str | None:
    """What a database with these tables is, and the next step; None for a corpus and for one without any."""
    found = set(names) - {"alembic_version"}
    if not found or found >= _OURS:
        return None
    if found >= _SLICE:
        return "a slice that was exported from a corpus, and no corpus; open it with Datasette or sqlite3"
    told = ", ".join(sorted(found)[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
    return f"not a copydesk corpus (it has other tables: {told}); name the database of one, or a new one"
