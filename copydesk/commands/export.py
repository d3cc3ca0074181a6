"""`copydesk export`: articles as others read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from copydesk.context import Desk, DeskCommand, pass_desk
from copydesk.selection import Filters, filter_options

if TYPE_CHECKING:
    from storage.corpus import Corpus
    from storage.search.render import Copied


@click.command(cls=DeskCommand)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="One JSON object a line, or one CSV row an article.",
)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write to FILE, which appears only when it is whole; without it, or with -, to stdout.",
)
@filter_options
@pass_desk
def export(
    desk: Desk,
    query: tuple[str, ...],
    form: str,
    target: Path | None,
    portal: str | None,
    language: str | None,
    since: Any,
    until: Any,
    unique: bool,
    copied: Copied | None,
) -> None:
    """Write articles out as JSON lines or CSV.

    QUERY is as for `copydesk search`; without it every article is written. They come newest first with a query,
    --unique, --originals or --copies, else in the order of their ids.
    Only the current text of each article is. What `jsonl` writes, `copydesk import jsonl` reads.

    \b
    Examples:
      copydesk export --output corpus.jsonl
      copydesk export 'title:budget' --since 2026 --format csv --output budget.csv
      copydesk export --language zh | gzip > zh.jsonl.gz
    """
    from copydesk.counting import Counting
    from copydesk.selection import check_portal
    from storage.database import open_database

    filters: Filters = {
        "portal": portal, "language": language, "since": since, "until": until, "unique": unique, "copied": copied
    }  # fmt: skip
    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        check_portal(corpus, portal)
        ids = _chosen(corpus, " ".join(query), filters)
        with _file(target) as out, Counting(desk, "articles") as counting:
            written = 0
            for written, line in enumerate(_lines(corpus, form, ids), start=1):
                out.write(line)
                counting.show(written)
    desk.say(
        f"{written - (form == 'csv'):,} articles written{f' to {target}' if target and str(target) != '-' else ''}"
    )


def _chosen(corpus: Corpus, query: str, filters: Filters) -> list[int] | None:
    """The ids of the articles to write; None for all of them."""
    if not query.strip() and not any(filters.values()):
        return None
    return corpus.search.ids(query, **filters)


def _lines(corpus: Corpus, form: str, ids: list[int] | None) -> Iterator[str]:
    from copydesk.output import to_json
    from storage.exports import csv_lines, jsonl

    if form == "csv":
        return csv_lines(corpus, ids)
    return (to_json(each) + "\n" for each in jsonl(corpus, ids))


@contextmanager
def _file(target: Path | None) -> Iterator[TextIO]:
    """stdout, or a file that takes its name once everything is in it."""
    from newsroom.errors import StorageError

    if target is None or str(target) == "-":
        yield sys.stdout
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="", errors="replace") as out:
            yield out
        beside.replace(target)
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror}; check the path and the disk") from error
    finally:
        beside.unlink(missing_ok=True)
