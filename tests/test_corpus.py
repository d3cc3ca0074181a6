"""Storing what a batch of pages led to: articles, revisions, copies, quarantine, watermarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import (
    Announcement,
    Article,
    Candidate,
    Capture,
    InjectedLink,
    Moment,
    Outcome,
    Page,
    Precision,
    Provenance,
    Role,
    State,
    WarcAddress,
)
from storage.corpus import Corpus, IngestResult
from storage.database import Database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)
FILE = "copydesk-test.warc.gz"
HOME = "https://paper.example/"


@pytest.fixture
def desk(database: Database) -> Iterator[Database]:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="The Paper", home=HOME, definition={"home": HOME}, now=NOW)
    yield database


def article(url: str, text: str, **fields: object) -> Article:
    digest = f"sha256:match of {' '.join(text.split())}"
    plain = Article(url=url, canonical_url=url, title="A headline", text=text, match_digest=digest)
    return replace(plain, **fields)  # type: ignore[arg-type]


def capture(url: str, number: int, when: datetime = NOW, status: int = 200) -> Capture:
    address = WarcAddress(FILE, offset=number * 1000, length=900, record_id=f"<urn:uuid:{number}>")
    return Capture(url, when, status, "text/html", f"sha256:{number}", 500, address)


def leased(corpus: Corpus, *urls: str, now: datetime = NOW) -> list[Page]:
    """Pages of the test's portal, entered and leased."""
    corpus.frontier.add("paper", [Candidate(url, url, Role.ARTICLE) for url in urls], now)
    pages = {page.url: page for page in corpus.frontier.lease("paper", "test", 1000, now)}
    return [pages[url] for url in urls]


def fetched(database: Database, number: int, said: Article, now: datetime = NOW, **fields: object) -> IngestResult:
    """`said` fetched from its own URL and stored."""
    with database.writing() as corpus:
        if (page := corpus.frontier.page(said.url)) is None:
            (page,) = leased(corpus, said.url, now=now)
        outcome = Outcome(page, State.DONE, capture=capture(said.url, number, now), article=said)
        (result,) = corpus.ingest("paper", None, [replace(outcome, **fields)], {}, now)  # type: ignore[arg-type]
    return result


def test_a_page_leads_to_an_article_with_everything_it_said(desk: Database) -> None:
    url = HOME + "bridge"
    said = article(
        url,
        "The bridge opened.\nIt is long.",
        byline=("Ann Lee",),
        source_name="新华社",
        published=Moment(NOW, Precision.DAY, "+08:00", "json-ld"),
        modified=Moment(LATER),
        language="en",
        language_confidence=0.99,
        tags=("bridges", "桥"),
        injected_links=(InjectedLink("buy now", "shop"),),
        links=(HOME + "other",),
        is_accessible_for_free=False,
        word_count=6,
        content_digest="sha256:content",
        extractor="trafilatura",
        extractor_version="2.3.1",
        provenance={"title": Provenance("json-ld", "headline", ("h1",))},
    )
    result = fetched(desk, 1, said)
    assert (result.new, result.changed, result.quarantined) == (True, True, None)
    with desk.reading() as corpus:
        stored = corpus.articles.get(url)
        assert stored is not None
        assert stored.id == result.article_id
        assert stored.portal_id == "paper"
        kept = replace(said, modified=Moment(LATER), extractor="", extractor_version="")
        assert stored.article == kept
        page = corpus.frontier.page(url)
        assert page is not None
        assert (page.state, page.article_id) == (State.DONE, result.article_id)
        assert [each.address for each in corpus.captures.by_article(stored.id)] == [capture(url, 1).address]
        assert [hit.article_id for hit in corpus.search.search("bridge").hits] == [stored.id]
