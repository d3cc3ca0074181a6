"""The part of docs/corpus.md that is read from storage/tables.py: `python -m tests.docs_tables` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Column, Table

from storage.tables import Base

PAGE = Path(__file__).resolve().parent.parent / "docs" / "corpus.md"
MARKED = re.compile(r"(<!-- begin tables[^>]*-->\n).*(<!-- end tables -->)", re.DOTALL)


def written_tables() -> str:
    """Every table with its comment and a row for each column."""
    return "\n".join(_table(table) for table in Base.metadata.sorted_tables)


def _table(table: Table) -> str:
    rows = "\n".join(_column(column) for column in table.columns)
    return f"### {table.name}\n\n{table.comment}\n\n| column | type | holds |\n| --- | --- | --- |\n{rows}\n"


def _column(column: Column[object]) -> str:
    keys = [key.target_fullname for key in column.foreign_keys]
    kind = type(column.type).__name__.lower() + (", may be empty" if column.nullable else "")
    meaning = column.comment or ("number of the row" if column.primary_key else "")
    return f"| `{column.name}` | {kind} | {meaning}{f' (→ `{keys[0]}`)' if keys else ''} |"


def with_tables(page: str) -> str:
    """`page` with its marked part written anew."""
    return MARKED.sub(lambda found: found[1] + "\n" + written_tables() + "\n" + found[2], page)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
