"""Bring articles that others have collected into the corpus: lines in, stored articles and a report out."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from newsroom.errors import CopydeskError, StorageError
from pipelines.imports import GAVE_UP, INTERRUPTED, Ending, done, enter_portal, finish_run, run_stats, start_run
from pipelines.lines import BadLine, ImportedLine, LeftOut, read_line
from pipelines.match import Matcher
from pipelines.raw_lines import RawLine
from storage.article_batches import Arrival
from storage.articles import Stored
from storage.corpus import Corpus
from storage.database import Database
from storage.owners import free_dead
from storage.quarantine import Aside

BATCH_LINES = 200
_AHEAD = 3  # batches a process, read before they can be stored
_ALONE = 5  # batches read here before starting processes pays
_SHOWN = 100  # of what the report names

T = TypeVar("T")
Batch = Sequence[ImportedLine | BadLine]


Reader = Callable[[bytes, int, str, datetime], ImportedLine | BadLine]


@dataclass(slots=True)
class ImportReport:
    """What an import came to, in lines."""

    source: str
    beginnings: Collection[str]  # of the places of what is set aside
    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    copies: int = 0  # articles found to be copies of others, among the new and changed
    bad: int = 0
    values_left_out: Counter[str] = field(default_factory=Counter)  # of good lines, by field
    problems: list[BadLine] = field(default_factory=list)  # the first bad lines
    left_out: list[tuple[str, LeftOut]] = field(default_factory=list)  # the first values, each with its place
    run_id: int = 0
    gave_up: bool = False  # the beginning was bad without exception

    @property
    def is_all_bad(self) -> bool:
        """Whether no line was good."""
        return self.bad == self.lines

    def counts(self) -> dict[str, object]:
        """The numbers alone. `lines` is the sum of `new`, `changed`, `unchanged` and `bad`."""
        return {
            "lines": self.lines,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "copies": self.copies,
            "bad": self.bad,
            "values_left_out": self.values_left_out.total(),
            "values_left_out_by_field": dict(sorted(self.values_left_out.items())),
        }

    def stats(self) -> dict[str, object]:
        """What the run keeps of it."""
        return run_stats(self.source, self.counts(), self.beginnings)

    def with_results(self, results: Iterable[_Result | BadLine]) -> ImportReport:
        """Itself and what storing a batch came to."""
        after = replace(
            self,
            values_left_out=Counter(self.values_left_out),
            problems=list(self.problems),
            left_out=list(self.left_out),
        )
        for each in results:
            after._count(each)
        return after

    def _count(self, result: _Result | BadLine) -> None:
        self.lines += 1
        if isinstance(result, BadLine):
            self.bad += 1
            if len(self.problems) < _SHOWN:
                self.problems.append(result)
            return
        self.copies += result.copies
        self.new += result.kind == "new"
        self.changed += result.kind == "changed"
        self.unchanged += result.kind == "unchanged"
        for value in result.line.left_out:
            self.values_left_out[value.field] += 1
            if len(self.left_out) < _SHOWN:
                self.left_out.append((place_of(result.line, self.source), value))


@dataclass(frozen=True, slots=True)
class _Result:
    """What storing one good line came to."""

    line: ImportedLine
    kind: str  # new, changed, unchanged
    copies: int


def import_lines(
    database: Database,
    lines: Iterable[RawLine],
    *,
    source: str,
    portal_id: str,
    version: str,
    clock: Callable[[], datetime],
    jobs: int = 1,
    read: Reader | None = None,
    beginnings: Collection[str] | None = None,
    patience: int | None = None,
    on_progress: Callable[[ImportReport], None] = lambda report: None,
) -> ImportReport:
    """Store every good line of `lines` as an article and quarantine the bad ones; the same lines again change nothing.

    `read` makes an article of a line that is not one of our own. `source` names the file in the quarantine,
    `portal_id` takes what names no portal. A run of its own keeps the counts. What is stored when an error ends the
    import stays stored. `beginnings` are those of the places of bad lines, where they lie in files of their own, for
    the run to find them again. When the first `patience` lines are bad without exception, the import gives up.
    """
    matcher = Matcher()
    report = ImportReport(source, beginnings if beginnings is not None else (f"{source}:",))
    database.write(free_dead)
    report.run_id = database.write(lambda corpus: start_run(corpus, portal_id, version, clock()))
    ending = Ending()
    try:
        for batch in prepared(lines, portal_id, clock(), jobs, read or read_line):
            report = _store(database, batch, report, clock())
            report.copies += matcher.match_all(database, clock).copies.total()
            on_progress(report)
            if patience is not None and report.lines >= patience and report.is_all_bad:
                report.gave_up = True
                break
        ending = GAVE_UP if report.gave_up else done(is_good=not report.is_all_bad)
    except (KeyboardInterrupt, SystemExit):
        ending = INTERRUPTED
        raise
    finally:
        database.write(lambda corpus: finish_run(corpus, report.run_id, ending, report.stats(), clock()))
    return report


# --- reading -----------------------------------------------------------------------------------------------------


def prepared(
    lines: Iterable[RawLine], portal_id: str, now: datetime, jobs: int, read: Reader = read_line
) -> Iterator[Batch]:
    """Batches of read lines in order; from the sixth on read by `jobs` processes."""
    batches = _batches(lines, BATCH_LINES)
    for batch in batches if jobs == 1 else islice(batches, _ALONE):
        yield _read_batch(batch, portal_id, now, read)
    more = next(batches, None)
    if more is not None:
        yield from _by_processes(chain([more], batches), portal_id, now, jobs, read)


def _by_processes(
    batches: Iterator[list[RawLine]], portal_id: str, now: datetime, jobs: int, read: Reader
) -> Iterator[Batch]:
    trouble: CopydeskError | None = None
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_ignore_interrupts) as pool:
        waiting: deque[Future[Batch]] = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(_read_batch, batch, portal_id, now, read))
                if len(waiting) > jobs * _AHEAD:
                    yield waiting.popleft().result()
        except CopydeskError as error:  # of the file: what came before it is still to be given
            trouble = error
        while waiting:
            yield waiting.popleft().result()
    if trouble is not None:
        raise trouble


def _read_batch(batch: Sequence[RawLine], portal_id: str, now: datetime, read: Reader) -> Batch:
    return [_read_one(each, portal_id, now, read) for each in batch]


def _read_one(line: RawLine, portal_id: str, now: datetime, read: Reader) -> ImportedLine | BadLine:
    if line.trouble:
        return BadLine(line.number, "", line.trouble, line.file)
    found = read(line.raw, line.number, portal_id, now)
    return replace(found, file=line.file) if line.file else found


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """`items` in lists of `size`; when reading them fails, what came before is given first."""
    batch: list[T] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    except CopydeskError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business


# --- storing -----------------------------------------------------------------------------------------------------


def _store(database: Database, batch: Batch, report: ImportReport, now: datetime) -> ImportReport:
    """One transaction for the batch; when a line breaks it, one for each line, and that line is set aside."""
    try:
        return database.write(lambda corpus: _store_in(corpus, batch, report, now))
    except StorageError:
        raise
    except Exception as error:
        if len(batch) == 1:
            bad = _broken(batch[0], error)
            return database.write(lambda corpus: _store_in(corpus, [bad], report, now))
    for one in batch:
        report = _store(database, [one], report, now)
    return report


def _store_in(corpus: Corpus, batch: Batch, report: ImportReport, now: datetime) -> ImportReport:
    """Store a batch, with the counts of its run; these counts."""
    good = [each for each in batch if isinstance(each, ImportedLine)]
    for portal_id, name in {each.portal_id: each.portal_name for each in good}.items():
        enter_portal(corpus, portal_id, name, now)
    stored = corpus.batches.store([_arrival(each) for each in good], now)
    bad = [each for each in batch if isinstance(each, BadLine)]
    asides = [Aside(each.url, f"{place_of(each, report.source)}: {each.problem}") for each in bad]
    corpus.quarantine.put_imported(asides, now)
    after = report.with_results([*map(_result, good, stored), *bad])
    corpus.runs.count(report.run_id, after.stats())
    return after


def _arrival(line: ImportedLine) -> Arrival:
    seen = line.seen
    times = (seen.observed_utc, seen.first_utc, seen.last_utc, seen.gone_utc)
    return Arrival(line.portal_id, line.article, line.source_id, *times)


def _result(line: ImportedLine, stored: Stored) -> _Result:
    kind = "new" if stored.new else "changed" if stored.changed else "unchanged"
    return _Result(line, kind, len(stored.copies))


def _broken(line: ImportedLine | BadLine, error: Exception) -> BadLine:
    url = line.url if isinstance(line, BadLine) else line.article.url
    return BadLine(line.number, url, f"cannot be stored: {type(error).__name__}: {error}"[:500], line.file)


def place_of(line: ImportedLine | BadLine, source: str) -> str:
    """How the quarantine and messages name the place of a line."""
    return f"{line.file or source}:{line.number}" if line.number else line.file or source
