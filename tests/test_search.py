"""The index and its answers, on SQLite and PostgreSQL, against a plain reading of every text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from newsroom.errors import QueryError, SchemaError, UsageError
from storage.search import schema
from storage.search.writer import IndexWriter
from storage.tables import ChunkRow
from tests.search_kit import BOTH, START, Desk, open_desk

on_sqlite = pytest.fixture(params=["sqlite"])(open_desk)
on_postgres = pytest.fixture(params=["postgres"])(open_desk)
desk = pytest.fixture(params=BOTH)(open_desk)


# --- against a plain reading ------------------------------------------------------------------------------------

HAN = "中国人民日报经济新闻发展北京上海市场能源石油价格今天会议主席"
WORDS = ["oil", "price", "market", "markets", "energy", "the", "of", "news", "China", "6G", "2026", "re", "port"]
MARKS = ["，", "。", " ", "、", "\n", "——", "“", "”"]


def _passage(draw: random.Random, length: int) -> str:
    parts = []
    for _ in range(length):
        kind = draw.random()
        if kind < 0.55:
            parts.append("".join(draw.choice(HAN) for _ in range(draw.randint(1, 9))))
        elif kind < 0.8:
            parts.append(" ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 4))))
        else:
            parts.append(draw.choice(MARKS))
    return draw.choice(["", " "]).join(parts)


def _reading(passage: str) -> str:
    """Runs of Han and words in a row, an oracle that shares no code with the analyser."""
    return "\0" + "\0".join(re.findall(r"[\u4e00-\u9fff]+|[a-z0-9]+", passage.lower())) + "\0"


def _says(readings: tuple[str, ...], phrase: str, *, prefix: bool = False) -> bool:
    words = re.findall(r"[\u4e00-\u9fff]+|[a-z0-9]+", phrase.lower())
    needle = "\0".join(words)
    if words[0].isascii():
        needle = "\0" + needle
    if words[-1].isascii() and not prefix:
        needle += "\0"
    return any(needle in reading for reading in readings)


Test = Callable[[tuple[str, ...]], bool]


def _leaf(draw: random.Random, passages: list[str]) -> tuple[str, Test]:
    kind = draw.randint(0, 5)
    if kind < 3:
        phrase = "".join(draw.choice(HAN) for _ in range(draw.randint(1, 4)))
        return phrase, lambda found: _says(found, phrase)
    if kind == 3:
        word = draw.choice(WORDS)
        return word, lambda found: _says(found, word)
    if kind == 4:
        start = draw.choice(["ma", "mark", "o", "20", "re", "p"])
        return f"{start}*", lambda found: _says(found, start, prefix=True)
    passage = draw.choice(passages)
    at = draw.randrange(max(1, len(passage) - 12))
    phrase = passage[at : at + draw.randint(3, 12)].strip("”“ ")
    # A word cut in two is another word: only whole ones are asked for.
    phrase = re.sub(r"^[A-Za-z0-9]+|[A-Za-z0-9]+$", "", phrase).strip()
    if not re.search(r"[\w]", phrase) or any(mark in phrase for mark in '“”"'):
        return "oil", lambda found: _says(found, "oil")
    return f'"{phrase}"', lambda found: _says(found, phrase)


def _question(draw: random.Random, passages: list[str], depth: int = 2) -> tuple[str, Test]:
    if depth == 0 or draw.random() < 0.4:
        return _leaf(draw, passages)
    (left, left_test), (right, right_test) = (_question(draw, passages, depth - 1) for _ in range(2))
    match draw.choice(["AND", "", "OR", "NOT", "-"]):
        case "OR":
            return f"({left}) OR ({right})", lambda found: left_test(found) or right_test(found)
        case "NOT" | "-" as sign:
            word = "NOT " if sign == "NOT" else "-"
            return f"({left}) {word}({right})", lambda found: left_test(found) and not right_test(found)
        case joint:
            return f"({left}) {joint} ({right})", lambda found: left_test(found) and right_test(found)


def test_both_databases_answer_as_a_plain_reading_of_every_text_does(on_sqlite: Desk, on_postgres: Desk) -> None:
    draw = random.Random(20260101)
    articles = [(_passage(draw, 2), _passage(draw, draw.randint(3, 40))) for _ in range(80)]
    articles += [
        ("long", _passage(draw, 4_000)),  # more than 8,000 tokens
        (
            "repeated",
            "中国" * 700 + "。" + _passage(draw, 20) + "oil " * 600 + "price 上海",
        ),  # more than 255 of a lexeme
        ("oil " * 400, ""),
    ]
    for desk in (on_sqlite, on_postgres):
        for place, (title, body) in enumerate(articles):
            desk.add(title, body, day=place % 7)
    readings = {article_id: (_reading(title), _reading(body)) for article_id, (title, body) in on_sqlite.texts.items()}
    passages = [body for _, body in articles if body]
    wrong = []
    for _ in range(120):
        query, test = _question(draw, passages)
        truth = {article_id for article_id, found in readings.items() if test(found)}
        here, there = on_sqlite.index.search(query, limit=0), on_postgres.index.search(query, limit=0)
        if {hit.article_id for hit in here.hits} != truth or here != there or here.total != len(truth):
            wrong.append(query)
    assert not wrong


def test_a_phrase_of_characters_is_found_however_the_text_is_written(desk: Desk) -> None:
    plain = desk.add("甲", "昨日石油市场上涨")
    in_title = desk.add("石油市场", "乙")
    invisible = desk.add("丙", "昨日石\u200b油市场上涨")
    full_width = desk.add("ＡＢＣ", "ＡＢＣ石油市场")
    late_in_a_long_one = desk.add("戊", f"{'甲乙' * 9_000}。石油市场")
    desk.add("己", "石油。市场。油市")  # all its pairs, in no row
    desk.add("庚", "石油\n市场")
    desk.add("石油", "市场")
    laughs = desk.add("辛", "哈哈哈")
    desk.add("壬", "哈哈。哈")
    everywhere = {plain, in_title, invisible, full_width, late_in_a_long_one}
    assert set(desk.ids("石油市场")) == everywhere
    assert set(desk.ids("油市场 石油")) == everywhere
    assert desk.ids("title:石油市场") == [in_title]
    assert set(desk.ids("石油市场 NOT 上涨")) == {in_title, full_width, late_in_a_long_one}
    assert desk.ids("哈哈哈") == [laughs]


def test_chinese_by_region_as_earlier_versions_kept_it_is_found_by_script(desk: Desk) -> None:
    old, new = desk.add("甲", "石油", language="zh-TW"), desk.add("乙", "石油", language="zh-Hant")
    assert sorted(desk.ids("lang:zh-Hant")) == sorted(desk.ids("lang:zh-HK")) == [old, new]
    assert desk.ids("lang:zh-Hans") == []


def test_a_phrase_over_the_edge_of_a_chunk_is_found(desk: Desk) -> None:
    words = [f"w{number}" for number in range(17_000)]
    long = desk.add("long", " ".join(words))
    assert desk.session.scalar(select(func.count(ChunkRow.id))) == 3
    assert desk.ids(f'"{" ".join(words[7_930:7_995])}"') == [long]
    assert desk.ids(f'"{" ".join(words[7_936:8_001])}"') == [long]
    assert desk.ids(f'"{" ".join(words[7_000:7_400])}"') == [long]  # longer than the overlap
    assert desk.ids(f'"{" ".join(words[7_000:7_300])} {words[5]}"') == []
    assert desk.ids("w5 AND w16999") == [long]  # in different chunks
    assert desk.ids("w5 NOT w16999") == []


# --- in, out, changed -------------------------------------------------------------------------------------------


def test_a_new_revision_takes_the_place_of_the_old_one(desk: Desk) -> None:
    article = desk.add("Old headline", "石油价格上涨 " * 300)
    other = desk.add("Another", "能源")
    desk.revise(article, "New headline", "天然气")
    assert desk.ids("石油") == desk.ids("old") == []
    assert desk.ids("title:new 天然气") == [article]
    assert desk.ids("能源") == [other]


def test_a_removed_article_leaves_no_token_behind(desk: Desk) -> None:
    gone = desk.add("一篇文章", "中国 " * 1_000 + "words café Ｆｕｌｌ")
    kept = desk.add("Kept", "中国 words")
    IndexWriter(desk.session).remove(gone)
    IndexWriter(desk.session).remove(gone)
    assert desk.ids("中国") == desk.ids("words") == [kept]
    # The next article may get the freed row id; nothing of the removed one may show under it.
    fresh = desk.add("Fresh", "other")
    assert desk.ids("full") == desk.ids("cafe") == []
    assert desk.ids("other") == [fresh]


def test_sqlite_says_the_index_is_whole_after_changes(on_sqlite: Desk) -> None:
    for number in range(20):
        on_sqlite.add(f"Headline {number}", "中国经济 and the markets " * number)
    for article in (3, 5, 8):
        IndexWriter(on_sqlite.session).remove(article)
    on_sqlite.revise(9, "Changed", "text")
    on_sqlite.session.execute(text("INSERT INTO search_fts (search_fts) VALUES ('integrity-check')"))
    live = on_sqlite.session.execute(text("SELECT id FROM search_fts_docsize ORDER BY id")).scalars().all()
    assert live == on_sqlite.session.scalars(select(ChunkRow.id).order_by(ChunkRow.id)).all()


def test_what_is_rolled_back_is_not_found(desk: Desk) -> None:
    kept = desk.add("Kept", "石油")
    desk.session.commit()
    desk.add("Lost", "石油")
    desk.session.rollback()
    assert desk.ids("石油") == [kept]


def test_tokens_of_another_analyser_are_not_guessed(on_sqlite: Desk) -> None:
    article = on_sqlite.add("Old", "text")
    on_sqlite.session.execute(text("UPDATE chunks SET analyser_version = 1"))
    with pytest.raises(SchemaError, match="another version of the analyser"):
        IndexWriter(on_sqlite.session).remove(article)


def test_drop_takes_away_what_create_made(desk: Desk) -> None:
    desk.session.commit()
    with desk.session.get_bind().connect() as connection:
        schema.drop(connection)
        schema.create(connection)
        connection.rollback()


# --- fields and filters -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=BOTH)
def shelf(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Four articles to read only: one database for all tests."""
    for desk in open_desk(request):
        desk.add_portal("renmin", "人民 网")
        desk.add("Oil rises", "Prices of crude went up.", language="en", day=0)  # 1
        desk.add("石油上涨", "今天油价上涨 oil", portal="renmin", language="zh-Hans", day=40)  # 2
        desk.add("石油下跌", "昨天油價下跌", portal="renmin", language="zh-Hant", day=70)  # 3
        desk.add("Undated", "Something about oil.", language="de", day=None)  # 4
        yield desk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("title:oil", [1]),
        ("oil", [4, 2, 1]),
        ("oil -title:oil", [4, 2]),
        ("title:(oil OR 石油)", [3, 2, 1]),
        ("lang:zh", [3, 2]),
        ("lang:zh-hant", [3]),
        ("lang:zh-TW", [3]),
        ("lang:zh-HK", [3]),
        ("lang:zh-CN", [2]),
        ("lang:zh-Latn", []),
        ("NOT lang:zh", [4, 1]),
        ("portal:RENMIN", [3, 2]),
        ('portal:"人民"', [3, 2]),
        ("portal:dai", []),
        ("oil portal:daily", [4, 1]),
        ("oil OR lang:zh", [4, 3, 2, 1]),
        ("oil (lang:en OR portal:renmin)", [2, 1]),
        ("date:2026-01", [1]),
        ("date:2026-01-01..2026-02-10", [2, 1]),
        ("date:..2026-02 oil", [2, 1]),
        ("date:2026-03..", [3]),
        ("-date:2026", [4]),
        ("captured:2026-01-01", [4, 3, 2, 1]),
        ("captured:2026-01-02", []),
        ("captured:..2025", []),
        ("-captured:2026", []),
        ("captured:2026-01.. date:2026-03..", [3]),
        ("oil captured:2026-01-01 -date:2026", [4]),
        ("title:oil OR captured:2026-01-02..", [1]),
        ("oil OR -lang:zh", [4, 2, 1]),
        ("-oil", [3]),
        ("", [4, 3, 2, 1]),
        ("*", [4, 3, 2, 1]),
    ],
)
def test_fields_narrow_a_query(shelf: Desk, query: str, found: list[int]) -> None:
    assert sorted(shelf.ids(query)) == sorted(found)


def test_arguments_narrow_like_fields(shelf: Desk) -> None:
    assert shelf.ids("oil", portal="renmin") == [2]
    assert shelf.ids("", language="zh", order="newest") == [3, 2]
    assert shelf.ids("", since=START, until=START + timedelta(days=40)) == [1]
    assert shelf.ids("", since=START + timedelta(days=40), order="newest") == [3, 2]


def test_the_newest_come_first_when_asked(shelf: Desk) -> None:
    assert shelf.ids("oil OR 石油", order="newest") == [3, 2, 4, 1]
    assert [hit.article_id for hit in shelf.index.iterate("oil OR 石油")] == [3, 2, 4, 1]


def test_a_hit_carries_what_a_reader_needs(shelf: Desk) -> None:
    (hit,) = shelf.index.search("油價").hits
    assert (hit.source_id, hit.url, hit.title, hit.portal_id) == ("s3", "https://news.example/3", "石油下跌", "renmin")
    assert (hit.language, hit.published_utc, hit.published_precision) == ("zh-Hant", START + timedelta(days=70), "day")
    assert hit.first_seen_utc == START + timedelta(minutes=3)
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["油價"]


# --- order and paging -------------------------------------------------------------------------------------------


def test_a_match_in_the_title_and_a_dense_text_rank_first(desk: Desk) -> None:
    passing = desk.add("Weather", "Rain all week. The market was mentioned once. " + "Rain again. " * 40, day=3)
    dense = desk.add("Finance", "market market market", day=2)
    titled = desk.add("The market today", "Market news from the market.", day=1)
    assert desk.ids("market") == [titled, dense, passing]


def test_the_rarer_word_weighs_more(desk: Desk) -> None:
    for _ in range(8):
        desk.add("Common", "market filler words")
    rare = desk.add("Rare", "lithium filler words")
    assert desk.ids("market OR lithium")[0] == rare


def test_a_negative_limit_is_a_usage_error(shelf: Desk) -> None:
    with pytest.raises(UsageError):
        shelf.index.search("oil", limit=-1)


# --- any input --------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "(",
        ")",
        '"',
        "-",
        "*",
        "AND",
        "OR",
        "NOT",
        " ",
        "title:",
        "portal:",
        "lang:zh",
        "date:2026..",
        "“",
        "：",
        "中国",
        "a",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=14).map("".join)))
def test_any_input_is_answered_or_refused_with_a_caret(shelf: Desk, query: str) -> None:
    try:
        shelf.index.search(query)
    except QueryError as error:
        assert str(error).split("\n")[2].endswith("^")


def test_the_deepest_and_the_widest_query_run(desk: Desk) -> None:
    found = desk.add("News", "oil a1 中国")
    assert desk.ids("(" * 18 + "oil" + ")" * 18) == [found]
    assert desk.ids("oil -(" * 17 + "zzz" + ")" * 17) == [found]
    assert desk.ids("oil -(" * 18 + "zzz" + ")" * 18) == []
    assert desk.ids(" OR ".join(f"a{number}" for number in range(64))) == [found]
    assert desk.ids(" ".join(f"-b{number}" for number in range(63)) + " 中国") == [found]
