"""`copydesk import`: articles that others have collected."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.import_archives import named, tell_bad, warc
from copydesk.context import Desk, DeskGroup, output_option, pass_desk

if TYPE_CHECKING:
    from pipelines.ingest import ImportReport
    from pipelines.raw_lines import RawLine

SHOWN = 10  # bad lines, and values left out, named on stderr
PATIENCE = 1_000  # lines, all of them bad


@click.group("import", cls=DeskGroup)
def import_() -> None:
    """Bring in articles that were collected elsewhere.

    They are cleaned, their language is told, copies are found, and they can be searched like crawled ones.

    \b
    Examples:
      copydesk import jsonl articles.jsonl.gz
      copydesk import warc CC-NEWS-20260101000000-00001.warc.gz
      copydesk import news-please ~/news-please-repo/data/
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
def jsonl(desk: Desk, file: Path, portal: str, jobs: int | None, output: str) -> None:
    """Import JSON lines, one article a line.

    FILE may be gzip, and - is stdin. A line is {"id", "url", "title", "text"} and, if known, "published", "portal",
    "lang", "authors", "source", "section", "tags"; what `copydesk export` writes fits. A value of these that cannot be
    understood is left out of its article, counted, and the first are named. Lines without a usable url or text are set
    aside in the quarantine, which `copydesk runs show ID --bad` lists, and cost nothing but themselves. The same lines
    again change nothing. Exit code 3 when no line was good; when the first 1,000 are all bad, the import ends there.

    \b
    Examples:
      copydesk import jsonl articles.jsonl.gz
      zcat old/*.gz | copydesk import jsonl - --portal old-archive
    """
    from pipelines.foreign_files import refuse_other_files
    from pipelines.raw_lines import numbered_lines

    name, path = ("stdin", "FILE") if str(file) == "-" else (str(file), str(file))
    with _stream(file) as stream:
        refuse_other_files(stream, name, path)
        lines = numbered_lines(stream, name)
        _import(desk, lines, name, portal, jobs, output, "there is no line in it", patience=PATIENCE)


@import_.command("news-please")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option("--portal", metavar="ID", help="Portal of all articles.  [default: each one's source_domain]")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes that read articles.  [default: cores]")
@output_option
@pass_desk
def news_please(desk: Desk, paths: tuple[Path, ...], portal: str | None, jobs: int | None, output: str) -> None:
    """Import the JSON that news-please writes.

    PATH is a file, or a folder of which every .json, .jsonl and .ndjson file is read, gzip or not. A file holds one
    article, or one on each line. date_download is taken as the time of capture, so that several files of one address
    become the versions of one article; date_publish as the time of publication. Both are read as UTC. Files that
    cannot be read are set aside in the quarantine, which `copydesk runs show ID --bad` lists, and cost nothing but
    themselves. The same files again change nothing. Exit code 3 when no article was good.

    \b
    Examples:
      copydesk import news-please ~/news-please-repo/data/
      copydesk import news-please 2019.jsonl.gz --portal old-crawl
    """
    from functools import partial

    from pipelines.news_please import into, read_news_please
    from pipelines.raw_lines import objects_in

    read = read_news_please if portal is None else partial(into, portal)
    nothing = "there is no file in it called .json, .jsonl or .ndjson, with or without .gz"
    more = {"read": read, "beginnings": [_beginning(path) for path in paths]}
    _import(desk, objects_in(paths), named(paths), portal or "import", jobs, output, nothing, **more)


def _beginning(path: Path) -> str:
    """How the places begin that a file has, or the files of a folder."""
    return str(path / "x")[:-1] if path.is_dir() else f"{path}:"


def _import(
    desk: Desk,
    lines: Iterable[RawLine],
    name: str,
    portal: str,
    jobs: int | None,
    output: str,
    nothing: str,
    **more: Any,
) -> None:
    """Import `lines` from what is called `name`, and print what came of it.

    Raises BelowExpectation when nothing was good; `nothing` says that nothing was there.
    """
    from copydesk.counting import Counting
    from copydesk.signals import ended_by_sigterm
    from newsroom.config import version
    from newsroom.errors import BelowExpectation, UsageError
    from pipelines.ingest import import_lines
    from pipelines.lines import portal_key
    from pipelines.workers import available_cores
    from storage.cleanup.upkeep import tend_index
    from storage.database import open_database

    if not portal_key(portal):
        raise UsageError(f"--portal {portal!r}: an id needs letters or digits")
    with (
        ended_by_sigterm(),
        open_database(desk.config.database_url, create=True) as database,
        Counting(desk, "lines") as counting,
    ):
        report = import_lines(
            database,
            lines,
            source=name,
            portal_id=portal_key(portal),
            version=version(),
            clock=lambda: datetime.now(UTC),
            jobs=jobs or available_cores(),
            **more,
            on_progress=lambda so_far: counting.show(so_far.lines, f", {so_far.bad} bad" if so_far.bad else ""),
        )
        for _ in tend_index(database):
            counting.show(report.lines, ", merging the search index")
    _say(desk, report, output)
    if report.gave_up:
        raise BelowExpectation(
            f"{name}: the first {report.lines:,} lines are bad without exception, and the import ends there; a line is "
            '{"url", "title", "text", ...}, see copydesk import jsonl --help'
        )
    if report.is_all_bad:
        raise BelowExpectation(f"{name}: {'no article in it was good' if report.lines else nothing}")


@contextmanager
def _stream(file: Path) -> Iterator[BufferedReader]:
    if str(file) == "-":
        yield sys.stdin.buffer  # type: ignore[misc]
        return
    with file.open("rb") as opened:
        yield opened


def _say(desk: Desk, report: ImportReport, output: str) -> None:
    from copydesk.output import clean, print_record
    from pipelines.ingest import place_of

    for bad in report.problems[:SHOWN]:
        desk.warn(f"{place_of(bad, report.source)}: {clean(bad.problem)}")
    if report.bad > SHOWN:
        desk.warn(f"and {report.bad - SHOWN:,} more bad lines, all in the quarantine")
    for place, value in report.left_out[:SHOWN]:
        desk.warn(f"{place}: {value.field} left out, which cannot be understood: {clean(value.value)}")
    if (more := report.values_left_out.total() - SHOWN) > 0:
        desk.warn(f"and {more:,} more values left out")
    print_record(report.counts(), output)
    if report.bad:
        tell_bad(desk, report.run_id)
