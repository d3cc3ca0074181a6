"""The one spider: crawls whatever a portal definition describes.

It fetches what the frontier leases to it, turns every answer into an outcome and waits until that is committed.
`copydesk crawl` and `scrapy crawl portal -a portal=ID` run the same code.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from newsroom.config import Config
from newsroom.errors import CopydeskError, StorageError
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Outcome, Page, Rejected, Role, State
from pipelines.workers import WorkerCannotStart
from spiders.answers import Answer, Reader, try_again
from spiders.arguments import portal_and_config
from spiders.asking import Asker
from spiders.assignment import Assignment, assignment_of
from spiders.beginning import begin_run, enter_run
from spiders.desk import Desk, owner_name
from spiders.discovery import Discovery
from spiders.exchange import exchange_of
from spiders.items import item_of
from spiders.parts import PartAnswer, Whole, gather
from spiders.politeness import HostWaitsError
from spiders.requests import plain_headers, scrapy_settings
from spiders.safety import UnsafeAddressError
from spiders.session import Session, open_session
from spiders.stats import CrawlStats, Judgement, judge_run
from storage.corpus import Corpus, IngestResult
from storage.due import Wanted

ANNOUNCING = frozenset({Role.FEED, Role.SITEMAP})
DEAD_ENDS = frozenset({Reason.GONE, Reason.ERROR_PAGE})
DEAD_ENDS_IN_A_ROW = 20
PATIENCE_S = 60.0  # a run waits this long for a page that becomes due again
LEASE_S = 600.0
LEASE_AHEAD_S = 120.0  # pages are leased no further ahead than they can be fetched in this time
ROBOTS_AGAIN = timedelta(hours=1)


class PortalSpider(scrapy.Spider):
    """Crawls one portal: `-a portal=ID`, or `-a url=https://…` for one without a file."""

    name = "portal"
    desk: Desk
    _session: Session | None = None

    def __init__(
        self, portal: Portal, config: Config, session: Session | None = None, assignment: Assignment | None = None
    ) -> None:
        super().__init__()
        self.portal, self.config = portal, config
        self.assignment = assignment or Assignment()
        self.agent = config.agent(portal.fetch.user_agent, portal.contact)
        self.limit = self.assignment.limit or portal.fetch.max_pages
        self.stats = CrawlStats(portal.id, kind=self.assignment.kind)
        self.owner = owner_name(portal.id)
        self.discovery = Discovery(portal)
        self.stopping = False
        self.run_id = 0
        self.begun_utc = datetime.now(UTC)  # of this run, or of the cut-short one that it takes up
        self.state = "running"  # running | done | interrupted | failed
        self.error: Exception | None = None  # what ended the run before its time
        self._own_session = session is None
        if session is not None:
            self._take(session)
        self._in_flight = 0
        self._announcing = 0  # of these, feeds and sitemaps
        self._started = 0  # requests made, against the budget
        self._changed = asyncio.Event()
        self._dead_ends: Counter[str] = Counter()  # by listing: links in a row that led nowhere
        self.quiet_until: dict[str, datetime] = {}  # by host: asked to be left alone since its pages were leased

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PortalSpider:
        """Build the spider and set what the portal file decides."""
        portal, config = portal_and_config(kwargs)
        spider = cls(portal, config, kwargs.get("session"), assignment_of(kwargs))
        spider._set_crawler(crawler)
        for key, value in scrapy_settings(portal, spider.agent).items():
            crawler.settings.set(key, value, priority="spider")
        crawler.signals.connect(spider.finish, signals.spider_closed)
        if kwargs.get("register"):
            kwargs["register"](spider)
        return spider

    # -- begin and end -------------------------------------------------------

    def _take(self, session: Session) -> None:
        # A plain attribute: feed exports read every property of a spider before it has begun.
        self._session, self.desk = session, session.desk

    async def start(self) -> AsyncIterator[Request]:
        """The requests of the run. When they cannot be made the run has failed: Scrapy alone would call it finished."""
        try:
            if self._session is None:
                self._take(await open_session(self.config, create=False))
            await self._begin()
            async for request in self._requests():
                yield request
        except Exception as error:
            self._fail(error)

    async def _requests(self) -> AsyncIterator[Request]:
        """Lease what is due, a little at a time, until nothing is."""
        while not self.stopping:
            await self.desk.room()
            for page in await self._lease():
                await self.desk.room()
                request = await self._request(page)
                if request is not None:
                    yield request
            if not await self._wait():
                break

    async def _begin(self) -> None:
        portal, desk, now = self.portal, self.desk, self.desk.clock()
        self.run_id, self.begun_utc = await desk.write(lambda c: enter_run(c, portal, self.assignment, self.owner, now))
        self.asker = Asker(portal, self.agent, self.crawler, desk, self.stats, self.run_id)
        discovers = not self.assignment.revisit
        if discovers and portal.fetch.obey_robots:
            rules = await self.asker.robots.rules(portal.home)
            self.discovery.robots_sitemaps = tuple(rules.sitemaps)
        roots = self.discovery.roots() if discovers else None
        await desk.write(lambda c: begin_run(c, portal.id, roots, self.begun_utc, now))

    async def finish(self, spider: scrapy.Spider, reason: str) -> None:
        """Give back what is leased and close the run."""
        if self._session is None:
            return
        state = "done" if reason == "finished" and not self.stopping else "interrupted"
        await self.desk.match_waiting(lambda: self.stopping)
        self.stats.copies += self.desk.copies.pop(self.portal.id, 0)
        await self.close_run("failed" if self.error else state)
        if self._own_session:
            await self._session.close()

    async def close_run(self, state: str) -> None:
        """Write down how the run ended; a second call changes nothing."""
        if not self.run_id or self.state != "running":
            return
        self.state = state
        self.stats.finished_s = time.monotonic()
        judgement = self.judge()
        desk, now, stats = self.desk, self.desk.clock(), self.stats.as_dict()

        def work(corpus: Corpus) -> None:
            corpus.frontier.release(self.owner)
            corpus.runs.finish(self.run_id, state=state, exit_code=judgement.exit_code, stats=stats, now=now)

        await desk.write(work)

    def judge(self) -> Judgement:
        """Exit code and message of the run so far."""
        if self.error is None:
            return judge_run(self.portal, self.stats, is_narrowed=self.assignment.is_narrowed)
        code = self.error.exit_code if isinstance(self.error, CopydeskError) else 1
        return Judgement(code, f"{self.portal.id}: {self.error or type(self.error).__name__}")

    def _fail(self, error: Exception) -> None:
        """End the run because of `error`; what goes wrong once it is ending is a consequence."""
        if not self.stopping:
            self.logger.error("%s: %s: %s", self.portal.id, type(error).__name__, error)
            self.error = error
            self.stop()

    def stop(self) -> None:
        """Lease nothing more; what is under way is finished."""
        self.stopping = True
        self._changed.set()

    # -- leasing ---------------------------------------------------------------

    async def _lease(self) -> list[Page]:
        room = min(self._ahead() - self._in_flight, self.limit - self._spent())
        if room <= 0 or self._awaits_dates:
            return []
        portal_id, desk, now = self.portal.id, self.desk, self.desk.clock()
        begun, wanted = self.begun_utc, self.assignment.wanted

        def lease(corpus: Corpus, wanted: Wanted) -> list[Page]:
            return corpus.frontier.lease(portal_id, self.owner, room, now, LEASE_S, begun, wanted)

        pages: list[Page] = []
        if self.assignment.awaits_dates:
            pages = await desk.write(lambda c: lease(c, replace(wanted, announcing_only=True)))
        pages = pages or await desk.write(lambda c: lease(c, wanted))
        self._in_flight += len(pages)
        self._announcing += sum(page.role in ANNOUNCING for page in pages)
        return pages

    @property
    def _awaits_dates(self) -> bool:
        return self.assignment.awaits_dates and self._announcing > 0

    def _ahead(self) -> int:
        """How many pages to hold: enough to keep the slots busy, no more than can be fetched soon."""
        pace = self.crawler.engine.downloader.per_slot_settings.get(urlsplit(self.portal.home).hostname or "", {})
        ahead = 4 * self.portal.fetch.concurrency + 16
        delay = float(pace.get("delay", self.portal.fetch.delay))
        return max(1, min(ahead, int(LEASE_AHEAD_S / delay))) if delay else ahead

    async def _wait(self) -> bool:
        """Wait until leasing makes sense again; False when the run is over."""
        if self._spent() >= self.limit and not self._in_flight:
            return False
        if self._in_flight:
            self._changed.clear()  # before looking: what settles while we look must still wake us
            if self._in_flight >= max(1, self._ahead() // 2) or not await self._something_due():
                await self._changed.wait()
            return True
        wait_s = await self._next_due_s()
        if wait_s is None or wait_s > PATIENCE_S:
            return False
        await self._sleep(wait_s)
        return True

    def _spent(self) -> int:
        """Requests made so far; an article that was begun is read to its end, whatever the budget."""
        return self._started + self.asker.parts_asked

    async def _something_due(self) -> bool:
        wait_s = await self._next_due_s()
        return wait_s is not None and wait_s <= 0 and self._spent() < self.limit and not self._awaits_dates

    async def _next_due_s(self) -> float | None:
        now = self.desk.clock()
        due = await self.desk.read(lambda c: c.frontier.next_due(self.portal.id, self.assignment.wanted))
        return None if due is None else (due - now).total_seconds()

    async def _sleep(self, seconds: float) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), max(0.05, seconds))
        except TimeoutError:
            return

    # -- requests --------------------------------------------------------------

    async def _request(self, page: Page) -> Request | None:
        """The request for a leased page; None when robots.txt forbids it (and that is settled)."""
        permission = await self.asker.permission(page.fetch_url)
        if not permission.allowed:
            await self._settle(self._forbidden(page, permission.detail, permission.temporary))
            return None
        await self.asker.pace(page.fetch_url)
        self._started += 1
        request = self.asker.request(page.fetch_url, callback=self.parse, errback=self.failed, priority=page.priority)
        request.meta["page"] = page
        if page.etag:
            request.headers["If-None-Match"] = page.etag
        if page.last_modified:
            request.headers["If-Modified-Since"] = page.last_modified
        return request

    def _forbidden(self, page: Page, detail: str, temporary: bool) -> Outcome:
        if temporary:
            return Outcome(page, State.FAILED, Reason.ROBOTS, detail, next_due_utc=self.desk.clock() + ROBOTS_AGAIN)
        return Outcome(page, State.REFUSED, Reason.ROBOTS, detail)

    async def _watch_for_dead_ends(self, outcome: Outcome) -> None:
        """Leave the links of a listing alone after so many in a row that led nowhere."""
        listing = outcome.page.found_on
        if listing is None or outcome.page.role not in (Role.ARTICLE, Role.LISTING) or outcome.capture is None:
            return
        if outcome.reason not in DEAD_ENDS:
            self._dead_ends.pop(listing, None)
            return
        self._dead_ends[listing] += 1
        if self._dead_ends[listing] == DEAD_ENDS_IN_A_ROW:
            detail = f"the last {DEAD_ENDS_IN_A_ROW} links of {listing} led nowhere"[:1000]
            await self.desk.write(lambda c: c.frontier.give_up_links(self.portal.id, listing, detail))

    # -- answers ---------------------------------------------------------------

    async def parse(self, response: Response, **kwargs: Any) -> AsyncIterator[dict[str, Any]]:
        """Capture, read, store; yields the article as an item when it is new or changed."""
        self.desk.arrived(+1)
        try:
            article = await self._deal_with(response.meta["page"], response)
        finally:
            self.desk.arrived(-1)
        if article is not None:
            yield item_of(article, self.portal)

    async def _deal_with(self, page: Page, response: Response) -> Article | None:
        """Store what the answer leads to; the article when it is new or changed."""
        try:
            outcome = await self._outcome(page, response)
        except Exception as error:  # it cannot be captured
            self._left_flight(page)
            self._fail(error)
            return None
        result = await self._settle(outcome)
        return outcome.article if result is not None and (result.new or result.changed) else None

    async def _outcome(self, page: Page, response: Response) -> Outcome:
        exchange = exchange_of(response)
        self.stats.answered(len(exchange.body))
        capture = await self.desk.capture(exchange, seen_before=page.fetched_utc is not None)
        headers = plain_headers(response.headers)
        answer = Answer(page, response.url, response.status, headers, response.body, capture, exchange.fetched_utc)
        try:
            return await self._reader(page).outcome(answer)
        except Exception as error:  # whatever it is, it must cost only this page
            if self.stopping or isinstance(error, WorkerCannotStart):
                raise
            self.logger.exception("%s: cannot be read", page.url)
            detail = f"{type(error).__name__}: {error}"[:500]
            return Outcome(page, State.REFUSED, Reason.QUARANTINED, detail, capture)

    def _reader(self, page: Page) -> Reader:
        async def with_later_pages(first: Article) -> Whole:
            return await gather(first, lambda url: self.asker.part(url, page, lambda: self.stopping), self._read_part)

        return Reader(self.portal, self.discovery, self._read_article, self.desk.pool.call, with_later_pages)

    async def _read_part(self, answer: PartAnswer, first: str) -> Article | Rejected:
        return await self.desk.read_article(answer.body, answer.url, answer.content_type, self.portal, part_of=first)

    async def _read_article(self, body: bytes, url: str, content_type: str | None) -> Article | Rejected:
        return await self.desk.read_article(body, url, content_type, self.portal)

    async def failed(self, failure: Failure) -> None:
        """No answer: unsafe address, too large, or a network error that is worth another try."""
        page: Page = failure.request.meta["page"]  # type: ignore[attr-defined]
        now, error = self.desk.clock(), failure.value
        message = f"{type(error).__name__}: {error}"[:500]
        if isinstance(error, UnsafeAddressError):
            outcome = Outcome(page, State.REFUSED, Reason.UNSAFE, str(error)[:500])
        elif isinstance(error, HostWaitsError):  # not asked, so no try either
            untried = replace(page, attempts=page.attempts - 1)
            outcome = Outcome(untried, State.DUE, None, message, next_due_utc=error.until)
        elif isinstance(error, DownloadCancelledError | IgnoreRequest):
            outcome = Outcome(page, State.REFUSED, Reason.TOO_LARGE, message)
        else:
            outcome = try_again(page, now, Reason.FAILED, message)
        await self._settle(outcome)

    async def _settle(self, outcome: Outcome) -> IngestResult | None:
        try:
            result = await self.desk.settle(self.portal.id, self.run_id, outcome)
            self.stats.settled(outcome, result)
            await self._watch_for_dead_ends(outcome)
            return result
        except StorageError as error:
            self._fail(error)
            return None
        finally:
            self._left_flight(outcome.page)

    def _left_flight(self, page: Page) -> None:
        self._in_flight -= 1
        self._announcing -= page.role in ANNOUNCING
        self._changed.set()
