"""Slices of the corpus: by day of capture, as Parquet, in a fixed order, and with a manifest that can be checked."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from copydesk.counting import Counting
from newsroom.config import version
from newsroom.errors import StorageError
from newsroom.records import Article, Moment, Precision
from storage import migrate
from storage.database import Database
from storage.exports import FIELDS, Slice, as_json, jsonl
from storage.exports import manifest as manifest_module
from storage.exports import parquet as parquet_module
from storage.exports.files import whole_file
from storage.exports.parquet import schema, write_parquet
from storage.search.analyser import ANALYSER_VERSION
from tests.command_kit import Say
from tests.export_kit import caller
from tests.shared_database import module_database

HOME = "https://paper.example/"
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)

# Captured in the last moment of the 27th, twice on the 28th, in the first moment of the 29th; the newest was published
# first, so that an order by date is another than that of the ids.
CAPTURED = [
    ("late", MIDNIGHT - timedelta(milliseconds=1), 9),
    ("first", MIDNIGHT, 8),
    ("last", MIDNIGHT + timedelta(hours=23, minutes=59, seconds=59, milliseconds=999), 7),
    ("after", MIDNIGHT + timedelta(days=1), 6),
]


def article(name: str, day: int, **fields: Any) -> Article:
    published = Moment(datetime(2026, 10, day, tzinfo=UTC), Precision.DAY, origin="json-ld")
    plain = Article(HOME + name, HOME + name, f"Title {name}", f"The ferry text of {name}.", language="en")
    return replace(plain, published=published, **fields)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A corpus that tests only read."""
    for opened in module_database(request):
        fill(opened)
        yield opened


def fill(database: Database) -> None:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=HOME, definition={}, now=MIDNIGHT)
        for name, when, day in CAPTURED:
            corpus.articles.store("paper", article(name, day, byline=("Ann", "Bo")), when)


@pytest.fixture
def say(desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    return caller(desk, tmp_path, monkeypatch, capsys)


def names(lines: str) -> list[str]:
    return [json.loads(line)["url"].removeprefix(HOME) for line in lines.splitlines()]


# --- by day of capture --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("captured:2026-11-28", ["first", "last"]),
        ("captured:2026-11-28..2026-11-28", ["first", "last"]),
        ("captured:2026-11-27..2026-11-28", ["late", "first", "last"]),
        ("captured:2026-11-29..", ["after"]),
        ("captured:..2026-11-27", ["late"]),
        ("-captured:2026-11-28", ["late", "after"]),
        ("captured:2026-11-28 date:2026-10-07", ["last"]),
        ("captured:2026-11-28 date:2026-10-06", []),
        ("ferry captured:2026-11-29", ["after"]),
    ],
)
def test_a_slice_holds_what_was_captured_on_its_days_in_utc(say: Say, query: str, found: list[str]) -> None:
    code, out, _ = say("export", "--", query)
    assert (code, names(out)) == (0, found)
    hits = say("search", "-o", "ndjson", "--order", "newest", "--", query)[1]
    assert sorted(names(hits)) == sorted(found)


def test_a_day_that_is_none_is_shown_with_a_caret(say: Say) -> None:
    code, out, said = say("export", "captured:2026-13-01", "--output", "x.jsonl")
    assert (code, out) == (2, "") and "captured: '2026-13-01' is not in the calendar" in said and "^" in said
    assert list(Path().iterdir()) == []


def test_an_export_that_finds_nothing_says_what_was_searched_for(say: Say) -> None:
    code, out, said = say("export", "zeppelin")
    assert (code, out) == (0, "") and "0 articles written\nnothing answers zeppelin\n" in said
    assert "nothing answers csv AND out; for the format, type --format csv" in say("export", "csv", "out")[2]
    assert "nothing answers" not in say("export", "ferry")[2]


# --- one order, the same bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_the_same_slice_of_an_unchanged_corpus_is_the_same_file(say: Say, form: str) -> None:
    for name in ("one", "two"):
        assert say("export", "ferry", "--format", form, "--output", name)[0] == 0
    assert Path("one").read_bytes() == Path("two").read_bytes()


def test_articles_come_by_id_with_and_without_a_query(say: Say) -> None:
    assert names(say("export")[1]) == names(say("export", "ferry")[1]) == [name for name, _, _ in CAPTURED]


# --- Parquet --------------------------------------------------------------------------------------------------------


def test_parquet_has_the_fields_of_jsonl_with_types(say: Say, desk: Database) -> None:
    code, out, said = say("export", "captured:2026-11-28", "--format", "parquet", "--output", "day.parquet")
    assert (code, out) == (0, "") and "2 articles written to day.parquet" in said
    table = parquet.read_table("day.parquet")
    assert table.schema.equals(schema(FIELDS)) and tuple(table.column_names) == FIELDS
    assert table.schema.field("first_seen").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("authors").type == pa.list_(pa.string())
    first, last = table.to_pylist()
    assert (first["url"], first["authors"], first["tags"]) == (HOME + "first", ["Ann", "Bo"], [])
    assert (first["date"], first["date_precision"]) == (datetime(2026, 10, 8, tzinfo=UTC), "day")
    assert (last["first_seen"], last["gone"]) == (CAPTURED[2][1], None)
    with desk.reading() as corpus:
        (_, told, *_rest) = jsonl(corpus)
    times = {"date", "modified", "first_seen", "last_seen", "gone"}
    assert {name: first[name] for name in FIELDS if name not in times} == {
        name: value for name, value in told.items() if name not in times
    }


def test_every_field_of_an_article_is_in_the_list_of_fields(desk: Database) -> None:
    with desk.reading() as corpus:
        assert tuple(as_json(next(corpus.articles.iterate()))) == FIELDS


def test_parquet_is_written_in_row_groups_that_end_at_a_number_or_a_size(
    desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def groups() -> list[int]:
        with desk.reading() as corpus:
            assert write_parquet(corpus.slices.typed(Slice()), FIELDS, tmp_path / "x.parquet") == 4
        held = parquet.ParquetFile(tmp_path / "x.parquet").metadata
        return [held.row_group(number).num_rows for number in range(held.num_row_groups)]

    assert groups() == [4]
    monkeypatch.setattr(parquet_module, "GROUP_ROWS", 3)
    assert groups() == [3, 1]
    monkeypatch.setattr(parquet_module, "GROUP_CHARS", 30)
    assert groups() == [2, 2]


def test_an_empty_slice_is_a_parquet_file_with_columns(say: Say) -> None:
    assert say("export", "nowhere", "--format", "parquet", "--output", "none.parquet")[0] == 0
    table = parquet.read_table("none.parquet")
    assert (table.num_rows, table.schema.equals(schema(FIELDS))) == (0, True)


def test_parquet_without_pyarrow_names_what_to_install(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "storage.exports.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, said = say("export", "--format", "parquet", "--output", "x.parquet")
    assert code == 2 and "pip install 'copydesk[parquet]'" in said
    assert list(Path().iterdir()) == []
    assert say("export", "--output", "x.jsonl")[0] == 0


@pytest.mark.parametrize("arguments", [["--format", "parquet"], ["--format", "parquet", "--output", "-"]])
def test_parquet_needs_a_file(say: Say, arguments: list[str]) -> None:
    code, out, said = say("export", *arguments)
    assert (code, out) == (2, "") and "--format parquet needs --output FILE" in said


# --- whole or not at all ------------------------------------------------------------------------------------------


def test_a_file_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "slice"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(target) as beside:
        beside.write_text("new")
        raise ZeroDivisionError
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]
    with pytest.raises(StorageError, match="no/such"), whole_file(tmp_path / "no" / "such") as beside:
        beside.write_text("new")


def test_two_that_write_one_file_at_once_write_each_its_own(tmp_path: Path) -> None:
    target = tmp_path / "slice"
    with whole_file(target) as first, whole_file(target) as second:
        second.write_text("second")
        first.write_text("first")
        assert second.read_text() == "second"
    assert target.read_text() == "first" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_sigterm_in_the_middle_leaves_neither_slice_nor_manifest(
    say: Say, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(Counting, "show", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert say("export", "--format", form, "--output", "x", "--manifest", "x.json")[0] == 143
    assert list(Path().iterdir()) == []


# --- the manifest -------------------------------------------------------------------------------------------------


def test_a_manifest_says_what_was_asked_and_what_was_written(say: Say, desk: Database) -> None:
    asked = ("ferry captured:2026-11-28", "--since", "2026-10-08")
    assert say("export", *asked, "--output", "day.jsonl", "--manifest", "day.json")[0] == 0
    told = json.loads(Path("day.json").read_text("utf-8"))
    written = Path("day.jsonl").read_bytes()
    assert {
        "file": "day.jsonl",
        "format": "jsonl",
        "count": 1,
        "bytes": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
        "fields": list(FIELDS),
        "query": asked[0],
        "searched_for": "ferry AND captured:2026-11-28",
        "copydesk": version(),
        "schema": migrate.head(),
        "analyser": ANALYSER_VERSION,
        "database": "sqlite" if desk.is_sqlite else "postgresql",
    }.items() <= told.items()
    assert {name: value for name, value in told["filters"].items() if value} == {"since": "2026-10-08T00:00:00Z"}
    assert datetime.now(UTC) - datetime.fromisoformat(told["written_utc"]) < timedelta(minutes=5)


def test_a_manifest_in_another_folder_finds_its_slice_wherever_both_are_moved(say: Say) -> None:
    Path("data").mkdir()
    Path("about").mkdir()
    assert say("export", "--output", "data/all.jsonl", "--manifest", "about/all.json")[0] == 0
    Path("moved").mkdir()
    Path("data").rename("moved/data")
    Path("about").rename("moved/about")
    assert json.loads(Path("moved/about/all.json").read_text())["file"] == "../data/all.jsonl"
    assert say("export", "--check", "moved/about/all.json")[0] == 0


def test_a_manifest_needs_a_file_to_describe(say: Say) -> None:
    code, _, said = say("export", "--manifest", "x.json")
    assert code == 2 and "--manifest needs --output FILE" in said and list(Path().iterdir()) == []


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_unharmed_slice_checks_out(say: Say, form: str) -> None:
    asked = ("ferry", "--portal", "paper", "--until", "2026-10-08", "--unique")
    say("export", *asked, "--format", form, "--output", "x", "--manifest", "x.json")
    code, out, said = say("export", "--check", "x.json")
    assert code == 0 and "x.json: as it was written: ferry" in said
    assert [row.split()[:2] for row in out.splitlines()[1:]] == [
        ["file", "yes"], ["bytes", "yes"], ["sha256", "yes"], ["count", "yes"], ["contents", "yes"]
    ]  # fmt: skip


def test_a_check_says_what_differs(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database)
    say = caller(database, tmp_path, monkeypatch, capsys)
    say("export", "captured:2026-11-28", "--output", "x.jsonl", "--manifest", "x.json")
    whole = Path("x.jsonl").read_bytes()
    Path("x.jsonl").write_bytes(whole.replace(b"ferry", b"berry", 1))
    code, out, said = say("export", "--check", "x.json")
    assert code == 3 and "differs" in said
    assert [row.split()[:2] for row in out.splitlines()[2:4]] == [["bytes", "yes"], ["sha256", "no"]]
    Path("x.jsonl").write_bytes(whole[:-1])
    assert f"{len(whole) - 1:,}, the manifest says {len(whole):,}" in say("export", "--check", "x.json")[1]
    Path("x.jsonl").unlink()
    code, out, _ = say("export", "--check", "x.json")
    assert code == 3 and "x.jsonl: no such file" in out
    Path("x.jsonl").write_bytes(whole)
    with database.writing() as corpus:
        corpus.articles.store("paper", article("more", 5), MIDNIGHT + timedelta(hours=1))
    code, out, _ = say("export", "--check", "x.json")
    assert code == 3 and "3 today, the manifest says 2" in out


def test_a_check_without_a_corpus_compares_the_file_alone(say: Say) -> None:
    say("export", "--output", "x.jsonl", "--manifest", "x.json")
    code, out, _ = say("--database", "sqlite:///gone.sqlite3", "export", "--check", "x.json")
    assert code == 0 and "not compared: gone.sqlite3: no such database" in out
    assert not Path("gone.sqlite3").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no manifest"),
        ("[1]", "missing or of another kind"),
        ('{"file": 1}', "missing or of another kind"),
        ("[" * 100_000, "no manifest"),
    ],
)
def test_what_is_no_manifest_is_refused(say: Say, text: str, why: str) -> None:
    Path("x.json").write_text(text)
    code, _, said = say("export", "--check", "x.json")
    assert code == 2 and "x.json" in said and why in said


def test_a_file_larger_than_any_manifest_is_not_read(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_module, "MAX_MANIFEST_BYTES", 1 << 20)
    Path("x.json").write_text(" " * ((1 << 20) + 1))
    code, _, said = say("export", "--check", "x.json")
    assert code == 2 and "x.json: larger than 1 MB, so no manifest" in said


def test_a_manifest_that_is_not_there_is_a_usage_error(say: Say) -> None:
    code, _, said = say("export", "--check", "no.json")
    assert code == 2 and "no.json: cannot be read: No such file" in said


@pytest.mark.parametrize(
    "filters", [{"since": "2026-10-08"}, {"since": 5}, {"copied": "both"}, {"portal": [1]}, {"owner": "x"}]
)
def test_a_manifest_with_filters_of_nobody_differs_and_asks_nothing(say: Say, filters: dict[str, Any]) -> None:
    say("export", "--output", "x.jsonl", "--manifest", "x.json")
    told = json.loads(Path("x.json").read_text())
    Path("x.json").write_text(json.dumps({**told, "filters": filters}))
    code, out, _ = say("export", "--check", "x.json")
    assert code == 3 and "the question cannot be asked again" in out


@pytest.mark.parametrize("more", [["ferry"], ["--output", "y"], ["--manifest", "y"], ["--unique"]])
def test_a_check_takes_its_question_from_the_manifest_alone(say: Say, more: list[str]) -> None:
    code, _, said = say("export", "--check", "x.json", *more)
    assert code == 2 and "give nothing else with it" in said
