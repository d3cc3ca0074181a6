"""Rows as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from newsroom.spreadsheets import guarded
from storage.exports.reading import Slice

if TYPE_CHECKING:
    from storage.corpus import Corpus


def csv_lines(corpus: Corpus, chosen: Slice) -> Iterator[str]:
    """The rows of a slice as CSV lines with a header, ends of lines included; no cell can be read as a formula."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    rows: Iterator[Sequence[Any]] = (list(map(cell, each.values())) for each in corpus.slices.plain(chosen))
    for row in chain([chosen.fields], rows):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def cell(value: Any) -> str:
    """A value as a spreadsheet may have it."""
    if value is None:
        return ""
    if isinstance(value, str | list):
        return guarded(value if isinstance(value, str) else "; ".join(map(str, value)))
    return str(value)
