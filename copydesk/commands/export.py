"""`copydesk export`: articles as others read them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from copydesk.context import Desk, DeskCommand, pass_desk
from copydesk.selection import Filters, filter_options

if TYPE_CHECKING:
    from copydesk.counting import Counting
    from storage.corpus import Corpus
    from storage.database import Database
    from storage.search.filters import Copied

T = TypeVar("T")


@click.command(cls=DeskCommand)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    default="jsonl",
    show_default=True,
    help="One JSON object a line, one CSV row an article, or a Parquet file with typed columns.",
)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write to FILE, which appears only when it is whole; without it, or with -, to stdout.",
)
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
    help="Export nothing: see whether the slice of MANIFEST is unharmed and the corpus still gives as many articles.",
)
@filter_options
@pass_desk
def export(
    desk: Desk,
    query: tuple[str, ...],
    form: str,
    target: Path | None,
    manifest: Path | None,
    checked: Path | None,
    portal: str | None,
    language: str | None,
    since: Any,
    until: Any,
    unique: bool,
    copied: Copied | None,
) -> int:
    """Write articles out as JSON lines, CSV or Parquet.

    QUERY is as for `copydesk search`; without it every article is written. Articles come in the order of their ids,
    each with its current text, so that the same slice of an unchanged corpus is the same file, byte for byte.
    What `jsonl` writes, `copydesk import jsonl` reads. With --check the exit code is 3 when something differs.

    \b
    Examples:
      copydesk export --output corpus.jsonl
      copydesk export 'title:budget' --since 2026 --format csv --output budget.csv
      copydesk export captured:2026-11-28 --format parquet --output day.parquet --manifest day.json
      copydesk export --check day.json
    """
    from copydesk.counting import Counting
    from copydesk.selection import check_portal
    from copydesk.signals import ended_by_sigterm
    from newsroom.errors import UsageError
    from storage.database import open_database

    filters: Filters = {
        "portal": portal, "language": language, "since": since, "until": until, "unique": unique, "copied": copied
    }  # fmt: skip
    if checked is not None:
        if query or target or manifest or any(filters.values()):
            raise UsageError("--check takes its question from the manifest; give nothing else with it")
        return _check(desk, checked)
    file = None if target is None or str(target) == "-" else target
    if file is None and (manifest or form == "parquet"):
        raise UsageError(f"{'--manifest' if manifest else '--format parquet'} needs --output FILE")
    asked = " ".join(query)
    with ended_by_sigterm(), open_database(desk.config.database_url) as database, database.reading() as corpus:
        check_portal(corpus, portal)
        ids = _chosen(corpus, asked, filters)
        with Counting(desk, "articles") as counting:
            written = _write(corpus, ids, form, file, counting)
        if file and manifest:
            _describe(database, manifest, file, form, written, asked, filters)
    desk.say(f"{written:,} articles written{f' to {file}' if file else ''}")
    return 0


def _chosen(corpus: Corpus, query: str, filters: Filters) -> list[int] | None:
    """The ids of the articles to write, in order; None for all of them."""
    if not query.strip() and not any(filters.values()):
        return None
    return sorted(corpus.search.ids(query, **filters))


def _write(corpus: Corpus, ids: list[int] | None, form: str, file: Path | None, counting: Counting) -> int:
    """Write the articles to `file`, or to stdout; how many."""
    from storage.exports import csv_lines, json_lines
    from storage.exports.files import whole_file

    write_table = _parquet() if form == "parquet" else None
    written = 0
    with ExitStack() as stack:
        path = stack.enter_context(whole_file(file)) if file else None
        if write_table and path:
            return int(write_table(_counted(corpus.articles.iterate(ids=ids), counting), path))
        opened = path.open("w", encoding="utf-8", newline="", errors="replace") if path else nullcontext(sys.stdout)
        with opened as out:
            lines = csv_lines(corpus, ids) if form == "csv" else json_lines(corpus, ids)
            for written, line in enumerate(lines, start=1):
                out.write(line)
                counting.show(written)
    return written - (form == "csv")


def _counted(items: Iterable[T], counting: Counting) -> Iterator[T]:
    for number, item in enumerate(items, start=1):
        yield item
        counting.show(number)


def _parquet() -> Any:
    from newsroom.errors import UsageError

    try:
        from storage.exports.parquet import write_parquet
    except ImportError as error:
        raise UsageError(
            f"--format parquet needs pyarrow ({error}); run pip install 'copydesk[parquet]', or choose --format jsonl"
        ) from None
    return write_parquet


def _describe(database: Database, path: Path, file: Path, form: str, count: int, asked: str, filters: Filters) -> None:
    """Write the manifest of the slice in `file`."""
    from newsroom.config import version
    from storage.exports import CSV_FIELDS, FIELDS
    from storage.exports.manifest import Manifest, file_digest, name_from, searched_for, write_manifest
    from storage.search.analyser import ANALYSER_VERSION
    from storage.search.filters import plain_filters

    size, digest = file_digest(file)
    manifest = Manifest(
        file=name_from(path.parent, file),
        format=form,
        count=count,
        bytes=size,
        sha256=digest,
        fields=list(CSV_FIELDS if form == "csv" else FIELDS),
        query=asked,
        searched_for=searched_for(asked),
        filters=plain_filters(filters),
        written_utc=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        copydesk=version(),
        schema=database.revision() or "",
        analyser=ANALYSER_VERSION,
        database=database.url.get_backend_name(),
    )
    write_manifest(manifest, path)


def _check(desk: Desk, path: Path) -> int:
    """Compare a slice with its manifest; 3 when something differs."""
    from copydesk.output import Column, print_rows
    from newsroom.errors import BelowExpectation, StorageError
    from storage.database import open_database
    from storage.exports.manifest import Check, check_count, check_file, read_manifest

    manifest = read_manifest(path)
    checks = check_file(manifest, path.parent)
    try:
        with open_database(desk.config.database_url) as database, database.reading() as corpus:
            checks.append(check_count(manifest, corpus))
    except StorageError as error:
        checks.append(Check("count", None, f"not compared: {error}"))
    rows = [
        {"check": one.check, "ok": "" if one.ok is None else "yes" if one.ok else "no", "says": one.says}
        for one in checks
    ]
    print_rows(rows, [Column("check"), Column("ok"), Column("says")], "table")
    differs = any(one.ok is False for one in checks)
    desk.say(f"{path}: {'differs' if differs else 'as it was written'}: {manifest.searched_for}")
    return BelowExpectation.exit_code if differs else 0
