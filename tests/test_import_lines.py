"""`copydesk import jsonl`: what a line becomes, and how lines are stored."""

from __future__ import annotations

import io
import json
import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsroom.records import Moment, Precision
from pipelines.ingest import import_lines
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
    assert json.loads(say("cleanup", "--json")[1])["database"]["index_merged"] is False  # no need: the import did it


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
