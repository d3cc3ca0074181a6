"""Tables of data stay tables; tables that lay a page out become paragraphs."""

from __future__ import annotations

from lxml import html

from pipelines.body.engine import body_text
from pipelines.body.tables import is_data_table, row_lines
from pipelines.markup import parse

PROSE = "The council voted on Monday to close the southern ring road for four months, starting in June. "
BUSES = "".join(f"<tr><td>Line {at}</td><td>{at} minutes</td></tr>" for at in range(3, 7))


def text_of(body: str) -> str:
    return body_text(parse(f"<html><body>{body}</body></html>"), "http://news.example.org/a", fast=False)


def test_a_layout_table_reads_as_paragraphs() -> None:
    page = f"<table><tr><td>{PROSE * 3}<br><br>{PROSE * 2}</td></tr><tr><td>{PROSE * 4}</td></tr></table>"
    lines = [line.strip() for line in text_of(page).split("\n") if line.strip()]
    assert lines == [(PROSE * 3).strip(), (PROSE * 2).strip(), (PROSE * 4).strip()]


def test_a_table_of_data_within_an_article_keeps_its_rows() -> None:
    table = f"<table><tr><th>Bus</th><th>Every</th></tr>{BUSES}</table>"
    page = text_of(f"<article><p>{PROSE * 3}</p>{table}<p>{PROSE * 3}</p></article>")
    rows = [line.strip() for line in page.split("\n") if line.startswith("|")]
    assert rows[0] == "| Bus | Every |"
    assert rows[-4:] == [f"| Line {at} | {at} minutes |" for at in range(3, 7)]


def test_line_ends_of_the_source_do_not_break_a_cells_sentence() -> None:
    page = (
        f"<table><tr><td>{PROSE * 3} The works\n   will cost\n   nine million.</td></tr></table>"
        + f"<p>{PROSE * 3}</p>"
    )
    assert "The works will cost nine million." in text_of(page)


def test_only_grids_of_short_cells_hold_data() -> None:
    grid = html.fragment_fromstring(f"<table>{BUSES}</table>")
    assert is_data_table(grid)
    assert row_lines(grid)[0] == "| Line 3 | 3 minutes |"
    nested = html.fragment_fromstring(f"<table><tr><td>Menu</td><td><table>{BUSES}</table></td></tr></table>")
    assert not is_data_table(nested)
    prose = html.fragment_fromstring(f"<table><tr><td>{PROSE * 3}</td><td>Menu</td></tr>{BUSES}</table>")
    assert not is_data_table(prose)
    column = html.fragment_fromstring("<table>" + "<tr><td>Line 3</td></tr>" * 4 + "</table>")
    assert not is_data_table(column)
