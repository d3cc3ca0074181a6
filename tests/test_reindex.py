"""The index made anew: for a corpus of an older version, over interruptions, and never for nothing."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Row, text

from copydesk.main import run
from newsroom.records import Article
from storage.database import Database
from storage.search import rebuilding, schema, writer
from storage.soundness import examine

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MANY = "石油 " * 300  # more of one word than a piece may have


def put(database: Database, number: int, body: str, **said: object) -> int:
    url = f"https://daily.example/{number}"
    with database.writing() as corpus:
        corpus.portals.put("daily", name="The Daily", home=None, definition={}, now=NOW)
        article = Article(url, url, f"Story {number}", body, **said)
        return corpus.articles.store("daily", article, NOW).article_id


@pytest.fixture
def stocked(database: Database) -> Database:
    """Seven articles: 1 in Chinese and in two pieces, 2 without a word, 3 to 7 in English."""
    put(database, 1, MANY, language="zh-Hans", byline=("王小明",))
    url = "https://daily.example/2"
    with database.writing() as corpus:
        corpus.articles.store("daily", Article(url, url, "…", "!!!"), NOW)
    for number in range(3, 8):
        put(database, number, f"Markets fell in week {number}.", language="en", source_name="Reuters")
    return database


def found(database: Database, query: str) -> list[int]:
    with database.reading() as corpus:
        return sorted(corpus.search.ids(query))


def index_rows(database: Database) -> list[Row[Any]]:
    """Every row of PostgreSQL's index as it stands; SQLite does not say what is in its own."""
    rows = "SELECT rowid FROM search_fts" if database.is_sqlite else "SELECT * FROM search_vectors"
    with database.engine.connect() as connection:
        return sorted(connection.exec_driver_sql(rows))


def unindexed(database: Database) -> int:
    with database.reading() as corpus:
        return corpus.search.unindexed()


def go_on(database: Database) -> int:
    return database.write(lambda corpus: corpus.rebuilding.go_on())


def begin(database: Database, *, anew: bool = False) -> int:
    return database.write(lambda corpus: corpus.rebuilding.begin(anew=anew))


def assert_whole(database: Database) -> None:
    """As if every article had been indexed when it was stored; and nothing of it is there twice."""
    assert unindexed(database) == 0
    assert all(finding.ok for finding in examine(database))
    assert found(database, "石油") == found(database, "byline:小明") == [1]
    assert found(database, "fall~ OR market~ source:reuters") == found(database, "lang:en")
    with database.engine.begin() as connection:
        pieces = connection.execute(
            text("SELECT article_id, position, is_whole, chars FROM chunks ORDER BY 1, 2")
        ).all()
        assert [(one, place) for one, place, *_ in pieces][:4] == [(1, 0), (1, 1), (2, 0), (3, 0)]
        assert [bool(whole) for _, _, whole, _ in pieces][:4] == [False, False, True, True]
        assert all(chars > 0 for *_, chars in pieces)
        if database.is_sqlite:
            connection.exec_driver_sql("INSERT INTO search_fts (search_fts) VALUES ('integrity-check')")


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "BATCH_CHARS", 1)
    monkeypatch.setattr(rebuilding, "_WAITING", rebuilding._WAITING.limit(1))


def test_a_corpus_of_an_older_version_is_indexed_after_its_upgrade(stocked: Database) -> None:
    stocked.downgrade("0005")
    with stocked.engine.begin() as connection:  # as that version left it
        connection.exec_driver_sql(
            "INSERT INTO chunks (id, article_id, revision_id, position, analyser_version) "
            "SELECT 40, id, revision_id, 0, 1 FROM articles WHERE url = 'https://daily.example/3'"
        )
        index, key = ("search_fts", "rowid") if stocked.is_sqlite else ("search_vectors", "chunk_id")
        connection.exec_driver_sql(f"INSERT INTO {index} ({key}, title, body) VALUES (40, 'story', 'markets fell')")
    stocked.upgrade()
    assert unindexed(stocked) == 7
    assert found(stocked, "markets") == []
    put(stocked, 8, "Markets rose.", language="en", source_name="Reuters")  # meanwhile
    put(stocked, 3, "Markets fell, it turns out.", language="en", source_name="Reuters")
    assert found(stocked, "markets") == [3, 8]
    assert begin(stocked) == unindexed(stocked) == 6
    assert (go_on(stocked), go_on(stocked)) == (6, 0)
    assert_whole(stocked)


def test_a_whole_index_is_left_alone_unless_all_of_it_is_wanted(stocked: Database) -> None:
    assert begin(stocked) == 0
    assert begin(stocked, anew=True) == 7
    assert found(stocked, "markets") == []
    assert (go_on(stocked), go_on(stocked)) == (7, 0)
    assert_whole(stocked)


def test_what_was_begun_goes_on_and_other_writers_may_come_between(stocked: Database, one_at_a_time: None) -> None:
    begin(stocked, anew=True)
    assert [go_on(stocked) for _ in range(4)] == [1] * 4
    assert unindexed(stocked) == 3
    with stocked.writing() as corpus:
        corpus.index.remove(4)  # indexed already
        corpus.index.remove(7)  # waits
    put(stocked, 5, "Markets closed.", language="en", source_name="Reuters")
    opened = put(stocked, 9, "Markets opened.", language="en", source_name="Reuters")
    assert begin(stocked, anew=True) == 3  # 6, and those that were taken out: not all of them
    assert [go_on(stocked) for _ in range(4)] == [1, 1, 1, 0]
    assert found(stocked, "closed OR opened") == [5, opened]
    assert_whole(stocked)


def test_an_index_that_does_not_fit_is_made_anew(stocked: Database) -> None:
    for damage in (
        "UPDATE chunks SET analyser_version = 1 WHERE article_id = 3",
        "DELETE FROM chunks WHERE article_id = 5 OR (article_id = 1 AND position = 1)",
    ):
        with stocked.engine.begin() as connection:
            connection.exec_driver_sql(damage)
            if not stocked.is_sqlite:
                connection.exec_driver_sql("DELETE FROM search_vectors WHERE chunk_id NOT IN (SELECT id FROM chunks)")
        assert begin(stocked) > 0
        while go_on(stocked):
            pass
        if stocked.is_sqlite or "UPDATE" in damage:
            assert_whole(stocked)


def test_killed_at_any_moment_it_goes_on(stocked: Database, one_at_a_time: None) -> None:
    begin(stocked, anew=True)
    stocked.close()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:  # one article a transaction, and a word after each
        while go_on(stocked):
            os.write(writing, b".")
        os._exit(0)
    os.close(writing)
    for _ in range(3):
        os.read(reading, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    left = unindexed(stocked)
    assert left <= 4
    assert begin(stocked) == left
    while go_on(stocked):
        pass
    assert_whole(stocked)


# --- the commands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [25_000, 10])
def test_an_index_is_kept_where_the_upgrade_changes_only_how_it_is_laid_out(
    stocked: Database, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (schema, writer):
        monkeypatch.setattr(module, "AGAIN_CHARS", most)
    put(stocked, 9, "Story, story: it fell and fell, 煤炭，煤炭市场。", language="de", byline=("O'Neil", "a\\b"))
    before = index_rows(stocked)
    stocked.downgrade("0006")
    assert stocked.is_sqlite or index_rows(stocked) != before
    stocked.upgrade()
    assert index_rows(stocked) == before
    assert_whole(stocked)
    assert put(stocked, 8, "Markets rose.", language="en", source_name="Reuters") in found(stocked, "markets")


def test_db_reindex_and_db_upgrade_index_what_waits(
    stocked: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_DATABASE_URL", stocked.url.render_as_string(hide_password=False))

    def say(code: int, *words: str, command: str = "db") -> str:
        assert run([command, *words]) == code
        return "".join(capsys.readouterr())

    assert "nothing to do" in say(0, "reindex")
    assert "7 articles indexed" in say(0, "reindex", "--all")
    stocked.downgrade("0005")
    said = say(0, "upgrade")
    assert "upgrading schema 0005; may take minutes" in said
    assert "schema 0005 → 0" in said and "7 articles indexed" in said
    said = say(0, "upgrade")
    assert "nothing to do" in said and "upgrading" not in said
    begin(stocked, anew=True)
    assert "7 articles wait to be indexed" in say(1, "check")
    assert "7 articles are not in the search index yet" in say(0, "markets", command="search")
    assert "would be missing from the slice" in say(2, "markets", command="export")
    assert "7 articles indexed" in say(0, "reindex")
    assert_whole(stocked)
    assert "not in the search index" not in say(0, "markets", command="search")


def test_a_check_finds_rows_that_do_not_repeat_their_piece(postgres_url: str) -> None:
    with Database(postgres_url) as database:
        database.upgrade()
        put(database, 1, "Markets rose.")
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE search_vectors SET dated_s = dated_s + 1")
        (fault,) = (finding for finding in examine(database) if not finding.ok)
        assert fault.check == "search index"
        assert fault.says.startswith("1 rows say something else of their piece than the piece does; run `copydesk db")
        assert begin(database, anew=True) == go_on(database) == 1
        assert all(finding.ok for finding in examine(database))
