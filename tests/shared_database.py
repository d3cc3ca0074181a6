"""One database for the tests of a module that each work on rows of their own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from storage.database import Database, open_database
from tests.conftest import _fresh_postgres


def module_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """For a fixture of scope "module" with the parameters "sqlite" and "postgres": a database at the newest schema."""
    if request.param == "sqlite":
        path = request.getfixturevalue("tmp_path_factory").mktemp("shared") / "corpus.sqlite3"
        shutil.copy(request.getfixturevalue("_migrated_sqlite"), path)
        yield f"sqlite:///{path}"
    else:
        template = request.getfixturevalue("_migrated_postgres")
        yield from _fresh_postgres(request.getfixturevalue("postgres_server"), template)


def module_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same, open."""
    for url in module_database_url(request):
        with open_database(url) as opened:
            yield opened
