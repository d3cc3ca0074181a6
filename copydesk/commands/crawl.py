"""`copydesk crawl`: fetch what is due of one portal, several, or all of them."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskCommand, output_option, pass_desk, shows_progress
from copydesk.selection import When

if TYPE_CHECKING:
    from copydesk.progress import CrawlProgress
    from newsroom.config import Config
    from newsroom.portals import Portal
    from spiders.assignment import Assignment
    from spiders.crawl import CrawlReport

COLUMNS = ("portal", "fetched", "new", "changed", "unchanged", "copies", "rejected", "failed", "pages_per_s", "exit")


@click.command(cls=DeskCommand)
@click.argument("portals", nargs=-1, metavar="[PORTAL|URL]...", shell_complete=complete_portal)
@click.option("--all", "every", is_flag=True, help="Every enabled portal of the folder.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Enabled portals with this tag; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Pages a portal at most, instead of max_pages.")
@click.option(
    "--since",
    type=When(),
    metavar="WHEN",
    help="Leave articles waiting that were announced as older than WHEN: 2026-03-05, 2026-03-05T06:00+01:00, or 7d for "
    "seven days ago.",
)
@click.option(
    "--revisit", is_flag=True, help="Only look again at stored articles that are due for it; discover nothing."
)
@click.option("--dry-run", is_flag=True, help="Say what is due and would be fetched; ask no site, write nothing.")
@click.option("--no-warc", is_flag=True, help="Keep no raw captures: faster, but nothing can be read again later.")
@click.option("--fail-if-empty", is_flag=True, help="Exit with 4 when nothing was due.")
@output_option
@pass_desk
def crawl(
    desk: Desk,
    portals: tuple[str, ...],
    every: bool,
    tags: tuple[str, ...],
    limit: int | None,
    since: datetime | None,
    revisit: bool,
    dry_run: bool,
    no_warc: bool,
    fail_if_empty: bool,
    output: str,
) -> int:
    """Crawl portals: discover, fetch, capture, read and store what is due.

    Give portal ids, or the URL of a site that has no portal file: its sources are found by themselves. A crawl
    that was stopped or killed goes on where it was. With --json the last line is one object of statistics.

    --since looks at the latest date that feeds and sitemaps gave an article, published or changed. Is that before
    WHEN, the article is not fetched in this run, whether new or due for another look; it stays in the ledger as
    waiting, and a later run without --since fetches it. Sources are read, and articles that nobody dated are fetched.

    --revisit fetches stored articles whose next look is due by the portal file's revisit times, and those that a
    sitemap said were changed. It reads no feed, sitemap or listing. Addresses that such a page leads to, as by a
    redirect, are entered and wait for the next crawl. Exit code 3 is not given for a lack of new articles.

    --dry-run goes by what earlier runs have stored: what the sources would name, and what robots.txt would forbid, it
    cannot know.

    \b
    Examples:
      copydesk crawl example-news
      copydesk crawl https://news.example.org/ --limit 50
      copydesk crawl --all --json
      copydesk crawl example-news --since 7d --dry-run
      copydesk crawl --all --revisit --fail-if-empty
    """
    from dataclasses import replace

    from newsroom.errors import NothingToDo
    from spiders.assignment import Assignment

    config = replace(desk.config, warc=False) if no_warc else desk.config
    chosen = _chosen(config, portals, every, tags)
    if not chosen:
        desk.warn(f"no enabled portal in {config.portals}; add one with copydesk portal add URL")
        return NothingToDo.exit_code if fail_if_empty else 0
    assignment = Assignment(limit, since, revisit)
    if dry_run:
        from copydesk.outlook_view import show_outlook

        due = show_outlook(desk, chosen, assignment, output)
        return NothingToDo.exit_code if fail_if_empty and not due else 0
    reports, signalled = _run(desk, config, chosen, assignment)
    _print_reports(reports, assignment, output)
    for report in reports:
        if report.judgement.message:
            desk.warn(report.judgement.message)
    if signalled:
        return 128 + signalled
    if fail_if_empty and not any(report.stats.fetched for report in reports):
        return NothingToDo.exit_code
    return max((report.judgement.exit_code for report in reports), default=0)


def _chosen(config: Config, wanted: tuple[str, ...], every: bool, tags: tuple[str, ...]) -> list[Portal]:
    from newsroom.errors import UsageError
    from newsroom.portals import ad_hoc_portal, find_portal, load_portals

    if not wanted and not every and not tags:
        raise UsageError("which portals? name them, or say --all (see `copydesk portal list`)")
    chosen = [ad_hoc_portal(each) if "://" in each else find_portal(config.portals, each) for each in wanted]
    if every or tags:
        known = {portal.id for portal in chosen}
        folder = load_portals(config.portals) if config.portals.is_dir() else []
        wanted_tags = set(tags)
        tagged = (each for each in folder if not wanted_tags or wanted_tags & set(each.tags))
        chosen.extend(each for each in tagged if each.enabled and each.id not in known)
    return chosen


def _run(desk: Desk, config: Config, chosen: list[Portal], assignment: Assignment) -> tuple[list[CrawlReport], int]:
    from spiders.crawl import run_crawls

    desk.start_logging()
    progress = _progress(desk)
    try:
        return run_crawls(config, chosen, assignment, on_tick=progress.show)
    finally:
        progress.close()


def _print_reports(reports: list[CrawlReport], assignment: Assignment, output: str) -> None:
    from copydesk.output import Column, print_rows, to_json

    if output == "json":
        sys.stdout.write(to_json(summary(reports, assignment)) + "\n")
        return
    rows = [_row(report) for report in reports]
    columns = [Column(name, right=name not in ("portal",)) for name in COLUMNS]
    if output == "table" and len(rows) > 1:
        rows.append(_total(rows))
    print_rows(rows, columns, output)


def summary(reports: list[CrawlReport], assignment: Assignment) -> dict[str, object]:
    """One object of statistics: the sums, and each portal's own."""
    articles = dict.fromkeys(("new", "changed", "unchanged", "copies", "rejected"), 0)
    portals = []
    for report in reports:
        counts = report.stats.as_dict()
        for name in articles:
            articles[name] += counts["articles"][name]
        portals.append({**counts, "run": report.run_id, "state": report.state, "exit_code": report.judgement.exit_code})
    return {
        "kind": assignment.kind,
        "fetched": sum(report.stats.fetched for report in reports),
        "bytes": sum(report.stats.bytes for report in reports),
        "articles": articles,
        "seconds": round(max((report.stats.seconds for report in reports), default=0.0), 2),
        "portals": portals,
    }


def _row(report: CrawlReport) -> dict[str, object]:
    stats = report.stats
    return {
        "portal": report.portal_id,
        "fetched": stats.fetched,
        "new": stats.new,
        "changed": stats.changed,
        "unchanged": stats.unchanged,
        "copies": stats.copies,
        "rejected": sum(stats.refused.values()),
        "failed": sum(stats.failed.values()),
        "pages_per_s": round(stats.fetched / max(stats.seconds, 0.001), 1),
        "exit": report.judgement.exit_code,
    }


def _total(rows: list[dict[str, object]]) -> dict[str, object]:
    total: dict[str, object] = {"portal": f"{len(rows)} portals", "pages_per_s": "", "exit": ""}
    for name in COLUMNS[1:-2]:
        total[name] = sum(value for row in rows if isinstance(value := row[name], int))
    return total


def _progress(desk: Desk) -> CrawlProgress:
    from copydesk.progress import CrawlProgress

    return CrawlProgress(desk, live=shows_progress() and not desk.quiet)
