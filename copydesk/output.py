"""Rows on stdout, as a table, JSON, NDJSON or CSV.

What is printed may come from a hostile page: tables never pass control characters to the terminal, and CSV cells
never start a formula.
"""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, TextIO

from newsroom.spreadsheets import guarded

Row = Mapping[str, Any]
NO_LIMIT = 10_000
_SAMPLE_ROWS = 1_000  # a table's widths come from its first rows, so that long lists still stream


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key in the row, its heading in tables, and whether it may be cut to fit the terminal."""

    key: str
    heading: str = ""
    right: bool = False
    cut: bool = False

    @property
    def title(self) -> str:
        return self.heading or self.key.replace("_", " ")


def print_rows(
    rows: Iterable[Row], columns: Sequence[Column | str], output: str = "table", file: TextIO | None = None
) -> int:
    """Print `rows` and return how many there were. JSON, NDJSON and CSV carry every column uncut."""
    shown = [Column(column) if isinstance(column, str) else column for column in columns]
    target = file or sys.stdout
    if output == "table":
        return _print_table(rows, shown, target)
    picked = ({column.key: row.get(column.key) for column in shown} for row in rows)
    if output == "csv":
        return _print_csv(picked, [column.key for column in shown], target)
    return _print_json(picked, target) if output == "json" else _print_ndjson(picked, target)


def print_record(record: Row, output: str = "table", file: TextIO | None = None) -> None:
    """Print one record: `key  value` lines as a table, one object as JSON."""
    target = file or sys.stdout
    if output == "table":
        width = max((display_width(key) for key in record), default=0)
        for key, value in record.items():
            target.write(f"{_pad(key, width)}  {as_text(value)}".rstrip() + "\n")
    elif output == "csv":
        _print_csv([record], list(record), target)
    else:
        target.write(to_json(record, indent=2 if output == "json" else None) + "\n")


def to_json(value: Any, indent: int | None = None) -> str:
    """`value` as JSON; times in ISO 8601, records as objects."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def as_text(value: Any) -> str:
    """`value` as a table shows it: on one line, without control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) for item in value)
    if isinstance(value, Mapping) or is_dataclass(value):
        return clean(to_json(value))
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M:%S")
    return clean(str(_plain(value) if isinstance(value, date | timedelta | Enum) else value))


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 article`, `2,000 articles`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def clean(text: str) -> str:
    """`text` with white space as single spaces, and characters that steer a terminal or turn text around left out.

    Joiners stay: Persian and Indian words are spelt with them, and emoji are made of them.
    """
    kept = "".join(" " if character.isspace() else character for character in text)
    kept = "".join(
        character
        for character in kept
        if character in "\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )
    return " ".join(kept.split())


def clean_within(text: str) -> str:
    """`clean` for a piece out of a text: a space before or behind it stays."""
    inner = clean(text)
    return f"{' ' * text[:1].isspace()}{inner}{' ' * (bool(inner) and text[-1:].isspace())}"


def display_width(text: str) -> int:
    """Columns that `text` takes on a terminal; CJK characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def fit(text: str, width: int) -> str:
    """`text` cut to `width` columns, with an ellipsis where something was cut."""
    if display_width(text) <= width:
        return text
    used = itertools.accumulate(_character_width(character) for character in text)
    kept = sum(1 for columns in used if columns <= width - 1)
    return text[:kept] + "…"


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pad(text: str, width: int, right: bool = False) -> str:
    space = " " * (width - display_width(text))
    return space + text if right else text + space


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.value if isinstance(value, Enum) else str(value)


def _print_table(rows: Iterable[Row], columns: Sequence[Column], target: TextIO) -> int:
    cells = ([as_text(row.get(column.key)) for column in columns] for row in rows)
    sample = list(itertools.islice(cells, _SAMPLE_ROWS))
    if not sample:
        return 0
    headings = [column.title for column in columns]
    widths = [max(map(display_width, cells)) for cells in zip(headings, *sample, strict=True)]
    if target.isatty():
        widths = _squeezed(widths, columns, shutil.get_terminal_size().columns)
    count = 0
    for line in itertools.chain([headings], sample, cells):
        parts = (
            _pad(fit(cell, width) if column.cut else cell, width, column.right)
            for cell, width, column in zip(line, widths, columns, strict=True)
        )
        target.write("  ".join(parts).rstrip() + "\n")
        count += 1
    return count - 1


def terminal_width(file: TextIO | None = None) -> int:
    """Columns that a line may take; next to no limit where the output is no terminal."""
    target = file or sys.stdout
    return shutil.get_terminal_size().columns if target.isatty() else NO_LIMIT


def _squeezed(widths: Sequence[int], columns: Sequence[Column], room: int) -> list[int]:
    """Widths that fit in `room`, taken from the columns that may be cut, the widest first; none below 12."""
    fitted = list(widths)
    cuttable = [number for number, column in enumerate(columns) if column.cut]
    while cuttable and sum(fitted) + 2 * (len(fitted) - 1) > room:
        widest = max(cuttable, key=lambda number: fitted[number])
        if fitted[widest] <= 12:
            break
        fitted[widest] -= 1
    return fitted


def _print_csv(rows: Iterable[Row], keys: Sequence[str], target: TextIO) -> int:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(keys)
    count = 0
    for row in rows:
        writer.writerow([_cell(row.get(key)) for key in keys])
        count += 1
    return count


def _cell(value: Any) -> Any:
    """A CSV cell that a spreadsheet will not run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else to_json(value).strip('"')
    return guarded(text.replace("\0", ""))


def _print_ndjson(rows: Iterable[Row], target: TextIO) -> int:
    count = 0
    for row in rows:
        target.write(to_json(row) + "\n")
        count += 1
    return count


def _print_json(rows: Iterable[Row], target: TextIO) -> int:
    count = 0
    for row in rows:
        target.write(("[\n" if count == 0 else ",\n") + to_json(row))
        count += 1
    target.write("\n]\n" if count else "[]\n")
    return count
