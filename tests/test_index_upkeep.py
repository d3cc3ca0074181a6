"""The parts that SQLite's search index grows by: merged by cleanup when they are worth it, stopped at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.cleanup.upkeep import merge_index, would_merge_index
from storage.database import Database
from storage.search import rebuilding
from tests.cleanup_kit import Archive
from tests.corpus_kit import NOW, article

WORDS = ("harbour", "ferries", "石油")


def put(database: Database, number: int, body: str) -> int:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=None, definition={}, now=NOW)
        said = article(f"https://paper.example/{number}", body, match_digest=f"sha256:{number}")
        stored = corpus.articles.store("paper", said, NOW)
    return stored.article_id


@pytest.fixture
def grown(database: Database) -> Database:
    """Fourteen articles, each stored by itself: SQLite's index grows by a part of some pages with each."""
    for number in range(14):
        names = " ".join(f"name{number}of{each}" for each in range(900))
        put(database, number, f"{WORDS[number % 3]} in week{number}, 第{number}周. {names}")
    return database


def found(database: Database) -> dict[str, list[int]]:
    with database.reading() as corpus:
        return {word: sorted(corpus.search.ids(word)) for word in (*WORDS, "week12")}


def parts(database: Database) -> int:
    with database.engine.connect() as connection:
        return connection.execute(text("SELECT count(DISTINCT segid) FROM search_fts_idx")).scalar_one()


def assert_whole(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO search_fts (search_fts) VALUES ('integrity-check')")


def test_cleanup_merges_a_scattered_index_and_leaves_it_alone_then(
    grown: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_MERGED_PAGES", 1)
    archive, before = Archive(grown, tmp_path), found(grown)
    expected, said = grown.is_sqlite, set[str]()
    assert archive.clean(dry=True).database["index_merged"] is expected
    report = archive.clean(progress=lambda records, beside: said.add(beside))
    assert report.database["index_merged"] is expected
    assert (", merging the search index" in said) is expected
    assert found(grown) == before
    assert archive.clean(dry=True).database["index_merged"] is False
    assert archive.clean().database["index_merged"] is False
    if grown.is_sqlite:
        assert parts(grown) == 1
        assert_whole(grown)


def test_a_little_beside_a_large_part_does_not_ask_to_be_merged(
    grown: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not grown.is_sqlite:
        assert not would_merge_index(grown)
        return
    list(merge_index(grown))
    put(grown, 20, "One more.")
    assert parts(grown) == 2
    assert not would_merge_index(grown)
    monkeypatch.setattr(rebuilding, "_SCATTERED_SHARE", 0.001)
    assert would_merge_index(grown)


def test_merging_that_is_stopped_loses_nothing_and_is_ended_by_the_next(
    grown: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_MERGED_PAGES", 1)
    before = found(grown)
    assert (next(merge_index(grown), "done") == "done") is not grown.is_sqlite
    assert found(grown) == before
    if not grown.is_sqlite:
        return
    assert parts(grown) > 1
    added = put(grown, 20, "harbour again")  # others may write in between
    assert list(merge_index(grown))
    assert parts(grown) == 1
    assert_whole(grown)
    assert found(grown) == {**before, "harbour": [*before["harbour"], added]}
