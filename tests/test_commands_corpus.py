"""The commands on a corpus: search, show, stats, coverage, runs, export, verify, db."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from copydesk.article_view import written_date
from copydesk.main import run
from newsroom.reasons import Reason
from newsroom.records import Announcement, Article, Candidate, Moment, Outcome, Precision, Role, State
from storage.database import Database, open_database
from tests.captures_kit import FETCHED, page, writer
from tests.import_kit import BRIDGE, HARBOUR, NOW, RIVER, THREE, arrivals, line, write_lines
from tests.nursery import Forked


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a corpus into which three lines were imported."""
    folder = tmp_path_factory.mktemp("imported")
    lines = write_lines(folder / "three.jsonl", THREE)
    with mock.patch.dict(os.environ, {"COPYDESK_HOME": str(folder / "copydesk-data")}):
        assert run(["import", "jsonl", str(lines)]) == 0
    return folder / "copydesk-data"


@pytest.fixture
def corpus_home(home: Path, imported: Path) -> Path:
    """A folder with a copy of it."""
    shutil.copytree(imported, home / "copydesk-data")
    return home


# --- reading never creates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "x"],
        ["show", "1"],
        ["stats"],
        ["coverage"],
        ["runs", "list"],
        ["export"],
        ["verify"],
        ["db", "check"],
    ],
)
def test_reading_creates_no_database(home: Path, say: Any, arguments: list[str]) -> None:
    code, out, said = say(*arguments)
    assert (code, out) == (6, "") and "no such database" in said
    assert list(home.iterdir()) == []


# --- search, show, export -----------------------------------------------------------------------------------------


def test_search_prints_the_promised_fields(corpus_home: Path, say: Any) -> None:
    code, out, said = say("search", "barges", "-o", "ndjson")
    assert code == 0 and said == "searched for: barges\n"
    hit = json.loads(out)
    wanted = {"id", "source_id", "url", "title", "portal", "language", "published", "snippet", "score"}
    assert set(hit) == wanted | {"first_seen", "versions", "gone", "title_marks", "snippet_marks"}
    assert (hit["source_id"], hit["portal"], hit["published"]) == ("n1", "river", "2026-02-03T04:05:06Z")


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["旧桥"], ["n3"]),
        (["council OR barges", "--order", "newest"], ["n2", "n1"]),
        (["", "--portal", "river", "--limit", "0"], ["n2", "n1"]),
        (["--language", "zh"], ["n3"]),
        (["--since", "2026-02-04"], ["n2"]),
        (["--until", "2026-02-03"], ["n1"]),
        (["--since", "2026-02", "--until", "2026-02", "--limit", "1", "--order", "newest"], ["n2"]),
        (["--since", "1d"], []),
        (["--", "-barges", "lang:en"], ["n2"]),
    ],
)
def test_search_filters(corpus_home: Path, say: Any, arguments: list[str], ids: list[str]) -> None:
    code, out, _ = say("search", "-o", "ndjson", *arguments)
    assert code == 0 and [json.loads(each)["source_id"] for each in out.splitlines()] == ids


def test_search_counts_and_reads_well(corpus_home: Path, say: Any) -> None:
    assert say("search", "river OR council", "--count")[1] == "2\n"
    assert json.loads(say("search", "nowhere", "--count", "--json")[1]) == {"count": 0}
    _, out, said = say("search", "council")
    assert "=Harbour" in out and "2026-02-10  river  en  https://paper.example/2.html" in out and "1 article\n" in said


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["search", "a (b"], "^"),
        (["search", "x", "--portal", "rivr"], 'did you mean "river"?'),
        (["search", "x", "--since", "soon"], "is neither a day such as"),
        (["search", "x", "--since", "2026-13"], "--since"),
        (["search", "x", "--since", "2025..2026"], "not one day"),
        (["show", "99"], "no such article"),
        (["show", "https://paper.example/none"], "no such article"),
        (["runs", "show", "99"], "no run 99"),
        (["coverage", "--reason", "robot"], 'did you mean "robots"?'),
        (["verify", "--yes"], "--repair"),
        (["extract"], "which page?"),
        (["extract", "nowhere.html"], "No such file"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(corpus_home: Path, say: Any, arguments: list[str], fault: str) -> None:
    code, out, said = say(*arguments)
    assert (code, out) == (2, "") and fault in said


@pytest.mark.parametrize("which", ["1", "n1", "https://paper.example/1.html#top", "HTTPS://paper.example:443/1.html"])
def test_show_finds_an_article_by_any_of_its_names(corpus_home: Path, say: Any, which: str) -> None:
    code, out, _ = say("show", which)
    assert code == 0 and out.startswith("Story 1\nAnn Lee, Bo Wu · 2026-02-03T04:05:06Z · en\n")
    assert "(to the second, from import, written in +00:00)" in out and "1 (imported as n1)" in out


def test_show_as_data_has_copies_and_revisions(corpus_home: Path, say: Any) -> None:
    more = write_lines(corpus_home / "more.jsonl", [line(4), line(1, HARBOUR, title="Changed")])
    say("import", "jsonl", str(more))
    shown = json.loads(say("show", "4", "-o", "json")[1])
    assert [(each["role"], each["article"], each["kind"]) for each in shown["copies"]] == [("copies", 1, "identical")]
    shown = json.loads(say("show", "1", "--json")[1])
    assert [each["title"] for each in shown["revision_list"]] == ["Story 1", "Changed"]
    assert "is copied by" in say("show", "1")[1]


def test_a_title_cannot_steer_the_terminal(home: Path, say: Any) -> None:
    say(
        "import",
        "jsonl",
        str(write_lines(home / "a.jsonl", [line(1, "x\u009b2J \u202egnp.exe " + RIVER, title="\u001b[2Jx")])),
    )
    for arguments in (["show", "1"], ["search", "river"]):
        assert not {"\x1b", "\x9b", "\u202e"} & set(say(*arguments)[1])


def test_what_is_exported_can_be_imported(corpus_home: Path, say: Any) -> None:
    assert say("export", "--output", "out.jsonl")[0] == 0
    assert say("--home", "other", "import", "jsonl", "out.jsonl")[0] == 0
    first, second = (
        [json.loads(each) for each in say("--home", name, "export")[1].splitlines()]
        for name in ("copydesk-data", "other")
    )
    same = ("url", "title", "text", "date", "authors", "portal", "language", "content_digest")
    assert [[one[name] for name in same] for one in first] == [[one[name] for name in same] for one in second]
    assert [one["source_id"] for one in second] == ["1", "2", "3"]


def test_export_chooses_as_search_does_and_leaves_no_half_file(corpus_home: Path, say: Any) -> None:
    code, _, said = say("export", "lang:en", "--format", "csv", "--output", "out.csv")
    assert code == 0 and "2 articles written to out.csv" in said
    rows = list(csv.DictReader(io.StringIO((corpus_home / "out.csv").read_text(encoding="utf-8"))))
    assert [row["title"] for row in rows] == ["Story 1", "'=Harbour"]
    before = sorted(path.name for path in corpus_home.iterdir())
    assert say("export", "--output", "no/such/folder.jsonl")[0] == 6
    assert sorted(path.name for path in corpus_home.iterdir()) == before


# --- counts -------------------------------------------------------------------------------------------------------


def test_stats_count_by_portal_day_and_language(corpus_home: Path, say: Any) -> None:
    say("import", "jsonl", str(write_lines(corpus_home / "more.jsonl", [line(4), line(2, BRIDGE)])))
    whole = json.loads(say("stats", "--json")[1])
    assert (whole["articles"], whole["changed"], whole["copies"], whole["runs"]) == (4, 1, 2, 2)

    def by(key: str) -> dict[str, tuple[int, int, int]]:
        rows = json.loads(say("stats", "--by", key, "-o", "json")[1])
        return {row[key]: (row["articles"], row["changed"], row["copies"]) for row in rows}

    assert by("portal") == {"import": (2, 0, 2), "river": (2, 1, 0)}
    assert by("language") == {"en": (2, 0, 1), "zh-Hans": (2, 1, 1)}
    assert sum(count for count, _, _ in by("day").values()) == 4


def test_statistics_agree_on_both_databases(database: Database) -> None:
    with database.writing() as corpus:
        for portal in ("river", "import"):
            corpus.portals.put(portal, name=portal, home=None, definition={}, now=NOW)
        corpus.batches.store(arrivals(), NOW)
    with database.reading() as corpus:
        (day,) = corpus.statistics.articles("day")
        assert (day.key, day.articles, day.changed, day.copies, day.gone) == ("2026-03-01", 5, 1, 3, 0)
        assert [(one.key, one.articles) for one in corpus.statistics.articles("portal")] == [
            ("import", 3),
            ("river", 2),
        ]
        assert [(one.key, one.articles) for one in corpus.statistics.articles("month")] == [("2026-03", 5)]
        assert [(one.key, one.articles) for one in corpus.statistics.articles("source")] == [("", 5)]
        (whole,) = corpus.statistics.articles()
        assert whole.words == sum(each.article.word_count for each in corpus.articles.iterate())


@pytest.fixture
def crawled(home: Path) -> Iterator[Database]:
    """A corpus that a crawl has left: one captured article, one refused page, one that waits."""
    home_url = "http://paper.example/"
    with closing(open_database(f"sqlite:///{home / 'copydesk-data' / 'corpus.sqlite3'}", create=True)) as database:
        folder = home / "copydesk-data" / "warc"
        archive = writer(folder)
        body = b"<html><body><p>\xe6\xb2\xb3</p></body></html>"
        capture = archive.append(page(1, body=body))
        archive.close()
        said = Article(capture.url, capture.url, "河", RIVER, match_digest="sha256:x", extractor="test")
        names = [home_url + name for name in ("story-1.html", "old.html", "next.html")]
        with database.writing() as corpus:
            corpus.portals.put("paper", name="Paper", home=home_url, definition={"home": home_url}, now=FETCHED)
            candidates = [Candidate(url, url, Role.ARTICLE) for url in names]
            told = [Announcement(url, url, home_url + "feed", "feed") for url in names[:2]]
            corpus.frontier.announce("paper", told, {each.url: each for each in candidates}, FETCHED)
            corpus.frontier.add("paper", candidates, FETCHED)
            pages = {each.url: each for each in corpus.frontier.lease("paper", "test", 9, FETCHED)}
            outcomes = [
                Outcome(pages[names[0]], State.DONE, capture=capture, article=said),
                Outcome(pages[names[1]], State.REFUSED, Reason.GONE, "HTTP 404"),
            ]
            marks = {capture.address.file: capture.address.offset + capture.address.length}
            corpus.ingest("paper", None, outcomes, marks, FETCHED)
        yield database


def test_coverage_shows_states_reasons_and_addresses(crawled: Database, say: Any) -> None:
    code, out, said = say("coverage", "paper", "-o", "json")
    assert code == 0 and "1 of 3 addresses are stored articles (33.3%)" in said
    assert {(row["state"], row["reason"], row["count"]) for row in json.loads(out)} == {
        ("stored", None, 1),
        ("refused", "gone", 1),
        ("waiting", "over-budget", 1),
    }
    assert len(json.loads(say("coverage", "--announced", "--json")[1])) == 2
    rows = [json.loads(each) for each in say("coverage", "--urls", "--reason", "gone", "-o", "ndjson")[1].splitlines()]
    assert [(row["url"], row["detail"]) for row in rows] == [("http://paper.example/old.html", "HTTP 404")]
    assert say("coverage", "--urls", "--state", "stored", "-o", "csv")[1].count("\n") == 2


def test_show_gives_the_reason_of_a_page_that_is_not_stored(crawled: Database, say: Any) -> None:
    code, _, said = say("show", "http://paper.example/old.html")
    assert code == 2 and "not a stored article: article, refused: gone (HTTP 404)" in said


def test_show_raw_prints_the_captured_bytes(crawled: Database, home: Path) -> None:
    with Forked(("show", "1", "--raw"), cwd=home, env=os.environ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == "<html><body><p>河</p></body></html>"
    assert "http://paper.example/story-1.html, fetched 2026-03-04 05:06:07Z" in err


def test_show_raw_says_when_there_is_no_capture(corpus_home: Path, say: Any) -> None:
    code, _, said = say("show", "1", "--raw")
    assert code == 2 and "no captured page" in said


# --- verify and db ------------------------------------------------------------------------------------------------


def test_verify_writes_a_sorted_index_of_every_answer(crawled: Database, home: Path, say: Any, tmp_path: Path) -> None:
    code, _, said = say("verify", "--cdxj", str(tmp_path / "all.cdxj"))
    assert code == 0
    lines = (tmp_path / "all.cdxj").read_text("utf-8").splitlines()
    with crawled.reading() as corpus:
        captures = list(corpus.captures.all())
    assert len(lines) == len(captures) > 0
    assert lines == sorted(lines)
    assert f"{len(lines):,} answers" in said


def test_verify_repairs_only_when_told_twice(crawled: Database, home: Path, say: Any) -> None:
    assert say("verify")[0] == 0
    (file,) = (home / "copydesk-data" / "warc").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:40])
    assert say("verify", "-o", "csv")[:2] == (1, say("verify", "--repair", "-o", "csv")[1])
    assert file.stat().st_size == len(whole) + 40
    code, out, said = say("verify", "--repair", "--yes")
    assert (code, out) == (0, "") and "40 bytes of torn records cut off" in said
    assert file.read_bytes() == whole
    file.write_bytes(whole[:-60])
    code, out, _ = say("verify", "--repair", "--yes", "-o", "ndjson")
    assert code == 1 and {json.loads(each)["kind"] for each in out.splitlines()} == {"torn", "missing"}


def test_db_upgrade_makes_a_database_once(home: Path, say: Any) -> None:
    assert "schema none → " in say("db", "upgrade")[2]
    assert "nothing to do" in say("db", "upgrade")[2]
    assert json.loads(say("db", "stats", "--json")[1])["articles"] == 0


def test_db_check_finds_what_is_missing_from_the_search_index(corpus_home: Path, say: Any) -> None:
    assert all(row["ok"] for row in json.loads(say("db", "check", "--json")[1]))
    with (
        closing(open_database(f"sqlite:///{corpus_home / 'copydesk-data' / 'corpus.sqlite3'}")) as database,
        database.writing() as corpus,
    ):
        corpus.index.remove(2)
    code, out, _ = say("db", "check", "--json")
    assert code == 1 and {row["check"]: row["says"] for row in json.loads(out) if not row["ok"]} == {
        "search index": "not in it: articles 2; run `copydesk db reindex`"
    }


def test_the_other_database_is_checked_and_measured_too(database_url: str, say: Any) -> None:
    assert say("--database", database_url, "db", "check")[0] == 0
    assert json.loads(say("--database", database_url, "db", "stats", "--json")[1])["database_bytes"] > 0


@pytest.mark.parametrize(
    ("precision", "zone", "shown"),
    [
        (Precision.SECOND, "+08:00", "2026-03-01T20:00:00+08:00"),
        (Precision.MINUTE, "Asia/Shanghai", "2026-03-01T20:00+08:00"),
        (Precision.SECOND, "-03:30", "2026-03-01T08:30:00-03:30"),
        (Precision.SECOND, "nowhere", "2026-03-01T12:00:00Z"),
        (Precision.DAY, "+08:00", "2026-03-01"),
        (Precision.YEAR, None, "2026"),
    ],
)
def test_a_date_is_shown_in_its_zone_and_no_more_exactly_than_known(
    precision: Precision, zone: str, shown: str
) -> None:
    assert written_date(Moment(NOW, precision, zone)) == shown
