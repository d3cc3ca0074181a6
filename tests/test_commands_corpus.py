"""The commands on a corpus: import, search, show, stats, coverage, runs, export, verify, db; and extract."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from copydesk.article_view import written_date
from copydesk.main import run
from newsroom.reasons import Reason
from newsroom.records import Announcement, Article, Candidate, Moment, Outcome, Precision, Role, State
from pipelines.ingest import import_lines
from pipelines.lines import BadLine, ImportedLine, read_line
from pipelines.raw_lines import RawLine, numbered_lines
from storage.article_batches import Arrival
from storage.database import Database, open_database
from tests.captures_kit import FETCHED, page, writer
from tests.nursery import Forked

REPOSITORY = Path(__file__).parents[1]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RIVER = "The river rose overnight. Engineers closed the old lock and moved the barges upstream before dawn. " * 3
HARBOUR = "The harbour council met on Tuesday to settle the price of moorings for small boats. " * 3
BRIDGE = "市政府周二宣布，河上的旧桥将在三年内重建，新桥为行人留出更宽的步道。专家认为工程不会影响航运。" * 3


def line(number: int, text: str = RIVER, **more: object) -> dict[str, Any]:
    said = {"id": f"n{number}", "url": f"https://paper.example/{number}.html", "title": f"Story {number}", "text": text}
    return {**said, **more}


THREE = [
    line(1, published="2026-02-03T04:05:06Z", lang="en", authors=["Ann Lee", "Bo Wu"], portal="river"),
    line(2, HARBOUR, published="2026-02-10", title="=Harbour", portal="river"),
    line(3, BRIDGE, title="旧桥重建", lang="zh"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an environment that says nothing."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def say(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def write_lines(path: Path, lines: list[Any]) -> Path:
    text = "".join((each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n" for each in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.fixture
def corpus_home(home: Path, say: Any) -> Path:
    assert say("import", "jsonl", str(write_lines(home / "three.jsonl", THREE)))[0] == 0
    return home


# --- lines --------------------------------------------------------------------------------------------------------


def read(said: object) -> ImportedLine | BadLine:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode("utf-8", "surrogatepass")
    return read_line(raw, 7, "import", NOW)


def test_a_line_becomes_an_article_cleaned_dated_and_digested() -> None:
    said = line(
        1, " One\u0000 line. \r\n\r\n\r\nAnother. ", published="2026-02-03", lang="en_gb", byline="Ann Lee", extra=1
    )
    found = read(said)
    assert isinstance(found, ImportedLine)
    article = found.article
    assert (found.number, found.source_id, found.portal_id) == (7, "n1", "import")
    assert article.text == "One line.\n\nAnother."
    assert article.published == Moment(datetime(2026, 2, 3, tzinfo=UTC), Precision.DAY, None, "import")
    assert (article.language, article.byline) == ("en-GB", ("Ann Lee",))
    assert article.content_digest.startswith("sha256:") and article.match_digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("given", "text", "language"),
    [
        ("zh", BRIDGE, "zh-Hans"),
        ("zh-TW", BRIDGE, "zh-TW"),
        (None, BRIDGE, "zh-Hans"),
        ("x!", HARBOUR, "en"),
        ("zh", "...", "zh"),
    ],
)
def test_the_language_a_line_gives_counts_unless_it_says_too_little(given: object, text: str, language: str) -> None:
    found = read(line(1, text, lang=given))
    assert isinstance(found, ImportedLine) and found.article.language == language


def test_a_portal_name_becomes_an_id() -> None:
    found = read(line(1, portal="The River Post"))
    assert isinstance(found, ImportedLine)
    assert (found.portal_id, found.portal_name) == ("the-river-post", "The River Post")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"not json", "not JSON"),
        (b"\xff{}", "not UTF-8 at byte 1"),
        (b"[" * 100_000, "not JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'["a"]', "a JSON list, not an object"),
        (line(1, ""), "text: missing or empty"),
        (line(1, url=""), "url: missing"),
        (line(1, url="mailto:a@b.example"), "not an http(s) address"),
        (line(1, text=["a"]), "text: a list, not text"),
        (line(1, id={"a": 1}), "id: a dict"),
        (line(1, id="x" * 501), "id: longer than 500"),
        (line(1, published=[2026]), "published: a list"),
        (line(1, portal="！"), "portal:"),
    ],
)
def test_a_bad_line_says_what_is_wrong(said: object, problem: str) -> None:
    found = read(said)
    assert isinstance(found, BadLine) and problem in found.problem and found.number == 7


def test_lines_keep_their_numbers_across_blank_and_overlong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.raw_lines.MAX_LINE_BYTES", 10)
    stream = io.BufferedReader(io.BytesIO(b"a\n\n" + b"x" * 50 + b"\n" + b"y" * 11 + b"\nlast"))
    assert [(each.number, len(each.raw)) for each in numbered_lines(stream, "x")] == [(1, 2), (3, 12), (4, 12), (5, 4)]


# --- storing ------------------------------------------------------------------------------------------------------


def arrivals() -> list[Arrival]:
    found = [read(each) for each in [*THREE, line(4, HARBOUR), line(1, BRIDGE), line(5, HARBOUR), line(1)]]
    return [Arrival(each.portal_id, each.article, each.source_id) for each in found if isinstance(each, ImportedLine)]


def facts(database: Database) -> dict[str, Any]:
    with database.reading() as corpus:
        articles = list(corpus.articles.iterate())
        return {
            "articles": [(one.id, one.url, one.source_id, one.portal_id, one.article) for one in articles],
            "copies": [
                sorted((c.article_id, c.other_id, c.score) for c in corpus.copies.of(one.id)) for one in articles
            ],
            "texts": [[each.article.text for each in corpus.revisions.iterate(one.id)] for one in articles],
            "hits": [sorted(corpus.search.ids(word)) for word in ("river", "harbour", "旧桥", "Story", "title:旧桥")],
        }


def test_a_batch_stores_what_one_at_a_time_stores(database: Database, tmp_path: Path) -> None:
    one_by_one = open_database(f"sqlite:///{tmp_path / 'one.sqlite3'}", create=True)
    with closing(one_by_one):
        for each in (database, one_by_one):
            with each.writing() as corpus:
                for portal in ("river", "import"):
                    corpus.portals.put(portal, name=portal, home=None, definition={}, now=NOW)
        with database.writing() as corpus:
            stored = corpus.batches.store(arrivals(), NOW)
        with one_by_one.writing() as corpus:
            for each in arrivals()[:-1]:  # an import observes no return to an earlier text
                corpus.articles.store(each.portal_id, each.article, NOW, source_id=each.source_id)
        assert [(each.new, each.changed) for each in stored] == [(True, True)] * 4 + [
            (False, True),
            (True, True),
            (False, False),
        ]
        assert facts(database) == facts(one_by_one)


def test_an_import_repeated_changes_nothing(database: Database) -> None:
    lines = [*THREE, "broken", line(1, BRIDGE), line(9, "")]
    raw = [
        RawLine(number, (each if isinstance(each, str) else json.dumps(each)).encode())
        for number, each in enumerate(lines, 1)
    ]

    def once(now: datetime) -> dict[str, int]:
        settings: dict[str, Any] = {"source": "x.jsonl", "portal_id": "import", "version": "1", "clock": lambda: now}
        return import_lines(database, raw, **settings).counts()

    assert once(NOW) == {"lines": 6, "new": 3, "changed": 1, "unchanged": 0, "copies": 1, "bad": 2}
    before = facts(database)
    assert once(NOW + timedelta(days=1)) == {"lines": 6, "new": 0, "changed": 0, "unchanged": 4, "copies": 0, "bad": 2}
    assert facts(database) == before
    with database.reading() as corpus:
        aside = corpus.quarantine.list()
        assert [each.detail.partition(": ")[0] for each in aside] == ["x.jsonl:4", "x.jsonl:6"]
        assert [each.state for each in corpus.runs.list()] == ["done", "done"]


def test_a_line_that_cannot_be_stored_costs_only_itself(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = [RawLine(number, json.dumps(line(number, RIVER + str(number))).encode()) for number in range(1, 6)]
    real = read_line

    def poisoned(raw_line: bytes, number: int, portal: str, now: datetime) -> ImportedLine | BadLine:
        found = real(raw_line, number, portal, now)
        if number == 3 and isinstance(found, ImportedLine):
            object.__setattr__(found.article, "word_count", "many words")  # what no database takes for a number
            object.__setattr__(found.article, "title", None)
        return found

    monkeypatch.setattr("pipelines.ingest.read_line", poisoned)
    report = import_lines(database, raw, source="x", portal_id="import", version="1", clock=lambda: NOW)
    assert (report.new, report.bad, [each.number for each in report.problems]) == (4, 1, [3])
    with database.reading() as corpus:
        assert corpus.articles.count() == 4
        assert "cannot be stored" in corpus.quarantine.list()[0].detail


def test_many_lines_are_read_by_several_processes_in_order(home: Path, say: Any) -> None:
    texts = (" ".join(f"w{number * at % 9_973}" for at in range(1, 60)) for number in range(1, 1_101))
    write_lines(home / "many.jsonl.gz", [line(number, text) for number, text in enumerate(texts)])
    code, out, _ = say("import", "jsonl", "many.jsonl.gz", "--jobs", "2", "-o", "json")
    assert code == 0 and json.loads(out)["new"] == 1_100
    _, out, _ = say("export")
    assert [json.loads(each)["source_id"] for each in out.splitlines()] == [f"n{number}" for number in range(1_100)]


def test_import_names_bad_lines_and_ends_with_3_when_none_is_good(home: Path, say: Any) -> None:
    code, _, said = say("import", "jsonl", str(write_lines(home / "bad.jsonl", ["x", {"url": "https://a.example/"}])))
    assert code == 3
    assert "bad.jsonl:1: not JSON" in said and "bad.jsonl:2: text: missing or empty" in said


def test_broken_gzip_keeps_what_came_before(home: Path, say: Any) -> None:
    whole = write_lines(home / "a.jsonl.gz", [line(number, RIVER + os.urandom(400).hex()) for number in range(60)])
    (home / "cut.gz").write_bytes(whole.read_bytes()[:-3_000])
    code, _, said = say("import", "jsonl", "cut.gz")
    assert code == 1 and "cut.gz: the gzip data is broken behind line" in said
    assert 0 < json.loads(say("stats", "--json")[1])["articles"] < 60
    assert json.loads(say("runs", "list", "--json")[1])[0]["state"] == "failed"


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
    assert set(hit) == wanted
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
        (["search", "x", "--since", "soon"], "is not a length of time"),
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
    command = [sys.executable, "-m", "copydesk", "show", "1", "--raw"]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=home, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"<html><body><p>\xe6\xb2\xb3</p></body></html>"
    assert b"http://paper.example/story-1.html, fetched 2026-03-04 05:06:07Z" in done.stderr


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


# --- extract ------------------------------------------------------------------------------------------------------

STORY = f"""<!DOCTYPE html><html lang="en"><head><title>River rises | The Paper</title>
<meta property="og:title" content="River rises"><meta property="og:type" content="article">
<meta property="article:published_time" content="2026-02-03T23:30:00-05:00">
<meta name="author" content="Ann Lee"></head>
<body><nav><a href="/">Home</a></nav>
<article><h1>River rises</h1><p>{RIVER}</p><p>{HARBOUR}</p></article></body></html>"""
LISTING = "<html><body><h1>News</h1><p>Nothing today.</p></body></html>"


def test_extract_reads_a_file_and_explains(home: Path, say: Any) -> None:
    (home / "page.html").write_text(STORY, encoding="utf-8")
    code, out, _ = say("extract", "page.html", "--url", "https://paper.example/1.html", "--explain")
    assert code == 0 and out.startswith(
        "River rises\nAnn Lee · 2026-02-03T23:30:00-05:00 · en\nhttps://paper.example/1.html\n"
    )
    assert "article:published_time" in out and "barges upstream" in out
    (home / "list.html").write_text(LISTING, encoding="utf-8")
    code, out, said = say("extract", "list.html")
    assert (code, out) == (3, "") and "list.html: no article: " in said


def test_extract_batch_answers_every_line_in_order(home: Path, say: Any) -> None:
    (home / "pages").mkdir()
    (home / "pages" / "a.html.gz").write_bytes(gzip.compress(STORY.encode()))
    (home / "pages" / "b.html").write_text(LISTING, encoding="utf-8")
    listed = [
        {"id": "gone", "url": "https://paper.example/0", "file": "none.html"},
        {"id": "story", "url": "https://paper.example/1", "file": "a.html.gz", "content_type": "text/html"},
        "{broken",
        {"id": 4, "url": "https://paper.example/2", "file": "b.html"},
        {"id": 5, "file": "b.html"},
    ]
    code, out, _ = say("extract", "--batch", str(write_lines(home / "pages" / "list.jsonl", listed)), "--jobs", "1")
    found = [json.loads(each) for each in out.splitlines()]
    assert code == 0 and [(each["id"], each["status"]) for each in found] == [
        ("gone", "error"),
        ("story", "ok"),
        (3, "error"),
        (4, "rejected"),
        (5, "error"),
    ]
    story = found[1]
    assert (story["title"], story["authors"], story["language"]) == ("River rises", ["Ann Lee"], "en")
    assert story["date"] == "2026-02-03T23:30:00-05:00" and "The river rose" in story["text"]
    assert "none.html: No such file" in found[0]["detail"] and "url: missing" in found[4]["detail"]
    assert found[3]["reason"] in {reason.value for reason in Reason}


def test_extract_goes_on_behind_a_damaged_record_of_a_warc_file(home: Path, say: Any) -> None:
    archive = writer(home / "warc")
    ends = [archive.append(page(number, body=STORY.encode() + b" " * number)).address for number in (1, 2, 3)]
    archive.close()
    (file,) = (home / "warc").iterdir()
    damaged = bytearray(file.read_bytes())
    damaged[ends[1].offset + 60] ^= 0xFF
    file.write_bytes(damaged)
    code, out, _ = say("extract", str(file), "--format", "json")
    found = [json.loads(each) for each in out.splitlines()]
    assert code == 0 and [each["status"] for each in found] == ["ok", "error", "ok"]
    assert found[2]["url"] == "http://paper.example/story-3.html"


class _Paper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/robots.txt": b"User-agent: *\nDisallow: /closed\n", "/story.html": STORY.encode()}
        body = known.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def paper() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Paper)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("path", "code"), [("/story.html", 0), ("/closed", 5), ("/none", 3)])
def test_extract_fetches_an_address_politely(home: Path, paper: str, path: str, code: int) -> None:
    (home / "p.toml").write_text(f'home = "{paper}/"\n[fetch]\nallow_private = true\ndelay = 0\n')
    words = ("extract", paper + path, "--portal", "./p.toml", "--format", "json")
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with Forked(words, cwd=home, env=environ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    found = json.loads(out)
    assert (found.get("title") == "River rises") == (code == 0)
    assert found["status"] == ("ok" if code == 0 else "error")
    assert not (home / "copydesk-data").exists()


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
