"""Which of the due pages a run is after, and what looking ahead says of them without touching any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import Announcement, Article, Candidate, Capture, Moment, Outcome, Role, State, WarcAddress
from storage.corpus import Corpus
from storage.database import Database
from storage.due import Wanted

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOME = "https://paper.example"
FEED = f"{HOME}/feed.xml"
WEEK = Wanted(since=NOW - 7 * DAY)
STORED = Wanted(stored_only=True)


@pytest.fixture
def corpus(database: Database) -> Iterator[Corpus]:
    with database.writing() as opened:
        opened.portals.put("paper", name="Paper", home=HOME, definition={}, now=NOW)
        yield opened


def enter(corpus: Corpus, path: str, role: Role = Role.ARTICLE, priority: int = 0, **fields: object) -> None:
    candidate = Candidate(f"{HOME}/{path}", f"{HOME}/{path}", role, priority=priority)
    corpus.frontier.add("paper", [replace(candidate, **fields)], NOW)  # type: ignore[arg-type]


def announce(
    corpus: Corpus, path: str, days: float | None = None, changed: float | None = None, source: str = FEED
) -> None:
    """Announce an article that is `days` old and was changed `changed` days ago."""
    published = None if days is None else Moment(NOW - days * DAY)
    lastmod = None if changed is None else Moment(NOW - changed * DAY)
    said = Announcement(f"{HOME}/{path}", f"{HOME}/{path}", source, "feed", "Bridge", published, lastmod)
    verdict = Candidate(said.url, said.url, Role.ARTICLE)
    corpus.frontier.announce("paper", [said], {said.url: verdict}, NOW)


def settle(corpus: Corpus, path: str, state: State = State.DONE, stored: bool = True, **fields: object) -> None:
    """Have the page at `path` read two days ago, with an article unless it is not `stored`."""
    page = corpus.frontier.page(f"{HOME}/{path}")
    assert page is not None
    when, address = NOW - 2 * DAY, WarcAddress("f.warc.gz", page.id * 10, 10, f"<urn:uuid:{page.id}>")
    capture = Capture(page.url, when, 200, "text/html", f"sha256:{page.id}", 1, address)
    article = Article(page.url, page.url, "Title", f"Text of {path}.", match_digest=path) if stored else None
    outcome = Outcome(page, state, capture=capture, article=article)
    corpus.ingest("paper", None, [replace(outcome, **fields)], {}, when)  # type: ignore[arg-type]


def lease(corpus: Corpus, wanted: Wanted, now: datetime = NOW) -> list[str]:
    """Paths of all that `wanted` is leased; they are given back."""
    pages = corpus.frontier.lease("paper", "desk:1", 100, now, read_before=now, wanted=wanted)
    corpus._connection.exec_driver_sql("UPDATE pages SET lease_owner = NULL")
    for page in pages:
        corpus.frontier._set(page.id, state=page.state.value if page.state is not State.LEASED else State.DUE.value)
    return [page.url.removeprefix(f"{HOME}/") for page in pages]


def test_articles_announced_as_older_wait_and_are_there_for_a_run_that_wants_them(corpus: Corpus) -> None:
    for path, days in (("old", 8.0), ("young", 6.0), ("undated", None)):
        announce(corpus, path, days)
    enter(corpus, "linked")
    enter(corpus, "feed.xml", Role.FEED)
    assert lease(corpus, WEEK) == ["young", "undated", "linked", "feed.xml"]
    assert "old" in lease(corpus, Wanted())


def test_the_latest_date_that_anybody_gave_counts(corpus: Corpus) -> None:
    announce(corpus, "edited", 30, changed=1)
    announce(corpus, "only changed", changed=30)
    announce(corpus, "in two feeds", 30)
    announce(corpus, "in two feeds", 2, source=f"{HOME}/other.xml")
    announce(corpus, "dated once", 30)
    announce(corpus, "dated once", None, source=f"{HOME}/other.xml")
    announce(corpus, "just so", 7)
    assert lease(corpus, WEEK) == ["edited", "in two feeds", "just so"]


def test_a_run_does_not_wait_for_what_it_does_not_want(corpus: Corpus) -> None:
    announce(corpus, "old", 8)
    assert corpus.frontier.next_due("paper") == NOW
    assert corpus.frontier.next_due("paper", WEEK) is None
    assert corpus.frontier.next_due("paper", STORED) is None
    announce(corpus, "young", 1)
    assert corpus.frontier.next_due("paper", WEEK) == NOW


def test_a_revisit_is_of_stored_articles_that_are_due_and_of_nothing_else(corpus: Corpus) -> None:
    enter(corpus, "feed.xml", Role.FEED)
    for path in ("new", "due", "later", "never again", "changed", "blocked"):
        announce(corpus, path, 3)
    for path, due in (("due", NOW - DAY), ("later", NOW + DAY), ("never again", None), ("changed", None)):
        settle(corpus, path, next_due_utc=due)
    announce(corpus, "changed", 3, changed=1)
    settle(corpus, "blocked", State.FAILED, stored=False, reason=Reason.BLOCKED, next_due_utc=NOW - DAY)
    assert sorted(lease(corpus, STORED)) == ["changed", "due"]
    assert lease(corpus, replace(STORED, since=NOW - 2 * DAY)) == ["changed"]


def test_feeds_and_sitemaps_can_be_asked_for_alone(corpus: Corpus) -> None:
    for path, role in (("", Role.LISTING), ("f", Role.FEED), ("s", Role.SITEMAP), ("a", Role.ARTICLE)):
        enter(corpus, path, role)
    assert lease(corpus, replace(WEEK, announcing_only=True)) == ["f", "s"]


# --- looking ahead


def furnished(corpus: Corpus) -> None:
    """A portal with a page of every standing."""
    enter(corpus, "", Role.LISTING, 1000)
    settle(corpus, "", stored=False)
    enter(corpus, "archive", Role.LISTING, depth=5)
    settle(corpus, "archive", stored=False)
    enter(corpus, "feed.xml", Role.FEED, 900)
    for path in ("new", "old", "due", "later", "lapsed", "dead", "held", "try later", "gone"):
        announce(corpus, path, 10 if path == "old" else 1)
    settle(corpus, "due", next_due_utc=NOW - DAY)
    settle(corpus, "later", next_due_utc=NOW + DAY)
    settle(corpus, "try later", State.DUE, stored=False, next_due_utc=NOW + timedelta(hours=1))
    settle(corpus, "gone", State.REFUSED, stored=False, reason=Reason.GONE)
    for path, owner, seconds in (("lapsed", "far:1:paper", -1), ("dead", "here:1:paper", 99), ("held", "far:2:p", 99)):
        page = corpus.frontier.page(f"{HOME}/{path}")
        assert page is not None
        until = NOW + timedelta(seconds=seconds)
        corpus.frontier._set(page.id, state=State.LEASED.value, lease_owner=owner, lease_until_utc=until)


def test_an_outlook_counts_each_page_by_what_would_become_of_it(corpus: Corpus) -> None:
    furnished(corpus)
    seen = corpus.due.outlook("paper", NOW, read_before=NOW, wanted=WEEK, dead=["here:1:paper"])
    assert seen.due == {"source": 2, "new": 3, "again": 1}
    assert (seen.older, seen.held, seen.leased) == ({"new": 1}, {}, 1)
    assert seen.later == {"again": 1, "new": 1}
    assert seen.next_due == NOW + timedelta(hours=1)
    assert [(page.url.removeprefix(f"{HOME}/"), page.kind) for page in seen.pages] == [
        ("", "source"), ("feed.xml", "source"), ("new", "new"), ("due", "again"), ("lapsed", "new"), ("dead", "new"),
    ]  # fmt: skip
    assert [page.kind for page in corpus.due.outlook("paper", NOW, read_before=NOW, most=2).pages] == ["source"] * 2


def test_an_outlook_says_which_pages_wait_for_their_host(corpus: Corpus) -> None:
    furnished(corpus)
    corpus.hosts.set_retry_after(HOME, NOW + 2 * DAY)
    seen = corpus.due.outlook("paper", NOW, read_before=NOW)
    assert (seen.due, seen.pages) == ({}, [])
    assert seen.held == {"source": 2, "new": 3, "again": 1}
    assert seen.held_until == NOW + 2 * DAY


def test_an_outlook_of_a_revisit_knows_only_stored_articles(corpus: Corpus) -> None:
    furnished(corpus)
    seen = corpus.due.outlook("paper", NOW, read_before=NOW, wanted=STORED)
    assert (seen.due, seen.later, seen.leased) == ({"again": 1}, {"again": 1}, 0)


@pytest.mark.parametrize("wanted", [Wanted(), WEEK, STORED], ids=["all", "since", "revisit"])
def test_what_an_outlook_names_is_what_a_run_then_leases(corpus: Corpus, wanted: Wanted) -> None:
    furnished(corpus)
    seen = corpus.due.outlook("paper", NOW, read_before=NOW, wanted=wanted, dead=["here:1:paper"])
    corpus.frontier.release("here:1:paper")
    corpus.frontier.reclaim(NOW)
    if not wanted.stored_only:
        corpus.frontier.wake_sources("paper", NOW, NOW)
    assert [page.url.removeprefix(f"{HOME}/") for page in seen.pages] == lease(corpus, wanted)
