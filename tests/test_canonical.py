"""Which canonical addresses are believed, and under which address an article is filed."""

from __future__ import annotations

from dataclasses import replace

from newsroom.reasons import Reason
from newsroom.records import Announcement, Candidate, Role, State
from storage.canonical import alike, headline_share
from storage.database import Database
from tests.test_corpus import HOME, NOW, article, desk, fetched

__all__ = ["desk"]  # a fixture

STORY = "The ferry to the island has been cancelled for the whole week because of the storm. " * 3
OTHER = "A new library opens in the old customs house next month, with a reading room for children. " * 3


def announce(database: Database, *urls: str) -> None:
    """Let a feed of the test's portal name `urls`."""
    with database.writing() as corpus:
        said = [Announcement(url, url, HOME + "feed.xml", "feed") for url in urls]
        corpus.frontier.announce("paper", said, {url: Candidate(url, url, Role.ARTICLE) for url in urls}, NOW)


def stored_urls(database: Database) -> set[str]:
    with database.reading() as corpus:
        return {each.url for each in corpus.articles.iterate()}


def test_a_second_address_of_a_story_is_filed_under_its_canonical_address(desk: Database) -> None:
    url = HOME + "specials/7"
    result = fetched(desk, 1, replace(article(url, STORY), canonical_url=HOME + "2026/ferry"))
    assert result.new
    assert stored_urls(desk) == {HOME + "2026/ferry"}
    with desk.reading() as corpus:
        page = corpus.frontier.page(url)
    assert page is not None
    assert (page.state, page.reason) == (State.REFUSED, Reason.DUPLICATE)


def test_one_canonical_on_every_page_does_not_swallow_other_stories(desk: Database) -> None:
    claimed = HOME + "2026/template"
    fetched(desk, 1, replace(article(HOME + "2026/ferry", STORY), canonical_url=claimed))
    fetched(desk, 2, replace(article(HOME + "2026/library", OTHER), canonical_url=claimed))
    assert stored_urls(desk) == {claimed, HOME + "2026/library"}


def test_an_announced_address_beats_a_canonical_that_nobody_announced(desk: Database) -> None:
    url = HOME + "2026/ferry"
    announce(desk, url)
    fetched(desk, 1, replace(article(url, STORY), canonical_url=HOME + "2026/template"))
    assert stored_urls(desk) == {url}


def test_of_two_announced_addresses_the_canonical_one_is_kept(desk: Database) -> None:
    url, main = HOME + "specials/7", HOME + "2026/ferry"
    announce(desk, url, main)
    fetched(desk, 1, replace(article(url, STORY), canonical_url=main))
    assert stored_urls(desk) == {main}


def test_a_canonical_without_the_query_is_believed_even_of_an_announced_address(desk: Database) -> None:
    url = HOME + "2026/ferry?xtor=RSS-1"
    announce(desk, url)
    fetched(desk, 1, replace(article(url, STORY), canonical_url=HOME + "2026/ferry"))
    assert stored_urls(desk) == {HOME + "2026/ferry"}


def test_the_address_that_tells_the_headline_beats_one_that_tells_another(desk: Database) -> None:
    url, template = HOME + "2026/keine-fähre-zur-insel-wegen-des-sturms-4711", HOME + "2026/mayor-opens-bridge-12"
    said = replace(article(url, STORY), title="Keine Fähre zur Insel wegen des Sturms", canonical_url=template)
    fetched(desk, 1, said)
    assert stored_urls(desk) == {url}


def test_an_address_tells_a_headline_however_it_spells_it() -> None:
    title = "Größere Fähren für die Insel"
    for path in ("/groessere-faehren-fuer-die-insel", "/grossere-fahren-fur-die-insel", "/gre-fhren-insel-1.html"):
        assert headline_share(path, title) >= 0.5, path
    assert headline_share("/20260301/100251.shtml", "临江市明年将新增三条夜间渡轮航线") == 0
    assert headline_share("/mayor-opens-bridge", title) == 0


def test_texts_are_alike_when_half_of_the_shorter_one_is_in_the_other() -> None:
    assert alike(STORY, STORY + OTHER)
    assert alike("渡轮因风暴停航一周，岛上居民只能等待。" * 2, "渡轮因风暴停航一周，岛上居民只能等待。")
    assert not alike(STORY, OTHER)
    assert not alike("short", "other")
