"""What others keep as JSON: news-please, and our own export with its times."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsroom.records import Precision
from pipelines.ingest import ImportReport, import_lines
from pipelines.lines import BadLine, ImportedLine
from pipelines.news_please import read_news_please
from pipelines.raw_lines import objects_in
from storage.database import Database
from storage.exports import jsonl

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEXT = "The lighthouse keeps its lamp, the ministry said, and the keeper keeps the house beside it until he retires."


def object_of(**said: Any) -> dict[str, Any]:
    """An article as news-please writes it."""
    return {
        "authors": ["Ann Lee"],
        "date_download": "2018-06-05 10:31:00",
        "date_modify": "None",
        "date_publish": "2018-06-04 08:00:00",
        "description": "A lamp stays lit.",
        "filename": "paper.example_1528194660.json",
        "image_url": "https://paper.example/lamp.jpg",
        "language": "en",
        "localpath": None,
        "maintext": TEXT,
        "source_domain": "paper.example",
        "title": "Lighthouse keeps its lamp",
        "title_page": None,
        "title_rss": None,
        "url": "https://paper.example/lamp.html",
        **said,
    }


def read(said: object) -> ImportedLine | BadLine:
    return read_news_please(json.dumps(said).encode(), 1, "import", NOW)


def bring(database: Database, *paths: Path) -> ImportReport:
    settings: dict[str, Any] = {"source": "repo", "portal_id": "import", "version": "1", "clock": lambda: NOW}
    return import_lines(database, objects_in(paths), read=read_news_please, **settings)


def test_an_object_of_news_please_is_an_article_with_both_its_times() -> None:
    found = read(object_of())
    assert isinstance(found, ImportedLine)
    article = found.article
    assert (found.portal_id, found.source_id) == ("paper.example", "paper.example_1528194660.json")
    assert (article.title, article.byline, article.language) == ("Lighthouse keeps its lamp", ("Ann Lee",), "en")
    assert (article.description, article.lead_image) == ("A lamp stays lit.", "https://paper.example/lamp.jpg")
    assert article.published is not None and article.modified is None
    assert (article.published.utc, article.published.precision) == (
        datetime(2018, 6, 4, 8, tzinfo=UTC),
        Precision.SECOND,
    )
    assert found.seen.observed_utc == datetime(2018, 6, 5, 10, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"maintext": None, "text": ""}, "text: missing or empty"),
        ({"url": None}, "url: missing"),
        ({"url": "None"}, "url: missing"),
    ],
)
def test_an_object_that_is_no_article_says_why(said: dict[str, Any], problem: str) -> None:
    found = read(object_of(**said))
    assert isinstance(found, BadLine) and found.problem.startswith(problem)


def test_times_that_cannot_be_read_are_left_out_of_an_article() -> None:
    found = read(object_of(date_publish=[2018], date_download="some day"))
    assert isinstance(found, ImportedLine) and found.article.published is None
    assert [(each.field, each.value) for each in found.left_out] == [
        ("published", "[2018]"),
        ("observed", '"some day"'),
    ]


def test_a_folder_without_json_ends_with_3_and_says_so(home: Path, say: Any) -> None:
    (home / "empty").mkdir()
    (home / "empty" / "a.html").write_text("<p>no JSON</p>")
    for kind, says in (("news-please", "no file in it called .json"), ("warc", "no .warc, .arc or .wacz file in it")):
        code, out, said = say("import", kind, "empty", "--json")
        assert code == 3 and json.loads(out)["new"] == 0
        assert said.startswith(f"error: empty: there is {says}") and len(said.splitlines()) == 1


def test_older_files_have_their_text_and_title_under_other_names() -> None:
    old = object_of(maintext=None, text=TEXT, title=None, title_rss="Lamp stays", date_download="not a time")
    found = read(old)
    assert isinstance(found, ImportedLine)
    assert (found.article.text, found.article.title, found.seen.observed_utc) == (TEXT, "Lamp stays", None)


def test_a_folder_is_read_through_and_its_bad_files_are_named(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "2018"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps(object_of(), indent=2))
    other = object_of(url="https://paper.example/pier.html", maintext=TEXT[::-1], filename="b")
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(f"{json.dumps(other)}\n{json.dumps(object_of())}\n".encode()))
    (folder / "c.json").write_text("{")
    (folder / "d.json").write_text("")
    (folder / "e.json.gz").write_bytes(gzip.compress(json.dumps(other).encode())[:-40])
    (folder / "f.html").write_text("<p>no JSON</p>")
    report = bring(database, tmp_path / "data")
    assert (report.lines, report.new, report.unchanged, report.bad) == (6, 2, 1, 3)
    assert [(Path(each.file).name, each.problem.partition(" (")[0].partition(":")[0]) for each in report.problems] == [
        ("c.json", "not JSON"),
        ("d.json", "not JSON"),
        ("e.json.gz", "the gzip data is broken behind line 0"),
    ]
    again = bring(database, tmp_path / "data")
    assert (again.new, again.changed, again.unchanged, again.bad) == (0, 0, 3, 3)
    with database.reading() as corpus:
        assert len(corpus.quarantine.list()) == 3


def test_downloads_of_one_address_are_versions_in_the_order_of_their_times(database: Database, tmp_path: Path) -> None:
    for name, when, text in (("a", "2019", TEXT + " It rained."), ("b", "2018", TEXT), ("c", "2020", TEXT)):
        said = object_of(date_download=f"{when}-06-05 10:31:00", maintext=text)
        (tmp_path / f"{name}.json").write_text(json.dumps(said))
    bring(database, tmp_path)
    bring(database, tmp_path)
    with database.reading() as corpus:
        stored = corpus.articles.get("https://paper.example/lamp.html")
        assert stored is not None
        revisions = corpus.revisions.iterate(stored.id)
        assert [(each.number, each.observed_utc.year) for each in revisions] == [(1, 2018), (2, 2019), (3, 2020)]
        assert (stored.article.text, stored.first_seen_utc.year, stored.last_seen_utc.year) == (TEXT, 2018, 2020)


def test_an_export_that_is_imported_keeps_when_articles_were_seen(database: Database, tmp_path: Path) -> None:
    first, last, gone = (datetime(year, 5, 6, 7, 8, 9, tzinfo=UTC) for year in (2019, 2020, 2021))
    line = {"url": "https://paper.example/lamp.html", "title": "Lamp", "text": TEXT, "revision": 1}
    times = {"first_seen": first, "last_seen": last, "gone": gone}
    written = {name: when.strftime("%Y-%m-%dT%H:%M:%SZ") for name, when in times.items()}
    (tmp_path / "out.jsonl").write_text(json.dumps({**line, **written}) + "\n")
    settings: dict[str, Any] = {"source": "x", "portal_id": "import", "version": "1", "clock": lambda: NOW}
    for _ in range(2):
        import_lines(database, objects_in([tmp_path / "out.jsonl"]), **settings)
    with database.reading() as corpus:
        (stored,) = corpus.articles.iterate()
        assert (stored.first_seen_utc, stored.last_seen_utc, stored.gone_utc) == (first, last, gone)
        assert stored.observed_utc == first and stored.revision_count == 1
        (out,) = jsonl(corpus)
        assert {name: out[name] for name in times} == written
