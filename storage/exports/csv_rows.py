"""Articles as rows of CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from storage.corpus import Corpus
from storage.exports.rows import jsonl

CSV_FIELDS = (
    "id",
    "url",
    "title",
    "date",
    "language",
    "authors",
    "portal",
    "source_id",
    "source",
    "section",
    "tags",
    "first_seen",
    "last_seen",
    "revision",
    "words",
    "text",
)


def csv_lines(corpus: Corpus, article_ids: Sequence[int] | None = None, **where: Any) -> Iterator[str]:
    """What `jsonl` gives as CSV lines with a header, ends of lines included; no cell can be read as a formula."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    rows: Iterator[Sequence[Any]] = (
        [_cell(each.get(name)) for name in CSV_FIELDS] for each in jsonl(corpus, article_ids, **where)
    )
    for row in _chained(CSV_FIELDS, rows):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _chained(first: Sequence[Any], rest: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield first
    yield from rest


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    # a spreadsheet takes these for formulas: CWE-1236
    return (
        f"'{text}" if isinstance(value, str | list) and text[:1] in {"=", "+", "-", "@", "\t", "\r"} and text else text
    )
