"""Tables that hold data, told from tables that lay a page out."""

from __future__ import annotations

import re

from pipelines.markup import Element

_SOURCE_LINES = re.compile(r"[^\S\n]*\n\s*")
_MOST_CELL_CHARS = 120
_MEAN_CELL_CHARS = 40
_PROSE_CHARS = 400
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


def without_layout(found: Element) -> Element:
    """trafilatura's tree `found` with the cells made paragraphs that are not in a table of data; in place."""
    parts: dict[Element, list[Element]] = {table: [] for table in found.iter("table")}
    loose: list[Element] = []
    for part in found.iter("row", "cell"):
        table = next(part.iterancestors("table"), None)
        (loose if table is None else parts[table]).append(part)
    _unwrap(loose)
    for table, own in parts.items():
        if not _is_tabular([[_cell_text(cell) for cell in row.iter("cell")] for row in own if row.tag == "row"]):
            _unwrap(own)
            table.tag = "div"
    return found


def _is_tabular(rows: list[list[str]]) -> bool:
    """Whether enough rows have cells to compare, and no one cell holds most of the words."""
    filled = [[len(cell) for cell in row if cell] for row in rows]
    wide, all_rows = sum(1 for row in filled if len(row) > 1), sum(1 for row in filled if row)
    longest, everything = max((max(row) for row in filled if row), default=0), sum(map(sum, filled))
    if all_rows < 2:  # one row alone is part of a table that was taken apart, when its cells are as short as a table's
        return wide == 1 and longest <= _MOST_CELL_CHARS
    holds_the_body = longest > _PROSE_CHARS and longest * 2 > everything
    return wide > 1 and wide * 3 >= all_rows and not holds_the_body


def _unwrap(parts: list[Element]) -> None:
    for part in parts:
        if part.tag == "cell" and _cell_text(part):
            part.tag = "p"
            _join_source_lines(part)
        else:
            part.tag = "div"


def _join_source_lines(paragraph: Element) -> None:
    """Make the line ends of the page's source, which no reader sees, spaces; those of code stay."""
    if next(paragraph.iter("code"), None) is not None:
        return
    for element in paragraph.iter():
        element.text = _SOURCE_LINES.sub(" ", element.text or "")
        if element is not paragraph:
            element.tail = _SOURCE_LINES.sub(" ", element.tail or "")
        if element.tag == "p" and element is not paragraph:
            _end_line_before(element)


def _end_line_before(block: Element) -> None:
    """Take the blank off the text before `block`: the engine begins no new line after one."""
    before = block.getprevious()
    if before is None:
        block.getparent().text = block.getparent().text.rstrip()
    else:
        before.tail = before.tail.rstrip()


def _cell_text(cell: Element) -> str:
    return " ".join("".join(cell.itertext()).split())


def row_lines(table: Element) -> list[str]:
    """The rows of a data table, a line each: | cell | cell |"""
    return [f"| {' | '.join(row)} |" for row in _rows(table) if any(row)]


def _rows(table: Element) -> list[list[str]]:
    return [
        [" ".join("".join(cell.itertext("*")).split()) for cell in row if cell.tag in ("td", "th")]
        for _, row in zip(range(_MOST_ROWS), table.iter("tr"), strict=False)
    ]
