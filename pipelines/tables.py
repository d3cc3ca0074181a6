"""Tables that hold data, told from tables that lay a page out."""

from __future__ import annotations

from pipelines.markup import Element

_MOST_CELL_CHARS = 120
_MEAN_CELL_CHARS = 40
_MOST_ROWS = 2_000


def is_data_table(table: Element) -> bool:
    """Whether rows of short cells stand under one another, none of which holds a table or running text."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    if next(table.iterdescendants("form", "p", "div"), None) is not None and next(table.iter("th"), None) is None:
        return False
    return _is_grid(_rows(table))


def _is_grid(rows: list[list[str]]) -> bool:
    cells = [cell for row in rows for cell in row if cell]
    wide_rows = [row for row in rows if sum(1 for cell in row if cell) > 1]
    if len(wide_rows) < 2 or len(wide_rows) * 2 < len(rows):
        return False
    return max(map(len, cells)) <= _MOST_CELL_CHARS and sum(map(len, cells)) <= _MEAN_CELL_CHARS * len(cells)


def row_lines(table: Element) -> list[str]:
    """The rows of a data table, a line each: | cell | cell |"""
    return [f"| {' | '.join(row)} |" for row in _rows(table) if any(row)]


def _rows(table: Element) -> list[list[str]]:
    return [
        [" ".join("".join(cell.itertext("*")).split()) for cell in row if cell.tag in ("td", "th")]
        for _, row in zip(range(_MOST_ROWS), table.iter("tr"), strict=False)
    ]
