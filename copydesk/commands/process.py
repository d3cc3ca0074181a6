"""`copydesk process`: read captured pages that were never processed, and the quarantine once more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from spiders.reprocess import ProcessReport

REASONS = ("resource-limit", "quarantined")


@click.command(cls=DeskCommand)
@click.option("--retry-quarantined", "retries", is_flag=True, help="Then read the pages of the quarantine once more.")
@click.option(
    "--portal", "portal_id", metavar="ID", shell_complete=complete_portal, help="Retry only pages of this portal."
)
@click.option("--reason", type=click.Choice(REASONS), help="Retry only pages that were set aside for this reason.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Retry N pages at most.")
@click.option(
    "--cpu-limit", type=click.FloatRange(1, 3600), default=10, show_default=True, metavar="S",
    help="CPU seconds that reading one page may take.",
)  # fmt: skip
@click.option(
    "--wall-limit", type=click.FloatRange(1, 3600), default=20, show_default=True, metavar="S",
    help="Seconds that reading one page may take.",
)  # fmt: skip
@click.option(
    "--memory-limit", type=click.IntRange(512, 1 << 20), default=1024, show_default=True, metavar="MB",
    help="Memory that reading one page may take.",
)  # fmt: skip
@click.option("--fail-if-empty", is_flag=True, help="Exit with 4 when there was nothing to process or to retry.")
@output_option
@pass_desk
def process(
    desk: Desk,
    retries: bool,
    portal_id: str | None,
    reason: str | None,
    limit: int | None,
    cpu_limit: float,
    wall_limit: float,
    memory_limit: int,
    fail_if_empty: bool,
    output: str,
) -> int:
    """Process captured pages that were never processed.

    Those are what a killed crawl left in its WARC file. Every crawl takes them up when it begins; this does it without
    a crawl. No site is asked. Files that a running crawl is writing are left alone.

    With --retry-quarantined, pages that could not be read or stored are read again from their captures, with the
    copydesk that runs now, the portal files as they are, and the limits given here. A page that can be read is stored,
    or refused for what it is, and leaves the quarantine; one that still cannot stays, with its new error and one more
    try. Those that have waited longest come first. An article over several pages is left to the next crawl, which
    fetches it whole.

    \b
    Examples:
      copydesk process
      copydesk process --retry-quarantined --json
      copydesk process --retry-quarantined --reason resource-limit --cpu-limit 120 --wall-limit 300
    """
    from copydesk.counting import Counting
    from copydesk.output import print_record, to_json
    from newsroom.errors import NothingToDo, UsageError
    from newsroom.reasons import Reason
    from spiders.reprocess import ReadingLimits, Retry, reprocess

    if not retries and (portal_id or reason or limit):
        raise UsageError("--portal, --reason and --limit choose what to retry; they go with --retry-quarantined")
    if portal_id is not None:
        _check_portal(desk, portal_id)
    desk.start_logging()
    retry = Retry(portal_id, Reason(reason) if reason else None, limit) if retries else None
    with Counting(desk, "pages of the quarantine read") as counting:
        report = reprocess(desk.config, retry, ReadingLimits(cpu_limit, memory_limit, wall_limit), counting.show)
    if output == "json":
        sys.stdout.write(to_json(report.as_dict()) + "\n")
    else:
        print_record(report.as_dict(), output)
    if report.signalled:
        return 128 + report.signalled
    _say(desk, report)
    return NothingToDo.exit_code if fail_if_empty and report.is_empty else 0


def _check_portal(desk: Desk, portal_id: str) -> None:
    from copydesk.selection import check_portal
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        check_portal(corpus, portal_id)


def _say(desk: Desk, report: ProcessReport) -> None:
    if report.is_empty:
        desk.say("nothing to process")
    if report.fetch_again:
        desk.say(f"{report.fetch_again:,} articles over several pages wait for the next crawl to fetch them whole")
    if report.still_quarantined:
        desk.say(f"{report.still_quarantined:,} pages still cannot be read and stay in the quarantine")
