"""`copydesk import jsonl`: what a line becomes, and how lines are stored."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsroom.errors import UsageError
from newsroom.records import Moment, Precision
from pipelines.foreign_files import refuse_other_files
from pipelines.ingest import ImportReport, import_lines
from pipelines.lines import BadLine, ImportedLine, read_line
from pipelines.raw_lines import RawLine, numbered_lines
from storage.database import Database, open_database
from tests.import_kit import BRIDGE, HARBOUR, NOW, RIVER, THREE, arrivals, line, read, write_lines

# --- lines ---------------------------------------------------------------------------------------------------------


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
        ("zh-TW", HARBOUR, "zh-Hant"),
        ("zh_CN", HARBOUR, "zh-Hans"),
        ("zh-hans-hk", HARBOUR, "zh-Hans"),
        ("pt-br", HARBOUR, "pt-BR"),
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
        (b"[" * 100_000, "nested too deeply"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON that can be read: a number of too many digits"),
        (b'["a"]', "a list, not an object"),
        (b"null", "null, not an object"),
        (b"12", "a number, not an object"),
        (line(1, ""), "text: missing or empty"),
        (line(1, url=""), "url: missing"),
        (line(1, url="mailto:a@b.example"), "not an http(s) address"),
        (line(1, url=5), "url: a number, not text"),
        (line(1, text=["a"]), "text: a list, not text"),
        (line(1, title={"a": 1}), "title: an object, not text"),
        (line(1, id={"a": 1}), "id: an object, not text or a whole number"),
        (line(1, id=True), "id: true or false, not text or a whole number"),
        (line(1, id="x" * 501), "id: longer than 500"),
    ],
)
def test_a_bad_line_says_what_is_wrong(said: object, problem: str) -> None:
    found = read(said)
    assert isinstance(found, BadLine) and problem in found.problem and found.number == 7


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("published", "soon", ['"soon"']),
        ("published", "2026-02-30", ['"2026-02-30"']),
        ("published", "9999-12-31", ['"9999-12-31"']),
        ("published", -1, ["-1"]),
        ("published", True, ["true"]),
        ("published", float("nan"), ["NaN"]),
        ("published", {"a": 1}, ['{"a": 1}']),
        ("date", "soon", ['"soon"']),
        ("modified", [2026], ["[2026]"]),
        ("first_seen", "soon", ['"soon"']),
        ("authors", [1, None, {"name": "Ann"}, "Bo Wu"], ["1"]),
        ("byline", 5, ["5"]),
        ("tags", {"a": 1}, ['{"a": 1}']),
        ("source", {}, ["{}"]),
        ("section", False, ["false"]),
        ("lang", 5, ["5"]),
        ("lang", "English", ['"English"']),
        ("portal", "！", ['"！"']),
        ("portal", 7, ["7"]),
        ("editor", ["河" * 100], ['["' + "河" * 57 + "…"]),
    ],
)
def test_a_value_that_cannot_be_understood_is_left_out_and_named(name: str, value: object, shown: list[str]) -> None:
    found, without = read(line(1, **{name: value})), read(line(1))
    assert isinstance(found, ImportedLine) and isinstance(without, ImportedLine)
    assert [(each.field, each.value) for each in found.left_out] == [(name, each) for each in shown]
    kept = ("Bo Wu",) if name == "authors" else ()
    assert (found.portal_id, found.article) == ("import", replace(without.article, byline=kept))


@pytest.mark.parametrize("nothing", [None, "", "  ", []])
def test_what_is_not_said_is_not_left_out(nothing: object) -> None:
    names = ("published", "modified", "lang", "portal", "source", "authors", "tags", "first_seen", "gone")
    texts = ("lang", "portal", "source", "published", "modified", "first_seen", "gone")
    said = {name: nothing for name in names if nothing != [] or name not in texts}
    found = read(line(1, **said))
    assert isinstance(found, ImportedLine) and found.left_out == ()


def test_a_value_nested_as_deep_as_can_be_read_is_left_out() -> None:
    said = json.dumps(line(1)).encode()
    for depth in (500, 900, 960, 990, 2_000):
        nested = said[:-1] + b', "tags": ' + b'{"a": ' * depth + b"1" + b"}" * depth + b"}"
        found = read(nested)
        if isinstance(found, ImportedLine):
            assert len(found.left_out) == 1
        else:
            assert found.problem == "not JSON that can be read: nested too deeply"


def test_lines_keep_their_numbers_across_blank_and_overlong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.raw_lines.MAX_LINE_BYTES", 10)
    stream = io.BufferedReader(io.BytesIO(b"a\n\n" + b"x" * 50 + b"\n" + b"y" * 11 + b"\nlast"))
    assert [(each.number, len(each.raw)) for each in numbered_lines(stream, "x")] == [(1, 2), (3, 12), (4, 12), (5, 4)]


# --- storing ------------------------------------------------------------------------------------------------------


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

    def once(now: datetime) -> dict[str, object]:
        settings: dict[str, Any] = {"source": "x.jsonl", "portal_id": "import", "version": "1", "clock": lambda: now}
        return import_lines(database, raw, **settings).counts()

    none_left_out = {"values_left_out": 0, "values_left_out_by_field": {}}
    first = {"lines": 6, "new": 3, "changed": 1, "unchanged": 0, "copies": 1, "bad": 2, **none_left_out}
    assert once(NOW) == first
    before = facts(database)
    assert once(NOW + timedelta(days=1)) == {**first, "new": 0, "changed": 0, "unchanged": 4, "copies": 0}
    assert facts(database) == before
    with database.reading() as corpus:
        aside = corpus.quarantine.list()
        assert [each.detail.partition(": ")[0] for each in aside] == ["x.jsonl:4", "x.jsonl:6"]
        assert [(each.tries, each.tried_utc) for each in aside] == [(2, NOW + timedelta(days=1))] * 2
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


def test_an_import_that_was_killed_is_interrupted_once_another_begins(database: Database) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with database.writing() as corpus:
        corpus.portals.put("import", name="import", home=None, definition={}, now=NOW)
        owner = f"{socket.gethostname()}:{ended.pid}:import"
        killed = corpus.runs.start("import", owner=owner, version="1", now=NOW, kind="import")
    import_lines(database, [], source="x", portal_id="import", version="1", clock=lambda: NOW)
    with database.reading() as corpus:
        run = corpus.runs.get(killed)
        assert run is not None and run.state == "interrupted"


def test_a_run_counts_each_batch_in_the_transaction_that_stores_it(database: Database) -> None:
    raw = [RawLine(number, json.dumps(line(number, f"{number}" + RIVER)).encode()) for number in range(1, 402)]
    raw.insert(250, RawLine(999, b"broken"))
    counted: list[tuple[str, object, object]] = []

    def look(report: ImportReport) -> None:
        with database.reading() as corpus:
            run = corpus.runs.get(report.run_id)
            assert run is not None
            counted.append((run.state, run.stats["new"], run.stats["bad"]))

    settings: dict[str, Any] = {"source": "x", "portal_id": "import", "version": "1", "clock": lambda: NOW}
    import_lines(database, raw, on_progress=look, **settings)
    assert counted == [("running", 200, 0), ("running", 399, 1), ("running", 401, 1)]


def test_an_import_gives_up_when_its_beginning_is_all_bad(database: Database) -> None:
    raw = [RawLine(number, b"no JSON") for number in range(1, 701)]
    settings: dict[str, Any] = {"portal_id": "import", "version": "1", "clock": lambda: NOW, "patience": 400}
    ended = import_lines(database, raw, source="x", **settings)
    assert (ended.gave_up, ended.lines, ended.bad) == (True, 400, 400)
    raw[399] = RawLine(400, json.dumps(line(1)).encode())
    went_on = import_lines(database, raw, source="y", **settings)
    assert (went_on.gave_up, went_on.lines, went_on.bad, went_on.new) == (False, 700, 699, 1)
    with database.reading() as corpus:
        assert [(each.state, each.exit_code) for each in corpus.runs.list()] == [("done", 0), ("failed", 3)]


def test_many_lines_are_read_by_several_processes_in_order(home: Path, say: Any) -> None:
    texts = (" ".join(f"w{number * at % 9_973}" for at in range(1, 60)) for number in range(1, 1_101))
    write_lines(home / "many.jsonl.gz", [line(number, text) for number, text in enumerate(texts)])
    code, out, _ = say("import", "jsonl", "many.jsonl.gz", "--jobs", "2", "-o", "json")
    assert code == 0 and json.loads(out)["new"] == 1_100
    _, out, _ = say("export")
    assert [json.loads(each)["source_id"] for each in out.splitlines()] == [f"n{number}" for number in range(1_100)]
    assert json.loads(say("cleanup", "--json")[1])["database"]["index_merged"] is False  # no need: the import did it


def test_import_names_bad_lines_and_ends_with_3_when_none_is_good(home: Path, say: Any) -> None:
    code, _, said = say("import", "jsonl", str(write_lines(home / "bad.jsonl", ["x", {"url": "https://a.example/"}])))
    assert code == 3
    assert "bad.jsonl:1: not JSON" in said and "bad.jsonl:2: text: missing or empty" in said
    assert said.splitlines()[-2:] == [
        "everything that was set aside: copydesk runs show 1 --bad",
        f"error: {home / 'bad.jsonl'}: no article in it was good",
    ]
    (home / "empty.jsonl").write_text("\n")
    code, out, said = say("import", "jsonl", "empty.jsonl", "--json")
    assert code == 3 and json.loads(out)["lines"] == 0 and "empty.jsonl: there is no line in it" in said


def test_import_ends_when_the_first_thousand_lines_are_bad(home: Path, say: Any) -> None:
    file = write_lines(home / "log.jsonl", ["GET / HTTP/1.1"] * 1_400)
    code, out, said = say("import", "jsonl", str(file), "--json")
    assert code == 3 and json.loads(out)["bad"] == 1_000
    assert "log.jsonl: the first 1,000 lines are bad without exception, and the import ends there" in said
    file = write_lines(home / "one.jsonl", ["GET / HTTP/1.1"] * 999 + [line(1)] + ["GET / HTTP/1.1"] * 400)
    code, out, said = say("import", "jsonl", str(file), "--json")
    assert code == 0 and (json.loads(out)["bad"], json.loads(out)["new"]) == (1_399, 1)


def test_import_counts_and_names_values_that_it_leaves_out(home: Path, say: Any) -> None:
    lines = [line(number, RIVER + str(number), tags={"a": 1}, published="soon") for number in range(1, 8)]
    code, out, said = say("import", "jsonl", str(write_lines(home / "a.jsonl", lines)), "--json")
    counts = json.loads(out)
    assert code == 0 and (counts["new"], counts["bad"], counts["values_left_out"]) == (7, 0, 14)
    assert counts["values_left_out_by_field"] == {"published": 7, "tags": 7}
    assert 'a.jsonl:1: published left out, which cannot be understood: "soon"' in said
    assert "and 4 more values left out" in said and "runs show" not in said


WARC = b"WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n"


@pytest.mark.parametrize(
    ("name", "begins", "says"),
    [
        ("cc.warc.gz", gzip.compress(WARC, mtime=0), "is a WARC file, not JSON lines; copydesk import warc {0}"),
        ("cc.warc", WARC, "is a WARC file, not JSON lines; copydesk import warc {0}"),
        ("my papers.warc", WARC, "; copydesk import warc 'my papers.warc'"),
        ("old.arc", b"filedesc://IA-1.arc 0.0.0.0", "is an ARC file, not JSON lines; copydesk import warc {0}"),
        ("a.parquet", b"PAR1\x15\x04", "is a Parquet file"),
        ("a.db", b"SQLite format 3\0", "copydesk --database sqlite:///{0} export --format jsonl"),
        ("a.wacz", b"PK\x03\x04\x14\0", "is a ZIP file, not JSON lines; unpack it first"),
        ("a.zst", b"\x28\xb5\x2f\xfd\0", "zstd -dc {0} | copydesk import jsonl -"),
        (
            "a.json",
            b'\xef\xbb\xbf\n[\n {"id": 1}\n]',
            "is one JSON array, not JSON lines; make lines of it: jq -c '.[]' {0}",
        ),
        (
            "a.json.gz",
            gzip.compress(b'[{"id": 1}]', mtime=0),
            "unpack it first: gzip -dk {0}; then make lines of it: jq -c '.[]' a.json |",
        ),
        ("a.json", b'{\n  "id": 1\n}', "is JSON over several lines"),
        ("a.txt", '{"id": 1}'.encode("utf-16"), "is UTF-16 text"),
        ("a.bin", b"\x7fELF\x02\x01\x01\0\0", "is binary data"),
    ],
)
def test_another_kind_of_file_is_named_before_anything_is_stored(
    home: Path, say: Any, name: str, begins: bytes, says: str
) -> None:
    (home / name).write_bytes(begins + b"\n" * 20)
    code, _, said = say("import", "jsonl", name)
    assert code == 2 and said.startswith(f"error: {name} is ") and says.format(name) in said
    assert not (home / "copydesk-data").exists()


@pytest.mark.parametrize(
    "begins", [b"", b"\n", b'["a"]\n', b"\xef\xbb\xbf", b'{"id": "\0"}\n', b"[]\n", b"\0" * 9 + b"\n"]
)
def test_bad_lines_make_no_other_kind_of_file(begins: bytes) -> None:
    stream = io.BufferedReader(io.BytesIO(begins + json.dumps(line(1)).encode()))
    refuse_other_files(stream, "x")
    assert [isinstance(read(each.raw), ImportedLine) for each in numbered_lines(stream, "x")][-1]


def test_the_kind_of_a_file_is_told_by_its_first_bytes_in_a_pipe_too(home: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb") as pipe:
        pipe.write(gzip.compress(WARC + b"x" * 3_000_000)[:1_000])
        pipe.flush()
        with pytest.raises(UsageError, match="stdin is a WARC file, not JSON lines; copydesk import warc FILE"):
            refuse_other_files(stream, "stdin")


def test_broken_gzip_keeps_what_came_before(home: Path, say: Any) -> None:
    whole = write_lines(home / "a.jsonl.gz", [line(number, RIVER + os.urandom(400).hex()) for number in range(60)])
    (home / "cut.gz").write_bytes(whole.read_bytes()[:-3_000])
    code, _, said = say("import", "jsonl", "cut.gz")
    assert code == 1 and "cut.gz: the gzip data is broken behind line" in said
    assert 0 < json.loads(say("stats", "--json")[1])["articles"] < 60
    assert json.loads(say("runs", "list", "--json")[1])[0]["state"] == "failed"
