"""Articles as others read them: JSON lines and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.records import Article, Moment, Precision
from storage.database import Database
from storage.exports import CSV_FIELDS, Slice, as_json, csv_lines, jsonl, shown_date
from storage.exports.csv_rows import cell

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOME = "https://paper.example/"


def article(name: str, **fields: object) -> Article:
    plain = Article(HOME + name, HOME + name, f"Title {name}", f"Text of {name}.", language="en", match_digest=name)
    return replace(plain, **fields)  # type: ignore[arg-type]


@pytest.fixture
def desk(database: Database) -> Iterator[Database]:
    said = [
        article("a", byline=("Ann Lee", "Bo Wu"), published=Moment(NOW, Precision.DAY), tags=("x",)),
        article("b", language="zh-Hans", title="=1+1", byline=("@ann",), published=Moment(NOW + timedelta(days=2))),
        article("c", title='A "quoted", long\nheadline', section="\t=1"),
    ]
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=HOME, definition={}, now=NOW)
        for number, each in enumerate(said):
            corpus.articles.store("paper", each, NOW, source_id=f"src-{number}")
    yield database


def test_a_line_of_json_says_what_the_article_says(desk: Database) -> None:
    with desk.reading() as corpus:
        first = next(jsonl(corpus))
    wanted = {
        "url": HOME + "a",
        "title": "Title a",
        "text": "Text of a.",
        "date": "2026-03-01",
        "language": "en",
        "authors": ["Ann Lee", "Bo Wu"],
        "portal": "paper",
        "source_id": "src-0",
        "first_seen": "2026-03-01T12:00:00Z",
        "revision": 1,
    }
    assert {name: first[name] for name in wanted} == wanted


def test_an_export_follows_the_ids_it_is_given_and_skips_unknown_ones(desk: Database) -> None:
    with desk.reading() as corpus:
        ids = [each["id"] for each in jsonl(corpus)]
        assert [each["id"] for each in jsonl(corpus, [ids[2], 999, ids[0]])] == [ids[2], ids[0]]
        assert list(jsonl(corpus, [])) == []


def test_the_rows_of_an_export_say_what_the_records_of_the_articles_say(desk: Database) -> None:
    with desk.reading() as corpus:
        rows = list(jsonl(corpus))
        assert rows == [as_json(stored) for stored in corpus.articles.iterate()]
        assert corpus.slices.count(Slice()) == corpus.slices.count(Slice([each["id"] for each in rows])) == 3


def test_an_export_goes_on_beyond_one_batch(desk: Database) -> None:
    with desk.writing() as corpus:
        for number in range(210):
            corpus.articles.store("paper", article(f"more{number}"), NOW)
    with desk.reading() as corpus:
        assert len({each["id"] for each in jsonl(corpus)}) == 213


@pytest.mark.parametrize(
    ("precision", "shown"),
    [
        (Precision.YEAR, "2026"),
        (Precision.MONTH, "2026-03"),
        (Precision.DAY, "2026-03-01"),
        (Precision.MINUTE, "2026-03-01T12:00Z"),
        (Precision.SECOND, "2026-03-01T12:00:00Z"),
    ],
)
def test_a_date_is_shown_as_exactly_as_it_is_known(precision: Precision, shown: str) -> None:
    assert shown_date(Moment(NOW, precision)) == shown


def test_csv_reads_back_and_no_cell_is_a_formula(desk: Database) -> None:
    with desk.reading() as corpus:
        text = "".join(csv_lines(corpus, Slice(fields=CSV_FIELDS)))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == CSV_FIELDS
    assert [row["title"] for row in rows] == ["Title a", "'=1+1", 'A "quoted", long\nheadline']
    assert [row["authors"] for row in rows] == ["Ann Lee; Bo Wu", "'@ann", ""]
    assert rows[2]["section"] == "'\t=1"
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row.values() if cell)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r＝", "\n＋"])
def test_no_cell_begins_as_a_formula_in_any_width(first: str) -> None:
    formula = f"{first}HYPERLINK(A1)"
    assert cell(formula) == f"'{formula}" and cell([formula, "Ann Lee"]) == f"'{formula}; Ann Lee"
    assert cell(f"1{formula}") == f"1{formula}"
