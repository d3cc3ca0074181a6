"""Saved searches: nothing is lost, nothing is shown twice, whoever writes meanwhile; and the feed that comes of it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.errors import QueryError, StorageError, UsageError
from newsroom.records import Article, Moment, Precision
from storage.database import Database
from storage.saved import Fresh, Seen
from storage.saved.atom import ATOM, atom_feed, write_feed

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def article(number: int, text: str, title: str = "Story", **more: Any) -> Article:
    url = f"http://paper.example/{number}"
    return Article(url, url, title, text, word_count=9, **more)


def store(database: Database, number: int, text: str, when: datetime = NOW, **more: Any) -> int:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=None, definition={}, now=NOW)
        return corpus.articles.store("paper", article(number, text, **more), when).article_id


def save(database: Database, query: str, name: str = "mine", **filters: Any) -> None:
    with database.writing() as corpus:
        corpus.saved.add(name, query, filters, NOW)


def run(database: Database, when: datetime = NOW, name: str = "mine", *, mark: bool = True) -> list[tuple[str, str]]:
    """What a run shows: whether it is new or changed, and the last part of its address."""
    with database.reading(now=when) as corpus:
        found = told(corpus, name)
        ids = [match.revision_id for match in corpus.news(corpus.saved.known(name)).fresh]
    if mark:
        database.write(lambda corpus: corpus.saved.mark(name, ids, when))
    return [("changed" if each.is_changed else "new", each.stored.url.rpartition("/")[2]) for each in found]


def told(corpus: Any, name: str = "mine", count: int | None = None) -> list[Fresh]:
    news = corpus.news(corpus.saved.known(name))
    matches = news.fresh if count is None else news.recent(count)
    return list(news.tell(matches, corpus.articles.iterate(ids=[match.article_id for match in matches])))


@given(st.sets(st.integers(1, 5_000)), st.integers(1, 6_000))
def test_what_was_seen_is_kept_exactly(ids: set[int], other: int) -> None:
    seen = Seen()
    seen.add(ids)
    again = Seen(seen.pack())
    assert all(each in again for each in ids)
    assert (other in again) is (other in ids)


def test_many_texts_are_remembered_in_little_room() -> None:
    every, third = Seen(), Seen()
    every.add(range(1, 200_001))
    third.add(range(1, 200_001, 3))
    assert len(every.pack()) < 500 and len(third.pack()) < 26_000


def test_a_run_shows_what_was_not_shown_and_says_what_was_changed(database: Database) -> None:
    store(database, 1, "The ferry is late again today.")
    store(database, 2, "Nothing about boats in this one.")
    save(database, "ferry")
    assert run(database) == [("new", "1")]
    assert run(database, NOW + HOUR) == []
    store(database, 3, "A second ferry was bought.", NOW + 2 * HOUR)
    store(database, 1, "The ferry is late again tomorrow.", NOW + 2 * HOUR)
    store(database, 2, "Now the ferry is in this one, too.", NOW + 2 * HOUR)
    assert run(database, NOW + 3 * HOUR) == [("changed", "2"), ("changed", "1"), ("new", "3")]
    store(database, 1, "The ferry is late again today.", NOW + 4 * HOUR)  # a return is a text of its own
    store(database, 3, "Sold, and no word of it.", NOW + 4 * HOUR)
    assert run(database, NOW + 5 * HOUR) == [("changed", "1")]


def test_what_is_marked_is_what_the_search_found(database: Database) -> None:
    store(database, 1, "市议会通过了新预算。", language="zh-Hans")
    store(database, 2, "Two ferries ran late.", language="en")
    save(database, "預算", "han", fold_han=True)
    save(database, "ferry~", "stem")
    with database.reading() as corpus:
        for name, marked in (("han", "预算"), ("stem", "ferries")):
            (found,) = told(corpus, name)
            assert [found.snippet[start:end] for start, end in found.marks] == [marked]


def test_an_article_that_came_and_changed_between_two_runs_is_new(database: Database) -> None:
    save(database, "ferry")
    assert run(database) == []
    store(database, 1, "The ferry sails.", NOW + HOUR)
    store(database, 1, "The ferry sailed.", NOW + 2 * HOUR)
    assert run(database, NOW + 3 * HOUR) == [("new", "1")]


def test_a_run_that_does_not_mark_shows_the_same_again(database: Database) -> None:
    store(database, 1, "The ferry sails.")
    save(database, "ferry")
    assert run(database, mark=False) == run(database) == [("new", "1")]


def test_what_a_slow_writer_commits_late_is_not_lost(database: Database) -> None:
    """On PostgreSQL its ids are smaller than those that were shown meanwhile; SQLite makes the others wait."""
    store(database, 1, "The first ferry.")
    save(database, "ferry")
    run(database)
    if database.is_sqlite:
        store(database, 2, "A ferry, stored late.", NOW)
    else:
        with database.writing() as slow:
            late = slow.articles.store("paper", article(2, "A ferry, stored late."), NOW)
            store_article(database, 3, "A ferry, stored meanwhile.")
            assert run(database, NOW + HOUR) == [("new", "3")]
            with database.reading() as corpus:
                (newest,) = corpus.revisions.outlines(corpus.articles.find("http://paper.example/3") or 0)
            assert late.revision_id < newest.id
    assert run(database, NOW + 2 * HOUR) == [("new", "2")]


def store_article(database: Database, number: int, text: str) -> None:
    """Beside a writer that is not done: the portal's row, which that one may hold, is not touched."""
    with database.writing() as corpus:
        corpus.articles.store("paper", article(number, text), NOW)


def test_an_article_that_comes_to_match_without_a_new_text_is_shown(database: Database) -> None:
    first, second = store(database, 1, "The ferry sails."), store(database, 2, "The ferry sails, too.")
    save(database, "ferry", copied="copies")
    assert run(database) == []
    with database.writing() as corpus:
        corpus.stories.put([({first, second}, first)])
    assert run(database, NOW + HOUR) == [("new", "2")]


def test_two_runs_at_once_keep_what_either_has_shown(database: Database) -> None:
    save(database, "ferry")
    for ids in ([3, 9], [4], [3]):
        database.write(lambda corpus, ids=ids: corpus.saved.mark("mine", ids, None))  # type: ignore[misc]
    with database.reading() as corpus:
        kept = corpus.saved.known("mine")
    assert [each for each in range(12) if each in kept.seen] == [3, 4, 9] and kept.run_utc is None


def test_a_removed_search_may_still_be_running(database: Database) -> None:
    save(database, "ferry")
    assert database.write(lambda corpus: corpus.saved.remove("mine"))
    database.write(lambda corpus: corpus.saved.mark("mine", [1], NOW))
    with database.reading() as corpus:
        assert corpus.saved.list() == []


@pytest.mark.parametrize("name", ["", "a b", "-x", "../x", ".x", "x" * 65, "x\n", "a/b", "\u202ex"])
def test_a_name_is_one_that_a_file_may_have(database: Database, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name"):
        save(database, "ferry", name)


def test_saving_wants_a_free_name_and_a_query_that_parses(database: Database) -> None:
    save(database, "ferry", "渡轮-1")
    with pytest.raises(UsageError, match="already"):
        save(database, "boat", "渡轮-1")
    with pytest.raises(QueryError, match=r"\^"):
        save(database, "boat (", "boats")
    with database.reading() as corpus, pytest.raises(UsageError, match="did you mean"):
        corpus.saved.known("渡轮-2")


def test_filters_come_back_as_they_were_given(database: Database) -> None:
    save(database, "", since=NOW, portal="paper", unique=True, copied=None)
    with database.reading() as corpus:
        assert corpus.saved.known("mine").filters == {"since": NOW, "portal": "paper", "unique": True}


# --- the feed -----------------------------------------------------------------------------------------------------


def fed(database: Database, count: int = 50) -> bytes:
    with database.reading() as corpus:
        return atom_feed(corpus.saved.known("mine"), told(corpus, count=count), "copydesk test")


ODD = 'Tide & <b>"ferry"</b> \x01\x0b\ufffe 渡轮 ]]> \U0001f6a2'


def test_a_feed_is_read_by_others_whatever_a_title_holds(database: Database) -> None:
    published = Moment(NOW - HOUR, Precision.MINUTE)
    store(
        database,
        1,
        "The ferry sails. 5 < 6 & more.",
        title=ODD,
        published=published,
        language="zh-Hans",
        byline=("A & B",),
    )
    store(database, 2, "Another ferry.", NOW + HOUR, title="", published=Moment(NOW, Precision.DAY))
    save(database, "ferry")
    feed = fed(database)
    read = feedparser.parse(io.BytesIO(feed))
    assert not read.bozo and read.version == "atom10" and read.feed.updated == "2026-03-01T13:00:00Z"
    later, odd = read.entries
    assert odd.title == 'Tide & <b>"ferry"</b>  渡轮 ]]> \U0001f6a2' and odd.title_detail.type == "text/plain"
    assert odd.title_detail.language == "zh-Hans" and odd.author == "A & B" and odd.published == "2026-03-01T11:00:00Z"
    assert odd.link == "http://paper.example/1" and "5 < 6 & more" in odd.summary
    assert later.title == "(no headline)" and "published" not in later  # a day is no moment


def test_a_feed_has_all_that_rfc_4287_asks_for(database: Database) -> None:
    for number in range(3):
        store(database, number, f"Ferry number {number}.")
    save(database, "ferry")
    root = ET.fromstring(fed(database))
    assert root.tag == f"{{{ATOM}}}feed"
    for element in (root, *root.iter(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{{{ATOM}}}{name}")
            assert found.text
    ids = [found.text or "" for found in root.iter(f"{{{ATOM}}}id")]
    assert len(set(ids)) == 4 and all(each.startswith("urn:uuid:") for each in ids)
    assert root.findall(f"{{{ATOM}}}author/{{{ATOM}}}name")


def test_ids_stay_in_another_corpus_and_change_with_the_text(database: Database) -> None:
    def ids(found: list[Fresh]) -> list[str]:
        with database.reading() as corpus:
            read = feedparser.parse(io.BytesIO(atom_feed(corpus.saved.known("mine"), found, "copydesk test")))
        return [read.feed.id, *(entry.id for entry in read.entries)]

    store(database, 1, "The ferry sails.")
    save(database, "ferry")
    with database.reading() as corpus:
        (here,) = told(corpus)
    stored = replace(here.stored, id=99, revision_id=98, revision_number=2, first_seen_utc=NOW - HOUR)
    assert ids([replace(here, stored=stored)]) == ids([here])
    store(database, 1, "The ferry sailed.", NOW + HOUR)
    with database.reading() as corpus:
        feed_id, entry_id = ids(told(corpus))
    assert feed_id == ids([here])[0] and entry_id != ids([here])[1]


def test_a_feed_goes_on_with_what_was_shown_until_it_has_its_entries(database: Database) -> None:
    for number in range(4):
        store(database, number, f"Ferry number {number}.")
    save(database, "ferry")
    run(database)
    store(database, 4, "Ferry number 4.")

    def shown(count: int) -> list[tuple[str, bool]]:
        with database.reading() as corpus:
            return [(each.stored.url[-1], each.is_new) for each in told(corpus, count=count)]

    assert shown(3) == [("4", True), ("3", False), ("2", False)]
    assert shown(0) == [("4", True)]
    assert len(shown(50)) == 5


def test_a_feed_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.atom"
    target.write_bytes(b"before")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="No space left"):
        patch.setattr(Path, "write_bytes", full)
        write_feed(b"after", target)
    assert target.read_bytes() == b"before" and list(tmp_path.iterdir()) == [target]
    write_feed(b"after", target)
    assert target.read_bytes() == b"after"


def test_an_article_that_was_shown_as_new_stays_new_in_the_feed(database: Database) -> None:
    store(database, 1, "The ferry is late.", NOW - 2 * HOUR)
    store(database, 1, "The ferry is very late.", NOW - HOUR)
    save(database, "ferry")
    assert run(database, NOW + HOUR) == [("new", "1")]
    with database.reading(now=NOW + 2 * HOUR) as corpus:
        assert [each.is_changed for each in told(corpus, count=50)] == [False]
    store(database, 1, "The ferry came, says the ferryman.", NOW + 2 * HOUR)
    assert run(database, NOW + 3 * HOUR) == [("changed", "1")]
    with database.reading(now=NOW + 4 * HOUR) as corpus:
        assert [each.is_changed for each in told(corpus, count=50)] == [True]
