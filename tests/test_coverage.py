"""The coverage ledger: no URL vanishes without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import Announcement, Article, Candidate, Capture, Outcome, Role, State, WarcAddress
from storage.corpus import Corpus
from storage.coverage import CoverageRow
from storage.database import Database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOME = "https://paper.example/"


def enter(corpus: Corpus, path: str, role: Role = Role.ARTICLE, reason: Reason | None = None) -> None:
    corpus.frontier.add("paper", [Candidate(HOME + path, HOME + path, role, HOME, reason=reason)], NOW)


def finish(corpus: Corpus, path: str, state: State, reason: Reason | None = None, **fields: object) -> None:
    """Lease the page at `path` and store what it led to."""
    pages = {page.url: page for page in corpus.frontier.lease("paper", "test", 100, LATER)}
    page = pages.pop(HOME + path)
    capture = Capture(
        page.url,
        NOW,
        200,
        None,
        f"sha256:{path}",
        1,
        WarcAddress("f.warc.gz", page.id, 1, f"<urn:uuid:{page.id}-{state}>"),
    )
    outcome = Outcome(page, state, reason, capture=capture, **fields)  # type: ignore[arg-type]
    corpus.ingest("paper", None, [outcome], {}, NOW)
    corpus.frontier.release("test")


@pytest.fixture
def corpus(database: Database) -> Iterator[Corpus]:
    with database.writing() as opened:
        for portal in ("paper", "empty"):
            opened.portals.put(portal, name=portal, home=HOME, definition={}, now=NOW)
        yield opened


def counts(corpus: Corpus, **scope: bool) -> dict[tuple[str, Reason | None], int]:
    return {(row.state, row.reason): row.count for row in corpus.coverage.counts("paper", **scope)}


def test_every_url_is_in_exactly_one_row(corpus: Corpus) -> None:
    enter(corpus, "feed", Role.FEED)
    enter(corpus, "tag", reason=Reason.NOT_ARTICLE_URL)
    for path in ("stored", "short", "retry", "down", "waiting"):
        enter(corpus, path)
    finish(corpus, "feed", State.DONE, next_due_utc=LATER)
    finish(corpus, "stored", State.DONE, article=Article(HOME + "stored", HOME + "stored", "T", "Text."))
    finish(corpus, "short", State.REFUSED, Reason.TOO_SHORT)
    finish(corpus, "retry", State.DUE, next_due_utc=NOW + timedelta(days=1))
    finish(corpus, "down", State.FAILED)
    assert counts(corpus) == {
        ("read", None): 1,
        ("stored", None): 1,
        ("refused", Reason.NOT_ARTICLE_URL): 1,
        ("refused", Reason.TOO_SHORT): 1,
        ("failed", Reason.FAILED): 1,
        ("waiting", Reason.FAILED): 1,
        ("waiting", Reason.OVER_BUDGET): 1,
    }
    listed = {each.url.removeprefix(HOME): (each.state, each.reason) for each in corpus.coverage.urls("paper")}
    assert sorted(listed.values(), key=str) == sorted(counts(corpus), key=str)
    assert listed["waiting"] == ("waiting", Reason.OVER_BUDGET)
    (waiting,) = corpus.coverage.urls("paper", state="waiting", reason=Reason.OVER_BUDGET)
    assert waiting.detail == "waiting (over budget of last run)"
    assert corpus.coverage.counts("empty") == []
    assert CoverageRow("paper", "stored", None, 1) in corpus.coverage.counts()


def test_a_stored_article_stays_stored_while_fetched_again_and_when_gone(corpus: Corpus) -> None:
    enter(corpus, "a")
    finish(corpus, "a", State.DONE, article=Article(HOME + "a", HOME + "a", "T", "Text."), next_due_utc=NOW)
    corpus.frontier.lease("paper", "test", 1, NOW)
    assert counts(corpus) == {("stored", None): 1}
    corpus.frontier.release("test")
    assert counts(corpus) == {("stored", None): 1}
    finish(corpus, "a", State.REFUSED, Reason.GONE)
    assert counts(corpus) == {("stored", None): 1}


def test_a_second_address_of_a_stored_article_is_a_duplicate_not_an_article(corpus: Corpus) -> None:
    enter(corpus, "a?print=1")
    finish(corpus, "a?print=1", State.DONE, article=Article(HOME + "a?print=1", HOME + "a", "T", "Text."))
    assert counts(corpus) == {("stored", None): 1, ("refused", Reason.DUPLICATE): 1}


def test_what_sources_announced_can_be_counted_alone(corpus: Corpus) -> None:
    enter(corpus, "linked")
    said = Announcement(HOME + "a", HOME + "a", HOME + "feed", "feed")
    corpus.frontier.announce("paper", [said], {said.url: Candidate(said.url, said.url, Role.ARTICLE)}, NOW)
    assert sum(counts(corpus).values()) == 2
    assert counts(corpus, announced_only=True) == {("waiting", Reason.OVER_BUDGET): 1}
    assert [each.url for each in corpus.coverage.urls(announced_only=True)] == [HOME + "a"]


def test_the_listing_goes_on_beyond_one_batch(corpus: Corpus) -> None:
    candidates = [Candidate(f"{HOME}{number}", f"{HOME}{number}", Role.ARTICLE) for number in range(2100)]
    assert corpus.frontier.add("paper", candidates, NOW) == 2100
    assert len({each.url for each in corpus.coverage.urls("paper")}) == 2100
