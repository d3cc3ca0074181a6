"""What an import sets aside, found again by its run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsroom.records import Run
from pipelines.archives.importing import import_warc
from pipelines.imports import MAX_BEGINNINGS, SetAside, set_aside_by
from pipelines.ingest import import_lines
from pipelines.raw_lines import RawLine
from pipelines.workers import ExtractionPool
from storage.database import Database
from tests.archives_kit import members, page, write
from tests.import_kit import NOW, line, write_lines


def bring(database: Database, source: str, raw: list[bytes], now: datetime = NOW, **more: Any) -> int:
    settings: dict[str, Any] = {"portal_id": "import", "version": "1", "clock": lambda: now, **more}
    lines = [RawLine(number, each) for number, each in enumerate(raw, 1)]
    return import_lines(database, lines, source=source, **settings).run_id


def aside(database: Database, run_id: int) -> list[SetAside]:
    with database.reading() as corpus:
        run = corpus.runs.get(run_id)
        assert run is not None
        return list(set_aside_by(corpus, run))


def places(database: Database, run_id: int) -> list[tuple[str | None, str | None]]:
    return [(each.file, each.place) for each in aside(database, run_id)]


def test_each_run_lists_its_own_also_when_two_ran_at_once(database: Database) -> None:
    good = json.dumps(line(1)).encode()
    first = bring(database, "a.jsonl", [b"x", good, b'{"url": "https://a.example/"}'])
    second = bring(database, "A.jsonl", [b"y: z"])
    assert aside(database, first) == [
        SetAside("a.jsonl", "line 1", "not JSON: Expecting value at character 1", None, NOW),
        SetAside("a.jsonl", "line 3", "text: missing or empty", "https://a.example/", NOW),
    ]
    assert places(database, second) == [("A.jsonl", "line 1")]


def test_a_repeated_import_lists_what_was_set_aside_before(database: Database) -> None:
    first = bring(database, "a.jsonl", [b"x", b"y"])
    later = NOW + timedelta(days=1)
    mended = bring(database, "a.jsonl", [b"x", json.dumps(line(1)).encode(), b"z"], later)
    assert places(database, first) == [("a.jsonl", "line 1"), ("a.jsonl", "line 2")]
    assert places(database, mended) == [("a.jsonl", "line 1"), ("a.jsonl", "line 3")]
    assert aside(database, mended)[0].set_aside_utc == NOW


def test_more_than_fits_a_batch_is_listed_in_order(database: Database) -> None:
    run_id = bring(database, "a.jsonl", [b"x"] * 2_345)
    assert places(database, run_id) == [("a.jsonl", f"line {number}") for number in range(1, 2_346)]


def test_with_very_many_places_time_tells_what_is_of_a_run(database: Database) -> None:
    before = bring(database, "a.jsonl", [b"x"], NOW - timedelta(hours=1))
    many = bring(database, "b.jsonl", [b"x"], beginnings=[f"{number}:" for number in range(MAX_BEGINNINGS + 1)])
    assert (places(database, before), places(database, many)) == ([("a.jsonl", "line 1")], [("b.jsonl", "line 1")])


def test_records_files_and_pages_of_archives_are_listed(database: Database, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "pipelines.archives.desk.read_options",
        lambda portal, now: {"min_chars": None if portal.id == "bad-example" else 100},
    )
    folder = tmp_path / "archives"
    folder.mkdir()
    write(folder / "a.warc.gz", page("http://bad.example/"))
    (folder / "b.warc.gz").write_bytes(members(page())[:300])
    for number in range(12):
        (folder / f"c{number:02}.warc.lz4").write_text("x")
    settings: dict[str, Any] = {"portals": tmp_path / "portals", "version": "1", "clock": lambda: NOW}
    pool = ExtractionPool(1)
    try:
        report = import_warc(database, tmp_path / "warc", [folder], pool=pool, **settings)
    finally:
        pool.close_now()
    assert (report.unread, report.bad, report.refused) == (12, 1, {"quarantined": 1})
    assert report.run_id is not None
    page_, record, *files = aside(database, report.run_id)
    assert (page_.file, page_.place, page_.url) == (None, None, "http://bad.example/")
    assert (record.file, record.place) == ("b.warc.gz", "byte 0") and record.reason.startswith("is cut short")
    assert [(each.file, each.place, each.reason) for each in files] == [
        (str(folder / f"c{number:02}.warc.lz4"), None, "is LZ4; unpack it first (lz4 -d)") for number in range(12)
    ]


def test_a_crawl_has_nothing_of_an_import_that_ran_meanwhile(database: Database) -> None:
    with database.writing() as corpus:
        corpus.portals.put("river", name="River", home=None, definition={}, now=NOW)
        crawl = corpus.runs.start("river", owner="me", version="1", now=NOW)
    bring(database, "a.jsonl", [b"x"])
    assert places(database, crawl) == []
    with database.reading() as corpus:
        old = Run(99, "import", NOW, "done", NOW, stats={"kind": "import"})  # as earlier versions kept them
        assert [each.place for each in set_aside_by(corpus, old)] == ["line 1"]


def test_runs_show_lists_what_an_import_set_aside(home: Path, say: Any) -> None:
    lines = [line(1), *("broken" for _ in range(14)), {"url": "https://a.example/", "title": "=x"}]
    code, _, said = say("import", "jsonl", str(write_lines(home / "a.jsonl", lines)))
    assert code == 0 and "and 5 more bad lines, all in the quarantine" in said
    assert said.splitlines()[-1] == "everything that was set aside: copydesk runs show 1 --bad"
    code, out, said = say("runs", "show", "1", "--bad")
    assert code == 0 and len(out.splitlines()) == 16 and said == "15 of run 1 in the quarantine\n"
    assert out.splitlines()[-1].split()[1:] == ["line", "16", "text:", "missing", "or", "empty", "https://a.example/"]
    rows = list(csv.DictReader(io.StringIO(say("runs", "show", "1", "--bad", "-o", "csv")[1])))
    assert (rows[0]["place"], rows[0]["url"], rows[14]["reason"]) == ("line 2", "", "text: missing or empty")
    found = [json.loads(each) for each in say("runs", "show", "1", "--bad", "-o", "ndjson")[1].splitlines()]
    assert datetime.fromisoformat(found[0].pop("set_aside_utc")) > datetime(2026, 1, 1, tzinfo=UTC)
    assert found[0] == {
        "file": str(home / "a.jsonl"), "place": "line 2", "reason": "not JSON: Expecting value at character 1",
        "url": None,
    }  # fmt: skip
    assert len(json.loads(say("runs", "show", "1", "--bad", "--json")[1])) == 15
    assert "set_aside_in" not in say("runs", "show", "1")[1] + say("runs", "show", "1", "--json")[1]


def test_runs_show_says_when_nothing_was_set_aside(home: Path, say: Any) -> None:
    say("import", "jsonl", str(write_lines(home / "a.jsonl", [line(1)])))
    assert say("runs", "show", "1", "--bad") == (0, "", "nothing of run 1 is set aside\n")
    code, _, said = say("runs", "show", "2", "--bad")
    assert code == 2 and "no run 2" in said


def test_news_please_files_are_listed_whichever_way_their_folder_is_named(home: Path, say: Any) -> None:
    (home / "data").mkdir()
    (home / "data" / "a.json").write_text("{")
    for number, name in enumerate((".", "data", "./data/", "data/a.json", str(home / "data")), 1):
        assert say("import", "news-please", name)[0] == 3
        found = json.loads(say("runs", "show", str(number), "--bad", "--json")[1])
        assert [Path(each["file"]).name for each in found] == ["a.json"], name
