"""What the import of one archive after the other shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.archives.homes import Homes
from pipelines.archives.originals import Originals
from pipelines.archives.pages import ArchivedPage
from pipelines.archives.report import ArchiveReport, Problem
from pipelines.archives.storing import ReadPage, Storing, known
from pipelines.imports import run_stats
from pipelines.match import Matcher
from pipelines.reading import read_options
from pipelines.workers import ExtractionPool, PageBytes
from storage.corpus import Corpus
from storage.database import Database
from storage.quarantine import Aside

LOOK_EVERY_S = 0.1  # while a page is being read, for a signal
COMPARED_EVERY = 200  # new texts; many at once cost less each


@dataclass(frozen=True, slots=True)
class Choices:
    """What an import may be told."""

    portal_id: str | None = None  # where all of it goes; None: by host
    check_digests: bool = True
    again: bool = False  # read archives from their start that were read before
    limit: int | None = None  # records


@dataclass(frozen=True, slots=True)
class Deferred:
    """A revisit whose original may come later, and how it was set aside."""

    archive: str
    place: str
    page: ArchivedPage
    problem: str
    detail: str


@dataclass(slots=True)
class ImportDesk:
    """The hands of one import, and its report."""

    database: Database
    homes: Homes
    originals: Originals
    pool: ExtractionPool
    storing: Storing
    choices: Choices
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
    on_progress: Callable[[ArchiveReport], None]
    source: str
    report: ArchiveReport = field(default_factory=ArchiveReport)
    deferred: list[Deferred] = field(default_factory=list)
    taken: int = 0  # records read, of which some may not be stored yet
    _matcher: Matcher = field(default_factory=Matcher)
    _compared: int = 0  # of the new and changed

    @property
    def ends(self) -> bool:
        """Whether no further record is to be read."""
        limit = self.choices.limit
        return self.stopping() or (limit is not None and self.taken >= limit)

    def begin(self, page: ArchivedPage) -> ReadPage:
        """Give the page to a worker, unless there is nothing to be read or it has been."""
        portal = self.homes.of(page.url)
        each = ReadPage(page, portal)
        with self.database.reading() as corpus:
            each.fate, _ = known(page, corpus)
        if not each.fate and page.exchange.status != 304 and not page.exchange.truncated:
            # What a page was captured at is its present: a date behind that is not believed.
            options = read_options(portal, page.exchange.fetched_utc)
            each.reading = self.pool.submit(PageBytes(page.body, page.exchange.url, page.content_type, options))
        return each

    def wait_for(self, pages: Sequence[ReadPage]) -> bool:
        """Whether all pages have been read; False when the import is to stop before they are."""
        for each in pages:
            while each.reading is not None and not each.reading.done():
                if self.stopping():
                    return False
                wait([each.reading], LOOK_EVERY_S)
            each.read()
        return not self.stopping()

    def set_aside(self, name: str, why: str) -> None:
        """Set aside a file that cannot be read."""
        self.report.unread += 1
        self.report.note(Problem(name, "", why))
        self.report.set_aside_in.add(f"{name}:")
        aside, now, stats = Aside("", f"{name}: {why}"), self.clock(), self.stats(self.report)

        def store(corpus: Corpus) -> None:
            corpus.quarantine.put_imported([aside], now)
            corpus.runs.count(self.storing.run_id, stats)

        self.database.write(store)

    def stats(self, report: ArchiveReport) -> dict[str, object]:
        """What the run keeps of a report."""
        return run_stats(self.source, report.counts(), report.set_aside_in)

    def count(self, report: ArchiveReport, each: ReadPage, archive: str, place: str) -> None:
        """Count a page in `report` as what became of it."""
        told = each.told
        if each.fate == "already":
            report.already += 1
        elif each.fate:
            report.left_out[each.fate] += 1
        elif told is None or told.quarantined:
            report.bad += 1
            report.note(Problem(archive, place, f"cannot be stored: {told.quarantined if told else 'unknown'}"))
        elif told.article_id is not None or each.is_unmodified:
            report.new += told.new
            report.changed += told.changed and not told.new
            report.unchanged += not told.changed
        else:
            report.refused[each.reason.value if each.reason else "duplicate-address"] += 1

    def compare(self, least: int = COMPARED_EVERY) -> None:
        """Compare what waits to be compared, when that is at least so many; what is left the next run compares."""
        stored = self.report.new + self.report.changed
        if stored - self._compared >= least:
            self._compared = stored
            while not self.stopping() and (some := self._matcher.match_some(self.database, self.clock())).texts:
                self.report.copies += some.copies.total()
