"""The later pages of articles in the ledger, on both databases: whoever comes first, none becomes an article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Capture, Outcome, Page, Part, Role, State, WarcAddress
from storage.corpus import Corpus, IngestResult
from storage.database import Database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)
URL = "https://paper.example/2026/03/serial.html"
TWO = "https://paper.example/2026/03/serial_2.html"


@pytest.fixture
def desk(database: Database) -> Iterator[Database]:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="The Paper", home=None, definition={}, now=NOW)
    yield database


def capture(url: str, number: int, when: datetime = NOW, status: int = 200) -> Capture:
    address = WarcAddress("a.warc.gz", number * 1000, 900, f"<urn:uuid:{number}>")
    return Capture(url, when, status, "text/html", f"sha256:{number}", 500, address)


def lease(corpus: Corpus, *urls: str, role: Role = Role.ARTICLE) -> dict[str, Page]:
    corpus.frontier.add("paper", [Candidate(url, url, role) for url in urls], NOW)
    return {page.url: page for page in corpus.frontier.lease("paper", "test", 100, NOW)}


def joined(page: Page, *parts: Part, text: str = "One. Two.", when: datetime = NOW, number: int = 1) -> Outcome:
    """The article on `page`, joined from those of `parts` that are."""
    urls = tuple(part.url for part in parts if part.reason is Reason.DUPLICATE)
    article = Article(page.url, page.url, "A serial", text, parts=urls)
    return Outcome(page, State.DONE, capture=capture(page.url, number, when), article=article, parts=parts)


def part(reason: Reason | None = Reason.DUPLICATE, detail: str = f"page 2 of {URL}", number: int = 2) -> Part:
    return Part(2, TWO, reason, detail, capture(TWO, number, status=200 if reason is Reason.DUPLICATE else 404))


def ingest(corpus: Corpus, *outcomes: Outcome) -> list[IngestResult]:
    return corpus.ingest("paper", None, list(outcomes), {}, NOW)


def test_the_later_pages_are_entered_as_duplicates_with_their_captures(desk: Database) -> None:
    with desk.writing() as corpus:
        (result,) = ingest(corpus, joined(lease(corpus, URL)[URL], part()))
        two = corpus.frontier.page(TWO)
        assert two is not None
        assert (two.state, two.reason, two.detail, two.due_utc) == (
            State.REFUSED, Reason.DUPLICATE, f"page 2 of {URL}", None,
        )  # fmt: skip
        assert (two.article_id, two.found_on, two.fetched_utc) == (result.article_id, URL, NOW)
        assert [each.url for each in corpus.captures.all()] == [URL, TWO]
        stored = corpus.articles.get(URL)
        assert stored is not None
        assert stored.article.parts == (TWO,)


def test_one_that_waits_to_be_fetched_waits_no_more(desk: Database) -> None:
    with desk.writing() as corpus:
        first = lease(corpus, URL)[URL]
        corpus.frontier.add("paper", [Candidate(TWO, TWO, Role.ARTICLE)], NOW)
        ingest(corpus, joined(first, part()))
        assert corpus.frontier.lease("paper", "test", 10, LATER) == []
        corpus.frontier.add("paper", [Candidate(TWO, TWO, Role.ARTICLE, priority=100)], LATER)  # announced once more
        assert corpus.frontier.lease("paper", "test", 10, LATER) == []


def test_one_that_is_being_fetched_is_refused_when_it_comes(desk: Database) -> None:
    with desk.writing() as corpus:
        pages = lease(corpus, URL, TWO)
        ingest(corpus, joined(pages[URL], part()))
        ingest(corpus, joined(pages[TWO], text="Two.", number=3))
        two = corpus.frontier.page(TWO)
        assert two is not None
        assert (two.state, two.reason, two.detail) == (State.REFUSED, Reason.DUPLICATE, f"page 2 of {URL}")
        assert corpus.counts()["articles"] == 1


def test_an_article_of_its_own_with_a_number_in_its_address_is_stored(desk: Database) -> None:
    with desk.writing() as corpus:
        pages = lease(corpus, URL, TWO)
        ingest(corpus, joined(pages[URL]), joined(pages[TWO], text="Next year.", number=2))
        assert corpus.counts()["articles"] == 2


def test_a_missing_page_has_its_own_reason(desk: Database) -> None:
    with desk.writing() as corpus:
        ingest(corpus, joined(lease(corpus, URL)[URL], part(Reason.GONE, "HTTP 404")))
        two = corpus.frontier.page(TWO)
        assert two is not None
        assert (two.reason, two.detail, two.article_id) == (Reason.GONE, f"page 2 of {URL}: HTTP 404", None)


def test_what_proved_to_be_no_part_is_left_alone(desk: Database) -> None:
    with desk.writing() as corpus:
        ingest(corpus, joined(lease(corpus, URL)[URL], part(None, "says again what the pages before it say")))
        assert corpus.frontier.page(TWO) is None
        assert len(list(corpus.captures.all())) == 2


def test_a_listing_that_is_read_stays_one(desk: Database) -> None:
    with desk.writing() as corpus:
        listing = lease(corpus, TWO, role=Role.LISTING)[TWO]
        ingest(corpus, Outcome(listing, State.DONE, capture=capture(TWO, 7)))
        ingest(corpus, joined(lease(corpus, URL)[URL], part()))
        two = corpus.frontier.page(TWO)
        assert two is not None
        assert (two.state, two.reason) == (State.DONE, None)


def test_a_text_that_lacks_a_stored_page_changes_nothing_but_an_edit_does(desk: Database) -> None:
    with desk.writing() as corpus:
        ingest(corpus, joined(lease(corpus, URL)[URL], part()))
        page = corpus.frontier.page(URL)
        assert page is not None
        cut = joined(page, part(Reason.GONE, "HTTP 404", 4), text="One.", when=LATER, number=3)
        ingest(corpus, replace(cut, detail="page 2 missing"))
        stored = corpus.articles.get(URL)
        assert stored is not None
        assert (stored.revision_count, stored.article.text, stored.gone_utc) == (1, "One. Two.", None)
        settled = corpus.frontier.page(URL)
        assert settled is not None
        assert (settled.state, settled.detail) == (State.DONE, "page 2 missing; the stored text stays")
        ingest(corpus, joined(page, part(number=6), text="One. Two, edited.", when=LATER, number=5))
        ingest(corpus, joined(page, text="All on one page now.", when=LATER, number=7))
        edited = corpus.articles.get(URL)
        assert edited is not None
        assert (edited.revision_count, edited.article.text) == (3, "All on one page now.")


def test_captures_of_an_article_that_cannot_be_stored_are_kept(desk: Database) -> None:
    with desk.writing() as corpus:
        page = lease(corpus, URL)[URL]
        outcome = joined(page, part())
        assert outcome.article is not None
        untitled = replace(outcome.article, title=None)  # type: ignore[arg-type]
        (result,) = ingest(corpus, replace(outcome, article=untitled))
        assert result.quarantined
        assert {each.url for each in corpus.captures.all()} == {URL, TWO}
