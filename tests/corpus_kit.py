"""Articles, captures and leased pages of one portal, as the tests of the corpus store them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsroom.records import (
    Article,
    Candidate,
    Capture,
    Outcome,
    Page,
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


def with_portal(database: Database) -> Database:
    """A database that knows the test's portal."""
    with database.writing() as corpus:
        corpus.portals.put("paper", name="The Paper", home=HOME, definition={"home": HOME}, now=NOW)
    return database


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
