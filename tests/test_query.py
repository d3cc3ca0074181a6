"""What a query is read as, and what is said about one that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.errors import QueryError
from storage.search.query import MAX_CHARS, parse
from storage.search.tree import Phrase
from storage.search.values import date_span


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
        ("running~ RUNS～", "running~ AND runs~"),
        ("title:running~ 中国~", "title:running~ AND 中国"),
        ("NEAR(a b)", "NEAR(a b, 10)"),
        ('NEAR ( "crude oil" pric* ,5 )', 'NEAR("crude oil" pric*, 5)'),
        ("ＮＥＡＲ（石油，价格，３）", "NEAR(石油 价格, 3)"),
        ("title:(NEAR(a b, 0) OR c)", "title:NEAR(a b, 0) OR title:c"),
        ("near (a b)", "near AND (a AND b)"),
        (
            "byline:(smith OR jones) source:“新华社” SECTION:sport",
            "(byline:smith OR byline:jones) AND source:新华社 AND section:sport",
        ),
        ("kind:Copy story:12 -kind:single", "kind:copy AND story:12 AND NOT kind:single"),
        ("date:2026-01…2026-03", "date:2026-01..2026-03"),
        ("ｔｉｔｌｅ:ｏｉｌ　ＯＲ　ｇａｓ", "title:oil OR gas"),
        ("", "*"),
        (" * ", "*"),
    ],
)
def test_a_query_is_read_as(query: str, read_as: str) -> None:
    assert str(parse(query)) == read_as


@pytest.mark.parametrize(
    ("query", "column", "why", "instead"),
    [
        ('oil "crude', 5, "this quote is not closed", 'oil "crude"'),
        ("oil (gas", 5, "this ( is not closed", "oil (gas)"),
        ("((oil", 2, "this ( is not closed", "((oil))"),
        ("oil) gas", 4, "no ( stands before this )", "oil gas"),
        ("()", 2, "nothing to search for here", "*"),
        ("oil AND ()", 10, "nothing to search for here", "oil"),
        ("!!!", 1, "nothing to search for here", "*"),
        ("OR oil", 1, "nothing to search for here", "oil"),
        ("(oil OR) gas", 8, "nothing to search for here", "(oil ) gas"),
        ("oil AND", 5, "AND needs something on both sides", "oil"),
        ("AND oil", 1, "AND needs something on both sides", "oil"),
        ("oil AND AND gas", 9, "AND needs something on both sides", "oil AND gas"),
        ("oil NOT", 5, "NOT needs something to leave out", "oil"),
        ("e*y", 2, "* is for the end of a word only", "e*"),
        ("oil *", 5, "* needs the beginning of a word", "oil"),
        ("titel:oil", 1, "did you mean title:", "title:oil"),
        ("auther:smith", 1, "did you mean byline:", "byline:smith"),
        ("author:smith", 1, "did you mean byline:", "byline:smith"),
        ("colour:red", 1, "there are title:, byline:, source:, section:, portal:, lang:, kind:", "colour red"),
        ("title:", 1, "title: needs a value", "*"),
        ("lang:(zh OR en)", 6, "lang: takes one value", "(lang:zh OR lang:en)"),
        ("lang:chinese!", 6, "lang: takes a tag like zh or en", "lang:zh"),
        ("lang:zh_CN", 6, "lang: takes a tag like zh or en", "lang:zh-CN"),
        ("date:soon", 6, "'soon' is not a date like 2026", "date:2026-03"),
        ("date:2026/03/05", 6, "is not a date like 2026", "date:2026-03-05"),
        ("date:2026-02-30", 6, "not in the calendar", "date:2026-02"),
        ("date:2026..2025", 6, "ends before it begins", "date:2025..2026"),
        ("date:..", 6, "needs a date on at least one side", "date:2026-03"),
        ("date:9999-12-31", 6, "not in the calendar", "date:2026-03"),
        ("captured:", 1, "captured: needs a value", "*"),
        ("captured:soon", 10, "captured: 'soon' is not a date like 2026", "captured:2026-03"),
        (
            "oil captured:2026-11-28..2026-11-01",
            14,
            "captured: the span ends before it begins",
            "oil captured:2026-11-01..2026-11-28",
        ),
        ("captured:(2026 OR 2025)", 10, "captured: takes one value", "(captured:2026 OR captured:2025)"),
        ("capturd:2026", 1, "did you mean captured:", "captured:2026"),
        ("kind:copies", 6, "kind: takes copy, original, single, identical", "kind:copy"),
        ("story:no.7", 7, "story: takes the number of an article", "story:7"),
        ("NEAR(a b", 1, "NEAR takes two words or phrases in ( )", "NEAR(a b, 10)"),
        ("NEAR(a b, 3", 1, "NEAR takes two words or phrases in ( )", "NEAR(a b, 3)"),
        ("NEAR(a b c)", 1, "here are 3", "NEAR(a b, 10)"),
        ("NEAR(a, 5)", 1, "here are 1", "a"),
        ("NEAR(中国 b, 900)", 1, "at most 62 may be between these two", "NEAR(中国 b, 62)"),
        ("NEAR(runs~ b, 3)", 1, "NEAR takes words and phrases, not runs~", "NEAR(runs b, 3)"),
        ("oil NEAR/5 gas", 5, "NEAR is written around what it is for", "NEAR(oil gas, 5)"),
        ('"crude oil"~', 1, "~ is for one word", "NEAR(crude oil, 10)"),
        ('"crude oil"~5', 12, "stands for NEAR in other programs", "NEAR(crude oil, 5)"),
        ('title:"on crude oil"~5 gas', 21, "stands for NEAR in other programs", 'title:"on crude oil" gas'),
        ('"a b"~900', 6, "stands for NEAR in other programs", "NEAR(a b, 63)"),
        ("oil ~", 5, "~ needs a word before it", "oil"),
        ("econ*~", 1, "either ~ or *", "econ~"),
        ("byline:smith~", 8, "~ is for title and text", "byline:smith"),
    ],
)
def test_what_does_not_parse_is_shown_with_a_caret_and_what_does(
    query: str, column: int, why: str, instead: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    first, shown, caret, written = str(caught.value).split("\n")
    assert first.startswith(f"query, character {column}: ")
    assert why in first
    assert shown == f"  {query}"
    assert caret.replace("\u3000", "  ") == " " * (column + 1 + query[: column - 1].count("国")) + "^"
    assert written == f"write: {instead}"
    parse(instead)


def test_the_caret_stands_under_wide_characters() -> None:
    with pytest.raises(QueryError) as caught:
        parse("石油 )")
    assert str(caught.value).split("\n")[1:3] == ["  石油 )", "  　　 ^"]


@pytest.mark.parametrize(
    "query", ["a" * (MAX_CHARS + 1), "a " * 65, "a~ " * 17, "(" * 41 + "a" + ")" * 41, "NOT " * 41]
)
def test_a_query_too_large_is_refused(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    parse(str(caught.value).rpartition("\nwrite: ")[2])


def test_folding_is_a_switch_of_the_whole_query() -> None:
    tree = parse("體育 OR title:NEAR(oil 經濟, 5) OR oil", fold_han=True)
    assert str(tree) == "体育 OR title:NEAR(oil 经济, 5) OR oil"
    assert tree == parse(str(tree), fold_han=True) != parse(str(tree))
    assert parse("oil", fold_han=True) == parse("oil")


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
        "byline:",
        "~",
        "NEAR(",
        ", 5)",
        "kind:copy ",
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


@given(st.one_of(st.text(max_size=60), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=16).map("".join)))
def test_any_text_parses_or_is_refused_with_a_query_that_does(query: str) -> None:
    try:
        parse(query)
    except QueryError as error:
        parse(str(error).rpartition("\nwrite: ")[2])
