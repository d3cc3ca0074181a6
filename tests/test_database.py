"""Units of work on both databases: what they promise each other, and what they say when something is wrong."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

import storage.database
from newsroom.errors import StorageError
from newsroom.records import Candidate, Role
from storage.corpus import Corpus
from storage.database import WAL_LIMIT_BYTES, Database, open_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def enter(corpus: Corpus, *names: str) -> int:
    candidates = [
        Candidate(f"https://paper.example/{name}", f"https://paper.example/{name}", Role.ARTICLE) for name in names
    ]
    return corpus.frontier.add("paper", candidates, NOW)


def with_portal(database: Database) -> None:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=None, definition={}, now=NOW)


def test_the_settings_that_lose_nothing_are_on(database: Database) -> None:
    asked = (
        {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "journal_size_limit": WAL_LIMIT_BYTES}
        if database.is_sqlite
        else {"synchronous_commit": "on", "application_name": "copydesk", "timezone": "UTC"}
    )
    with database.engine.connect() as connection:
        word = "PRAGMA" if database.is_sqlite else "SHOW"
        found = {name: connection.exec_driver_sql(f"{word} {name}").scalar_one() for name in asked}
    assert found == asked


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(database: Database) -> None:
    with_portal(database)
    with database.reading() as reader:
        assert reader.frontier.due_count("paper", NOW) == 0
        with database.writing() as writer:
            enter(writer, "a")
        assert reader.frontier.due_count("paper", NOW) == 0
    with database.reading() as reader:
        assert reader.frontier.due_count("paper", NOW) == 1


def test_the_log_is_emptied_when_it_is_long_and_no_reader_holds_it(sqlite_url: str) -> None:
    with open_database(sqlite_url, create=True) as database:
        with_portal(database)
        assert database.checkpoint() is False
        with database.writing() as corpus:
            corpus.hosts.put_robots("https://paper.example", 200, b"#" * 100, NOW)
        with database.reading() as reader:
            reader.portals.list()
            with database.writing() as corpus:
                enter(corpus, "a")
            assert database.checkpoint(force=True) is False
        assert database.wal_bytes() > 0
        assert database.checkpoint(force=True) is True
        assert database.wal_bytes() == 0


def test_a_writer_that_waits_in_vain_is_told_why(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.database, "WRITE_WAIT_S", 0.2)
    monkeypatch.setattr(storage.database, "BUSY_TIMEOUT_S", 0.1)
    with open_database(sqlite_url, create=True) as database:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another process is writing to it") as caught, database.writing():
            pass
        assert caught.value.exit_code == 6
        other.execute("ROLLBACK")
        other.close()
        with_portal(database)


def test_a_disk_that_is_full_says_so_and_keeps_what_was_stored(sqlite_url: str) -> None:
    with open_database(sqlite_url, create=True) as database:
        with_portal(database)
        with database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        with (
            pytest.raises(StorageError, match="full; free some disk space"),
            database.writing() as corpus,
        ):
            corpus._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            enter(corpus, *(f"a-rather-long-name-{number}" for number in range(2000)))
        with database.writing() as corpus:
            corpus._connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
            assert enter(corpus, "a") == 1


def test_a_value_that_is_too_long_for_an_index_is_not_laid_to_a_full_disk(postgres_url: str) -> None:
    name = random.Random(1).randbytes(10_000).hex()
    with Database(postgres_url) as database:
        database.upgrade()
        with (
            pytest.raises(StorageError, match=r"index row .*; a value is longer than PostgreSQL can index; shorten it"),
            database.writing() as corpus,
        ):
            corpus.portals.put(name, name="Paper", home=None, definition={}, now=NOW)


class Deadlock(Exception):
    sqlstate = "40P01"


def test_work_that_lost_to_another_writer_is_done_again(database: Database) -> None:
    with_portal(database)
    tries = []

    def work(corpus: Corpus) -> int:
        entered = enter(corpus, f"a{len(tries)}")
        tries.append(entered)
        if len(tries) < 3:
            raise OperationalError("", {}, Deadlock())
        return entered

    assert database.write(work) == 1
    with database.reading() as corpus:
        assert corpus.frontier.due_count("paper", NOW) == 1


def test_work_that_fails_otherwise_is_not_tried_again(database: Database) -> None:
    tries = []

    def work(_corpus: Corpus) -> None:
        tries.append(1)
        raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))

    with pytest.raises(StorageError, match="disk I/O error"):
        database.write(work)
    assert len(tries) == 1


def _write_often(url: str, name: str, ready: multiprocessing.Barrier, done: multiprocessing.Queue) -> None:  # type: ignore[valid-type,type-arg]
    with open_database(url) as database:
        ready.wait(60)  # type: ignore[attr-defined]
        for number in range(30):
            database.write(lambda corpus, number=number: enter(corpus, f"shared{number}", f"{name}{number}"))  # type: ignore[misc]
    done.put(name)


def test_three_writers_share_one_database(database_url: str) -> None:
    with open_database(database_url) as database:
        with_portal(database)
        context = multiprocessing.get_context("fork")
        ready, done = context.Barrier(3), context.Queue()
        writers = [context.Process(target=_write_often, args=(database_url, name, ready, done)) for name in "abc"]
        for writer in writers:
            writer.start()
        assert sorted(done.get(timeout=60) for _ in writers) == ["a", "b", "c"]
        for writer in writers:
            writer.join(30)
            assert writer.exitcode == 0
        with database.reading() as corpus:
            assert corpus.frontier.due_count("paper", NOW) == 120


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open database file; check the path"):
        open_database(f"sqlite:///{tmp_path}", create=True)
