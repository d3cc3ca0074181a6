"""Schema versions: the packaged Alembic migrations, run on a connection that is in its transaction already.

Alembic is imported only to migrate: with what it imports itself it would cost every command a fifteenth of its start.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.search import schema

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for the packaged migrations; no alembic.ini is needed."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def is_compared(_thing: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Whether autogenerate can compare a table or index: not those made by SQL of their own, or with DESC."""
    return name not in (schema.TABLES if kind == "table" else {"ix_pages_queue"} if kind == "index" else ())


@cache
def _versions() -> tuple[str, ...]:
    """The packaged versions in their order: a migration's file is named for its version and what it does."""
    return tuple(sorted(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py")))


def head() -> str:
    """The version this code needs."""
    if not _versions():
        raise RuntimeError(f"{FOLDER}: no migrations; the installation is damaged")
    return _versions()[-1]


def is_known(revision: str) -> bool:
    """Whether `revision` is one of the packaged migrations."""
    return revision in _versions()


def current(connection: Connection) -> str | None:
    """The version of the database; None when it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(connection: Connection) -> None:
    """Run what is missing. The caller's transaction holds all of it."""
    from alembic import command

    command.upgrade(config(connection), "head")


def downgrade(connection: Connection, revision: str) -> None:
    """Undo back to `revision`."""
    from alembic import command

    command.downgrade(config(connection), revision)
