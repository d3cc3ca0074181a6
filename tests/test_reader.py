"""The corpus as Python code asks it: what it gives is what the commands give, and docs/python.md does what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import storage
from newsroom.differences import Kept
from newsroom.errors import QueryError, StorageError, UsageError, Withheld
from newsroom.records import Article, Moment
from storage.database import Database, open_database
from storage.holds import Kind, Scope
from storage.reader import CorpusReader
from tests.shared_database import module_database_url

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TEXTS = [
    ("Ferry fares rise", "The port said that fares will rise in April.\nThe mayor agreed."),
    ("A quiet market", "The market was running low on fish."),
    ("市议会通过新预算", "市议会周一通过了新的年度预算，教育经费增加一成。"),
]


def _article(number: int, title: str, text: str) -> Article:
    url = f"https://harbour.example/{number}"
    when = Moment(datetime(2026, 3, number, tzinfo=UTC))
    return Article(url, url, title, text, published=when, language="zh-Hans" if title[0] > "z" else "en")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def reader(request: pytest.FixtureRequest) -> Iterator[CorpusReader]:
    for url in module_database_url(request):
        with open_database(url) as database:
            with database.writing() as corpus:
                corpus.portals.put("harbour", name="Harbour", home=None, definition={}, now=NOW)
                for number, (title, text) in enumerate(TEXTS, start=1):
                    corpus.articles.store("harbour", _article(number, title, text), NOW, source_id=f"s{number}")
            edited = TEXTS[0][1].replace("April", "May")
            with database.writing() as corpus:
                corpus.articles.store("harbour", _article(1, TEXTS[0][0], edited), NOW + timedelta(hours=1))
        with storage.open_corpus(url) as opened:
            yield opened


def test_an_answer_has_hits_their_number_and_what_was_searched_for(reader: CorpusReader) -> None:
    answer = reader.search("预算")
    assert (answer.total, [hit.title for hit in answer.hits], answer.searched_for) == (1, [TEXTS[2][0]], "预算")
    assert reader.count("rise OR fish") == 2 == len(list(reader.hits("rise OR fish")))
    assert reader.count("", language="en") == 2
    with pytest.raises(QueryError, match="not closed"):
        reader.search('"open')


def test_pages_follow_each_other(reader: CorpusReader) -> None:
    first = reader.search("", limit=2, order="newest")
    second = reader.search("", limit=2, order="newest", after=first.next)
    assert [hit.title for hit in (*first.hits, *second.hits)] == [TEXTS[2][0], TEXTS[1][0], TEXTS[0][0]]
    assert second.next is None


def test_facets_and_a_histogram_count_the_same_articles(reader: CorpusReader) -> None:
    assert {value.value: value.articles for value in reader.facets()["language"].values} == {"en": 2, "zh-Hans": 1}
    bars = reader.histogram(by="day").bars
    assert [(bar.period, bar.articles) for bar in bars] == [(f"2026-03-0{day}", 1) for day in (1, 2, 3)]


CALLS: list[Callable[..., object]] = [
    CorpusReader.search,
    CorpusReader.hits,
    CorpusReader.count,
    CorpusReader.facets,
    CorpusReader.histogram,
    CorpusReader.records,
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"langauge": "en"}, 'no filter is called "langauge"; there are portal, .*; did you mean "language"'),
        ({"nonsense": 1}, 'no filter is called "nonsense"; there are portal, language, since, until, .*fold_han$'),
        ({"portal": "harbor"}, 'the corpus has no portal "harbor"; did you mean "harbour"'),
        ({"portal": "nope"}, 'the corpus has no portal "nope"; see copydesk stats'),
        ({"portal": 7}, "portal: 7 is not the id of a portal"),
        ({"language": ["en"]}, r"language: \['en'\] is not a tag like zh or en"),
        ({"copied": "maybe"}, 'copied: \'maybe\' is not "originals" or "copies"$'),
        ({"copied": "copy"}, 'did you mean "copies"'),
        ({"unique": "yes"}, "unique: 'yes' is not True or False"),
        ({"since": 20260302}, "since: 20260302 is no time; give a day"),
        ({"language": "english"}, "language: 'english' is not a tag like zh or en; did you mean en?"),
        (
            {"since": "2026-03", "until": "2026-02"},
            "nothing lies between 2026-03-01T00:00:00Z and 2026-03-01T00:00:00Z",
        ),
        ({"since": "yesterday"}, "since: 'yesterday' is neither a day .* give a day"),
        ({"until": "2026-13"}, "until: '2026-13' is not in the calendar; give a day"),
        ({"until": "2026-01..2026-03"}, "until: .* is not one day, month or year"),
        ({"since": "999999999y"}, "since: .* nor a length of time"),
        ({"since": "9000y"}, "since: .* nor a length of time"),
        ({"until": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))}, "until: .* calendar of UTC"),
        ({"until": date.max}, "until: .* is not in the calendar"),
        ({"query": None}, "query: None is no text"),
    ],
)
def test_what_no_call_takes_is_said_at_the_call(
    reader: CorpusReader, call: Callable[..., object], filters: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        call(reader, **filters)


@pytest.mark.parametrize(
    ("call", "arguments", "says"),
    [
        (CorpusReader.search, {"order": "sideways"}, 'order: \'sideways\' is not "relevance" or "newest"'),
        (CorpusReader.hits, {"order": "newst"}, 'did you mean "newest"'),
        (CorpusReader.search, {"limit": -1}, "limit: -1 is no whole number from 0 to"),
        (CorpusReader.search, {"limit": "5"}, "limit: '5' is no whole number"),
        (CorpusReader.search, {"after": 5}, "after: 5 is not `next` of an answer"),
        (CorpusReader.facets, {"top": 0}, "top: 0 is no whole number from 1 to"),
        (CorpusReader.histogram, {"by": "fortnight"}, 'by: \'fortnight\' is not "year", "month" or "day"'),
        (CorpusReader.records, {"fields": ["titel"]}, "titel"),
    ],
)
def test_an_order_a_period_or_a_number_that_is_none_is_said_at_the_call(
    reader: CorpusReader, call: Callable[..., object], arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        call(reader, **arguments)


@pytest.mark.parametrize("call", [CorpusReader.search, CorpusReader.hits, CorpusReader.records])
def test_a_query_that_does_not_parse_is_said_at_the_call(reader: CorpusReader, call: Callable[..., object]) -> None:
    with pytest.raises(QueryError, match="not closed"):
        call(reader, '"open')


EAST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        ({"since": "2026-03-02"}, [2, 3]),
        ({"since": date(2026, 3, 2)}, [2, 3]),
        ({"since": datetime.fromisoformat("2026-03-02")}, [2, 3]),
        ({"since": datetime(2026, 3, 2, 8, tzinfo=EAST)}, [2, 3]),
        ({"since": datetime(2026, 3, 2, 8, 1, tzinfo=EAST)}, [3]),
        ({"since": "2026-03"}, [1, 2, 3]),
        ({"since": "2027"}, []),
        ({"since": "7d"}, []),
        ({"since": "900y"}, [1, 2, 3]),
        ({"until": "2026-03-02"}, [1, 2]),
        ({"until": date(2026, 3, 2)}, [1, 2]),
        ({"until": datetime.fromisoformat("2026-03-02")}, [1]),
        ({"until": datetime.fromisoformat("2026-03-02T00:01")}, [1, 2]),
        ({"until": "2026"}, [1, 2, 3]),
        ({"until": "900y"}, []),
        ({"since": "2026-03-02", "until": "2026-03-02"}, [2]),
        ({"since": None, "until": None, "portal": None, "copied": None, "language": None}, [1, 2, 3]),
    ],
)
def test_times_are_days_ages_and_datetimes(reader: CorpusReader, filters: dict[str, Any], days: list[int]) -> None:
    titles = [TEXTS[day - 1][0] for day in days]
    assert [hit.title for hit in reader.hits(**filters)] == titles[::-1]
    assert [row["title"] for row in reader.records(**filters)] == titles
    assert reader.count(**filters) == len(days)
    assert reader.histogram(**filters).total == len(days)


def test_an_article_is_found_by_id_imported_id_and_address(reader: CorpusReader) -> None:
    by_address = reader.get("https://harbour.example/1?utm_source=feed")
    assert by_address is not None
    assert by_address == reader.get(by_address.id) == reader.get("s1")
    assert "May" in by_address.article.text
    old = reader.get(by_address.id, revision=1)
    assert old is not None and "April" in old.article.text
    assert reader.get("https://harbour.example/99") is None
    with pytest.raises(UsageError, match="no revision 7"):
        reader.get(by_address.id, revision=7)


def test_an_article_s_texts_its_life_and_what_changed(reader: CorpusReader) -> None:
    assert [text.revision_number for text in reader.texts("s1")] == [1, 2]
    assert list(reader.texts("s99")) == []
    assert [event.kind.value for event in reader.history("s1").events].count("revision") == 2
    difference = reader.diff("s1", 1, 2)
    words = [
        (piece.kept.value, piece.text)
        for each in difference.paragraphs
        for piece in each.pieces
        if piece.kept is not Kept.SAME
    ]
    assert words == [("removed", "April"), ("added", "May")]
    for unknown in (10**9, 10**30, "s99", "https://harbour.example/99"):
        assert reader.get(unknown) is None
        assert list(reader.texts(unknown)) == []
        with pytest.raises(LookupError, match=f"^{unknown}: no such article, and no address that was ever met"):
            reader.history(unknown)
    with pytest.raises(UsageError, match="no such article"):
        reader.diff("s99", 1, 2)


def test_records_are_those_of_an_export(reader: CorpusReader) -> None:
    rows = list(reader.records("fish", fields=["id", "title", "date"]))
    assert [(row["title"], row["date"]) for row in rows] == [(TEXTS[1][0], "2026-03-02T00:00:00Z")]
    assert next(reader.records("fish", typed=True))["date"] == datetime(2026, 3, 2, tzinfo=UTC)
    assert len(list(reader.records(every_revision=True))) == 4


def test_what_is_under_an_embargo_is_left_out(sqlite_url: str) -> None:
    with open_database(sqlite_url, create=True) as database, database.writing() as corpus:
        corpus.portals.put("harbour", name="Harbour", home=None, definition={}, now=NOW)
        kept = corpus.articles.store("harbour", _article(1, *TEXTS[0]), NOW)
        corpus.holds.add(Scope.ARTICLE, str(kept.article_id), kind=Kind.EMBARGO, until=None, note="not yet", now=NOW)
    with storage.open_corpus(sqlite_url) as reader, storage.open_corpus(sqlite_url, embargoed=True) as keeper:
        assert (reader.count(), keeper.count()) == (0, 1)
        assert (list(reader.records()), len(list(keeper.records()))) == ([], 1)
        for ask in (reader.get, reader.texts, reader.history):
            with pytest.raises(Withheld, match="not yet"):
                ask(kept.article_id)
        assert keeper.get(kept.article_id)


def test_articles_that_wait_to_be_indexed_are_counted(database: Database) -> None:
    with database.writing() as corpus:
        corpus.portals.put("harbour", name="Harbour", home=None, definition={}, now=NOW)
        corpus.articles.store("harbour", _article(1, *TEXTS[0]), NOW)
    url = database.url.render_as_string(hide_password=False)
    with storage.open_corpus(url) as reader:
        assert (reader.count("fares"), reader.unindexed()) == (1, 0)
        database.write(lambda corpus: corpus.rebuilding.begin(anew=True))
        assert (reader.count("fares"), reader.unindexed()) == (0, 1)


def test_a_folder_and_a_file_are_opened_and_never_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such database"):
        storage.open_corpus(tmp_path)
    with pytest.raises(StorageError, match="no such database"):
        storage.open_corpus(tmp_path / "corpus.sqlite3")
    assert list(tmp_path.iterdir()) == []
    with open_database(f"sqlite:///{tmp_path / 'corpus.sqlite3'}", create=True):
        pass
    with storage.open_corpus(tmp_path) as folder, storage.open_corpus(tmp_path / "corpus.sqlite3") as file:
        assert folder.count() == file.count() == 0


def test_the_cells_of_the_page_on_python_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parent.parent / "docs" / "python.md"
    cells = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    told: dict[str, object] = {}
    for number, cell in enumerate(cells, start=1):
        exec(compile(cell, f"docs/python.md, cell {number}", "exec"), told)
    assert told["answer"].total == 1  # type: ignore[attr-defined]
    assert told["second"].next is None  # type: ignore[attr-defined]
    assert (len(told["march"]), told["later"]) == (2, 2)  # type: ignore[arg-type]
    assert [bar.period for bar in told["months"].bars] == ["2026-03", "2026-04"]  # type: ignore[attr-defined]
    assert len(told["rows"]) == 2  # type: ignore[arg-type]
