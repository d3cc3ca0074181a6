"""The frontier: who fetches which page when, and what became of it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import (
    Announcement,
    Candidate,
    Capture,
    Moment,
    Outcome,
    Page,
    Precision,
    Role,
    State,
    WarcAddress,
)
from storage.corpus import Corpus
from storage.database import Database, open_database
from storage.storable import MAX_URL_BYTES

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME = "https://paper.example"
FEED = f"{HOME}/feed.xml"


def enter_portals(corpus: Corpus, *ids: str) -> None:
    for each in ids:
        corpus.portals.put(each, name=each.title(), home=HOME, definition={}, now=NOW)


@pytest.fixture
def corpus(database: Database) -> Iterator[Corpus]:
    with database.writing() as opened:
        enter_portals(opened, "paper", "other")
        yield opened


def candidate(path: str, priority: int = 0, reason: Reason | None = None, role: Role = Role.ARTICLE) -> Candidate:
    return Candidate(f"{HOME}/{path}", f"{HOME}/{path}", role, priority=priority, reason=reason)


def lease(corpus: Corpus, now: datetime = NOW, limit: int = 100, owner: str = "desk:1") -> list[Page]:
    return corpus.frontier.lease("paper", owner, limit, now)


def paths(pages: list[Page]) -> list[str]:
    return [page.url.removeprefix(f"{HOME}/") for page in pages]


def settled(corpus: Corpus, path: str, outcome_state: State, **fields: object) -> Page:
    """The page at `path`, entered, leased and settled."""
    corpus.frontier.add("paper", [candidate(path)], NOW)
    (page,) = [each for each in lease(corpus) if each.url == f"{HOME}/{path}"]
    corpus.frontier.settle(Outcome(page, outcome_state, **fields), NOW)  # type: ignore[arg-type]
    after = corpus.frontier.page(page.url)
    assert after is not None
    return after


def announcement(path: str, lastmod: Moment | None = None, title: str = "Bridge opens") -> Announcement:
    return Announcement(f"{HOME}/{path}", f"{HOME}/{path}?utm_source=rss", FEED, "feed", title, Moment(NOW), lastmod)


# --- entering


def test_a_page_enters_once_whatever_names_it_again(corpus: Corpus) -> None:
    assert corpus.frontier.add("paper", [candidate("a"), candidate("b"), candidate("a", 5)], NOW) == 2
    assert corpus.frontier.add("paper", [candidate("b"), candidate("c")], NOW + HOUR) == 1
    assert paths(lease(corpus, NOW + HOUR)) == ["a", "b", "c"]


def test_a_waiting_page_takes_the_higher_priority(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate("a", 3), candidate("b", 1)], NOW)
    corpus.frontier.add("paper", [candidate("b", 9), candidate("a", 2)], NOW)
    assert [(page.url[-1], page.priority) for page in lease(corpus)] == [("b", 9), ("a", 3)]


def test_a_page_refused_by_its_address_alone_is_revived_by_a_better_candidate(corpus: Corpus) -> None:
    corpus.frontier.add(
        "paper", [candidate("x", reason=Reason.NOT_ARTICLE_URL), candidate("y", reason=Reason.DENIED)], NOW
    )
    assert lease(corpus) == []
    assert corpus.frontier.add("paper", [candidate("x", reason=Reason.DENIED)], NOW) == 0
    assert lease(corpus) == []
    corpus.frontier.add("paper", [candidate("x"), candidate("y")], NOW)
    assert paths(lease(corpus)) == ["x"]


def test_a_page_refused_after_its_answer_stays_refused(corpus: Corpus) -> None:
    settled(corpus, "short", State.REFUSED, reason=Reason.TOO_SHORT)
    corpus.frontier.add("paper", [candidate("short", 99)], NOW)
    assert lease(corpus, NOW + 1000 * HOUR) == []


def test_a_page_that_another_portal_never_stored_changes_hands(corpus: Corpus) -> None:
    settled(corpus, "", State.DONE, etag='"1"')
    corpus.frontier.add("other", [candidate("")], NOW)
    (page,) = corpus.frontier.lease("other", "desk:2", 10, NOW)
    assert (page.portal_id, page.etag) == ("other", None)
    corpus.frontier.add("paper", [candidate("")], NOW)
    assert corpus.frontier.page(f"{HOME}/").portal_id == "other"  # type: ignore[union-attr]


def test_an_address_too_long_for_an_index_is_refused_with_its_reason(corpus: Corpus) -> None:
    long = "story?" + "x" * MAX_URL_BYTES
    assert corpus.frontier.add("paper", [candidate(long)], NOW) == 1
    assert corpus.frontier.add("paper", [candidate(long)], NOW) == 0
    page = corpus.frontier.page(f"{HOME}/{long}")
    assert page is not None
    assert (page.state, page.reason) == (State.REFUSED, Reason.NOT_ARTICLE_URL)
    assert page.fetch_url == f"{HOME}/{long}"


def test_text_that_postgresql_refuses_enters_all_the_same(corpus: Corpus) -> None:
    odd = Candidate(f"{HOME}/a\x00b\ud800", f"{HOME}/a\x00b", Role.ARTICLE, found_on="\ud83d\ude00\x00", detail="\x00")
    corpus.frontier.add("paper", [odd], NOW)
    (page,) = lease(corpus)
    assert (page.url, page.fetch_url, page.found_on) == (f"{HOME}/ab\ufffd", f"{HOME}/ab", "\U0001f600")


# --- leasing


def test_the_highest_priority_comes_first_then_the_oldest(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate(name) for name in "ab"], NOW)
    corpus.frontier.add("paper", [candidate("z", 10), candidate("y", 5)], NOW)
    assert paths(lease(corpus, limit=3)) == ["z", "y", "a"]
    assert paths(lease(corpus, limit=3)) == ["b"]


def test_a_revisit_competes_by_its_priority(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate("feed", 50, role=Role.FEED)], NOW)
    (feed,) = lease(corpus)
    corpus.frontier.settle(Outcome(feed, State.DONE, next_due_utc=NOW + HOUR), NOW)
    corpus.frontier.add("paper", [candidate("a", 10), candidate("b", 60)], NOW)
    assert paths(lease(corpus, limit=1)) == ["b"]
    assert paths(lease(corpus, NOW + HOUR)) == ["feed", "a"]


def test_a_host_that_asked_for_peace_is_skipped_until_then(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate("a")], NOW)
    corpus.hosts.set_retry_after(HOME, NOW + HOUR)
    assert lease(corpus) == []
    assert corpus.frontier.next_due("paper") == NOW + HOUR
    assert paths(lease(corpus, NOW + HOUR)) == ["a"]


def test_a_lapsed_lease_is_taken_back_and_a_held_one_is_not(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate("a"), candidate("b")], NOW)
    lease(corpus, limit=1, owner="dead")
    lease(corpus, NOW + HOUR, limit=1, owner="alive")
    assert corpus.frontier.owners() == ["alive", "dead"]
    assert corpus.frontier.reclaim(NOW + HOUR) == 1
    assert paths(lease(corpus, NOW + HOUR)) == ["a"]


def test_a_renewed_lease_does_not_lapse(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate("a")], NOW)
    lease(corpus)
    assert corpus.frontier.renew("desk:1", NOW + HOUR) == 1
    assert corpus.frontier.reclaim(NOW + HOUR) == 0


def test_what_an_owner_gives_back_is_due_again(corpus: Corpus) -> None:
    corpus.frontier.add("paper", [candidate("a"), candidate("b")], NOW)
    lease(corpus, limit=1, owner="other")
    mine = lease(corpus)
    assert corpus.frontier.leased_count("desk:1") == 1
    assert corpus.frontier.release("desk:1") == 1
    assert lease(corpus) == mine


# --- settling


def test_a_failed_try_counts_and_waits(corpus: Corpus) -> None:
    page = settled(corpus, "a", State.DUE, next_due_utc=NOW + HOUR, detail="timeout")
    assert (page.state, page.attempts, page.reason) == (State.DUE, 1, None)
    assert lease(corpus) == []
    assert corpus.frontier.due_count("paper", NOW) == 0
    assert corpus.frontier.next_due("paper") == NOW + HOUR
    (again,) = lease(corpus, NOW + HOUR)
    corpus.frontier.settle(Outcome(again, State.FAILED, detail="timeout"), NOW)
    given_up = corpus.frontier.page(page.url)
    assert given_up is not None
    assert (given_up.attempts, given_up.reason) == (2, Reason.FAILED)
    assert corpus.frontier.next_due("paper") is None


def test_a_refusal_needs_a_reason(corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="without a reason"):
        settled(corpus, "a", State.REFUSED)


def test_a_304_keeps_the_validators_and_a_new_answer_replaces_them(corpus: Corpus) -> None:
    page = settled(corpus, "a", State.DONE, etag='"1"', last_modified="Sun", next_due_utc=NOW)
    (page,) = lease(corpus)
    corpus.frontier.settle(Outcome(page, State.DONE, not_modified=True, next_due_utc=NOW), NOW)
    (page,) = lease(corpus)
    assert (page.etag, page.last_modified) == ('"1"', "Sun")
    corpus.frontier.settle(Outcome(page, State.DONE, next_due_utc=NOW), NOW)
    (page,) = lease(corpus)
    assert (page.etag, page.last_modified) == (None, None)


def test_a_refused_page_may_be_tried_again_when_it_says_when(corpus: Corpus) -> None:
    settled(corpus, "a", State.REFUSED, reason=Reason.BLOCKED, next_due_utc=NOW + HOUR)
    assert lease(corpus) == []
    assert paths(lease(corpus, NOW + HOUR)) == ["a"]


# --- announcements


def announce(corpus: Corpus, said: Announcement, now: datetime = NOW) -> int:
    verdict = Candidate(said.url, said.raw_url, Role.ARTICLE, found_on=said.source_url)
    return corpus.frontier.announce("paper", [said], {said.url: verdict}, now)


def test_what_a_feed_said_is_kept_for_pages_never_fetched(corpus: Corpus) -> None:
    refused = Candidate(f"{HOME}/x.pdf", f"{HOME}/x.pdf", Role.ARTICLE, reason=Reason.NOT_ARTICLE_URL)
    assert corpus.frontier.announce("paper", [announcement("x.pdf")], {refused.url: refused}, NOW) == 1
    corpus.frontier.announce("paper", [announcement("x.pdf", title="A better title")], {refused.url: refused}, NOW)
    page = corpus.frontier.page(refused.url)
    assert page is not None
    (said,) = corpus.announcements.of(page.id)
    assert (said.title, said.source_url, said.published) == ("A better title", FEED, Moment(NOW, origin="feed"))
    assert page.reason is Reason.NOT_ARTICLE_URL


@pytest.mark.parametrize(
    ("lastmods", "due"),
    [
        ([None, None], False),
        ([Moment(NOW - HOUR), Moment(NOW - HOUR)], False),
        ([Moment(NOW - HOUR), Moment(NOW + HOUR)], True),
        ([Moment(NOW - 24 * HOUR, Precision.DAY), Moment(NOW - 12 * HOUR, Precision.DAY)], True),
        ([Moment(NOW - 12 * HOUR, Precision.DAY), Moment(NOW - 12 * HOUR, Precision.DAY)], False),
    ],
)
def test_a_newer_lastmod_makes_a_stored_article_due(corpus: Corpus, lastmods: list[Moment | None], due: bool) -> None:
    announce(corpus, announcement("a", lastmods[0]))
    (page,) = lease(corpus)
    corpus.frontier.settle(Outcome(page, State.DONE), NOW)
    announce(corpus, announcement("a", lastmods[1]), NOW + 2 * HOUR)
    assert bool(lease(corpus, NOW + 2 * HOUR)) is due


# --- two processes at once


def _lease_all(url: str, owner: str, ready: multiprocessing.Barrier, found: multiprocessing.Queue) -> None:  # type: ignore[valid-type,type-arg]
    mine: list[str] = []
    with open_database(url) as database:
        ready.wait(60)  # type: ignore[attr-defined]
        while True:
            with database.writing() as corpus:
                pages = corpus.frontier.lease("paper", owner, 7, NOW)
            if not pages:
                break
            mine += [page.url for page in pages]
    found.put(mine)


def test_two_processes_lease_each_page_exactly_once(database_url: str) -> None:
    with open_database(database_url) as database, database.writing() as corpus:
        enter_portals(corpus, "paper")
        corpus.frontier.add("paper", [candidate(f"{number:04}", number % 3) for number in range(400)], NOW)
    context = multiprocessing.get_context("fork")
    ready, found = context.Barrier(2), context.Queue()
    workers = [context.Process(target=_lease_all, args=(database_url, f"desk:{n}", ready, found)) for n in (1, 2)]
    for worker in workers:
        worker.start()
    leased = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    assert sorted(leased[0] + leased[1]) == [f"{HOME}/{number:04}" for number in range(400)]


def test_a_run_neither_waits_for_a_revisit_nor_reads_a_page_twice(corpus: Corpus) -> None:
    soon, later = NOW + timedelta(seconds=1), NOW + timedelta(seconds=5)
    address = WarcAddress("a.warc.gz", 0, 100, "<urn:uuid:1>")
    read = Capture(f"{HOME}/a", NOW, 200, "text/html", "sha256:1", 10, address)
    settled(corpus, "a", State.DONE, next_due_utc=soon, capture=read)
    assert corpus.frontier.next_due("paper") is None
    assert corpus.frontier.lease("paper", "run", 5, later, read_before=NOW) == []
    assert len(corpus.frontier.lease("paper", "next run", 5, later, read_before=later)) == 1


def test_links_that_nobody_announced_are_given_up_and_come_back_when_announced(corpus: Corpus) -> None:
    front = f"{HOME}/"
    links = [replace(candidate(path), found_on=front) for path in ("a", "b", "c")]
    corpus.frontier.add("paper", [*links, replace(candidate("d"), found_on=f"{HOME}/sport/")], NOW)
    corpus.frontier.announce("paper", [announcement("b")], {}, NOW)
    assert corpus.frontier.give_up_links("paper", front, "20 led nowhere") == 2
    assert paths(lease(corpus)) == ["b", "d"]
    given_up = corpus.frontier.page(f"{HOME}/a")
    assert given_up is not None
    assert (given_up.state, given_up.reason, given_up.detail) == (State.REFUSED, Reason.OVER_BUDGET, "20 led nowhere")
    corpus.frontier.announce("paper", [announcement("a")], {f"{HOME}/a": candidate("a")}, NOW)
    assert paths(lease(corpus)) == ["a"]
