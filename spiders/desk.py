"""The desk: one a process. It captures answers, has pages read, and writes everything down in order.

WARC record → flush and fsync (a batch) → one database transaction with all that the batch led to → only then is a
page done. All writing happens in one thread, so offsets, watermarks and transactions keep their order.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from newsroom.errors import StorageError
from newsroom.portals import Portal
from newsroom.records import Article, Capture, Exchange, Outcome, Rejected
from pipelines.match import BATCH_TEXTS, Matcher
from pipelines.reading import read_options
from pipelines.workers import ExtractionPool
from spiders.watermarks import Watermarks
from storage.captures.layout import Original
from storage.captures.writer import CaptureWriter
from storage.corpus import Corpus, IngestResult
from storage.database import Database

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH_PAGES = 20
PACKERS = 2  # threads that compress records
BATCH_WAIT_S = 0.1
BACKLOG_PER_WORKER = 6  # answers between download and commit, a worker, before downloading pauses


def utc_now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def owner_name(portal_id: str) -> str:
    """Who holds a portal's leases: host, process, portal."""
    return f"{socket.gethostname()}:{os.getpid()}:{portal_id}"


@dataclass(slots=True)
class _Job:
    """One outcome on its way into the database."""

    portal_id: str
    run_id: int | None
    outcome: Outcome
    done: asyncio.Future[IngestResult]


class Desk:
    """Captures, reads and stores for every crawl of this process."""

    def __init__(
        self,
        database: Database,
        captures: CaptureWriter | None,
        pool: ExtractionPool,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.database, self.captures, self.pool, self.clock = database, captures, pool, clock
        self.backlog = 0  # answers between download and commit
        self.backlog_limit = BATCH_PAGES + BACKLOG_PER_WORKER * pool.workers
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._packers = ThreadPoolExecutor(PACKERS, thread_name_prefix="packer")
        self._marks = Watermarks()
        self._jobs: list[_Job] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.broken: Exception | None = None
        self.copies: Counter[str] = Counter()  # by portal, found by comparing
        self._matcher = Matcher()

    # -- life ----------------------------------------------------------------

    def start(self) -> None:
        """Begin committing batches; call inside the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._commit_batches())

    async def close(self) -> None:
        """Commit what is waiting, close the WARC file and the workers."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        if self.captures is not None:
            await self.in_writer(self.captures.close)
        await self.pool.close()
        self._packers.shutdown(wait=True)
        self._thread.shutdown(wait=True)

    async def in_writer(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work` in the one thread that writes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    async def write(self, work: Callable[[Corpus], T]) -> T:
        """Run `work` in a transaction of its own, in the writer thread."""
        return await self.in_writer(self.database.write, work)

    async def read(self, work: Callable[[Corpus], T]) -> T:
        """Run `work` on a consistent view, in the writer thread: after everything settled so far."""

        def view() -> T:
            with self.database.reading() as corpus:
                return work(corpus)

        return await self.in_writer(view)

    # -- back-pressure ---------------------------------------------------------

    async def room(self) -> None:
        """Wait until there is room for another answer between download and commit."""
        await self._room.wait()

    def arrived(self, change: int) -> None:
        """An answer came (+1), or is dealt with (-1)."""
        self.backlog += change
        if self.backlog < self.backlog_limit:
            self._room.set()
        else:
            self._room.clear()

    # -- the way of a page -----------------------------------------------------

    async def capture(self, exchange: Exchange, *, seen_before: bool = True) -> Capture | None:
        """Append the exchange to the WARC file; it is durable once its outcome is settled.

        `seen_before` says that the page was fetched before, so that its payload may be in the corpus already.
        """
        if self.captures is None:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._packers, self._append, exchange, seen_before)

    def _append(self, exchange: Exchange, seen_before: bool) -> Capture:
        """Pack and append, in one of the packing threads: packing takes longer than writing, and needs no turn."""
        assert self.captures is not None
        begun, capture = self._marks.begin(self.captures.position), None
        try:
            original = self._unchanged(exchange)
            capture = self.captures.append(exchange, original=original, look_back=seen_before)
            return capture
        finally:
            self._marks.wrote(begun, capture)

    def _unchanged(self, exchange: Exchange) -> Original | None:
        """The capture that a 304 says is still true: the last kept one of the URL that holds a page."""
        if exchange.status != 304:
            return None
        with self.database.reading() as corpus:
            held = [c for c in corpus.captures.by_url(exchange.url) if c.status == 200 and c.removed_utc is None]
        return Original(held[-1].address.record_id, held[-1].url, held[-1].fetched_utc) if held else None

    async def keep(self, capture: Capture, run_id: int | None = None) -> None:
        """Enter a capture that belongs to no page (robots.txt, a page that was settled otherwise)."""

        def enter() -> None:
            if self.captures is not None:
                self.captures.sync()
            marks = self._marks.marks_without([capture])
            now = self.clock()

            def work(corpus: Corpus) -> None:
                corpus.captures.put(capture, now, run_id=run_id)
                corpus.captures.mark(marks, now)

            self.database.write(work)

        await self.in_writer(enter)

    async def read_article(
        self, body: bytes, url: str, content_type: str | None, portal: Portal, *, part_of: str | None = None
    ) -> Article | Rejected:
        """Have a worker process read the page; `part_of` is the first page's address when it is a later one."""
        options = read_options(portal, self.clock())
        if part_of is not None:
            options["part_of"] = part_of
        return await self.pool.run(body, url, content_type, options)

    async def settle(self, portal_id: str, run_id: int | None, outcome: Outcome) -> IngestResult:
        """Store everything the page led to; returns once it is committed. Raises StorageError when it cannot be."""
        if self.broken is not None:
            raise StorageError(f"storage failed earlier in this run: {self.broken}") from self.broken
        done: asyncio.Future[IngestResult] = asyncio.get_running_loop().create_future()
        self._jobs.append(_Job(portal_id, run_id, outcome, done))
        self._wake.set()
        return await done

    # -- batches -----------------------------------------------------------------

    async def _commit_batches(self) -> None:
        unmatched = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._jobs:
                if self._closing:
                    return
                continue
            if len(self._jobs) < BATCH_PAGES and not self._closing:
                await asyncio.sleep(BATCH_WAIT_S)
            batch, self._jobs = self._jobs[:BATCH_PAGES], self._jobs[BATCH_PAGES:]
            if self._jobs or self._closing:
                self._wake.set()
            await self._commit(batch)
            unmatched += sum(job.outcome.article is not None for job in batch)
            if unmatched >= BATCH_TEXTS or (unmatched and not self._jobs):  # many at once cost less each
                unmatched = 0
                await self._match()

    async def _commit(self, batch: list[_Job]) -> None:
        try:
            results = await self.in_writer(self._store, batch)
        except Exception as error:  # the door of the writer: every waiting page must hear of it
            self.broken = error
            for job in batch:
                if not job.done.done():
                    job.done.set_exception(error)
            return
        for job, result in zip(batch, results, strict=True):
            if not job.done.done():
                job.done.set_result(result)

    # -- copies ------------------------------------------------------------------

    async def match_waiting(self, stopping: Callable[[], bool]) -> None:
        """Compare all that waits to be compared; what is left when `stopping` says so, the next run compares."""
        while not stopping() and await self._match():
            pass

    async def _match(self) -> int:
        """Compare some of the waiting texts, in the writer thread; how many. Trouble costs the crawl nothing."""
        try:
            report = await self.in_writer(self._matcher.match_some, self.database, self.clock())
        except Exception as error:  # the texts stay in the queue
            log.warning("texts could not be compared, and wait for the next run: %s: %s", type(error).__name__, error)
            return 0
        self.copies.update(report.copies)
        return report.texts

    def _store(self, batch: list[_Job]) -> list[IngestResult]:
        """fsync, then one transaction for the whole batch; runs in the writer thread."""
        if self.captures is not None:
            self.captures.sync()
        marks = self._marks.marks_without([each for job in batch for each in job.outcome.captures])
        groups: dict[tuple[str, int | None], list[int]] = {}
        for index, job in enumerate(batch):
            groups.setdefault((job.portal_id, job.run_id), []).append(index)
        now = self.clock()

        def work(corpus: Corpus) -> list[IngestResult]:
            results: dict[int, IngestResult] = {}
            for (portal_id, run_id), indexes in groups.items():
                outcomes = [batch[i].outcome for i in indexes]
                results.update(zip(indexes, corpus.ingest(portal_id, run_id, outcomes, {}, now), strict=True))
            corpus.captures.mark(marks, now)
            return [results[i] for i in range(len(batch))]

        stored = self.database.write(work)
        self.database.checkpoint()
        return stored
