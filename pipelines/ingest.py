"""Bring articles that others have collected into the corpus: lines in, stored articles and a report out."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from newsroom.errors import CopydeskError, StorageError
from pipelines.imports import enter_portal, finish_run, run_stats, set_aside, start_run
from pipelines.lines import BadLine, ImportedLine, read_line
from pipelines.match import Matcher
from pipelines.raw_lines import RawLine
from storage.article_batches import Arrival
from storage.articles import Stored
from storage.corpus import Corpus
from storage.database import Database

BATCH_LINES = 200
_AHEAD = 3  # batches a process, read before they can be stored
_ALONE = 5  # batches read here before starting processes pays
_PROBLEMS_SHOWN = 100

T = TypeVar("T")
Batch = Sequence[ImportedLine | BadLine]


Reader = Callable[[bytes, int, str, datetime], ImportedLine | BadLine]


@dataclass(slots=True)
class ImportReport:
    """What an import came to, in lines."""

    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    copies: int = 0  # articles found to be copies of others, among the new and changed
    bad: int = 0
    problems: list[BadLine] = field(default_factory=list)  # the first bad lines

    def counts(self) -> dict[str, int]:
        """The numbers alone."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


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
    on_progress: Callable[[ImportReport], None] = lambda report: None,
) -> ImportReport:
    """Store every good line of `lines` as an article and quarantine the bad ones; the same lines again change nothing.

    `read` makes an article of a line that is not one of our own. `source` names the file in the quarantine,
    `portal_id` takes what names no portal. A run of its own keeps the counts. What is stored when an error ends the
    import stays stored.
    """
    report, matcher = ImportReport(), Matcher()
    run_id = database.write(lambda corpus: start_run(corpus, portal_id, version, clock()))
    state = "failed"
    try:
        for batch in prepared(lines, portal_id, clock(), jobs, read or read_line):
            _store(database, batch, report, source, run_id, clock())
            report.copies += matcher.match_all(database, clock).copies.total()
            on_progress(report)
        state = "done"
    except (KeyboardInterrupt, SystemExit):
        state = "interrupted"
        raise
    finally:
        stats = run_stats(source, report.counts())
        database.write(lambda corpus: finish_run(corpus, run_id, state, stats, clock()))
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


def _store(database: Database, batch: Batch, report: ImportReport, source: str, run_id: int, now: datetime) -> None:
    """One transaction for the batch; when a line breaks it, one for each line, and that line is set aside."""
    try:
        found = database.write(lambda corpus: _store_in(corpus, batch, source, run_id, now))
    except StorageError:
        raise
    except Exception as error:
        if len(batch) == 1:
            found = [_set_aside(database, batch[0], error, source, now)]
        else:
            for one in batch:
                _store(database, [one], report, source, run_id, now)
            return
    for each in found:
        _count(report, each)


@dataclass(frozen=True, slots=True)
class _Result:
    """What storing one line came to."""

    kind: str  # new, changed, unchanged
    copies: int


def _store_in(corpus: Corpus, batch: Batch, source: str, run_id: int, now: datetime) -> list[_Result | BadLine]:
    portals = {each.portal_id: each.portal_name for each in batch if isinstance(each, ImportedLine)}
    for portal_id, name in portals.items():
        enter_portal(corpus, portal_id, name, now)
    good = [each for each in batch if isinstance(each, ImportedLine)]
    arrivals = [_arrival(each) for each in good]
    stored = iter(corpus.batches.store(arrivals, now))
    results: list[_Result | BadLine] = []
    for each in batch:
        if isinstance(each, BadLine):
            _quarantine(corpus, each, source, now)
            results.append(each)
        else:
            results.append(_result(next(stored)))
    return results


def _arrival(line: ImportedLine) -> Arrival:
    seen = line.seen
    times = (seen.observed_utc, seen.first_utc, seen.last_utc, seen.gone_utc)
    return Arrival(line.portal_id, line.article, line.source_id, *times)


def _result(stored: Stored) -> _Result:
    kind = "new" if stored.new else "changed" if stored.changed else "unchanged"
    return _Result(kind, len(stored.copies))


def _set_aside(
    database: Database, line: ImportedLine | BadLine, error: Exception, source: str, now: datetime
) -> BadLine:
    url = line.url if isinstance(line, BadLine) else line.article.url
    bad = BadLine(line.number, url, f"cannot be stored: {type(error).__name__}: {error}"[:500], line.file)
    database.write(lambda corpus: _quarantine(corpus, bad, source, now))
    return bad


def _quarantine(corpus: Corpus, bad: BadLine, source: str, now: datetime) -> None:
    set_aside(corpus, bad.url, f"{place_of(bad, source)}: {bad.problem}", now)


def place_of(bad: BadLine, source: str) -> str:
    """How the quarantine and messages name the place of a bad line."""
    return f"{bad.file or source}:{bad.number}" if bad.number else bad.file or source


def _count(report: ImportReport, result: _Result | BadLine) -> None:
    report.lines += 1
    if isinstance(result, BadLine):
        report.bad += 1
        if len(report.problems) < _PROBLEMS_SHOWN:
            report.problems.append(result)
        return
    report.copies += result.copies
    if result.kind == "new":
        report.new += 1
    elif result.kind == "changed":
        report.changed += 1
    else:
        report.unchanged += 1
