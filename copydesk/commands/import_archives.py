"""`copydesk import warc`: archives of other crawlers, with their captures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from pipelines.archives.report import ArchiveReport

SHOWN = 10  # problems named on stderr, where the quarantine has them all


@click.command(cls=DeskCommand)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--portal", metavar="ID", shell_complete=complete_portal,
    help="Portal of all pages.  [default: the one on whose site a page is, else a new one for its host]",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read N records at most.")
@click.option("--again", is_flag=True, help="Read archives from their start that were imported before.")
@click.option(
    "--ignore-digests", is_flag=True, help="Import records, too, whose bytes do not have the digest that they state."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes that read pages.  [default: workers]")
@click.option("--dry-run", is_flag=True, help="Read and report, and store nothing.")
@output_option
@pass_desk
def warc(
    desk: Desk,
    paths: tuple[Path, ...],
    portal: str | None,
    limit: int | None,
    again: bool,
    ignore_digests: bool,
    jobs: int | None,
    dry_run: bool,
    output: str,
) -> int:
    """Import WARC and ARC files: the pages in them, with their captures.

    PATH is a file (.warc, .warc.gz, .arc, .arc.gz, .wacz) or a folder, of which every such file is read, as CC-NEWS
    downloads and pywb collections have them. HTML pages with status 200 go the way of crawled ones; the capture is
    kept in this corpus's WARC files with the time at which it was made, apart from the article's own date. Revisit
    records are given the page that they refer to. Every record is counted: stored, unchanged, there already, refused
    with a reason, left out as what it is, or bad. Bad ones, and files that cannot be read, are set aside in the
    quarantine with file, byte and reason; `copydesk runs show ID --bad` lists them.

    Stopped or killed, the same command goes on where it was. The same files again change nothing. Older captures
    after newer ones find their place in the article's history. Exit code 3 when no record was good.

    \b
    Examples:
      copydesk import warc CC-NEWS-20260101000000-00001.warc.gz
      copydesk import warc collections/papers/ --dry-run
      copydesk import warc old-site.wacz --portal old-site --json
    """
    from copydesk.counting import Counting
    from copydesk.output import clean, print_record
    from copydesk.stopping import Stopping
    from newsroom.errors import BelowExpectation, UsageError
    from pipelines.archives.desk import Choices
    from pipelines.lines import portal_key

    if portal is not None and portal_key(portal) != portal:
        raise UsageError(f"--portal {portal!r}: an id is letters, digits, dots, hyphens and underscores")
    if not dry_run and not desk.config.warc:
        raise UsageError("captures are switched off (warc = false), and import warc keeps them; use --dry-run to look")
    choices = Choices(portal, not ignore_digests, again, limit)
    with Stopping() as stopping, Counting(desk, "KB", _total_kb(paths)) as counting:

        def show(report: ArchiveReport) -> None:
            counting.show(report.read_bytes >> 10, f", {report.records:,} records, {report.new:,} new articles")

        shared: dict[str, Any] = {
            "portals": desk.config.portals,
            "clock": lambda: datetime.now(UTC),
            "choices": choices,
            "workers": jobs or desk.config.worker_count,
            "stopping": stopping,
            "on_progress": show,
        }
        report = _try(paths, shared) if dry_run else _import(desk, paths, shared)
    shown = report.problems if dry_run else report.problems[:SHOWN]  # a dry run leaves nothing to be looked up
    for problem in shown:
        desk.warn(clean(str(problem)))
    if (more := report.bad + report.unread - len(shown)) > 0:
        desk.warn(f"and {more:,} more{'' if dry_run else ', in the quarantine'}")
    print_record(report.counts(), output)
    if report.run_id and report.bad + report.unread:
        tell_bad(desk, report.run_id)
    if stopping():
        return stopping.exit_code
    if not report.good:
        raise BelowExpectation(f"{named(paths)}: {_nothing_good(report)}")
    return 0


def tell_bad(desk: Desk, run_id: int) -> None:
    """Name the command that lists what an import set aside."""
    desk.say(f"everything that was set aside: copydesk runs show {run_id} --bad")


def named(paths: tuple[Path, ...]) -> str:
    """The first of `paths`, and how many more there are."""
    return f"{paths[0]} and {len(paths) - 1} more" if len(paths) > 1 else str(paths[0])


def _nothing_good(report: ArchiveReport) -> str:
    if report.records:
        return "no record was good"
    if report.unread:
        return "no archive could be read"
    return "there is no record in it" if report.archives else "there is no .warc, .arc or .wacz file in it"


def _import(desk: Desk, paths: tuple[Path, ...], shared: dict[str, Any]) -> ArchiveReport:
    from newsroom.config import version
    from pipelines.archives.importing import import_warc
    from storage.cleanup.upkeep import tend_index
    from storage.database import open_database

    with open_database(desk.config.database_url, create=True) as database:
        report = import_warc(database, desk.config.warc_folder, paths, version=version(), **shared)
        for _ in tend_index(database):
            if shared["stopping"]():
                break
        return report


def _try(paths: tuple[Path, ...], shared: dict[str, Any]) -> ArchiveReport:
    from pipelines.archives.trial import try_warc

    return try_warc(paths, **shared)


def _total_kb(paths: tuple[Path, ...]) -> int:
    from storage.archives.files import ArchiveFile, archives_in

    sizes = {each.path: each.path.stat().st_size for each in archives_in(paths) if isinstance(each, ArchiveFile)}
    return sum(sizes.values()) >> 10
