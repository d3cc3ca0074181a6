"""`copydesk runs`: past crawls and imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskGroup, output_option, pass_desk

if TYPE_CHECKING:
    from newsroom.records import Run
    from storage.corpus import Corpus


@click.group(cls=DeskGroup)
def runs() -> None:
    """Look at past crawls and imports.

    Each crawl of a portal is a run, and so is each import.

    \b
    Examples:
      copydesk runs list
      copydesk runs show 12
      copydesk runs show 12 --bad
    """


@runs.command("list")
@click.option("--portal", metavar="ID", shell_complete=complete_portal, help="Only runs of this portal.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="How many, newest first."
)
@output_option
@pass_desk
def list_runs(desk: Desk, portal: str | None, limit: int, output: str) -> None:
    """List the newest runs first.

    \b
    Examples:
      copydesk runs list
      copydesk runs list --portal hean-ribao --limit 5 -o json
    """
    from copydesk.output import Column, print_rows
    from copydesk.selection import check_portal
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        check_portal(corpus, portal)
        found = corpus.runs.list(portal, limit)
    numbers = ["id", "seconds", "fetched", "new", "changed", "exit_code"]
    keys = ["id", "portal", "state", "started", "seconds", "fetched", "new", "changed", "exit_code"]
    print_rows([_row(run) for run in found], [Column(key, right=key in numbers) for key in keys], output)
    if not found:
        desk.say("no runs yet; next: copydesk crawl PORTAL")


@runs.command()
@click.argument("run_id", metavar="ID", type=int)
@click.option("--bad", is_flag=True, help="List what it set aside in the quarantine: file, place and reason.")
@output_option
@pass_desk
def show(desk: Desk, run_id: int, bad: bool, output: str) -> None:
    """Show one run with everything it counted, or what it set aside.

    ID is the number that `copydesk runs list` shows. With --bad, everything is listed that the run left in the
    quarantine: of an import the lines, records and files that could not be used, of a crawl the pages that could not
    be read or stored. Of one archive the first 1,000 bad records are there.

    \b
    Examples:
      copydesk runs show 12
      copydesk runs show 12 --json
      copydesk runs show 12 --bad -o csv
    """
    from newsroom.errors import UsageError
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        run = corpus.runs.get(run_id)
        if run is None:
            raise UsageError(f"no run {run_id}; see copydesk runs list")
        if bad:
            _list_bad(desk, corpus, run, output)
        else:
            _show(run, output)


def _show(run: Run, output: str) -> None:
    from copydesk.output import print_record
    from pipelines.imports import BEGINNINGS

    said = {key: value for key, value in _row(run).items() if key not in ("fetched", "new", "changed")}
    stats = {key: value for key, value in run.stats.items() if key != BEGINNINGS}
    if output in ("json", "ndjson"):
        print_record({**said, "stats": stats}, output)
    else:
        print_record({**said, **_flat(stats)}, output)


def _list_bad(desk: Desk, corpus: Corpus, run: Run, output: str) -> None:
    from copydesk.output import Column, print_rows
    from pipelines.imports import set_aside_by

    columns = [Column("file", cut=True), Column("place"), Column("reason", cut=True), Column("url", cut=True)]
    if output != "table":
        columns.append(Column("set_aside_utc"))
    rows = ({column.key: getattr(each, column.key) for column in columns} for each in set_aside_by(corpus, run))
    found = print_rows(rows, columns, output)
    desk.say(f"{found:,} of run {run.id} in the quarantine" if found else f"nothing of run {run.id} is set aside")


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Counts within counts as dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _row(run: Run) -> dict[str, Any]:
    counts = _flat(dict(run.stats))
    ended = run.finished_utc
    return {
        "id": run.id,
        "portal": run.portal_id,
        "state": run.state,
        "started": run.started_utc,
        "finished": ended,
        "seconds": round((ended - run.started_utc).total_seconds(), 1) if ended else None,
        "fetched": counts.get("fetched"),
        "new": counts.get("articles.new", counts.get("new")),
        "changed": counts.get("articles.changed", counts.get("changed")),
        "exit_code": run.exit_code,
    }
