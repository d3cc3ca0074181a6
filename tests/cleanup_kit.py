"""A corpus with real WARC files in which articles, feeds and refused pages were captured long ago."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsroom.config import Config
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Capture, Outcome, Role, State
from storage.captures import CaptureWriter, Original, Report, read_capture, verify
from storage.cleanup.policy import Policy, Tier
from storage.cleanup.report import Report as CleanupReport
from storage.cleanup.run import Choices, clean
from storage.database import Database
from tests.captures_kit import page, writer

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
OLD = NOW - timedelta(days=90)
MONTH = timedelta(days=30)
BOTH = {("paper", Tier.EVIDENCE): MONTH, ("paper", Tier.OTHER): MONTH}
OTHER = {("paper", Tier.OTHER): MONTH}


def texts(number: int) -> str:
    """A body of a page, unlike every other's and hard to compress, so that sizes say something."""
    return "".join(hashlib.sha256(f"{number}-{each}".encode()).hexdigest() for each in range(40))


def config_of(database: Database, home: Path) -> Config:
    """The settings of a corpus."""
    return Config(home=home, database=str(database.url))


@dataclass
class Archive:
    """A home folder, its database, and what is put into both as a crawl does."""

    database: Database
    home: Path

    def __post_init__(self) -> None:
        for portal in ("paper", "wire"):
            self.enter_portal(portal)

    @property
    def warc(self) -> Path:
        return self.home / "warc"

    @property
    def config(self) -> Config:
        return config_of(self.database, self.home)

    def enter_portal(self, portal: str, **definition: object) -> None:
        with self.database.writing() as corpus:
            corpus.portals.put(portal, name=portal.title(), home=None, definition=definition, now=OLD)

    def writer(self, **settings: Any) -> CaptureWriter:
        """A writer as a crawl has one: it looks payloads up in the corpus."""

        def known(digest: str) -> Original | None:
            with self.database.reading() as corpus:
                found = corpus.captures.known(digest)
            return Original(found.record_id, found.url, found.fetched_utc) if found else None

        return writer(self.warc, known=known, **settings)

    # --- storing ----------------------------------------------------------------------------------------------------

    def article(self, living: CaptureWriter, number: int, **said: Any) -> Capture:
        """Capture and store an article."""
        url = f"https://{said.get('portal', 'paper')}.example/story-{number}.html"
        text = f"Text of story number{number}."
        article = Article(url, url, f"Story {number}", text, match_digest=f"sha256:{number}")
        return self.store(living, url, number, article=article, **said)

    def feed(self, living: CaptureWriter, number: int, **said: Any) -> Capture:
        """Capture and settle a feed."""
        return self.store(living, f"https://{said.get('portal', 'paper')}.example/feed-{number}.xml", number, **said)

    def refused(self, living: CaptureWriter, number: int, **said: Any) -> Capture:
        """Capture a page that is too short to be an article."""
        state = {"state": State.REFUSED, "reason": Reason.TOO_SHORT}
        return self.store(living, f"https://paper.example/short-{number}.html", number, **state, **said)

    def store(
        self,
        living: CaptureWriter,
        url: str,
        number: int,
        *,
        portal: str = "paper",
        when: datetime = OLD,
        body: bytes | None = None,
        run: int | None = None,
        settles: bool = True,
        **outcome: Any,
    ) -> Capture:
        """Capture a page and store what it led to; unless it `settles`, only its capture is entered."""
        exchange = replace(page(url=url, body=texts(number).encode() if body is None else body), fetched_utc=when)
        capture = living.append(exchange)
        living.sync()
        marks = {capture.address.file: capture.address.offset + capture.address.length}
        with self.database.writing() as corpus:
            corpus.frontier.add(portal, [Candidate(url, url, Role.ARTICLE)], when)
            found = corpus.frontier.page(url)
            assert found is not None
            if settles:
                done = Outcome(found, **{"state": State.DONE, **outcome}, capture=capture)
                corpus.ingest(portal, run, [done], marks, when)
            else:
                corpus.captures.put(capture, when, page_id=found.id, run_id=run)
                corpus.captures.mark(marks, when)
        return capture

    # --- cleaning ---------------------------------------------------------------------------------------------------

    def clean(
        self,
        captures: dict[tuple[str, Tier], timedelta] | None = None,
        *,
        dry: bool = False,
        now: datetime = NOW,
        progress: Callable[[int, str], None] = lambda records, beside: None,
        stopping: Callable[[], bool] = lambda: False,
        vacuum: bool = False,
        **kept: timedelta,
    ) -> CleanupReport:
        """A cleanup with these retentions; without any, all captures of the portal "paper" are kept for a month."""
        policy = Policy(BOTH if captures is None else captures, **kept)
        choices = Choices(really=not dry, vacuum=vacuum, stopping=stopping, progress=progress)
        return clean(self.database, self.config, policy, "copydesk/test", now, choices)

    # --- looking ----------------------------------------------------------------------------------------------------

    def files(self) -> dict[str, bytes]:
        """What lies in the WARC folder."""
        return {path.name: path.read_bytes() for path in sorted(self.warc.iterdir())} if self.warc.is_dir() else {}

    def kept(self) -> list[Capture]:
        """The captures that were not removed."""
        with self.database.reading() as corpus:
            return list(corpus.captures.all())

    def kept_numbers(self) -> list[str]:
        """The last part of the address of each capture that is kept."""
        return [capture.url.rpartition("/")[2].partition(".")[0] for capture in self.kept()]

    def removed(self) -> list[Capture]:
        """The captures whose records were removed."""
        with self.database.reading() as corpus:
            ids = range(1, corpus.counts()["captures"] + 1)
            found = [corpus.captures.get(number) for number in ids]
        return [each for each in found if each is not None and each.removed_utc is not None]

    def verify(self) -> Report:
        """The WARC files against themselves and the database."""
        with self.database.reading() as corpus:
            return verify(self.warc, list(corpus.captures.all()), retired=corpus.captures.retired())

    def check(self) -> None:
        """Everything is sound, nothing is left over, and every kept capture can be read back."""
        report = self.verify()
        assert (report.ok, report.unreferenced, report.retired) == (True, 0, []), report
        kept = {capture.address.record_id: capture for capture in self.kept()}
        for capture in kept.values():
            found = read_capture(self.warc, capture.address, lambda record: kept[record].address)
            assert found.record_id == capture.address.record_id
            assert found.url == capture.url
        assert {path.name for path in self.warc.iterdir()} == {capture.address.file for capture in kept.values()}


def mixed(archive: Archive) -> None:
    """One file: three articles, two feeds and a refused page of long ago, and an article and a feed of yesterday."""
    with archive.writer() as living:
        for number in range(3):
            archive.article(living, number)
        archive.feed(living, 10)
        archive.feed(living, 11)
        archive.refused(living, 12)
        archive.article(living, 20, when=YESTERDAY)
        archive.feed(living, 21, when=YESTERDAY)


def digest_of(folder: Path) -> dict[str, str]:
    """The digest of every file below `folder`, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")  # memory that processes share, no data
    }


def aged(path: Path, age: timedelta) -> Path:
    """A file in a folder made for it, last written so long before NOW."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x" * 10)
    os.utime(path, ((NOW - age).timestamp(),) * 2)
    return path


def start_run(archive: Archive, owner: str, portal: str = "paper") -> int:
    """A crawl, running."""
    with archive.database.writing() as corpus:
        return corpus.runs.start(portal, owner=owner, version="1", now=NOW - timedelta(minutes=1))


def end_run(archive: Archive, run: int) -> None:
    """… and ended."""
    with archive.database.writing() as corpus:
        corpus.runs.finish(run, state="done", exit_code=0, stats={}, now=NOW)
