"""`copydesk cleanup` as it is called: what it prints, how it ends, and what `show` says of what has gone."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from copydesk.main import run
from storage.database import open_database
from tests.cleanup_kit import OLD, Archive
from tests.crawl_kit import Newsroom, finish, wait_until


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _migrated_sqlite: Path) -> Newsroom:
    """A corpus with two old articles and a feed, whose portal keeps captures for a month."""
    made = Newsroom(tmp_path)
    made.write_portal("paper", "https://paper.example/", 'retention = "30d"')
    made.home.mkdir()
    shutil.copy(_migrated_sqlite, made.home / "corpus.sqlite3")
    with open_database(made.url) as database:
        archive = Archive(database, made.home)
        with archive.writer() as living:
            archive.article(living, 1)
            archive.article(living, 2)
            archive.feed(living, 3)
    for name, value in made.environment.items():
        if name.startswith("COPYDESK_"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return made


def cleanup(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["cleanup", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def as_json(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def test_it_is_a_dry_run_until_it_is_told_otherwise(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in newsroom.home.rglob("*"))
    code, out, err = cleanup(capsys)
    assert code == 0
    assert [line.split()[:5] for line in out.splitlines()[1:]] == [
        ["captures", "paper", "evidence", "2", "4"],
        ["captures", "paper", "other", "1", "2"],
    ]
    assert "nothing was changed; next: copydesk cleanup --yes" in err
    assert sorted(path.name for path in newsroom.home.rglob("*")) == before
    code, out, _ = cleanup(capsys, "--json")
    counted = as_json(out)
    assert (counted["dry_run"], counted["captures"]["rows"], counted["files"]["deleted"]) == (True, 3, 1)
    code, out, err = cleanup(capsys, "--yes", "--verify", "--json")
    done = as_json(out)
    assert (code, done["dry_run"], done["problems"]) == (0, False, [])
    assert done["captures"] == counted["captures"]
    assert list((newsroom.home / "warc").iterdir()) == []
    assert "verify --cdxj" in err


def test_it_says_when_there_was_nothing_to_do(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    assert cleanup(capsys, "--yes")[0] == 0
    code, out, err = cleanup(capsys, "--yes", "--fail-if-empty", "--json")
    assert (code, as_json(out)["captures"]["rows"]) == (4, 0)
    assert "nothing to clean up" in err
    assert cleanup(capsys, "--fail-if-empty")[0] == 4
    assert cleanup(capsys, "--yes")[0] == 0


def test_a_faulty_portal_file_stops_it_before_anything_goes(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.write_portal("wire", "https://wire.example/", 'retention = "soon"')
    code, out, err = cleanup(capsys, "--yes")
    assert (code, out) == (2, "")
    assert "wire.toml:2: retention: 'soon' is not a length of time" in err
    assert len(newsroom.captures()) == 3


def test_without_a_database_it_ends_with_6_and_makes_none(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = cleanup(capsys, "--yes", "--database", f"sqlite:///{newsroom.folder / 'none.sqlite3'}")
    assert (code, (newsroom.folder / "none.sqlite3").exists()) == (6, False)
    assert "no such database" in err


def test_damage_ends_it_with_1(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = (newsroom.home / "warc").iterdir()
    with open_database(newsroom.url) as database:
        archive = Archive(database, newsroom.home)
        with archive.writer() as living:
            kept = archive.article(living, 9, portal="wire")
    damaged = newsroom.home / "warc" / kept.address.file
    data = bytearray(damaged.read_bytes())
    data[kept.address.offset + 200] ^= 0xFF
    damaged.write_bytes(data)
    code, out, err = cleanup(capsys, "--yes", "--verify", "--json")
    assert code == 1
    assert all(problem.startswith(damaged.name) for problem in as_json(out)["problems"])
    assert "run copydesk verify" in err
    assert not path.exists()


def test_show_says_of_an_old_text_that_its_page_was_removed(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    (first, *_) = newsroom.captures()
    assert run(["show", "1", "--raw"]) == 0
    capsys.readouterr()
    assert cleanup(capsys, "--yes")[0] == 0
    assert run(["show", "1", "--provenance"]) == 0
    said = capsys.readouterr().out
    assert "Text of story number1." in said
    assert "removed by retention on" in said
    assert f"fetched {OLD:%Y-%m-%d %H:%M:%SZ} from {first.url}, {first.payload_digest}" in said
    assert run(["show", "1", "--json"]) == 0
    (capture,) = json.loads(capsys.readouterr().out)["captures"]
    assert (capture["payload_digest"], capture["file"]) == (first.payload_digest, first.address.file)
    assert capture["removed"] is not None
    assert run(["show", "1", "--raw"]) == 2
    said = capsys.readouterr().err
    assert "its captured page was removed by retention" in said
    assert first.payload_digest in said
    assert run(["verify"]) == 0


def test_sigterm_ends_it_within_4_s_even_while_it_waits_for_the_database(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = sqlite3.connect(newsroom.url.removeprefix("sqlite:///"), isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    waiting = newsroom.start("cleanup", "--yes", "--json")
    wait_until((newsroom.home / "cleanup.lock").exists, "the cleanup to begin")
    sent = time.monotonic()
    waiting.send_signal(signal.SIGTERM)
    ended = finish(waiting, 20)
    assert ended.code == 143
    assert time.monotonic() - sent < 15  # a busy machine has its slack; the database would be waited for for 90 s
    busy.execute("ROLLBACK")
    busy.close()
    assert len(newsroom.captures()) == 3
    assert newsroom.verify().ok
    assert as_json(cleanup(capsys, "--yes", "--json")[1])["captures"]["rows"] == 3
