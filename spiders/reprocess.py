"""Read captured pages that were never processed, and those of the quarantine once more, without any request."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from newsroom.config import Config
from newsroom.errors import ArchiveError, PortalError
from newsroom.portals import Portal, find_portal
from newsroom.reasons import SET_ASIDE, Reason
from newsroom.records import Capture, Outcome, Page, State
from pipelines.workers import ExtractionPool, PoolClosed
from spiders.desk import Desk
from spiders.leftovers import answer_of, portal_of, read_again, take_up, take_up_entered
from spiders.stats import CrawlStats
from storage.corpus import Corpus
from storage.database import open_database
from storage.quarantine import Quarantined

GRACE_S = 1.5  # from the signal until pages that are being read are let go; they stay in the quarantine
HARD_STOP_S = 3.5  # whatever still hangs then; what is committed is kept
AT_ONCE_PER_WORKER = 2

OnTick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Retry:
    """Which pages of the quarantine to read again; those that have waited longest come first."""

    portal_id: str | None = None
    reason: Reason | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading one page may cost."""

    cpu_s: float = 10
    memory_mb: int = 1024
    wall_s: float = 20


@dataclass(slots=True)
class ProcessReport:
    """What came of it, in pages."""

    recovered: int = 0  # captured, never processed
    retried: int = 0  # of the quarantine
    released: int = 0
    fetch_again: int = 0  # of the released: articles over several pages, which the next crawl fetches whole
    still_quarantined: int = 0
    stats: CrawlStats = field(default_factory=lambda: CrawlStats(""))
    signalled: int = 0  # the signal that ended it; 0 for none

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to do."""
        return not self.recovered and not self.retried

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        counts = self.stats.as_dict()
        return {
            "recovered": self.recovered,
            "retried": self.retried,
            "released": self.released,
            "fetch_again": self.fetch_again,
            "still_quarantined": self.still_quarantined,
            **{name: counts[name] for name in ("articles", "discovered", "refused", "failed", "seconds")},
        }


def reprocess(
    config: Config, retry: Retry | None, limits: ReadingLimits, on_tick: OnTick = lambda done: None
) -> ProcessReport:
    """Process what a killed crawl left, then, if asked, retry the quarantine; safe beside running crawls.

    SIGTERM and Ctrl-C end it early, with what is committed kept. Raises StorageError when there is no corpus.
    """
    return asyncio.run(_Reprocessing(config, retry, limits, on_tick).run())


@dataclass(slots=True)
class _Reprocessing:
    """One call of `reprocess`, inside its event loop."""

    config: Config
    retry: Retry | None
    limits: ReadingLimits
    on_tick: OnTick
    report: ProcessReport = field(default_factory=ProcessReport)
    _portals: dict[str, Portal] = field(default_factory=dict)

    async def run(self) -> ProcessReport:
        database = open_database(self.config.database_url)
        limits = self.limits
        pool = ExtractionPool(
            self.config.worker_count,
            cpu_limit_s=limits.cpu_s,
            memory_limit_mb=limits.memory_mb,
            wall_limit_s=limits.wall_s,
        )
        desk = Desk(database, None, pool)  # nothing is captured, so there is no WARC file to write
        desk.start()
        work = asyncio.create_task(self._work(desk))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop, number, work)
        try:
            await work
        except (asyncio.CancelledError, PoolClosed):
            if not self._stopping():
                raise
        finally:
            await desk.close()
            database.close()
        return self.report

    def _stopping(self) -> bool:
        return bool(self.report.signalled)

    def _stop(self, number: int, work: asyncio.Task[None]) -> None:
        """Take up nothing more; let go of what is still being read after the grace, and leave in any case."""
        if self._stopping():
            return
        self.report.signalled = number
        loop = asyncio.get_running_loop()
        loop.call_later(GRACE_S, work.cancel)
        loop.call_later(HARD_STOP_S, _leave, number)

    async def _work(self, desk: Desk) -> None:
        report, folder = self.report, self.config.warc_folder
        for read in (take_up, take_up_entered):
            report.recovered += await read(desk, folder, report.stats, self._stopping)
        if self.retry is not None:
            await self._retry_all(desk, self.retry)
        await desk.match_waiting(self._stopping)
        report.stats.copies += sum(desk.copies.values())

    # -- the quarantine ----------------------------------------------------------

    async def _retry_all(self, desk: Desk, retry: Retry) -> None:
        waiting = iter(await desk.read(partial(_held, retry)))

        async def take() -> None:
            for held in waiting:  # shared: each page is taken once
                if self._stopping():
                    return
                await self._retry(desk, held)
                self.on_tick(self.report.retried)

        tasks = [asyncio.create_task(take()) for _ in range(AT_ONCE_PER_WORKER * desk.pool.workers)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:  # when one of them failed, or all are to stop
                task.cancel()

    async def _retry(self, desk: Desk, held: Quarantined) -> None:
        """Read the capture of one page again, and store what comes of it."""
        page, capture = await desk.read(partial(_page_and_capture, held))
        if page is None or capture is None or page.state is not State.REFUSED or page.reason not in SET_ASIDE:
            await desk.write(lambda corpus: corpus.quarantine.release(held.id, desk.clock()))
            return  # settled by somebody else
        try:
            portal = await self._portal(desk, page)
            answer = await answer_of(desk, self.config.warc_folder, page, capture, portal)
            outcome = await read_again(desk, portal, answer)
        except ArchiveError as error:
            outcome = Outcome(page, State.REFUSED, held.reason, f"cannot be read back: {error}", capture)
        if is_in_pages := bool(outcome.article and outcome.article.later_pages):
            untried = replace(page, attempts=page.attempts - 1)
            outcome = Outcome(untried, State.DUE, None, "to be fetched with its later pages", capture)
        result = await desk.settle(page.portal_id, None, outcome)
        self.report.stats.settled(outcome, result)
        is_kept = bool(result.quarantined) or outcome.reason in SET_ASIDE
        self.report.retried += 1
        self.report.still_quarantined += is_kept
        self.report.released += not is_kept
        self.report.fetch_again += is_in_pages

    async def _portal(self, desk: Desk, page: Page) -> Portal:
        """The page's portal as its file says today; as the corpus has it, when there is no file or a faulty one."""
        if page.portal_id not in self._portals:
            try:
                found = find_portal(self.config.portals, page.portal_id)
            except PortalError:
                found = await desk.read(lambda corpus: portal_of(page, corpus))
            self._portals[page.portal_id] = found
        return self._portals[page.portal_id]


def _held(retry: Retry, corpus: Corpus) -> list[Quarantined]:
    return corpus.quarantine.pages(portal_id=retry.portal_id, reason=retry.reason, limit=retry.limit)


def _page_and_capture(held: Quarantined, corpus: Corpus) -> tuple[Page | None, Capture | None]:
    page = corpus.frontier.page_by_id(held.page_id) if held.page_id is not None else None
    return page, corpus.captures.get(held.capture_id) if held.capture_id is not None else None


def _leave(number: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(128 + number)
