"""A dry run: archives read as an import would, and nothing stored, asked or written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError
from newsroom.records import Article
from pipelines.archives.desk import Choices
from pipelines.archives.homes import Homes
from pipelines.archives.pages import ArchivedPage, LeftOut, page_in
from pipelines.archives.report import ArchiveReport, Problem
from pipelines.reading import read_options
from pipelines.workers import ExtractionPool, PageBytes, extract_many
from storage.archives.files import ArchiveFile, Unread, archives_in
from storage.archives.reading import read_archive
from storage.archives.records import Damage


def try_warc(
    paths: Sequence[Path],
    *,
    portals: Path,
    clock: Callable[[], datetime],
    choices: Choices,
    workers: int | None = None,
    stopping: Callable[[], bool],
    on_progress: Callable[[ArchiveReport], None],
) -> ArchiveReport:
    """What an import into an empty corpus would find; `new` counts the pages that hold an article.

    Revisits are left out, since what they refer to is not kept.
    """
    report = ArchiveReport()
    homes = Homes(portals, (), choices.portal_id)
    pool = ExtractionPool(workers)
    try:
        pages = _pages(paths, report, homes, clock, choices, stopping, on_progress)
        for found in extract_many(pages, pool=pool):
            if isinstance(found, Article):
                report.new += 1
            else:
                report.refused[found.reason.value] += 1
    finally:
        pool.close_now()
    return report


def _pages(
    paths: Sequence[Path],
    report: ArchiveReport,
    homes: Homes,
    clock: Callable[[], datetime],
    choices: Choices,
    stopping: Callable[[], bool],
    on_progress: Callable[[ArchiveReport], None],
) -> Iterator[PageBytes]:
    """The pages to be read; everything else is counted."""
    for _, page in _everything(paths, report, clock, choices):
        on_progress(report)
        if page.reference is not None:
            report.left_out["revisit"] += 1
        elif page.exchange.truncated:
            report.refused["truncated"] += 1
        else:
            options = read_options(homes.of(page.url), page.exchange.fetched_utc)
            yield PageBytes(page.body, page.exchange.url, page.content_type, options)
        if stopping():
            return


def _everything(
    paths: Sequence[Path], report: ArchiveReport, clock: Callable[[], datetime], choices: Choices
) -> Iterator[tuple[ArchiveFile, ArchivedPage]]:
    before = 0
    for archive in archives_in(paths):
        if isinstance(archive, Unread):
            report.unread += 1
            report.note(Problem(archive.name, "", archive.why))
            continue
        try:
            report.archives += 1
            with archive.open() as file:
                for each in read_archive(file):
                    if choices.limit is not None and report.records >= choices.limit:
                        return
                    report.records += 1
                    report.read_bytes = before + each.place.offset
                    if isinstance(each, Damage):
                        report.bad += 1
                        report.note(Problem(archive.name, str(each.place), each.problem))
                        continue
                    found = page_in(each, archive.name, clock(), check=choices.check_digests)
                    if isinstance(found, ArchivedPage):
                        yield archive, found
                    elif isinstance(found, LeftOut):
                        report.left_out[found.kind] += 1
                    else:
                        report.bad += 1
                        report.note(Problem(archive.name, str(each.place), found.problem))
            before += archive.size
        except ArchiveError as error:
            report.unread += 1
            report.note(Problem(archive.name, "", str(error)))
