"""What a crashed run left behind: captures, read from the WARC as if they had just come, and leases."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from newsroom.errors import ArchiveError, StorageError
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Capture, Outcome, Page, Rejected, State, WarcAddress
from newsroom.urls import canonical_url
from pipelines.workers import PoolClosed, WorkerCannotStart
from spiders.answers import Answer, ReadArticle, Reader
from spiders.desk import Desk
from spiders.discovery import Discovery
from spiders.stats import CrawlStats
from storage.captures.reader import StoredResponse, payload, read_capture
from storage.captures.recover import RecoveredCapture, recover
from storage.corpus import Corpus
from storage.owners import free_dead

log = logging.getLogger(__name__)


def never() -> bool:
    """Work that nothing stops."""
    return False


# --- captures -----------------------------------------------------------------------------------------------------


async def take_up(desk: Desk, folder: Path, stats: CrawlStats, stopping: Callable[[], bool] = never) -> int:
    """Process what a crashed run captured but did not enter, and give back its leases; the number of captures read.

    `folder` holds the WARC files; those that a live process holds are left alone.
    """
    await desk.write(free_dead)
    marks = await desk.write(lambda corpus: corpus.captures.watermarks())
    taken = 0
    found = recover(folder, marks)
    while not stopping() and (recovered := await asyncio.to_thread(next, found, None)) is not None:
        taken += await _take_up(desk, folder, recovered, stats)
        await desk.write(partial(_mark, recovered, desk.clock()))
    await asyncio.to_thread(found.close)
    if taken:
        log.warning("took up %d captures that a crashed run had left unprocessed", taken)
    return taken


async def take_up_entered(desk: Desk, folder: Path, stats: CrawlStats, stopping: Callable[[], bool] = never) -> int:
    """Process captures that are in the corpus without an outcome of their page; the number of them read."""
    taken = 0
    for pending in await desk.read(lambda corpus: corpus.captures.unprocessed()):
        if stopping():
            break
        page = await desk.read(partial(_page, pending.page_id))
        if page is not None and page.state is State.DUE:
            taken += await _settle(desk, folder, page, pending.capture, None, stats)
    return taken


def _page(page_id: int, corpus: Corpus) -> Page | None:
    return corpus.frontier.page_by_id(page_id)


def _mark(recovered: RecoveredCapture, now: datetime, corpus: Corpus) -> None:
    corpus.captures.mark({recovered.capture.address.file: recovered.committed_bytes}, now)


async def _take_up(desk: Desk, folder: Path, recovered: RecoveredCapture, stats: CrawlStats) -> int:
    """Read one recovered capture; pages that were settled meanwhile are left alone."""
    capture = recovered.capture
    page = await desk.read(lambda corpus: corpus.frontier.page(canonical_url(capture.url)))
    is_part = page is not None and page.reason is Reason.DUPLICATE  # such a page is fetched only with its article
    if page is None or is_part or (page.fetched_utc is not None and page.fetched_utc >= capture.fetched_utc):
        await desk.keep(capture)
        return 0
    is_whole = capture.revisit_of is None or capture.status == 304
    taken = await _settle(desk, folder, page, capture, recovered.response if is_whole else None, stats)
    if not taken:
        await desk.keep(capture)
    return taken


async def _settle(
    desk: Desk, folder: Path, page: Page, capture: Capture, stored: StoredResponse | None, stats: CrawlStats
) -> int:
    """Read and store one capture, whose answer is `stored` when it is at hand already; 0 when that cannot be."""
    portal = await desk.read(lambda corpus: portal_of(page, corpus))
    try:
        answer = await answer_of(desk, folder, page, capture, portal, stored)
    except ArchiveError as error:
        log.warning("%s: captured before a crash, cannot be read back (%s); it will be fetched again", page.url, error)
        return 0
    outcome = await read_again(desk, portal, answer)
    if outcome.article is not None and outcome.article.later_pages:
        return 0  # its other pages may be missing: it is fetched again, whole
    stats.settled(outcome, await desk.settle(page.portal_id, None, outcome))
    return 1


# --- reading ------------------------------------------------------------------------------------------------------


def portal_of(page: Page, corpus: Corpus) -> Portal:
    """The portal of a page, as its file last said."""
    known = corpus.portals.get(page.portal_id)
    if known is None:
        raise StorageError(f"{page.url}: its portal {page.portal_id!r} is not in the corpus; run copydesk verify")
    return Portal.model_validate(known.definition)


async def answer_of(
    desk: Desk, folder: Path, page: Page, capture: Capture, portal: Portal, stored: StoredResponse | None = None
) -> Answer:
    """The captured answer as it came, with the payload that a revisit record leaves with an earlier capture.

    Raises ArchiveError when it cannot be read back.
    """

    def read(corpus: Corpus) -> StoredResponse:
        def lookup(record_id: str) -> WarcAddress | None:
            found = corpus.captures.by_record(record_id)
            return found.address if found else None

        return read_capture(folder, capture.address, lookup)

    found: StoredResponse = stored if stored is not None else await desk.read(read)
    body = payload(found, portal.fetch.max_bytes)
    return Answer(page, capture.url, capture.status, _headers(found), body, capture, capture.fetched_utc)


async def read_again(desk: Desk, portal: Portal, answer: Answer) -> Outcome:
    """What the answer leads to, with nothing asked of anybody."""
    try:
        return await Reader(portal, Discovery(portal), _reader_of(desk, portal), desk.pool.call).outcome(answer)
    except (PoolClosed, WorkerCannotStart):
        raise
    except Exception as error:  # whatever it is, it must cost only this page
        log.exception("%s: cannot be read", answer.page.url)
        detail = f"{type(error).__name__}: {error}"[:500]
        return Outcome(answer.page, State.REFUSED, Reason.QUARANTINED, detail, answer.capture)


def _headers(stored: StoredResponse) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in stored.headers}


def _reader_of(desk: Desk, portal: Portal) -> ReadArticle:
    async def read_article(body: bytes, url: str, content_type: str | None) -> Article | Rejected:
        return await desk.read_article(body, url, content_type, portal)

    return read_article
