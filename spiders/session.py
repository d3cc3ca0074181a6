"""One process's working session: database, WARC writer, worker pool and desk, opened and closed together."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from newsroom.config import Config, version
from newsroom.errors import ArchiveError, StorageError
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Page, Rejected, WarcAddress
from newsroom.urls import canonical_url
from pipelines.workers import ExtractionPool
from spiders.answers import Answer, ReadArticle, Reader
from spiders.desk import Desk
from spiders.discovery import Discovery
from storage.captures.layout import Original
from storage.captures.reader import StoredResponse, payload, read_capture
from storage.captures.recover import RecoveredCapture, recover
from storage.captures.writer import CaptureWriter
from storage.corpus import Corpus
from storage.database import Database, open_database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """What every crawl of this process shares."""

    config: Config
    desk: Desk

    async def close(self) -> None:
        """Commit, close the WARC file, stop the workers."""
        await self.desk.close()
        self.desk.database.close()


async def open_session(config: Config, *, create: bool) -> Session:
    """Open everything, and take up what a crashed run left behind. Call inside the running event loop.

    `create` makes a new SQLite corpus where there is none; a spider started by Scrapy never does.
    """
    database = open_database(config.database_url, create=create)
    captures = _writer(config, database) if config.warc else None
    desk = Desk(database, captures, ExtractionPool(workers=config.worker_count))
    desk.start()
    session = Session(config, desk)
    try:
        await take_up(session)
    except BaseException:
        await session.close()
        raise
    return session


def _writer(config: Config, database: Database) -> CaptureWriter:
    def known(digest: str) -> Original | None:
        with database.reading() as corpus:
            found = corpus.captures.known(digest)
        return Original(found.record_id, found.url, found.fetched_utc) if found else None

    config.warc_folder.mkdir(parents=True, exist_ok=True)
    return CaptureWriter(config.warc_folder, software=f"copydesk/{version()}", known=known)


# --- after a crash ----------------------------------------------------------------------------------------------


async def take_up(session: Session) -> int:
    """Process what a crashed run captured but did not store, and give back its leases; the number of captures."""
    desk = session.desk
    await desk.write(_free_dead_leases)
    marks = await desk.write(lambda corpus: corpus.captures.watermarks())
    taken = 0
    found = recover(session.config.warc_folder, marks)
    while (recovered := await asyncio.to_thread(next, found, None)) is not None:
        taken += await _process(session, recovered)
        await desk.write(partial(_mark, recovered, desk.clock()))
    if taken:
        log.warning("took up %d captures that a crashed run had left unprocessed", taken)
    return taken


def _mark(recovered: RecoveredCapture, now: datetime, corpus: Corpus) -> None:
    corpus.captures.mark({recovered.capture.address.file: recovered.committed_bytes}, now)


def _free_dead_leases(corpus: Corpus) -> None:
    for owner in {*corpus.frontier.owners(), *corpus.runs.running_owners()}:
        host, _, rest = owner.partition(":")
        pid = rest.partition(":")[0]
        if host == socket.gethostname() and not (pid.isdecimal() and _alive(int(pid))):
            corpus.frontier.release(owner)
            corpus.runs.interrupt(owner)


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False  # a lease from before this process began: the number was used again
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _process(session: Session, recovered: RecoveredCapture) -> int:
    """Read one recovered capture as if it had just come; pages that were settled meanwhile are left alone."""
    desk, capture = session.desk, recovered.capture
    page = await desk.read(lambda corpus: corpus.frontier.page(canonical_url(capture.url)))
    is_part = page is not None and page.reason is Reason.DUPLICATE  # such a page is fetched only with its article
    if page is None or is_part or (page.fetched_utc is not None and page.fetched_utc >= capture.fetched_utc):
        await desk.keep(capture)
        return 0
    portal = await desk.read(lambda corpus: _portal_of(page, corpus))
    try:
        stored = await desk.read(lambda corpus: _resolved(session, recovered, corpus))
        body = payload(stored, portal.fetch.max_bytes)
    except ArchiveError as error:
        log.warning("%s: captured before a crash, cannot be read back (%s); it will be fetched again", page.url, error)
        await desk.keep(capture)
        return 0
    answer = Answer(page, capture.url, capture.status, _headers(stored), body, capture, capture.fetched_utc)
    outcome = await Reader(portal, Discovery(portal), _reader_of(desk, portal), desk.pool.call).outcome(answer)
    if outcome.article is not None and outcome.article.later_pages:
        await desk.keep(capture)  # its other pages may be missing: it is fetched again, whole
        return 0
    await desk.settle(page.portal_id, None, outcome)
    return 1


def _portal_of(page: Page, corpus: Corpus) -> Portal:
    known = corpus.portals.get(page.portal_id)
    if known is None:
        raise StorageError(f"{page.url}: its portal {page.portal_id!r} is not in the corpus; run copydesk verify")
    return Portal.model_validate(known.definition)


def _resolved(session: Session, recovered: RecoveredCapture, corpus: Corpus) -> StoredResponse:
    """The recovered answer with its payload, which a revisit record leaves with an earlier capture."""
    capture = recovered.capture
    if capture.revisit_of is None or capture.status == 304:
        return recovered.response

    def lookup(record_id: str) -> WarcAddress | None:
        found = corpus.captures.by_record(record_id)
        return found.address if found else None

    return read_capture(session.config.warc_folder, capture.address, lookup)


def _headers(stored: StoredResponse) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in stored.headers}


def _reader_of(desk: Desk, portal: Portal) -> ReadArticle:
    async def read_article(body: bytes, url: str, content_type: str | None) -> Article | Rejected:
        return await desk.read_article(body, url, content_type, portal)

    return read_article
