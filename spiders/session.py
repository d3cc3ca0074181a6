"""One process's working session: database, WARC writer, worker pool and desk, opened and closed together."""

from __future__ import annotations

from dataclasses import dataclass

from newsroom.config import Config, version
from pipelines.workers import ExtractionPool
from spiders.desk import Desk
from spiders.leftovers import take_up
from spiders.stats import CrawlStats
from storage.captures.layout import Original
from storage.captures.writer import CaptureWriter
from storage.database import Database, open_database


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
        await take_up(desk, config.warc_folder, CrawlStats(""))
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
