"""The packaged migrations: what they make is what the tables say, on both databases."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import storage
from newsroom.errors import ConfigError, SchemaError, StorageError
from storage import migrate
from storage.database import Database, open_database
from storage.exports import Slice
from storage.exports.sqlite import write_sqlite
from storage.tables import Base


def differences(database: Database) -> list[object]:
    options = {"compare_type": True, "include_object": migrate.is_compared}
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_the_migrated_schema_is_what_the_tables_say(database: Database) -> None:
    assert differences(database) == []
    with database.engine.connect() as connection:
        comments = {
            name: inspect(connection).get_table_comment(name)["text"]
            for name in Base.metadata.tables
            if not database.is_sqlite
        }
    assert all(comments.values())
    assert database.at_head()


def test_the_versions_are_those_that_alembic_finds_in_its_order() -> None:
    found = [script.revision for script in ScriptDirectory.from_config(migrate.config()).walk_revisions()]
    assert found[0] == migrate.head()
    assert all(map(migrate.is_known, found))
    assert found == sorted(found, reverse=True)
    assert not migrate.is_known("9999")


def test_waiting_pages_are_indexed_in_the_order_of_leasing(database: Database) -> None:
    """Alembic cannot compare an index with a descending column, so it is looked at here."""
    with database.engine.connect() as connection:
        asked = (
            "SELECT sql FROM sqlite_master WHERE name = 'ix_pages_queue'"
            if database.is_sqlite
            else "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_pages_queue'"
        )
        definition = connection.exec_driver_sql(asked).scalar_one()
    assert "(portal_id, state, priority DESC, id)" in definition


def test_the_first_migration_can_be_undone_and_done_again(database: Database) -> None:
    database.downgrade("base")
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    assert database.revision() is None
    database.upgrade()
    assert differences(database) == []


def test_pages_that_an_earlier_version_only_refused_are_in_the_quarantine_now(database: Database) -> None:
    database.downgrade("0003")
    with database.engine.begin() as connection:
        for statement in (
            "INSERT INTO portals (id, name, definition, first_seen_utc) VALUES ('p', 'P', '{}', '2026-03-01')",
            "INSERT INTO warc_files (id, name, opened_utc, committed_bytes) VALUES (1, 'f', '2026-03-01', 0)",
            *(
                "INSERT INTO pages (id, portal_id, url, fetch_url, host, role, state, reason, detail, depth, redirects,"
                f" priority, discovered_utc, attempts) VALUES ({number}, 'p', 'https://p.example/{number}', '', '',"
                f" 'article', 'refused', '{reason}', 'so', 0, 0, 0, '2026-03-01', 0)"
                for number, reason in ((1, "resource-limit"), (2, "too-short"))
            ),
            *(
                "INSERT INTO captures (id, page_id, url, fetched_utc, status, payload_digest, payload_bytes,"
                f" warc_file_id, warc_offset, warc_length, record_id, notes) VALUES ({number}, {page}, '',"
                f" '2026-03-0{number}', 200, '', 0, 1, 0, 0, '{number}', '{{}}')"
                for number, page in ((1, 1), (2, 1), (3, 2))
            ),
        ):
            connection.exec_driver_sql(statement)
    database.upgrade()
    with database.reading() as corpus:
        (kept,) = corpus.quarantine.list()
        assert (kept.page_id, kept.capture_id, kept.url) == (1, 2, "https://p.example/1")
        assert (kept.stage, kept.reason.value, kept.detail, kept.tries) == ("extract", "resource-limit", "so", 1)


def test_a_missing_sqlite_file_is_not_made_by_reading(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"corpus\.sqlite3: no such database; `copydesk init`"):
        open_database(sqlite_url)
    assert list(tmp_path.iterdir()) == []


def test_a_new_sqlite_file_is_migrated_and_its_log_emptied(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'corpus.sqlite3'}"
    with open_database(url, create=True) as database:
        assert database.at_head()
        assert database.wal_bytes() == 0
    with open_database(url) as database:
        assert database.at_head()


def test_a_server_without_tables_names_the_next_step(postgres_url: str) -> None:
    for create in (False, True):
        with pytest.raises(SchemaError, match="run `copydesk db upgrade`"):
            open_database(postgres_url, create=create)
    with Database(postgres_url) as database:
        database.upgrade()
    with open_database(postgres_url) as database:
        assert database.revision() == migrate.head()


def refusals(url: str) -> Iterator[str]:
    """What is said by everything that opens a database, or would put tables into it."""
    with pytest.raises(SchemaError) as caught:
        storage.open_corpus(url)
    yield str(caught.value)
    with pytest.raises(SchemaError) as caught:
        open_database(url, create=True)
    yield str(caught.value)
    with Database(url) as database, pytest.raises(SchemaError) as caught:
        database.upgrade()
    yield str(caught.value)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_slice_is_known_as_one_and_left_as_it_is(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "slice" / "harbour.db"
    path.parent.mkdir()
    with database.reading() as corpus:
        assert list(write_sqlite(corpus, Slice(), path, {"query": ""})) == []
    before = files(path.parent)
    for said in refusals(f"sqlite:///{path}"):
        assert "harbour.db: a slice that was exported from a corpus" in said and "open it with Datasette" in said
        assert "db upgrade" not in said
    assert files(path.parent) == before


OTHERS = {
    "notes": ["CREATE TABLE notes (id integer)"],
    "a_dag, b, c, …": [
        *(f"CREATE TABLE {name} (id integer)" for name in ("c", "b", "a_dag", "e")),
        "CREATE TABLE alembic_version (version_num varchar(32))",
        "INSERT INTO alembic_version VALUES ('5f2621c13b39')",
    ],
}


@pytest.mark.parametrize("told", OTHERS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_database_of_another_program_is_refused_and_left_as_it_is(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, told: str
) -> None:
    url = f"sqlite:///{tmp_path}/others.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in OTHERS[told]:
            connection.exec_driver_sql(statement)
    engine.dispose()
    before = files(tmp_path)
    for said in refusals(url):
        assert f"not a copydesk corpus (it has other tables: {told})" in said and "db upgrade" not in said
    assert files(tmp_path) == before
    with engine.connect() as connection:
        assert len(inspect(connection).get_table_names()) == sum("CREATE" in each for each in OTHERS[told])
    engine.dispose()


def test_an_empty_file_becomes_a_corpus(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "corpus.sqlite3").touch()
    with pytest.raises(SchemaError, match="no copydesk tables in it; run `copydesk db upgrade`"):
        open_database(sqlite_url)
    with open_database(sqlite_url, create=True) as database:
        assert database.at_head()


def test_a_database_in_memory_holds_no_corpus() -> None:
    with pytest.raises(SchemaError, match="in memory holds no corpus; name a file"):
        storage.open_corpus("sqlite://")


def test_a_schema_from_the_future_is_refused(database_url: str) -> None:
    with Database(database_url) as database, database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ffff'")
    with pytest.raises(SchemaError, match="newer than this copydesk knows"):
        open_database(database_url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "corpus.sqlite3"
    path.write_text("this is a letter, not a database. " * 100)
    with pytest.raises(StorageError, match=r"corpus\.sqlite3: file is not a database"):
        open_database(f"sqlite:///{path}")


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(StorageError) as caught:
        open_database("postgresql+psycopg://desk:s3cret@127.0.0.1:1/corpus")
    assert "127.0.0.1:1/corpus" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    "url", ["not a url", "mysql://desk:s3cret@db/corpus", "oracle+x://desk:s3cret@db/c", "foo://x"]
)
def test_a_url_of_no_known_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_database(url)
    assert "s3cret" not in str(caught.value)


def _create(url: str, done: multiprocessing.Queue[str]) -> None:
    with open_database(url, create=True) as database:
        done.put(str(database.revision()))


def test_three_processes_that_make_the_same_corpus_agree(sqlite_url: str) -> None:
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    makers = [context.Process(target=_create, args=(sqlite_url, done)) for _ in range(3)]
    for maker in makers:
        maker.start()
    assert [done.get(timeout=60) for _ in makers] == [migrate.head()] * 3
    for maker in makers:
        maker.join(timeout=30)
        assert maker.exitcode == 0


def test_a_schema_whose_name_has_capitals_holds_a_corpus(postgres_url: str) -> None:
    with Database(postgres_url) as database, database.engine.begin() as connection:
        connection.exec_driver_sql('CREATE SCHEMA "Desk"')
    url = f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3D%22Desk%22"
    with Database(url) as database:
        database.upgrade()
    with open_database(url) as database:
        assert database.at_head() and not database.stranger()
