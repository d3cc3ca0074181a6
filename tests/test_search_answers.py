"""Ranking, pages, facets and histograms, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import base64
import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from newsroom.errors import UsageError
from newsroom.records import Article, Copy, Moment
from storage.article_batches import Arrival
from storage.database import Database
from storage.search import counting, paging, writer
from storage.search.analyser import fold, is_plain
from storage.search.facets import NAMES
from storage.search.index import SearchIndex

START = datetime(2026, 1, 1, tzinfo=UTC)
HAN = "中国人民日报经济新闻发展北京上海市场能源石油价格"
EVERY = {"limit": 0}


def article(number: int, text: str, **about: Any) -> Article:
    url = f"https://news.example/{number}"
    return Article(url, url, f"Title {number}", text, published=Moment(START + timedelta(hours=number % 97)), **about)


def made(count: int, seed: int = 3) -> list[Article]:
    """Articles in which 石油, 市场 and oil stand more or less often, of every length."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        words = draw.choices(
            ["石油", "市场", "oil ", "Öl ", "".join(draw.choices(HAN, k=4)), "，"], k=draw.randint(3, 60)
        )
        found.append(
            article(
                number,
                "".join(words),
                language=draw.choice(["zh-Hans", "en", None]),
                section=draw.choice(["经济", "World", None]),
                source_name=draw.choice(["新华社", None]),
                byline=tuple(draw.choices(["李明", "Ann Lee", 'O"Neil, "Bo"', "a\\b"], k=draw.randrange(3))),
            )
        )
    return found


def store(database: Database, articles: list[Article], portal: str = "daily") -> list[int]:
    with database.writing() as corpus:
        if corpus.portals.get(portal) is None:
            corpus.portals.put(portal, name=portal.title(), home=None, definition={}, now=START)
        return [each.article_id for each in corpus.batches.store([Arrival(portal, one) for one in articles], START)]


@pytest.fixture
def small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rank 20 articles where 500 are ranked, so that few are enough for what lies behind."""
    monkeypatch.setattr(paging, "RANKED", 20)
    monkeypatch.setattr(paging, "_WINDOW", 40)


def pages(index: SearchIndex, query: str, limit: int, **options: Any) -> Iterator[list[int]]:
    after = None
    while True:
        answer = index.search(query, limit=limit, after=after, **options)
        yield [hit.article_id for hit in answer.hits]
        if (after := answer.next) is None:
            return


# --- ranking ----------------------------------------------------------------------------------------------------

QUERIES = (
    "石油",
    "石",
    "市场 OR oil",
    "oil",
    "石油 OR 市场 OR öl*",
    "title:title 石油",
    "市场 -oil",
    "石油市场",
    "NEAR(石油 oil, 3)",
    "石油 kind:single",
    "石油 市场 kind:single",
)


def test_both_databases_rank_alike_whatever_the_numbers_are_read_from(
    sqlite_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = []
    for url in (sqlite_url, postgres_url):
        database = Database(url)
        database.upgrade()
        store(database, [*made(120), article(500, "石油" * 9_000), article(501, "石" * 400 + " 市场" + "石油油" * 300)])
        for up_to in (0, 4_000) if database.is_sqlite else (0,):
            monkeypatch.setattr(counting, "READ_OFF_UP_TO", up_to)
            with database.reading() as corpus:
                found = {query: corpus.search.search(query, **EVERY) for query in QUERIES}
            scores.append({query: [(hit.article_id, hit.score) for hit in found[query].hits] for query in QUERIES})
        database.close()
    in_texts, off_the_index, on_postgres = scores
    assert off_the_index == in_texts
    assert on_postgres == in_texts
    assert all(len({score for _, score in ranked}) > 3 for ranked in in_texts.values())


@pytest.mark.usefixtures("small_window")
def test_an_article_in_several_pieces_counts_once_on_every_page(database: Database) -> None:
    long, short = "石油" * 9_000, "石油"
    ids = store(database, [article(number, long if number % 3 else short) for number in range(12)])
    with database.reading() as corpus:
        for order in ("newest", "relevance"):
            every = [hit.article_id for hit in corpus.search.search("石油", order=order, **EVERY).hits]
            assert sorted(every) == ids
            for limit in (1, 2, 5, 12, 13):
                assert list(itertools.chain(*pages(corpus.search, "石油", limit, order=order))) == every
                assert corpus.search.search("石油", limit=limit, order=order).total == 12
        assert corpus.search.search("石油 OR title:title", limit=3).total == 12


@pytest.mark.parametrize(
    "query", ["石油 市场", "市场 (石油 OR gas)", "石油 -oil", "石油 -(市场 oil)", "(石油 市场) OR oil"]
)
@pytest.mark.usefixtures("small_window")
def test_words_may_stand_in_different_pieces_of_an_article(database: Database, query: str) -> None:
    between = "甲乙" * 9_000  # more than a piece holds
    texts = [
        "石油。市场",
        f"石油。{between}。市场",
        f"{between}。oil。{between}。石油",
        f"市场。{between}",
        "石油",
        f"石油。{between}。市场。{between}。oil",
        "市场。oil",
    ]
    told = {
        "石油 市场": lambda text: "石油" in text and "市场" in text,
        "市场 (石油 OR gas)": lambda text: "石油" in text and "市场" in text,
        "石油 -oil": lambda text: "石油" in text and "oil" not in text,
        "石油 -(市场 oil)": lambda text: "石油" in text and not ("市场" in text and "oil" in text),
        "(石油 市场) OR oil": lambda text: ("石油" in text and "市场" in text) or "oil" in text,
    }[query]
    ids = store(database, [article(number, text) for number, text in enumerate(texts)])
    truth = [one for one, text in zip(ids, texts, strict=True) if told(text)]
    with database.reading() as corpus:
        for order in ("newest", "relevance"):
            every = [hit.article_id for hit in corpus.search.search(query, order=order, **EVERY).hits]
            assert sorted(every) == truth
            for limit in (1, 2, 5):
                assert list(itertools.chain(*pages(corpus.search, query, limit, order=order))) == every
                assert corpus.search.search(query, limit=limit, order=order).total == len(truth)
        assert sorted(corpus.search.ids(query)) == truth
        assert corpus.search.facets(query).total == len(truth)


def test_an_article_goes_by_its_first_capture_also_when_that_is_known_late(database: Database) -> None:
    undated = [replace(article(number, f"石油 {number}"), published=None) for number in range(3)]
    with database.writing() as corpus:
        corpus.portals.put("daily", name="Daily", home=None, definition={}, now=START)
        ids = [
            corpus.articles.store("daily", one, START + timedelta(days=9 + number)).article_id
            for number, one in enumerate(undated)
        ]
        assert [hit.article_id for hit in corpus.search.search("石油", order="newest").hits] == ids[::-1]
        corpus.articles.store("daily", replace(undated[2], text="石油, 市场"), START)
        for query in ("石油", "石油 lang:zh OR 石油"):
            assert [hit.article_id for hit in corpus.search.search(query, order="newest").hits] == [
                ids[1],
                ids[0],
                ids[2],
            ]


def test_scores_are_those_of_bm25(database: Database) -> None:
    store(
        database,
        [
            article(1, "石油 a"),
            article(2, "石油，石油，市场。" * 3),
            article(3, "市场"),
            article(4, "x" * 300 + " 石油"),
        ],
    )
    with database.reading() as corpus:
        hits = corpus.search.search("石油").hits
    chars = {1: 11, 2: 34, 4: 310}
    times = {1: 1, 2: 6, 4: 1}
    mean = round(sum(chars.values()) / 3, 3)
    wanted = {one: 2.2 * times[one] / (times[one] + 1.2 * (0.25 + 0.75 * chars[one] / mean)) for one in times}
    assert {hit.article_id: hit.score for hit in hits} == pytest.approx(wanted, abs=1e-6)
    assert [hit.article_id for hit in hits] == sorted(wanted, key=lambda one: -wanted[one])


@pytest.mark.parametrize("tokens_more_than_once", ["told", "too many"])
@pytest.mark.parametrize("word", ["石油", "Öl", "oil", "哈哈"])
def test_a_word_counts_as_often_as_title_and_text_have_it(
    database: Database, word: str, tokens_more_than_once: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the index tells that it stands there once, as where it must be counted."""
    if tokens_more_than_once == "too many":
        monkeypatch.setattr(writer, "AGAIN_CHARS", 0)
    said = {  # title, text, times
        1: ("Title", f"a {word}", 1),
        2: ("Title", f"{word}, {word}", 2),
        3: (f"Title {word}", "a text", 3),
        4: (f"Title {word}", f"{word} in the text", 4),
        5: (f"{word}, {word}", f"{word}, {word}, {word}", 9),
        6: ("Ｔitle", f"a\u2009{word.upper()}\u200b!", 1),  # not plain
        7: ("Title", f"a-{word}-b, {word}", 2),
        8: ("Title", f"{'word ' * 300} {word}", 1),  # in two pieces
    }
    store(database, [replace(article(one, text), title=title) for one, (title, text, _) in said.items()])
    with database.reading() as corpus:
        hits = {int(hit.url.rsplit("/", 1)[1]): hit.score for hit in corpus.search.search(word).hits}
    chars = {one: len(title) + len(text) for one, (title, text, _) in said.items()}
    mean = round(sum(chars.values()) / len(chars), 3)
    wanted = {
        one: 2.2 * times / (times + 1.2 * (0.25 + 0.75 * chars[one] / mean)) for one, (_, _, times) in said.items()
    }
    assert hits == pytest.approx(wanted, abs=1e-6)


def test_a_title_as_long_as_the_longest_text_is_indexed_with_it(database: Database) -> None:
    """Of letters of four bytes in UTF-8: PostgreSQL takes no row of over 1 MiB."""
    draw, letters = random.Random(1), [chr(code) for code in range(0x10428, 0x10450)]
    words = ["".join(draw.choices(letters, k=127)) for _ in range(1_500)]
    said = article(1, " ".join(words))
    store(database, [replace(said, title=said.text), article(2, words[0])])
    with database.reading() as corpus:
        assert sorted(hit.article_id for hit in corpus.search.search(words[0]).hits) == [1, 2]
        assert corpus.search.search(words[-1]).total == 1


def test_postgresql_looks_a_word_up_however_many_articles_have_it(postgres_url: str) -> None:
    """Vectors lie beside their rows, so a table of them looks small, and reading all of it cheap."""
    scans = text("SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'search_vectors'")
    with Database(postgres_url) as database:
        database.upgrade()
        store(database, [article(number, f"石油{number} 市场") for number in range(300)])
        with database.engine.begin() as connection:
            connection.execute(text("ANALYZE search_vectors"))
        for query in ("石油", "石", "石油 OR 市场", "石油 市场", "石油 NOT 北京", "石油 lang:zh"):
            with database.reading() as corpus:
                before = corpus._connection.execute(scans).one()
                corpus.search.search(query)
                corpus.search.facets(query)
                after = corpus._connection.execute(scans).one()
                assert (after.seq_scan, after.idx_scan > before.idx_scan) == (before.seq_scan, True)


def test_a_plain_text_has_the_words_of_the_folded_one() -> None:
    draw = random.Random(5)
    signs = "，。？！：；（）《》“”‘’…—·、　～％　Ａ１éÉß①ﬁ㎡℃が゙ｶ\u200b\u00ad⼈豈ẞİIi" + HAN
    plain = 0
    for _ in range(4_000):
        written = "".join(draw.choices(signs, k=draw.randint(1, 6)))
        if is_plain(written):
            plain += 1
            assert re.findall(r"[^\W_]+", written.lower()) == re.findall(r"[^\W_]+", fold(written)), written
    assert plain > 100
    assert not any(map(is_plain, "Ａ１éß①ﬁ㎡℃\u3099ｶ\u200b\u00ad\u2f08\uf900ẞİ"))


# --- pages ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_window")
def test_pages_join_without_gap_or_overlap(database: Database) -> None:
    store(database, made(50))
    with database.reading() as corpus:
        for query, order in itertools.product(("石油", "石油 OR oil", "lang:zh", ""), ("relevance", "newest")):
            whole = [hit.article_id for hit in corpus.search.search(query, limit=0, order=order).hits]
            assert len(whole) == len(set(whole)) > (10 if query == "lang:zh" else 20)
            assert [hit.article_id for hit in corpus.search.iterate(query, order=order)] == whole
            for limit in (7, 20, 21, 100):
                assert [one for page in pages(corpus.search, query, limit, order=order) for one in page] == whole


@pytest.mark.usefixtures("small_window")
def test_pages_go_on_as_they_began_while_articles_come_in(database: Database) -> None:
    store(database, made(45))
    questions = list(itertools.product(("石油", "石油 OR oil portal:daily"), ("relevance", "newest")))
    whole, seen, after = {}, {}, {}
    with database.reading() as corpus:
        for question in questions:
            query, order = question
            whole[question] = [hit.article_id for hit in corpus.search.search(query, limit=0, order=order).hits]
            first = corpus.search.search(query, limit=9, order=order)
            seen[question], after[question] = [hit.article_id for hit in first.hits], first.next
    fresh = 1_000
    while any(after.values()):
        store(database, [replace(each, url=f"{each.url}-{fresh}", canonical_url="") for each in made(9, seed=fresh)])
        fresh += 1
        with database.reading() as corpus:
            for question in filter(after.get, questions):
                query, order = question
                page = corpus.search.search(query, limit=9, order=order, after=after[question])
                assert page.total == len(whole[question])
                seen[question] += [hit.article_id for hit in page.hits]
                after[question] = page.next
    assert seen == whole


@pytest.mark.usefixtures("small_window")
def test_an_article_that_changes_between_pages_moves_no_other(database: Database) -> None:
    articles = made(60)
    store(database, articles)
    with database.reading() as corpus:
        whole = [hit.article_id for hit in corpus.search.search("石油 OR oil", limit=0).hits]
        first = corpus.search.search("石油 OR oil", limit=6)
    moved = whole[10]
    store(database, [replace(articles[moved - 1], text="石油" * 40 + " oil" * 40)])
    with database.reading() as corpus:
        seen, after = [hit.article_id for hit in first.hits], first.next
        while after:
            page = corpus.search.search("石油 OR oil", limit=6, after=after)
            seen, after = seen + [hit.article_id for hit in page.hits], page.next
    assert [one for one in seen if one != moved] == [one for one in whole if one != moved]


def test_a_place_is_good_for_its_question_alone_and_for_nothing_made_up(database: Database) -> None:
    store(database, made(40))
    with database.reading() as corpus:
        index = corpus.search
        place = index.search("石油", limit=3).next
        assert place is not None and re.fullmatch(r"[\w-]+", place)
        assert index.search("石油", limit=3, after=place, since=START - timedelta(days=9)).hits
        for query, options in (("oil", {}), ("石油", {"order": "newest"}), ("石油", {"portal": "daily"})):
            with pytest.raises(UsageError, match="first page again"):
                index.search(query, after=place, **options)
        changed = place[:-3] + ("A" if place[-3] != "A" else "B") + place[-2:]
        nested = base64.urlsafe_b64encode(b"1234" + b"[" * 2_000).decode()
        for bad in ("x", "…", "=", place[:-4], place + "A", changed, "A" * 9_000, nested, "\x00", place.upper()):
            with pytest.raises(UsageError, match="first page again"):
                index.search("石油", after=bad)


# --- facets and histograms --------------------------------------------------------------------------------------


def known(database: Database) -> list[Article]:
    """Articles of two portals; 1 was told again by 2 and 3, of which 3 is an excerpt too; 4 has three texts."""
    articles = made(50)
    store(database, articles[:30])
    store(database, articles[30:], "evening")
    for change in ("one", "two"):
        store(database, [replace(articles[3], text=f"{articles[3].text} 石油 {change}")])
    articles[3] = replace(articles[3], text=f"{articles[3].text} 石油 two")
    with database.writing() as corpus:
        corpus.copies.put([Copy(2, 1, "near", 0.9), Copy(3, 1, "near", 0.9), Copy(3, 2, "excerpt", 0.9)], START)
        corpus.stories.put([([1, 2, 3], 1)])
    return articles


def test_facets_count_what_is_found(database: Database) -> None:
    articles = known(database)
    having = [number for number, each in enumerate(articles, start=1) if "石油" in each.text]
    with database.reading() as corpus:
        facets = corpus.search.facets("石油", top=20)
    assert facets.total == len(having)
    assert facets.searched_for == "石油"
    assert [facet.name for facet in facets] == list(NAMES)

    def counted(name: str) -> dict[str, int]:
        return {each.value: each.articles for each in facets[name].values}

    of = [articles[number - 1] for number in having]
    assert counted("portal") == Counter("daily" if number <= 30 else "evening" for number in having)
    assert counted("language") == Counter(each.language for each in of if each.language)
    assert facets["language"].without == sum(each.language is None for each in of)
    assert counted("section") == Counter(each.section for each in of if each.section)
    assert counted("source") == Counter(each.source_name for each in of if each.source_name)
    assert counted("byline") == Counter(name for each in of for name in set(each.byline))
    assert facets["byline"].without == sum(not each.byline for each in of)
    assert counted("month") == {"2026-01": len(having)}
    kinds = {"original": 1 in having, "near": (2 in having) + (3 in having), "excerpt": int(3 in having)}
    assert counted("kind") == Counter({**kinds, "single": len(set(having) - {1, 2, 3})})
    assert counted("versions") == {"1": len(having) - 1, "3+": 1}


def test_each_kind_and_portal_of_a_facet_finds_as_many_articles(database: Database) -> None:
    known(database)
    with database.reading() as corpus:
        facets = corpus.search.facets("石油")
        for name, field in (("portal", "portal"), ("kind", "kind")):
            for each in facets[name].values:
                assert corpus.search.search(f"石油 {field}:{each.value}").total == each.articles


def test_a_facet_shows_the_most_frequent_and_says_how_many_there_are(database: Database) -> None:
    texts = [article(number, "石油", byline=(f"P{number % 7}",)) for number in range(1, 30)]
    store(database, texts)
    with database.reading() as corpus:
        byline = corpus.search.facets("石油", top=2)["byline"]
    assert [(each.value, each.articles) for each in byline.values] == [("P1", 5), ("P0", 4)]
    assert byline.different == 7


def test_a_histogram_counts_hits_and_all_articles_of_the_time(database: Database) -> None:
    articles = known(database)
    articles += [article(300, "石油"), replace(article(301, "石油 undated"), published=None)]
    articles.append(replace(article(302, "x"), published=Moment(datetime(2026, 1, 3, 12, tzinfo=UTC))))
    store(database, articles[-3:])
    with database.reading() as corpus:
        by_day = corpus.search.histogram("石油")
        by_month = corpus.search.histogram("石油", by="month")
        nothing = corpus.search.histogram("nowhere")
        evening = corpus.search.histogram("石油", portal="evening", by="month")

    def days(chosen: list[Article]) -> Counter[str]:
        return Counter(each.published.utc.date().isoformat() for each in chosen if each.published)

    hits = days([each for each in articles if "石油" in each.text])
    assert by_day.by == "day"
    assert {bar.period: bar.articles for bar in by_day.bars if bar.articles} == hits
    assert {bar.period: bar.of for bar in by_day.bars} == {day: days(articles)[day] for day in by_day_periods(by_day)}
    assert (by_day.undated, by_day.total) == (1, sum(hits.values()) + 1)
    assert [(bar.period, bar.articles) for bar in by_month.bars] == [("2026-01", sum(hits.values()))]
    assert evening.bars[0].of == 20
    assert evening.bars[0].share == evening.bars[0].articles / 20
    assert (nothing.bars, nothing.total) == ((), 0)


def by_day_periods(histogram: Any) -> list[str]:
    first, last = (datetime.fromisoformat(histogram.bars[place].period) for place in (0, -1))
    return [(first + timedelta(days=day)).date().isoformat() for day in range((last - first).days + 1)]


def test_the_span_of_the_hits_chooses_the_bars(database: Database) -> None:
    dates = [datetime(2019, 12, 31, 23, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)]
    store(
        database, [replace(article(number, f"石油 {number}"), published=Moment(at)) for number, at in enumerate(dates)]
    )
    with database.reading() as corpus:
        years = corpus.search.histogram("石油")
        months = corpus.search.histogram("石油", until=datetime(2021, 1, 1, tzinfo=UTC), by="month")
        assert [bar.period for bar in years.bars] == [str(year) for year in range(2019, 2027)]
        assert [bar.articles for bar in years.bars] == [1, 1, 0, 0, 0, 0, 0, 1]
        assert [bar.period for bar in months.bars] == ["2019-12", "2020-01"]
        assert corpus.search.histogram("石油", since=datetime(2019, 1, 1, tzinfo=UTC)).by == "year"


def test_each_story_once_holds_for_hits_pages_facets_and_histograms(database: Database) -> None:
    known(database)
    with database.reading() as corpus:
        index = corpus.search
        every = {hit.article_id for hit in index.search("", limit=0).hits}
        once = {hit.article_id for hit in index.search("", limit=0, unique=True).hits}
        assert every - once == {2, 3}
        assert sorted(one for page in pages(index, "", 7, unique=True) for one in page) == sorted(once)
        assert index.search("", limit=1, unique=True).total == len(once)
        assert index.facets("", unique=True).total == len(once)
        assert index.histogram("", unique=True).total == len(once)
        assert sorted(index.ids("", unique=True)) == sorted(once)
        excerpts = index.facets("kind:near", unique=True)["kind"].values
        assert [(each.value, each.articles) for each in excerpts] == [("near", 1)]
