"""`copydesk verify`: whether every captured byte is still what it was."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from storage.captures import Report


@click.command(cls=DeskCommand)
@click.option("--repair", is_flag=True, help="Cut torn records off the ends of our files; a dry run without --yes.")
@click.option("--yes", is_flag=True, help="Really cut what --repair would cut.")
@click.option(
    "--cdxj",
    "index",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Then write a CDXJ index of every answer to FILE, for replay tools.",
)
@output_option
@pass_desk
def verify(desk: Desk, repair: bool, yes: bool, index: Path | None, output: str) -> int:
    """Check every captured byte against its digests.

    Reads every WARC file, computes every digest again, and compares with the database: torn records, changed bytes,
    captures that are not there. Files that a crawl is writing are read, never changed. Exit code 1 when damage is
    left.

    \b
    Examples:
      copydesk verify
      copydesk verify --repair
      copydesk verify --repair --yes
      copydesk verify --cdxj corpus.cdxj
    """
    from copydesk.counting import Counting
    from copydesk.output import Column, print_rows
    from copydesk.targets import check_target
    from newsroom.errors import UsageError
    from storage.captures import verify as verify_captures
    from storage.database import open_database

    if yes and not repair:
        raise UsageError("--yes goes with --repair")
    check_target(desk, index)
    done: dict[str, int] = {}
    with (
        open_database(desk.config.database_url) as database,
        database.reading() as corpus,
        Counting(desk, "records") as counting,
    ):

        def progress(file: str, records: int) -> None:
            done[file] = records
            counting.show(sum(done.values()))

        retired = corpus.captures.retired()
        report = verify_captures(
            desk.config.warc_folder, corpus.captures.all(), retired=retired, repair=repair and yes, progress=progress
        )
    columns = [Column("kind"), Column("file"), Column("offset", right=True), Column("problem"), Column("url", cut=True)]
    print_rows(_rows(report), columns, output)
    _say(desk, report, dry=repair and not yes)
    if index is not None:
        _write_index(desk, index, retired)
    return 0 if report.ok else 1


def _write_index(desk: Desk, target: Path, retired: set[str]) -> None:
    """One sorted CDXJ line an answer, of all files that are whole and that cleanup has not given up."""
    from storage.captures import DamagedRecord, cdxj
    from storage.captures.files import warc_files
    from storage.exports.files import whole_file

    written: list[list[str]] = []
    for path in warc_files(desk.config.warc_folder):
        if path.name in retired:
            continue
        try:
            written.append(list(cdxj(path)))
        except DamagedRecord as error:
            desk.warn(f"left out of the index: {error}")
    lines = list(heapq.merge(*written))
    with whole_file(target) as beside:
        beside.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    desk.say(f"wrote  {target}: {len(lines):,} answers")


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    for kind, findings in (("torn", report.torn), ("digest", report.bad_digests), ("missing", report.missing)):
        for one in findings:
            yield {"kind": kind, "file": one.file, "offset": one.offset, "problem": one.problem, "url": one.url}


def _say(desk: Desk, report: Report, dry: bool) -> None:
    damaged = len(report.torn) + len(report.bad_digests) + len(report.missing)
    state = "all sound" if report.ok else f"{damaged} damaged"
    desk.say(f"{report.files} files, {report.records:,} records, {report.read_bytes / 1e6:,.1f} MB read: {state}")
    if report.unreferenced:
        desk.say(f"{report.unreferenced} whole answers are not in the database yet; the next crawl takes them in")
    if report.retired:
        desk.say(f"{len(report.retired)} files were given up by cleanup; the next one deletes them")
    if report.live:
        desk.say(f"{len(report.live)} files are being written by a crawl now")
    if report.cut_bytes:
        desk.say(f"{report.cut_bytes:,} bytes of torn records cut off")
    if dry and report.torn:
        desk.say("nothing was changed; add --yes to cut torn records off the ends of files")
    elif report.torn and not report.cut_bytes:
        desk.say("next: copydesk verify --repair")
