"""What a query is read as, and what is said about one that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.errors import QueryError
from storage.search.query import MAX_CHARS, date_span, parse
from storage.search.tree import Phrase


@pytest.mark.parametrize(
    ("query", "read_as"),
    [
        ("中国 经济", "中国 AND 经济"),
        ("中国　经济", "中国 AND 经济"),
        ("oil AND gas OR coal", "(oil AND gas) OR coal"),
        ("oil & gas | coal", "(oil AND gas) OR coal"),
        ("oil (gas OR coal)", "oil AND (gas OR coal)"),
        ("oil（gas OR coal）", "oil AND (gas OR coal)"),
        ("“crude oil” 「石油」", '"crude oil" AND 石油'),
        ("oil -gas", "oil AND NOT gas"),
        ("oil －gas", "oil AND NOT gas"),
        ("oil NOT (gas coal)", "oil AND NOT (gas AND coal)"),
        ("oil-gas", '"oil gas"'),
        ("state-of-the-art", '"state of the art"'),
        ("and or not", "and AND or AND not"),
        ("econom*", "econom*"),
        ('"crude oi*" "crude oi"*', '"crude oi"* AND "crude oi"*'),
        ("中国*", "中国"),
        ("6G技术", '"6g 技术"'),
        ("TITLE:Oil title:(a OR b)", "title:oil AND (title:a OR title:b)"),
        ("title: oil", "title:oil"),
        ('portal:"BBC News" LANG:ZH', 'portal:"BBC News" AND lang:zh'),
        ("date:2026-01..2026-03", "date:2026-01..2026-03"),
        ("captured:2026-11-28 date:2026", "captured:2026-11-28 AND date:2026"),
        ("CAPTURED:2026-11-01..2026-11-28", "captured:2026-11-01..2026-11-28"),
        ("Breaking: oil — up", "breaking AND oil AND up"),
        ("10:30 https://a.example/b", '"10 30" AND "https a example b"'),
        ("消息：石油", '"消息 石油"'),
        ("APP：石油", '"app 石油"'),
        ("", "*"),
        (" * ", "*"),
    ],
)
def test_a_query_is_read_as(query: str, read_as: str) -> None:
    assert str(parse(query)) == read_as


@pytest.mark.parametrize(
    ("query", "column", "why"),
    [
        ('oil "crude', 5, "this quote is not closed"),
        ("oil (gas", 5, "this ( is not closed"),
        ("oil) gas", 4, "no ( stands before this )"),
        ("()", 2, "nothing to search for here"),
        ("!!!", 1, "nothing to search for here"),
        ("OR oil", 1, "nothing to search for here"),
        ("oil AND", 5, "AND needs something on both sides"),
        ("AND oil", 1, "AND needs something on both sides"),
        ("oil AND AND gas", 9, "AND needs something on both sides"),
        ("oil NOT", 5, "NOT needs something to leave out"),
        ("e*y", 2, "* is for the end of a word only"),
        ("oil *", 5, "* needs the beginning of a word"),
        ("titel:oil", 1, "did you mean title:"),
        ("author:smith", 1, "there are title:, portal:, lang:, date:, captured:"),
        ("title:", 1, "title: needs a value"),
        ("lang:(zh OR en)", 6, "lang: takes one value"),
        ("lang:chinese!", 6, "lang: takes a tag like zh or en"),
        ("date:soon", 6, "'soon' is not a date like 2026"),
        ("date:2026-02-30", 6, "not in the calendar"),
        ("date:2026..2025", 6, "ends before it begins"),
        ("date:..", 6, "needs a date on at least one side"),
        ("date:9999-12-31", 6, "not in the calendar"),
        ("captured:", 1, "captured: needs a value"),
        ("captured:soon", 10, "captured: 'soon' is not a date like 2026"),
        ("oil captured:2026-11-28..2026-11-01", 14, "captured: the span ends before it begins"),
        ("captured:(2026 OR 2025)", 10, "captured: takes one value"),
        ("capturd:2026", 1, "did you mean captured:"),
    ],
)
def test_what_does_not_parse_is_shown_with_a_caret(query: str, column: int, why: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    first, shown, caret = str(caught.value).split("\n")
    assert first.startswith(f"query, character {column}: ")
    assert why in first
    assert shown == f"  {query}"
    assert caret == " " * (column + 1) + "^"


def test_the_caret_stands_under_wide_characters() -> None:
    with pytest.raises(QueryError) as caught:
        parse("石油 )")
    assert str(caught.value).endswith("\n  石油 )\n  　　 ^")


@pytest.mark.parametrize("query", ["a" * (MAX_CHARS + 1), "a " * 65, "(" * 41 + "a" + ")" * 41, "NOT " * 41 + "a"])
def test_a_query_too_large_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)


def _day(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("2026", (_day(2026), _day(2027))),
        ("2026-12", (_day(2026, 12), _day(2027))),
        ("2026-2", (_day(2026, 2), _day(2026, 3))),
        ("2024-02-29", (_day(2024, 2, 29), _day(2024, 3))),
        ("2026-01..2026-03", (_day(2026), _day(2026, 4))),
        ("..2026", (None, _day(2027))),
        ("2026-05-04..", (_day(2026, 5, 4), None)),
    ],
)
def test_a_date_spans_what_it_names(written: str, span: tuple[datetime | None, datetime | None]) -> None:
    assert date_span(written) == span


def test_a_phrase_longer_than_the_overlap_is_asked_for_in_parts() -> None:
    words = tuple(f"w{number}" for number in range(200))
    windows = Phrase(words, prefix=True).windows()
    assert {token for row, _ in windows for token in row} == set(words)
    assert all(len(row) <= 65 for row, _ in windows)
    assert [open_end for _, open_end in windows] == [False] * (len(windows) - 1) + [True]


PIECES = st.sampled_from(
    [
        "(",
        ")",
        '"',
        "-",
        "*",
        "AND ",
        "OR ",
        "NOT ",
        " ",
        "title:",
        "lang:zh ",
        "captured:2026-03 ",
        "中国",
        "oil",
        "“",
        "6G",
    ]
)


@given(st.lists(PIECES, max_size=16).map("".join))
def test_what_was_searched_for_reads_as_the_same_query(query: str) -> None:
    try:
        tree = parse(query)
    except QueryError:
        return  # it is no query: too many of these pieces in a row are none for `assume`
    assert parse(str(tree)) == tree


@given(st.text(max_size=60))
def test_any_text_parses_or_is_a_query_error(query: str) -> None:
    try:
        parse(query)
    except QueryError as error:
        assert str(error).endswith("^")
