"""Portals with a past, made of the rows that crawls leave: runs, pages, captures, articles."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Capture, Moment, Outcome, Page, Role, State, WarcAddress
from spiders.stats import CrawlStats
from storage.corpus import Corpus

SUNDAY = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WARC = "2026-11.warc.gz"
_WHOLE = Article(
    "",
    "",
    "Ferry stays in port",
    "The ferry stays in port.",
    byline=("Ann Lee",),
    language="en",
    section="Harbour",
    lead_image="https://img.example/1.jpg",
    word_count=100,
)
_serial = itertools.count(1)


@dataclass(slots=True)
class Press:
    """One portal, crawled at the times it is told."""

    corpus: Corpus
    portal_id: str
    kind: str = "crawl"

    def __post_init__(self) -> None:
        seen = datetime(2026, 1, 1, tzinfo=UTC)
        self.corpus.portals.put(self.portal_id, name=self.portal_id, home=self._home, definition={}, now=seen)

    def crawl(
        self,
        when: datetime,
        articles: int = 0,
        *,
        refused: Sequence[Reason] = (),
        gone: int = 0,
        failed: int = 0,
        exit_code: int = 0,
        state: str = "done",
        **missing: object,
    ) -> None:
        """A run at `when`: its feed, new articles (with `missing` fields changed), and pages that gave none."""
        corpus, stats = self.corpus, CrawlStats(self.portal_id, kind=self.kind)
        run_id = corpus.runs.start(self.portal_id, owner="desk:1", version="1", now=when, kind=self.kind)
        pages = iter(self._pages(when, articles + len(refused) + gone + failed))
        outcomes = [
            Outcome(self._feed(when), State.DONE, capture=_capture(self._home + "feed.xml", when, 200)),
            *(_with_article(next(pages), when, missing) for _ in range(articles)),
            *(_without(next(pages), when, State.REFUSED, reason, 200) for reason in refused),
            *(_without(next(pages), when, State.REFUSED, Reason.GONE, 404) for _ in range(gone)),
            *(_without(next(pages), when, State.FAILED, Reason.FAILED, 500) for _ in range(failed)),
        ]
        for outcome, result in zip(outcomes, corpus.ingest(self.portal_id, run_id, outcomes, {}, when), strict=True):
            stats.answered(100)
            stats.settled(outcome, result)
        corpus.runs.finish(run_id, state=state, exit_code=exit_code, stats=stats.as_dict(), now=when)

    def daily(self, until: datetime, days: int, articles: int, *, quiet_on: int | None = None) -> None:
        """A run a day for `days` days, the last at `until`; none of them brings anything on weekday `quiet_on`."""
        for when in (until - number * DAY for number in reversed(range(days))):
            self.crawl(when, 0 if when.weekday() == quiet_on else articles)

    @property
    def _home(self) -> str:
        return f"https://{self.portal_id}.example/"

    def _feed(self, when: datetime) -> Page:
        url = self._home + "feed.xml"
        self.corpus.frontier.add(self.portal_id, [Candidate(url, url, Role.FEED)], when)
        page = self.corpus.frontier.page(url)
        assert page is not None
        return page

    def _pages(self, when: datetime, count: int) -> list[Page]:
        """So many pages that were never fetched."""
        urls = [f"{self._home}story-{next(_serial)}" for _ in range(count)]
        self.corpus.frontier.add(self.portal_id, [Candidate(url, url, Role.ARTICLE) for url in urls], when)
        leased = self.corpus.frontier.lease(self.portal_id, "desk:1", count + 1, when)
        return [page for page in leased if page.role is Role.ARTICLE]


def _with_article(page: Page, when: datetime, missing: dict[str, object]) -> Outcome:
    text = f"{_WHOLE.text} {next(_serial)}"
    said = replace(_WHOLE, url=page.url, canonical_url=page.url, text=text, published=Moment(when))
    capture = _capture(page.url, when, 200)
    return Outcome(page, State.DONE, capture=capture, article=replace(said, **missing))  # type: ignore[arg-type]


def _without(page: Page, when: datetime, state: State, reason: Reason, status: int) -> Outcome:
    return Outcome(page, state, reason, f"made for {reason.value}", capture=_capture(page.url, when, status))


def _capture(url: str, when: datetime, status: int) -> Capture:
    number = next(_serial)
    address = WarcAddress(WARC, number * 1000, 900, f"<urn:uuid:{number}>")
    return Capture(url, when, status, "text/html", f"sha256:{number:064x}", 100, address)


def last_path(corpus: Corpus, portal_id: str) -> str:
    """The path of the portal's newest article."""
    newest = max(_urls(corpus, portal_id), key=lambda url: int(url.rpartition("-")[2]))
    return newest.removeprefix(f"https://{portal_id}.example/")


def _urls(corpus: Corpus, portal_id: str) -> Iterator[str]:
    return (stored.url for stored in corpus.articles.iterate(portal=portal_id))
