"""The life of an article on one time line: what the site did, what it said, and what only we did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.errors import Withheld
from newsroom.reasons import Reason
from newsroom.records import (
    Announcement,
    Article,
    Candidate,
    Capture,
    Copy,
    CopyKind,
    Moment,
    Outcome,
    Page,
    Precision,
    Role,
    State,
    WarcAddress,
)
from storage.database import Database
from storage.history import Event, History, Kind, with_ticks
from storage.holds import Kind as HoldKind
from storage.holds import Scope
from storage.lookup import look_up

BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "http://paper.example/story.html"
FEED = "http://paper.example/feed"
FIRST = "The river rose overnight.\nEngineers closed the old lock."


def at(hours: float) -> datetime:
    return BEGIN + timedelta(hours=hours)


class Crawl:
    """What a crawl of one page enters, visit by visit, with captures that are rows alone."""

    def __init__(self, database: Database, url: str = URL) -> None:
        self.database, self.url = database, url
        self.offset = 0
        with database.writing() as corpus:
            corpus.portals.put("paper", name="Paper", home=None, definition={}, now=BEGIN)
            told = Announcement(url, url, FEED, "feed", title="River rises", published=Moment(BEGIN, Precision.MINUTE))
            candidate = Candidate(url, url, Role.ARTICLE, found_on=FEED)
            corpus.frontier.announce("paper", [told], {url: candidate}, BEGIN)

    def page(self) -> Page:
        with self.database.reading() as corpus:
            page = corpus.frontier.page(self.url)
        assert page is not None
        return page

    def capture(self, hours: float, status: int = 200, body: str = "a", url: str | None = None) -> Capture:
        self.offset += 100
        address = WarcAddress("a.warc.gz", self.offset, 100, f"<urn:uuid:{self.url}-{self.offset}>")
        return Capture(url or self.url, at(hours), status, "text/html", f"sha256:{body}", 100 + len(body), address)

    def visit(self, hours: float, outcome: Outcome) -> None:
        with self.database.writing() as corpus:
            corpus.ingest("paper", None, [outcome], {}, at(hours))

    def read(self, hours: float, text: str, body: str, title: str = "River rises", version: str = "1") -> None:
        said = Article(
            self.url, self.url, title, text, word_count=len(text.split()), extractor="reader", extractor_version=version
        )
        self.visit(hours, Outcome(self.page(), State.DONE, capture=self.capture(hours, body=body), article=said))

    def unchanged(self, hours: float) -> None:
        self.visit(hours, Outcome(self.page(), State.DONE, capture=self.capture(hours, 304, ""), not_modified=True))

    def refused(self, hours: float, reason: Reason, detail: str, status: int) -> None:
        capture = self.capture(hours, status, f"HTTP {status}")
        self.visit(hours, Outcome(self.page(), State.REFUSED, reason, detail, capture))


@pytest.fixture
def crawl(database: Database) -> Iterator[Crawl]:
    yield Crawl(database)


def told(database: Database, which: str = URL) -> History:
    now = at(999)
    with database.reading(now=now) as corpus:
        return corpus.histories.tell(look_up(corpus, which), now)


def lines(history: History) -> list[tuple[str, str]]:
    return [(event.kind.value, event.says) for event in history.events]


def test_a_life_is_told_in_the_order_of_time(crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    crawl.unchanged(2)
    crawl.unchanged(3)
    crawl.read(4, FIRST.replace("old", "new"), "b", title="River rises again")
    crawl.refused(5, Reason.GONE, "HTTP 404", 404)
    crawl.refused(6, Reason.GONE, "HTTP 404", 404)
    crawl.read(7, FIRST, "a")
    history = told(crawl.database)
    assert lines(history) == [
        ("found", f"found on {FEED}"),
        ("announced", f"in feed {FEED}: “River rises”, published 2026-03-01T12:00Z"),
        ("captured", "HTTP 200, 101 bytes"),
        ("revision", "revision 1: “River rises”, 9 words, read by reader 1"),
        ("unchanged", "not modified: HTTP 304"),
        ("unchanged", "not modified: HTTP 304"),
        ("captured", "HTTP 200, 101 bytes"),
        ("revision", "revision 2: title changed, text 11% changed (-1 +1 words)"),
        ("gone", "gone: HTTP 404"),
        ("gone", "still gone: HTTP 404"),
        ("back", "there again: HTTP 200, 101 bytes, the same as on 2026-03-01 13:00:00Z"),
        ("revision", "revision 3: back to revision 1: title changed, text 11% changed (-1 +1 words)"),
    ]
    assert [event.when for event in history.events] == sorted(event.when for event in history.events)
    third = history.events[-1]
    assert (third.revision, third.changed, third.share) == (3, ("title", "text"), 0.1111)
    assert history.now == "stored, 3 revisions; last seen 2026-03-01 19:00:00Z"


def test_visits_without_news_are_one_line_of_ticks_until_something_happens(crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    for hours in (2, 3, 4):
        crawl.unchanged(hours)
    crawl.read(5, FIRST + "\nMore.", "b")
    crawl.unchanged(6)
    ticks = [event for event in with_ticks(told(crawl.database).events) if event.kind is Kind.UNCHANGED]
    assert [(event.when, event.until, event.count) for event in ticks] == [(at(2), at(4), 3), (at(6), None, 1)]


def test_other_bytes_with_the_same_text_are_no_revision(crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    crawl.read(2, FIRST, "another advert")
    crawl.read(3, FIRST, "another advert")
    assert lines(told(crawl.database))[4:] == [
        ("captured", "HTTP 200, 114 bytes; still the text of revision 1"),
        ("unchanged", "the same bytes"),
    ]


def test_what_a_newer_extractor_reads_from_the_same_page_is_no_edit(crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    crawl.read(2, FIRST + "\nA line that was left out before.", "a", version="2")
    crawl.read(3, FIRST + "\nA line that was left out before.", "b", version="3")
    history = told(crawl.database)
    again, still = (event for event in history.events if event.kind is Kind.REREAD)
    assert again.says.startswith("revision 2, read by reader 2: the page is the same, so this is no edit; text ")
    assert (again.revision, again.changed) == (2, ("text",))
    assert still.says == "read by reader 3, before by reader 2: still the text of revision 2"


def test_an_address_that_was_refused_has_the_reason_of_the_ledger(database: Database, crawl: Crawl) -> None:
    crawl.refused(1, Reason.WALL, 'says "sign in"', 200)
    history = told(database)
    assert lines(history)[2:] == [
        ("captured", "HTTP 200, 108 bytes"),
        ("refused", "no article: login-or-consent-wall"),
    ]
    assert history.article is None and history.now == 'refused: login-or-consent-wall: says "sign in"'


def test_an_address_that_was_never_fetched_has_what_was_announced(database: Database, crawl: Crawl) -> None:
    history = told(database)
    assert [event.kind for event in history.events] == [Kind.FOUND, Kind.ANNOUNCED]
    assert history.now.startswith("waiting")


def test_an_address_that_redirects_leads_to_the_article_and_is_named(database: Database, crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    old = Crawl(database, "http://paper.example/old.html")
    old.refused(2, Reason.DUPLICATE, f"redirects to {URL}", 301)
    for which in (URL, old.url, f"{old.url}#top", "1"):
        assert told(database, which).url == URL
    assert ("found", f"found on {FEED} as {old.url} (redirects to {URL})") in lines(told(database, old.url))


def test_redirects_that_lead_in_a_circle_end(database: Database) -> None:
    one, two = Crawl(database, "http://paper.example/1"), Crawl(database, "http://paper.example/2")
    one.refused(1, Reason.DUPLICATE, f"redirects to {two.url}", 301)
    two.refused(1, Reason.DUPLICATE, f"redirects to {one.url}", 301)
    history = told(database, one.url)
    assert (history.article, history.url) == (None, one.url)
    assert history.now == f"refused: duplicate-address: redirects to {one.url} ({two.url})"


def test_an_address_that_nobody_met_is_not_found(database: Database) -> None:
    with pytest.raises(LookupError):
        told(database, "http://paper.example/none")


def test_copies_decisions_holds_and_removals_are_told(database: Database, crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    other = Crawl(database, "http://other.example/copy.html")
    other.read(2, FIRST, "c")
    with database.writing() as corpus:
        mine, theirs = (corpus.articles.find(each) or 0 for each in (URL, other.url))
        corpus.copies.put([Copy(theirs, mine, CopyKind.NEAR, 0.9, decided_by="time")], at(3))
        corpus.holds.add(Scope.URL, "http://paper.example/", note="asked for", now=at(4), until=at(6))
        corpus.holds.release(corpus.holds.add(Scope.ARTICLE, str(mine), note="x", now=at(5)), at(7))
        corpus.holds.add(Scope.ARTICLE, str(theirs), note="another's", now=at(5))
        corpus.expiry.remove([capture.id or 0 for capture in corpus.captures.by_article(mine)], at(8))
    assert lines(told(database))[4:] == [
        ("copy", f"article {theirs} ({other.url}) is a near copy of it, decided by time"),
        ("hold", "hold 1 placed on url http://paper.example/ until 2026-03-01 18:00Z: asked for"),
        ("hold", f"hold 2 placed on article {mine}: x"),
        ("hold", "hold 1 ended"),
        ("hold", "hold 2 released"),
        ("removed", "retention removed one captured page; digests and texts stay"),
    ]


def test_what_is_withheld_is_neither_told_nor_named(database: Database, crawl: Crawl) -> None:
    crawl.read(1, FIRST, "a")
    other = Crawl(database, "http://other.example/copy.html")
    other.read(2, FIRST, "c")
    with database.writing() as corpus:
        mine, theirs = (corpus.articles.find(each) or 0 for each in (URL, other.url))
        corpus.copies.put([Copy(theirs, mine, CopyKind.NEAR, 0.9)], at(3))
        corpus.holds.add(Scope.ARTICLE, str(theirs), note="x", now=at(4), kind=HoldKind.EMBARGO)
    with pytest.raises(Withheld):
        told(database, other.url)
    (copy,) = (event for event in told(database).events if event.kind is Kind.COPY)
    assert other.url not in f"{copy}" and copy.says.startswith(f"article {theirs} (withheld) is a near copy")


def test_an_imported_article_has_its_texts_alone(database: Database) -> None:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=None, definition={}, now=BEGIN)
        corpus.articles.store("paper", Article(URL, URL, "River", FIRST, word_count=9), BEGIN, source_id="n1")
        corpus.articles.mark_gone(1, at(2))
    history = told(database, "n1")
    assert lines(history) == [
        ("revision", "revision 1: “River”, 9 words"),
        ("gone", "gone: the site said that it does not exist"),
    ]
    assert history.now == "stored, 1 revision; gone since 2026-03-01 14:00:00Z"


def test_what_could_not_be_read_is_set_aside_and_released(database: Database, crawl: Crawl) -> None:
    crawl.refused(1, Reason.RESOURCE_LIMIT, "5 s of CPU", 200)
    crawl.read(2, FIRST, "b")
    kinds = [event.kind for event in told(database).events]
    assert kinds[2:] == [
        Kind.CAPTURED, Kind.REFUSED, Kind.SET_ASIDE, Kind.CAPTURED, Kind.REVISION, Kind.RELEASED,
    ]  # fmt: skip


def test_ticks_never_join_two_addresses() -> None:
    one = Event(BEGIN, Kind.UNCHANGED, "x", url="http://a.example/")
    assert len(with_ticks([one, replace(one, url="http://b.example/")])) == 2
