"""`copydesk import`: articles that others have collected."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copydesk.commands.import_archives import warc
from copydesk.context import Desk, DeskGroup, output_option, pass_desk

if TYPE_CHECKING:
    from pipelines.ingest import ImportReport

SHOWN = 10  # bad lines named on stderr


@click.group("import", cls=DeskGroup)
def import_() -> None:
    """Bring in articles that were collected elsewhere.

    They are cleaned, their language is told, copies are found, and they can be searched like crawled ones.

    \b
    Example:
      copydesk import jsonl articles.jsonl.gz
    """


import_.add_command(warc)


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True))
@click.option(
    "--portal", default="import", show_default=True, metavar="ID", help="Portal of the lines that name none themselves."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes that read lines.  [default: cores]")
@output_option
@pass_desk
def jsonl(desk: Desk, file: Path, portal: str, jobs: int | None, output: str) -> int:
    """Import JSON lines, one article a line.

    FILE may be gzip, and - is stdin. A line is {"id", "url", "title", "text"} and, if known, "published", "portal",
    "lang", "authors", "source", "section", "tags"; what `copydesk export` writes fits. Bad lines are set aside in the
    quarantine, named with their line number, and cost nothing but themselves. The same lines again change nothing.
    Exit code 3 when no line was good.

    \b
    Examples:
      copydesk import jsonl articles.jsonl.gz
      zcat old/*.gz | copydesk import jsonl - --portal old-archive
    """
    from copydesk.counting import Counting
    from newsroom.config import version
    from newsroom.errors import BelowExpectation, UsageError
    from pipelines.ingest import import_lines, numbered_lines
    from pipelines.lines import portal_key
    from pipelines.workers import available_cores
    from storage.database import open_database

    if not portal_key(portal):
        raise UsageError(f"--portal {portal!r}: an id needs letters or digits")
    name = "stdin" if str(file) == "-" else str(file)
    with (
        _stream(file) as stream,
        open_database(desk.config.database_url, create=True) as database,
        Counting(desk, "lines") as counting,
    ):
        report = import_lines(
            database,
            numbered_lines(stream, name),
            source=name,
            portal_id=portal_key(portal),
            version=version(),
            clock=lambda: datetime.now(UTC),
            jobs=jobs or available_cores(),
            on_progress=lambda so_far: counting.show(so_far.lines, f", {so_far.bad} bad" if so_far.bad else ""),
        )
    _say(desk, report, name, output)
    return BelowExpectation.exit_code if report.bad and report.bad == report.lines else 0


@contextmanager
def _stream(file: Path) -> Iterator[BufferedReader]:
    if str(file) == "-":
        yield sys.stdin.buffer  # type: ignore[misc]
        return
    with file.open("rb") as opened:
        yield opened


def _say(desk: Desk, report: ImportReport, name: str, output: str) -> None:
    from copydesk.output import clean, print_record

    for bad in report.problems[:SHOWN]:
        desk.warn(f"{name}:{bad.number}: {clean(bad.problem)}")
    if report.bad > SHOWN:
        desk.warn(f"and {report.bad - SHOWN:,} more bad lines, all in the quarantine")
    print_record(report.counts(), output)
