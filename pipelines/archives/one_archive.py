"""One archive, read ahead while workers read its pages, and stored in its order."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsroom.errors import ArchiveError
from pipelines.archives.desk import Deferred, ImportDesk
from pipelines.archives.pages import IMPORTED_RECORD, ArchivedPage, LeftOut, Unusable, page_in
from pipelines.archives.report import ArchiveReport, Problem
from pipelines.archives.storing import ReadPage
from storage.archive_marks import Mark
from storage.archives.files import ArchiveFile
from storage.archives.reading import read_archive
from storage.archives.records import ArchivedRecord, Damage, Place
from storage.captures.layout import safe_uri
from storage.corpus import Corpus
from storage.quarantine import Aside

BATCH_PAGES = 20
BATCH_RECORDS = 500
BATCHES_AHEAD = 3
MAX_SET_ASIDE = 1_000  # of one archive; the rest is counted
MAX_DEFERRED = 10_000  # revisits kept for the end of the import
TELL_EVERY = 50  # records


@dataclass(frozen=True, slots=True)
class _Taken:
    """One record on its way."""

    place: Place
    end: Place
    found: ReadPage | LeftOut | Unusable


@dataclass(slots=True)
class _Batch:
    """Records that are stored together."""

    taken: list[_Taken] = field(default_factory=list)
    pages: int = 0

    @property
    def is_full(self) -> bool:
        return self.pages >= BATCH_PAGES or len(self.taken) >= BATCH_RECORDS


class OneArchive:
    """The import of one archive; `before` is the bytes of those before it."""

    def __init__(self, desk: ImportDesk, archive: ArchiveFile, before: int) -> None:
        self._desk = desk
        self._archive = archive
        self._before = before
        self._mark = Mark()
        self._noted = Mark()  # in the database
        self._batch = _Batch()
        self._ahead: deque[_Batch] = deque()
        self._aside = 0

    def run(self) -> None:
        """Read from where an earlier import stopped. Raises ArchiveError when the file cannot be opened."""
        desk, report = self._desk, self._desk.report
        with desk.database.reading() as corpus:
            known = self._noted = corpus.archives.mark(self._archive.digest)
        report.archives += 1
        if not desk.choices.again:
            self._mark = known
            report.records += known.records
            report.already += known.records
            if known.finished_utc is not None:
                return
        is_whole = self._read()
        if desk.stopping():
            return
        self._hand_on()
        while self._ahead:
            self._store(self._ahead.popleft())
        if is_whole:
            self._finish()

    def _read(self) -> bool:
        """Read to the end; False when it ended before."""
        with self._archive.open() as file:
            for number, each in enumerate(read_archive(file, self._mark.place)):
                if self._desk.ends:
                    return False
                self._take(each)
                if number % TELL_EVERY == 0:
                    self._tell(each.place)
        return True

    def _tell(self, place: Place) -> None:
        self._desk.report.read_bytes = self._before + place.offset
        self._desk.on_progress(self._desk.report)

    # --- reading ------------------------------------------------------------------------------------------------

    def _take(self, each: ArchivedRecord | Damage) -> None:
        if isinstance(each, Damage):
            end = each.end or Place(self._archive.size)
            self._put(_Taken(each.place, end, Unusable(each.problem, each.url)))
            return
        desk = self._desk
        found = page_in(each, self._archive.name, desk.clock(), check=desk.choices.check_digests)
        if isinstance(found, ArchivedPage):
            self._put(_Taken(each.place, each.end, self._begun(found, each.place)))
        else:
            self._put(_Taken(each.place, each.end, found))

    def _begun(self, page: ArchivedPage, place: Place) -> ReadPage | LeftOut | Unusable:
        if page.reference is None:
            return self._desk.begin(page)
        if self._is_ahead(page):
            self._hand_on()
            while self._ahead:
                self._store(self._ahead.popleft())
        return self._revisited(page, place)

    def _is_ahead(self, page: ArchivedPage) -> bool:
        """Whether what the revisit refers to may be among what is not stored yet."""
        reference = page.reference
        assert reference is not None
        for batch in (*self._ahead, self._batch):
            for each in batch.taken:
                if isinstance(each.found, ReadPage):
                    exchange = each.found.page.exchange
                    if reference.record_id and exchange.notes.get(IMPORTED_RECORD) == reference.record_id:
                        return True
                    if safe_uri(exchange.url) in (safe_uri(reference.url or ""), safe_uri(page.exchange.url)):
                        return True
        return False

    def _revisited(self, page: ArchivedPage, place: Place) -> ReadPage | LeftOut | Unusable:
        desk = self._desk
        try:
            with desk.database.reading() as corpus:
                found = desk.originals.whole(page, corpus)
        except ArchiveError as error:
            return Unusable(f"refers to a capture that cannot be read back ({error})", page.url)
        if isinstance(found, LeftOut):
            return found
        if found is not None:
            each = desk.begin(found.page)
            each.original = found.original
            return each
        problem = f"refers to {page.reference}, which is neither in the corpus nor in what was imported before it"
        if len(desk.deferred) < MAX_DEFERRED:
            name = self._archive.name
            desk.deferred.append(Deferred(name, str(place), page, problem, self._detail(place, problem)))
            return Unusable(problem, page.url, is_deferred=True)
        return Unusable(problem, page.url)

    def _detail(self, place: Place, problem: str) -> str:
        return f"{self._archive.name}: record at byte {place} {problem}"

    def _put(self, taken: _Taken) -> None:
        self._batch.taken.append(taken)
        self._batch.pages += isinstance(taken.found, ReadPage)
        self._desk.taken += 1
        if self._batch.is_full:
            self._hand_on()
            while len(self._ahead) > BATCHES_AHEAD:
                self._store(self._ahead.popleft())

    def _hand_on(self) -> None:
        if self._batch.taken:
            self._ahead.append(self._batch)
            self._batch = _Batch()

    # --- storing ------------------------------------------------------------------------------------------------

    def _store(self, batch: _Batch) -> None:
        """Store a batch, with how far the archive has been read by it, and count it; nothing of it on a stop."""
        pages = [each.found for each in batch.taken if isinstance(each.found, ReadPage)]
        if not self._desk.wait_for(pages):
            return
        asides = self._asides(batch)
        mark = Mark(batch.taken[-1].end, self._mark.records + len(batch.taken))
        counted = self._desk.report

        def note(corpus: Corpus) -> None:
            nonlocal counted
            counted = self._counted(batch, asides)
            self._note(corpus, mark, counted)

        self._desk.storing.store(pages, asides, note)
        self._mark = self._noted = mark
        self._desk.report = counted
        self._desk.compare()
        self._tell(mark.place)

    def _note(self, corpus: Corpus, mark: Mark, report: ArchiveReport) -> None:
        """Note in a transaction how far the archive has been read, and what the run has counted by then."""
        desk = self._desk
        corpus.archives.put(self._archive, mark, desk.clock(), after=self._noted)
        corpus.runs.count(desk.storing.run_id, desk.stats(report))

    def _asides(self, batch: _Batch) -> list[Aside]:
        found = []
        for each in batch.taken:
            if isinstance(each.found, Unusable) and self._aside < MAX_SET_ASIDE:
                self._aside += 1
                found.append(Aside(each.found.url, self._detail(each.place, each.found.problem)))
        return found

    def _counted(self, batch: _Batch, asides: Sequence[Aside]) -> ArchiveReport:
        """The report with a batch that is stored."""
        report = self._desk.report.copy()
        report.records += len(batch.taken)
        if asides:
            report.set_aside_in.add(f"{self._archive.name}:")
        for each in batch.taken:
            self._count(report, each)
        return report

    def _count(self, report: ArchiveReport, each: _Taken) -> None:
        found = each.found
        if isinstance(found, ReadPage):
            self._desk.count(report, found, self._archive.name, str(each.place))
        elif isinstance(found, LeftOut):
            report.left_out[found.kind] += 1
        else:
            report.bad += 1
            if not found.is_deferred:
                report.note(Problem(self._archive.name, str(each.place), found.problem))

    def _finish(self) -> None:
        done = Mark(self._mark.place, self._mark.records, self._desk.clock())
        self._desk.database.write(lambda corpus: self._note(corpus, done, self._desk.report))
