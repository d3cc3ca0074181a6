"""`copydesk export`: articles as others read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from copydesk.context import Desk, DeskCommand, embargo_option, pass_desk
from copydesk.selection import filter_options

if TYPE_CHECKING:
    from storage.exports import Slice
    from storage.search.filters import Filters

FORMATS = ("jsonl", "csv", "parquet", "sqlite", "warc", "bibtex", "ris")
ROWS = ("jsonl", "csv", "parquet")  # formats with a choice of fields
BINARY = ("parquet", "sqlite", "warc")
OPEN_FILES = ("/dev/fd/", "/dev/std", "/proc/")
STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


@click.command(cls=DeskCommand)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="jsonl",
    show_default=True,
    help="Rows as JSON lines, CSV or Parquet, an SQLite file, the captured pages as WARC, or references.",
)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write to FILE, which appears only when it is whole; a pipe or a device is written to as it is. Gzipped where "
    "text is to go to a name with .gz. "
    "Without it, or with -, to stdout.",
)
@click.option("--fields", metavar="A,B,…", help="Write these fields, in this order; docs/export.md has them all.")
@click.option(
    "--revisions",
    type=click.Choice(["current", "all"]),
    default="current",
    show_default=True,
    help="The current text of each article, or a row for each text that it has had.",
)
@click.option("--with-copies", is_flag=True, help="Add each article's story, its role there, and whom it copies how.")
@embargo_option
@click.option(
    "--manifest",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Then write to FILE what was asked for, how many articles came, and the digest of what was written.",
)
@click.option(
    "--check",
    "checked",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="MANIFEST",
    help="Export nothing: see whether the slice of MANIFEST is unharmed, and the corpus still gives the same articles "
    "with the same texts; else which are new, gone, or changed.",
)
@filter_options
@pass_desk
def export(
    desk: Desk,
    /,
    query: tuple[str, ...],
    form: str,
    target: Path | None,
    fields: str | None,
    revisions: str,
    with_copies: bool,
    manifest: Path | None,
    checked: Path | None,
    **filters: Any,
) -> int:
    """Write articles out, for other programs and for those who cite them.

    QUERY is as for `copydesk search`; without it every article is written. Articles come in the order of their ids,
    each with its current text, so that the same slice of an unchanged corpus is the same file, byte for byte.
    What `jsonl` writes, `copydesk import jsonl` reads. An SQLite file has every text and the copies; beside it lies
    a metadata.yml for Datasette. A WARC file has every kept capture of the articles.
    What is under an embargo is left out and counted. With --check the exit code is 3 when something differs.

    \b
    Examples:
      copydesk export --output corpus.jsonl.gz
      copydesk export 'title:budget' --since 2026 --format csv --fields id,date,title,url --output budget.csv
      copydesk export captured:2026-11-28 --format parquet --output day.parquet --manifest day.json
      copydesk export ferry --format warc --output ferry.warc.gz
      copydesk export --check day.json
    """
    from copydesk.exporting import Asked, check, export_slice
    from copydesk.targets import check_target
    from newsroom.errors import UsageError
    from storage.exports.files import is_in_place

    if checked is not None:
        others = (query, target, manifest, fields, with_copies, revisions == "all", desk.embargoed)
        if any(others) or any(filters.values()):
            raise UsageError("--check takes its question from the manifest; give nothing else with it")
        return check(desk, checked)
    file = None if target is None or str(target) in STDOUT else target
    if file is None and (manifest or form in BINARY):
        raise UsageError(f"{'--manifest' if manifest else f'--format {form}'} needs --output FILE")
    targets = [file, manifest, file.with_suffix(".metadata.yml") if file and form == "sqlite" else None]
    named = [each.resolve() for each in targets if each is not None]
    if len(set(named)) < len(named):
        raise UsageError(f"{manifest}: the slice, its manifest and the metadata of an SQLite slice need a file each")
    for each in targets:
        check_target(desk, each)
    if file is not None and str(file).startswith(OPEN_FILES) and not is_in_place(file):
        raise UsageError(f"{file}: leads to a file that is open; name the file itself, or - for stdout")
    if file is not None and (manifest or form in ("parquet", "sqlite")) and is_in_place(file):
        raise UsageError(f"{file}: {'--manifest' if manifest else f'--format {form}'} needs a file; this is none")
    if form == "warc" and file is not None and file.suffix == ".warc":
        raise UsageError(f"{file}: the records of a slice are gzip members, as tools tell by the name; write {file}.gz")
    if form not in ROWS and (fields or with_copies or revisions == "all"):
        raise UsageError(f"--fields, --revisions and --with-copies go with {', '.join(ROWS)}; {form} has its own")
    chosen = _slice(form, fields, revisions, with_copies)
    hint = f"; for the format, type --format {query[0]}" if query and query[0] in FORMATS else ""
    asked = Asked(" ".join(query), cast("Filters", filters), form, file, chosen, with_copies, desk.embargoed, hint)
    return export_slice(desk, asked, manifest)


def _slice(form: str, fields: str | None, revisions: str, with_copies: bool) -> Slice:
    """The rows to write of articles that are yet to be found. Raises UsageError for a field that is none."""
    from storage.exports import CSV_FIELDS, FIELDS, Slice
    from storage.exports.fields import OF_COPIES, OF_REVISIONS, choose

    names = [*choose(fields.split(","))] if fields is not None else [*(CSV_FIELDS if form == "csv" else FIELDS)]
    if revisions == "all":
        names += OF_REVISIONS
    if with_copies:
        names += OF_COPIES
    return Slice(None, choose(names), every_revision=revisions == "all")
