"""Schema versions: the packaged Alembic migrations, run on a connection that is in its transaction already."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.search import schema

FOLDER = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for the packaged migrations; no alembic.ini is needed."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def is_compared(_thing: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Whether autogenerate can compare a table or index: not those made by SQL of their own, or with DESC."""
    return name not in (schema.TABLES if kind == "table" else {"ix_pages_queue"} if kind == "index" else ())


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


@cache
def head() -> str:
    """The version this code needs."""
    newest = _scripts().get_current_head()
    if newest is None:
        raise RuntimeError(f"{FOLDER}: no migrations; the installation is damaged")
    return newest


def is_known(revision: str) -> bool:
    """Whether `revision` is one of the packaged migrations."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def current(connection: Connection) -> str | None:
    """The version of the database; None when it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection) -> None:
    """Run what is missing. The caller's transaction holds all of it."""
    command.upgrade(config(connection), "head")


def downgrade(connection: Connection, revision: str) -> None:
    """Undo back to `revision`."""
    command.downgrade(config(connection), revision)
