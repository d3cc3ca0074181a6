"""Exports with a choice of fields, revisions and copies; as an SQLite file; as a WARC file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator
from pyarrow import parquet

from newsroom.records import Article, Capture, Copy, Moment, Precision
from storage.article_batches import Arrival
from storage.captures import CaptureWriter
from storage.captures.layout import Original
from storage.database import Database
from storage.exports import FIELDS, Slice, jsonl
from storage.exports.datasette import metadata
from storage.exports.fields import CSV_FIELDS, KNOWN, OF_COPIES
from storage.exports.reading import BATCH
from storage.exports.warc import write_warc
from storage.holds import Kind, Scope
from tests.captures_kit import FETCHED, page, writer
from tests.command_kit import Say
from tests.export_kit import caller
from tests.shared_database import module_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOME = {"paper": "https://paper.example/", "echo": "https://echo.example/"}


def article(url: str, text: str, **fields: Any) -> Article:
    plain = Article(url, url, f"Title of {url[-1]}", text, language="en", match_digest=text)
    return replace(plain, published=Moment(NOW, Precision.DAY, origin="json-ld"), **fields)


_BUDGET = article(
    HOME["paper"] + "b",
    "市政府通过预算。",
    tags=("预算",),
    language_confidence=0.1,
    is_accessible_for_free=True,
    content_digest="sha256:b",
)


def fill(database: Database) -> None:
    """1 has two texts, 2 is alone, 3 of another portal copies 1 and has a formula for a headline."""
    with database.writing() as corpus:
        for portal, home in HOME.items():
            corpus.portals.put(portal, name=portal.title(), home=home, definition={}, now=NOW)
        corpus.articles.store("paper", article(HOME["paper"] + "a", "The ferry sails."), NOW)
        corpus.articles.store("paper", _BUDGET, NOW)
        corpus.articles.store("echo", article(HOME["echo"] + "c", "A ferry sails.", title="=1+1"), NOW)
        corpus.articles.store("paper", article(HOME["paper"] + "a", "The ferry sailed."), NOW + timedelta(hours=1))
        corpus.copies.put([Copy(3, 1, "near", 0.9)], NOW)
        corpus.stories.put([((1, 3), 1)])


@pytest.fixture
def desk(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def read_only(request: pytest.FixtureRequest) -> Iterator[Database]:
    for opened in module_database(request):
        fill(opened)
        yield opened


@pytest.fixture
def say(
    read_only: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    return caller(read_only, tmp_path, monkeypatch, capsys)


@pytest.fixture
def say_of_desk(
    desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    return caller(desk, tmp_path, monkeypatch, capsys)


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


# --- rows -----------------------------------------------------------------------------------------------------------


def test_fields_are_written_in_the_order_they_are_named(say: Say) -> None:
    assert say("export", "--fields", "url, id,id", "ferry")[1].splitlines() == [
        '{"url": "https://paper.example/a", "id": 1}', '{"url": "https://echo.example/c", "id": 3}'
    ]  # fmt: skip
    assert (
        say("export", "--fields", "title,id", "--format", "csv")[1]
        == "title,id\r\nTitle of a,1\r\nTitle of b,2\r\n'=1+1,3\r\n"
    )
    code, out, said = say("export", "--fields", "id,autors")
    assert (code, out) == (2, "") and 'there is no field "autors"; did you mean "authors"?' in said
    assert say("export", "--fields", " , ")[0] == 2


def test_every_revision_is_a_row_with_its_number_and_its_time(say: Say) -> None:
    told = rows(say("export", "--revisions", "all")[1])
    assert [(each["id"], each["revision"], each["observed"], each["text"]) for each in told][:2] == [
        (1, 1, "2026-03-01T12:00:00Z", "The ferry sails."), (1, 2, "2026-03-01T13:00:00Z", "The ferry sailed.")
    ]  # fmt: skip
    assert [each["id"] for each in told] == [1, 1, 2, 3]
    assert rows(say("export", "--revisions", "all", "sailed")[1]) == told[:2]
    assert say("export", "--revisions", "all", "--output", "x", "--manifest", "x.json")[2].startswith(
        "4 texts of 3 articles"
    )
    said = json.loads(Path("x.json").read_text())
    assert (said["count"], said["rows"], said["revisions"]) == (3, 4, "all")


def test_copies_say_whose_they_are_and_how(say: Say) -> None:
    told = [[each[name] for name in OF_COPIES] for each in rows(say("export", "--with-copies")[1])]
    assert told == [
        [1, "source", None, None, None],
        [2, "single", None, None, None],
        [1, "copy", "near", 1, "https://paper.example/a"],
    ]


def test_a_row_is_the_same_bytes_on_either_database(say: Say) -> None:
    assert say("export", "预算", "--revisions", "all", "--with-copies")[1] == (
        '{"id": 2, "url": "https://paper.example/b", "title": "Title of b", "text": "市政府通过预算。", '
        '"date": "2026-03-01", "date_precision": "day", "date_origin": "json-ld", "modified": null, "language": "en", '
        '"language_confidence": 0.1, "authors": [], "portal": "paper", "source_id": null, "original_title": null, '
        '"source": null, "editor": null, "section": null, "tags": ["预算"], "image": null, "image_caption": null, '
        '"description": null, "site_name": null, "is_accessible_for_free": true, "words": 0, '
        '"first_seen": "2026-03-01T12:00:00Z", "last_seen": "2026-03-01T12:00:00Z", "gone": null, "revision": 1, '
        '"revisions": 1, "content_digest": "sha256:b", "observed": "2026-03-01T12:00:00Z", "story": 2, '
        '"role": "single", "copy_kind": null, "copy_of": null, "copy_of_url": null}\n'
    )


def test_parquet_has_types_for_every_field_there_is(say: Say) -> None:
    assert say("export", "--fields", ",".join(KNOWN), "--format", "parquet", "--output", "x.parquet")[0] == 0
    table = parquet.read_table("x.parquet")
    assert tuple(table.column_names) == tuple(KNOWN)
    assert table.column("copy_of").to_pylist() == [None, None, 1] and table.column("tags").to_pylist()[1] == ["预算"]


def test_text_for_a_name_that_ends_in_gz_is_gzipped_and_the_same_each_time(say: Say) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        assert say("export", "--output", name)[0] == 0
    assert Path("a.jsonl.gz").read_bytes() == Path("b.jsonl.gz").read_bytes()
    assert gzip.decompress(Path("a.jsonl.gz").read_bytes()).decode() == say("export")[1]


def test_a_format_without_rows_takes_no_fields(say: Say) -> None:
    for form in ("sqlite", "warc", "bibtex", "ris"):
        code, _, said = say("export", "--format", form, "--output", "x", "--fields", "id")
        assert code == 2 and f"{form} has its own" in said


def test_a_warc_slice_is_not_called_uncompressed(say: Say) -> None:
    code, _, said = say("export", "--format", "warc", "--output", "x.warc")
    assert code == 2 and "write x.warc.gz" in said


def test_rows_go_on_beyond_one_batch_each_text_once(desk: Database) -> None:
    with desk.writing() as corpus:
        more = [article(f"https://echo.example/{number}", f"Text {number}") for number in range(BATCH)]
        corpus.batches.store([Arrival("echo", each) for each in more], NOW)
    with desk.reading() as corpus:
        every = [(each["id"], each["revision"]) for each in corpus.slices.plain(Slice(every_revision=True))]
        assert every == sorted(set(every)) and len(every) == BATCH + 4
        ids = [each["id"] for each in jsonl(corpus)]
        assert ids == sorted(set(ids)) and len(ids) == BATCH + 3
        assert list(jsonl(corpus)) == list(jsonl(corpus, ids))


# --- SQLite -----------------------------------------------------------------------------------------------------------


def test_an_sqlite_slice_has_articles_texts_copies_and_stories(say: Say) -> None:
    assert say("export", "--format", "sqlite", "--output", "s.db", "--manifest", "s.json")[0] == 0
    with sqlite3.connect("s.db") as file:
        ask = lambda sql: file.execute(sql).fetchall()  # noqa: E731
        assert ask("PRAGMA integrity_check") == [("ok",)] and ask("PRAGMA foreign_key_check") == []
        assert ask("SELECT id, story, role, copy_of FROM articles") == [
            (1, 1, "source", None), (2, None, "single", None), (3, 1, "copy", 1)
        ]  # fmt: skip
        assert ask("SELECT article, revision, text FROM revisions WHERE article = 1") == [
            (1, 1, "The ferry sails."), (1, 2, "The ferry sailed.")
        ]  # fmt: skip
        assert ask("SELECT article, copy_of, kind FROM copies") == [(3, 1, "near")]
        assert ask("SELECT * FROM stories") == [(1, "Title of a", 2, 2, "2026-03-01")]
        assert ask("SELECT value FROM articles, json_each(tags)") == [("预算",)]
        assert ask("SELECT id FROM articles WHERE instr(text, '预算')") == [(2,)]
    for sql in re.findall(r'^ +sql: (".*")$', Path("s.metadata.yml").read_text("utf-8"), re.MULTILINE):
        named = {"story": 1, "article": 1, "characters": "ferry"}
        assert sqlite3.connect("s.db").execute(json.loads(sql), named).fetchall(), sql
    assert say("export", "--check", "s.json")[0] == 0
    whole = Path("s.db").read_bytes()
    say("export", "--format", "sqlite", "--output", "s.db")
    assert Path("s.db").read_bytes() == whole


def test_an_sqlite_slice_of_a_query_refers_to_nothing_outside_it(say: Say) -> None:
    assert say("export", "portal:echo", "--format", "sqlite", "--output", "s.db")[0] == 0
    with sqlite3.connect("s.db") as file:
        assert file.execute("SELECT id, role, copy_of, story FROM articles").fetchall() == [(3, "copy", 1, None)]
        for name, count in (("copies", 0), ("stories", 0), ("portals", 1), ("revisions", 1)):
            assert file.execute(f"SELECT count(*) FROM {name}").fetchone() == (count,)


def test_the_database_has_its_files_name_in_the_metadata() -> None:
    assert '\n  "a: \\"b\\"":\n' in metadata('a: "b"')


# --- WARC -----------------------------------------------------------------------------------------------------------


def keep(desk: Database, folder: Path) -> list[Capture]:
    """Captures of the articles: 1 as it was, 2 with the same payload, 2 confirmed by a 304, and 3 removed since."""
    with writer(folder) as out:
        first = out.append(page(1, url=HOME["paper"] + "a"))
        second = out.append(page(1, url=HOME["paper"] + "b"))
        known = Original(second.address.record_id, second.url, FETCHED)
        third = out.append(page(2, url=HOME["paper"] + "b", status=304, body=b""), original=known)
        fourth = out.append(page(4, url=HOME["echo"] + "c"))
    with desk.writing() as corpus:
        ids = [corpus.captures.put(each, NOW) for each in (first, second, third, fourth)]
        for number, (which, capture) in enumerate([("a", ids[0]), ("b", ids[1]), ("b", ids[2])]):
            said = article(HOME["paper"] + which, f"Read {number}")
            corpus.articles.store("paper", said, NOW + timedelta(days=1, hours=number), capture_id=capture)
    return [first, second, third, fourth]


def records(path: Path) -> Iterator[tuple[str, str, str | None]]:
    """Type, record id and what it refers to; every digest is recomputed on the way."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            assert record.verify_block_digest()
            yield record.headers["WARC-Type"], record.headers["WARC-Record-ID"], record.headers.get("WARC-Refers-To")


def test_a_warc_slice_has_the_captures_of_its_articles_as_they_are(
    say_of_desk: Say, desk: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "warc"
    first, second, third, _ = keep(desk, folder)
    code, _, said = say_of_desk(
        "export", "portal:paper", "--format", "warc", "--output", "s.warc.gz", "--manifest", "s.json"
    )
    assert code == 0 and "3 captures of 2 articles written to s.warc.gz" in said
    told = list(records(Path("s.warc.gz")))
    assert [kind for kind, _, _ in told] == ["warcinfo", *("request", "response"), *("request", "revisit") * 2]
    whole = (folder / first.address.file).read_bytes()
    part = Path("s.warc.gz").read_bytes()
    for each in (first, second, third):
        lies = slice(each.address.offset, each.address.offset + each.address.length)
        assert whole[lies] in part
    assert say_of_desk("export", "--check", "s.json")[0] == 0


def test_each_revisit_of_a_warc_slice_finds_what_it_refers_to_before_it(
    say_of_desk: Say, desk: Database, tmp_path: Path
) -> None:
    first, second, third, _ = keep(desk, tmp_path / "home" / "warc")
    assert say_of_desk("export", "title:b", "--format", "warc", "--output", "s.warc.gz")[0] == 0
    seen: set[str] = set()
    for kind, record_id, refers_to in records(Path("s.warc.gz")):
        assert kind != "revisit" or refers_to in seen
        seen.add(record_id)
    assert {each.address.record_id for each in (first, second, third)} <= seen


def test_what_a_warc_slice_lacks_is_told(say_of_desk: Say, desk: Database, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "warc"
    kept = keep(desk, folder)
    with desk.writing() as corpus:
        gone = corpus.captures.by_url(kept[3].url)[0]
        said = article(HOME["echo"] + "c", "Read 3")
        corpus.articles.store("echo", said, NOW + timedelta(days=2), capture_id=gone.id)
        corpus.articles.store("echo", article(HOME["echo"] + "d", "Imported."), NOW)
        corpus.expiry.remove([gone.id or 0], NOW)
    code, _, said_of_it = say_of_desk("export", "--format", "warc", "--output", "s.warc.gz", "--manifest", "s.json")
    assert code == 0 and "left out: 1 removed captures" in said_of_it
    assert json.loads(Path("s.json").read_text())["left_out"] == {
        "removed_captures": 1, "articles_without_capture": 2, "unreadable_captures": 0, "withheld_captures": 0
    }  # fmt: skip
    path = folder / kept[0].address.file
    data = bytearray(path.read_bytes())
    data[kept[0].address.offset + 40] ^= 0xFF
    path.write_bytes(data)
    code, _, said_of_it = say_of_desk("export", "title:a", "--format", "warc", "--output", "s.warc.gz")
    assert (
        code == 3 and f"{kept[0].address.record_id} of {kept[0].url}" in said_of_it and "copydesk verify" in said_of_it
    )


def test_a_payload_of_a_withheld_article_stays_behind(desk: Database, tmp_path: Path) -> None:
    keep(desk, tmp_path / "warc")
    with desk.writing() as corpus:
        corpus.holds.add(Scope.ARTICLE, "1", note="by contract", now=NOW, kind=Kind.EMBARGO)
    with desk.reading(now=NOW) as corpus:
        told = {"folder": tmp_path / "warc", "name": "s", "info": {}, "now": NOW}
        *_, done = write_warc(corpus, [2], path=tmp_path / "s.warc.gz", **told)  # type: ignore[arg-type]
    assert (done.captures, done.withheld, done.without_capture) == (0, 2, 1)
    assert [kind for kind, _, _ in records(tmp_path / "s.warc.gz")] == ["warcinfo"]


def test_a_request_is_found_though_its_bytes_hold_the_beginning_of_a_member(desk: Database, tmp_path: Path) -> None:
    from storage.captures.excerpt import members

    headers = ((b"Cookie", b"\x1f\x8b\x08" * 5),)
    with CaptureWriter(tmp_path, software="copydesk/test") as out:
        out.append(page(1))
        capture = out.append(replace(page(2), request_headers=headers))
    asked, answered = members(tmp_path, capture.address)
    assert b"WARC-Type: request" in gzip.decompress(asked) and b"Story 2" in gzip.decompress(answered)


def test_csv_has_its_fields_by_default_and_others_on_request(say: Say) -> None:
    head = next(csv.reader(io.StringIO(say("export", "--format", "csv", "--with-copies")[1])))
    assert tuple(head) == (*CSV_FIELDS, *OF_COPIES) and set(CSV_FIELDS) < set(FIELDS)


def test_the_documentation_has_every_field_with_what_it_says() -> None:
    page = Path(__file__).parent.parent.joinpath("docs", "export.md").read_text("utf-8")
    assert "\n".join(f"| `{field.name}` | {field.about} |" for field in KNOWN.values()) in page
