"""A manifest against the corpus of a later day: which articles are new, gone, or say something else."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsroom.records import Article
from storage.database import Database, open_database
from storage.exports import Slice
from storage.exports.contents import compare, contents
from storage.holds import Kind, Scope
from tests.command_kit import Say
from tests.export_kit import caller

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOME = "https://paper.example/"
FORMATS = ("jsonl", "csv", "parquet", "sqlite", "warc", "bibtex", "ris")


def store(database: Database, said: dict[str, str], hours: int = 0, home: str = HOME) -> None:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=HOME, definition={}, now=NOW)
        for name, text in said.items():
            article = Article(home + name, home + name, f"Title {name}", text, match_digest=text)
            corpus.articles.store("paper", article, NOW + timedelta(hours=hours))


@pytest.fixture
def desk(database: Database) -> Database:
    store(database, {name: f"The ferry of {name}." for name in "abc"})
    return database


@pytest.fixture
def say(desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    return caller(desk, tmp_path, monkeypatch, capsys)


def write(say: Say, *arguments: str) -> dict[str, Any]:
    assert say("export", *arguments, "--output", "x", "--manifest", "x.json")[0] == 0
    told: dict[str, Any] = json.loads(Path("x.json").read_text("utf-8"))
    return told


def told_of(out: str) -> dict[str, str]:
    """What a check says, by what was compared."""
    return {row.split(maxsplit=1)[0]: row.split(maxsplit=1)[1] for row in out.splitlines()[1:]}


@pytest.mark.parametrize("form", FORMATS)
def test_as_many_articles_are_not_the_same_ones(say: Say, desk: Database, form: str) -> None:
    write(say, "ferry", "--format", form)
    assert say("export", "--check", "x.json")[0] == 0
    store(desk, {"a": "The ferry sank.", "b": "The bus runs.", "d": "The ferry of d."}, hours=1)
    with desk.reading() as corpus:
        new = corpus.articles.find(HOME + "d")
    code, out, said = say("export", "--check", "x.json")
    assert code == 3 and "x.json: differs: ferry" in said
    assert told_of(out)["count"] == "yes  3"
    assert told_of(out)["contents"] == f"no   1 new ({new} {HOME}d), 1 gone (2), 1 changed (1 {HOME}a)"


def test_the_slice_need_not_be_there_to_tell_what_changed(say: Say, desk: Database) -> None:
    write(say)
    Path("x").unlink()
    store(desk, {"c": "The ferry sank."}, hours=1)
    assert told_of(say("export", "--check", "x.json")[1])["contents"] == f"no   0 new, 0 gone, 1 changed (3 {HOME}c)"


def test_only_the_first_of_many_are_named(say: Say, desk: Database) -> None:
    write(say, "ferry")
    store(desk, {f"n{number}": f"Ferry number {number}." for number in range(7)}, hours=1)
    out = told_of(say("export", "--check", "x.json")[1])
    named = ", ".join(f"{4 + number} {HOME}n{number}" for number in range(5))
    assert out["contents"] == f"no   7 new ({named}, …), 0 gone, 0 changed"
    assert out["count"] == "no   10 today, the manifest says 3"


def test_an_article_that_is_withheld_since_is_gone_and_its_address_untold(say: Say, desk: Database) -> None:
    write(say)
    with desk.writing() as corpus:
        corpus.holds.add(Scope.ARTICLE, "2", note="by contract", now=NOW, kind=Kind.EMBARGO)
    code, out, _ = say("export", "--check", "x.json")
    assert code == 3 and told_of(out)["contents"] == "no   0 new, 1 gone (2), 0 changed"


@pytest.mark.parametrize(("more", "code"), [([], 0), (["--revisions", "all"], 3), (["--format", "sqlite"], 3)])
def test_a_text_that_came_and_went_differs_where_every_text_was_written(
    say: Say, desk: Database, more: list[str], code: int
) -> None:
    write(say, *more)
    store(desk, {"a": "The ferry sank."}, hours=1)
    assert say("export", "--check", "x.json")[0] == 3
    store(desk, {"a": "The ferry of a."}, hours=2)
    assert say("export", "--check", "x.json")[0] == code


def test_another_corpus_has_other_articles_under_the_same_ids(desk: Database, say: Say, tmp_path: Path) -> None:
    write(say)
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    with open_database(elsewhere, create=True) as other:
        store(other, {name: f"The ferry of {name}." for name in "abc"}, home="https://echo.example/")
    out = told_of(say("--database", elsewhere, "export", "--check", "x.json")[1])
    assert out["count"] == "yes  3" and out["contents"].startswith("no   3 new (1 https://echo.example/a, 2 ")
    assert out["contents"].endswith("), 3 gone (1, 2, 3), 0 changed")


def test_a_manifest_of_an_older_copydesk_says_that_only_the_count_was_compared(say: Say, desk: Database) -> None:
    told = write(say)
    older = {name: value for name, value in told.items() if not name.startswith("contents")}
    Path("x.json").write_text(json.dumps(older))
    store(desk, {"a": "The ferry sank."}, hours=1)
    code, out, said = say("export", "--check", "x.json")
    assert code == 0 and "x.json: as it was written, as far as compared" in said
    assert told_of(out)["count"] == "yes  3" and told_of(out)["contents"].startswith("not compared, only the count was")
    store(desk, {"d": "The ferry of d."}, hours=1)
    assert say("export", "--check", "x.json")[0] == 3


@pytest.mark.parametrize("damaged", [["?"], [5], [""] * 3 + ["AQ=="], [b64encode(b"\xff" * 40).decode()], ["AAAAAAAA"]])
def test_damaged_contents_are_said_to_be(say: Say, damaged: list[object]) -> None:
    Path("x.json").write_text(json.dumps({**write(say), "contents": damaged}))
    code, out, _ = say("export", "--check", "x.json")
    assert code == 3 and told_of(out)["contents"].startswith("no   the manifest's contents cannot be read: ")


def test_the_digest_of_the_contents_can_be_had_from_the_slice(say: Say) -> None:
    told = write(say, "--format", "jsonl")
    rows = [json.loads(line) for line in Path("x").read_text("utf-8").splitlines()]
    lines = "".join(f"{row['id']} {row['url']} {row['content_digest']}\n" for row in rows)
    assert told["contents_sha256"] == hashlib.sha256(lines.encode()).hexdigest()


def test_contents_take_few_bytes_an_article_and_go_on_beyond_a_batch(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.exports.reading.BRIEF_BATCH", 7)
    monkeypatch.setattr("storage.exports.contents._PACKED_ARTICLES", 10)
    store(database, {f"n{number}": f"Text {number}." for number in range(300)})
    some = [*range(1, 20), 150, 299, 300]
    with database.reading() as corpus:
        whole, part = contents(corpus, Slice()), contents(corpus, Slice(some))
        assert whole == contents(corpus, Slice(range(1, 301))) and len(whole.packed) == 30
        assert sum(map(len, whole.packed)) == 300 * 8
        found = compare(whole.packed, corpus, Slice(some))
        assert (found.articles, found.gone.count, found.new.count, found.changed.count) == (22, 278, 0, 0)
        assert found.sha256 == part.sha256 and found.gone.first == [20, 21, 22, 23, 24]
        found = compare(part.packed, corpus, Slice())
        assert (found.articles, found.gone.count, found.new.count, found.changed.count) == (300, 0, 278, 0)
        assert found.sha256 == whole.sha256 and compare([], corpus, Slice([])).articles == 0
