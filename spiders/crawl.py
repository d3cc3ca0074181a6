"""Run crawls: one process, one reactor, one session, as many portals as are asked for."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# First, and not from deep within our own modules: it has the stack read out, three times, when it is imported.
from scrapy.core.downloader.handlers import http11 as http11
from scrapy.crawler import AsyncCrawlerRunner

from newsroom.config import Config
from newsroom.portals import Portal
from spiders.assignment import Assignment
from spiders.portal import PortalSpider
from spiders.reactor import project_settings, run_in_reactor
from spiders.session import Session, open_session
from spiders.stats import CrawlStats, Judgement

PORTALS_AT_ONCE = 32
M_ARENA_MAX = -8  # malloc.h
YOUNG_OBJECTS = 5000  # made since the garbage collector last looked, before it looks again
GRACE_S = 2.0  # from the signal to the hard stop; what is committed is kept either way
TICK_S = 0.5

OnTick = Callable[[Sequence[CrawlStats]], None]


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How the crawl of one portal ended."""

    portal_id: str
    run_id: int
    state: str  # done | interrupted | failed
    judgement: Judgement
    stats: CrawlStats


@dataclass(slots=True)
class _Crawls:
    """The crawls of this process, and how to stop them."""

    config: Config
    portals: Sequence[Portal]
    assignment: Assignment
    on_tick: OnTick | None
    spiders: list[PortalSpider] = field(default_factory=list)
    signalled: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Open the session, crawl every portal, close the session."""
        _use_few_arenas()
        _spare_what_stays()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        session = await open_session(self.config, create=True)
        ticker = loop.create_task(self._tick())
        try:
            gate = asyncio.Semaphore(PORTALS_AT_ONCE)
            runner = AsyncCrawlerRunner(project_settings(self.config))
            await asyncio.gather(*(self._one(portal, session, runner, gate) for portal in self.portals))
        finally:
            ticker.cancel()
            await session.close()

    async def _one(self, portal: Portal, session: Session, runner: AsyncCrawlerRunner, gate: asyncio.Semaphore) -> None:
        async with gate:
            if self.signalled:
                return
            await runner.crawl(
                PortalSpider,
                portal=portal,
                config=self.config,
                session=session,
                assignment=self.assignment,
                register=self.spiders.append,
            )

    async def _tick(self) -> None:
        while self.on_tick is not None:
            await asyncio.sleep(TICK_S)
            self.on_tick([spider.stats for spider in self.spiders])

    def _on_signal(self, number: int) -> None:
        """First signal: lease nothing more, close the crawlers; after the grace, stop whatever still hangs."""
        self.signalled = self.signalled or number
        loop = asyncio.get_running_loop()
        for spider in self.spiders:
            spider.stop()
            if spider.crawler.engine.running:
                self._tasks.add(loop.create_task(_stop(spider)))
        self._tasks.add(loop.create_task(self._close_books()))

    async def _close_books(self) -> None:
        """When downloads still hang after the grace: commit what came, give back the leases, and leave."""
        await asyncio.sleep(GRACE_S)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1.5):
                for spider in self.spiders:
                    await spider.close_run("interrupted")
                if self.spiders:
                    await self.spiders[0].desk.close()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(128 + self.signalled)


async def _stop(spider: PortalSpider) -> None:
    with contextlib.suppress(Exception):
        await spider.crawler.stop_async()


def _use_few_arenas() -> None:
    """Let glibc's threads share two heaps: a heap a thread, each with pages of its own, makes a long crawl grow."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _spare_what_stays() -> None:
    """Keep the garbage collector off the modules: looking them through was a fourteenth of a crawl's CPU."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def run_crawls(
    config: Config, portals: Sequence[Portal], assignment: Assignment, *, on_tick: OnTick | None = None
) -> tuple[list[CrawlReport], int]:
    """Crawl `portals` in this process until nothing that is wanted is due.

    Gives the reports, and the signal that ended it (0 for none).

    Runs Twisted's reactor, so it can be called once a process. Raises StorageError when the database is unavailable.
    """
    crawls = _Crawls(config, portals, assignment, on_tick)
    run_in_reactor(crawls.run)
    return [_report(spider) for spider in crawls.spiders], crawls.signalled


def _report(spider: PortalSpider) -> CrawlReport:
    return CrawlReport(spider.portal.id, spider.run_id, spider.state, spider.judge(), spider.stats)
