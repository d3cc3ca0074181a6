"""Bring archives into the corpus: WARC and ARC files of other crawlers, with their captures and their times.

Each page goes the way of a crawled one: decoded, read in a worker process with limits, told its language, stored and
compared. What is done is noted in the same transaction, so that an import that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from newsroom.errors import ArchiveError
from pipelines.archives.desk import Choices, Deferred, ImportDesk
from pipelines.archives.homes import CATCH_ALL, Homes
from pipelines.archives.leftovers import PART_OF, take_up
from pipelines.archives.one_archive import OneArchive
from pipelines.archives.originals import Originals
from pipelines.archives.pages import LeftOut
from pipelines.archives.report import ArchiveReport, Problem
from pipelines.archives.storing import Storing
from pipelines.imports import INTERRUPTED, Ending, done, finish_run, start_run
from pipelines.workers import ExtractionPool
from storage.archives.files import Unread, archives_in
from storage.captures.layout import Original
from storage.captures.writer import CaptureWriter
from storage.corpus import Corpus
from storage.database import Database
from storage.owners import free_dead

EVERYTHING = Choices()


def never() -> bool:
    """An import that nothing stops."""
    return False


def import_warc(
    database: Database,
    warc_folder: Path,
    paths: Sequence[Path],
    *,
    portals: Path,
    version: str,
    clock: Callable[[], datetime],
    choices: Choices = EVERYTHING,
    workers: int | None = None,
    pool: ExtractionPool | None = None,
    stopping: Callable[[], bool] = never,
    on_progress: Callable[[ArchiveReport], None] = lambda report: None,
) -> ArchiveReport:
    """Import the archives that `paths` name, files and folders; captures are kept in `warc_folder`.

    `portals` is the folder of portal files. Pages are read by `pool`, which stays open, or by `workers` processes of
    this import's own. A record that cannot be used is quarantined with its place and costs
    nothing but itself. What is stored when an error or `stopping` ends the import stays stored.
    """
    database.write(free_dead)
    take_up(database, warc_folder, clock)
    source = _named(paths)
    run_id = database.write(lambda corpus: start_run(corpus, choices.portal_id or CATCH_ALL, version, clock()))
    with database.reading() as corpus:
        homes = Homes(portals, corpus.portals.list(), choices.portal_id)
    writer, originals = _writer(database, warc_folder, version), Originals(warc_folder)
    reading = pool or ExtractionPool(workers)
    storing = Storing(database, writer, originals, run_id, clock)
    desk = ImportDesk(database, homes, originals, reading, storing, choices, clock, stopping, on_progress, source)
    desk.report.run_id = run_id
    ending = Ending()
    try:
        _run(desk, paths)
        ending = INTERRUPTED if stopping() else done(is_good=bool(desk.report.good))
    except KeyboardInterrupt:
        ending = INTERRUPTED
        raise
    finally:
        if pool is None:
            reading.close_now()
        writer.close()
        database.write(lambda corpus: finish_run(corpus, run_id, ending, desk.stats(desk.report), clock()))
    return desk.report


def _writer(database: Database, folder: Path, version: str) -> CaptureWriter:
    def known(digest: str) -> Original | None:
        with database.reading() as corpus:
            found = corpus.captures.known(digest)
        return Original(found.record_id, found.url, found.fetched_utc) if found else None

    return CaptureWriter(folder, software=f"copydesk/{version}", known=known, info={"isPartOf": PART_OF})


def _named(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _run(desk: ImportDesk, paths: Sequence[Path]) -> None:
    """One archive after the other, then once more what revisits refer to, then what is left to be compared."""
    before = 0
    for archive in archives_in(paths):
        if desk.ends:
            break
        if isinstance(archive, Unread):
            desk.set_aside(archive.name, archive.why)
            continue
        try:
            OneArchive(desk, archive, before).run()
            before += archive.size
        except ArchiveError as error:
            desk.set_aside(archive.name, str(error).removeprefix(f"{archive.path}: "))
    for deferred in desk.deferred:
        if not desk.stopping():
            _once_more(desk, deferred)
    desk.compare(least=1)


def _once_more(desk: ImportDesk, deferred: Deferred) -> None:
    """Look again for the original of a revisit, now that everything has been read."""
    try:
        with desk.database.reading() as corpus:
            found = desk.originals.whole(deferred.page, corpus)
    except ArchiveError as error:
        desk.report.note(
            Problem(deferred.archive, deferred.place, f"refers to a capture that cannot be read ({error})")
        )
        return
    if found is None:
        desk.report.note(Problem(deferred.archive, deferred.place, deferred.problem))
        return
    release = partial(_release, deferred.detail, desk.clock())
    if isinstance(found, LeftOut):
        desk.report.bad -= 1
        desk.report.left_out[found.kind] += 1
        desk.database.write(release)
        return
    each = desk.begin(found.page)
    each.original = found.original
    if not desk.wait_for([each]):
        return
    desk.report.bad -= 1
    desk.storing.store([each], [], release)
    desk.count(desk.report, each, deferred.archive, deferred.place)


def _release(detail: str, now: datetime, corpus: Corpus) -> None:
    corpus.quarantine.release_import(detail, now)
