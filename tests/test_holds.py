"""Holds keep what they cover for as long as they are in force, whatever retention says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.main import run
from newsroom.reasons import Reason
from storage.database import Database, open_database
from storage.holds import Held, Kind, Scope
from tests.cleanup_kit import MONTH, NOW, OLD, Archive

DAY = timedelta(days=1)


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    """A corpus with three old articles and a feed in one file."""
    made = Archive(database, tmp_path / "home")
    with made.writer() as living:
        for number in range(3):
            made.article(living, number)
        made.feed(living, 5)
    return made


def place(archive: Archive, scope: Scope, target: str, until: datetime | None = None) -> int:
    with archive.database.writing() as corpus:
        return corpus.holds.add(scope, target, note="asked for", now=OLD, kind=Kind.EMBARGO, until=until)


def test_a_held_portal_keeps_all_that_is_its(archive: Archive) -> None:
    place(archive, Scope.PORTAL, "paper")
    before = archive.files()
    for dry in (True, False):
        report = archive.clean(dry=dry)
        assert (report.held, report.kept["held"], report.captures) == (4, 4, {})
        assert report.as_dict()["held"] == 4
    assert archive.files() == before


def test_a_held_article_keeps_the_captures_that_led_to_it(archive: Archive) -> None:
    with archive.database.reading() as corpus:
        article = corpus.articles.get("https://paper.example/story-1.html")
    assert article is not None
    place(archive, Scope.ARTICLE, str(article.id))
    with archive.writer() as living:  # the same page again, unchanged
        archive.store(living, article.url, 1, when=OLD + DAY, not_modified=True)
    assert archive.clean().held == 2
    assert archive.kept_numbers() == ["story-1", "story-1"]
    archive.check()


def test_held_addresses_keep_what_begins_so(archive: Archive) -> None:
    place(archive, Scope.URL, "https://paper.example/feed-")
    place(archive, Scope.URL, "https://paper.example/story-2.html")
    assert archive.clean().held == 2
    assert archive.kept_numbers() == ["story-2", "feed-5"]


def test_a_hold_ends_at_its_time_or_when_it_is_released(archive: Archive) -> None:
    place(archive, Scope.PORTAL, "paper", until=NOW + DAY)
    kept = place(archive, Scope.URL, "https://paper.example/feed")
    assert archive.clean().held == 4
    assert archive.clean(now=NOW + DAY).held == 1
    with archive.database.writing() as corpus:
        assert corpus.holds.release(kept, NOW)
        assert not corpus.holds.release(kept, NOW)  # once
        assert not corpus.holds.release(99, NOW)
    assert archive.clean(now=NOW + DAY).held == 0
    assert archive.kept() == []
    with archive.database.reading() as corpus:
        assert [(each.scope, each.kind) for each in corpus.holds.list()] == [
            (Scope.PORTAL, Kind.EMBARGO),
            (Scope.URL, Kind.EMBARGO),
        ]


def test_the_original_of_a_held_revisit_is_kept_with_it(archive: Archive) -> None:
    with archive.writer() as living:
        again = archive.store(living, "https://paper.example/held", 1)
    assert again.revisit_of
    place(archive, Scope.URL, "https://paper.example/held")
    report = archive.clean()
    assert (report.kept["held"], report.kept["referred"]) == (1, 1)
    assert archive.kept_numbers() == ["story-1", "held"]
    archive.check()


def test_holds_keep_runs_and_what_left_the_quarantine(archive: Archive) -> None:
    place(archive, Scope.PORTAL, "wire")
    place(archive, Scope.URL, "https://paper.example/bad-1")
    with archive.database.writing() as corpus:
        for portal in ("paper", "paper", "wire", "wire"):
            run_id = corpus.runs.start(portal, owner=f"x:1:{portal}", version="1", now=OLD)
            corpus.runs.finish(run_id, state="done", exit_code=0, stats={}, now=OLD)
        for number in (1, 2):
            url = f"https://paper.example/bad-{number}"
            row = corpus.quarantine.put(url, stage="extract", reason=Reason.RESOURCE_LIMIT, detail="", now=OLD)
            corpus.quarantine.release(row, OLD)
    report = archive.clean({}, runs=MONTH, quarantine=MONTH)
    assert (report.runs, report.quarantine, report.held) == (1, 1, 2)


def test_what_covers_nothing_covers_nothing() -> None:
    assert not Held().covers(None, [None], [None, "https://paper.example/"])
    assert not Held(portals=frozenset({"paper"})).covers(None, [], [])
    assert not Held(addresses=("https://paper.example/a",)).covers("paper", [1], [None, "https://paper.example/b"])


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus with one article, to which the command is pointed."""
    folder = tmp_path / "home"
    with open_database(sqlite_url, create=True) as database:
        made = Archive(database, folder)
        with made.writer() as living:
            made.article(living, 1)
    monkeypatch.setenv("COPYDESK_HOME", str(folder))
    monkeypatch.setenv("COPYDESK_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COPYDESK_PORTALS", str(tmp_path / "portals"))
    return folder


def hold(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["hold", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_holds_are_added_listed_and_released(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = hold(capsys, "add", "--portal", "paper", "--note", "for the archive", "--json")
    assert (code, json.loads(out)["target"], json.loads(out)["in_force"]) == (0, "paper", True)
    address = "https://PAPER.example/2026/重建"
    code, out, _ = hold(capsys, "add", "--url", address, "--until", "2099-01-01", "--kind", "embargo", "--note", "n")
    assert code == 0
    assert "https://paper.example/2026/%E9%87%8D%E5%BB%BA" in out
    code, out, _ = hold(capsys, "add", "--article", "https://paper.example/story-1.html", "--note", "x", "--json")
    assert (json.loads(out)["scope"], json.loads(out)["target"]) == ("article", "1")
    assert hold(capsys, "release", "1")[0] == 0
    code, out, _ = hold(capsys, "list", "--json")
    assert [(each["id"], each["until"]) for each in json.loads(out)] == [(2, "2099-01-01T00:00:00Z"), (3, None)]
    code, out, _ = hold(capsys, "list", "--all", "-o", "ndjson")
    assert [json.loads(line)["in_force"] for line in out.splitlines()] == [False, True, True]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "--note", "x"), "say one of --portal, --article and --url"),
        (("add", "--portal", "paper", "--url", "https://a.example/", "--note", "x"), "say one of"),
        (("add", "--portal", "papre", "--note", "x"), 'no portal "papre"; did you mean "paper"?'),
        (("add", "--article", "99", "--note", "x"), "99: no such article"),
        (("add", "--url", "paper.example/a", "--note", "x"), "no beginning of an address"),
        (("add", "--portal", "paper", "--note", " "), "--note must say why"),
        (("add", "--portal", "paper", "--note", "x", "--until", "soon"), "'soon' is no date"),
        (("add", "--portal", "paper", "--note", "x", "--until", "2020-01-01"), "is over already"),
        (("release", "7"), "no hold 7"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    code, _, err = hold(capsys, *words)
    assert (code, says in err) == (2, True), err
    assert hold(capsys, "list")[2].strip() == "no holds are in force"


def test_a_hold_is_released_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(capsys, "add", "--portal", "paper", "--note", "x")
    assert hold(capsys, "release", "1")[0] == 0
    code, _, err = hold(capsys, "release", "1")
    assert (code, f"was released on {datetime.now(UTC):%Y-%m-%d}" in err) == (2, True)


def test_the_command_keeps_what_is_held_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    portals = home.parent / "portals"
    portals.mkdir()
    (portals / "paper.toml").write_text('home = "https://paper.example/"\nretention = "1d"\n', "utf-8")
    hold(capsys, "add", "--article", "1", "--note", "x")
    assert run(["cleanup", "--yes", "--json"]) == 0
    said = capsys.readouterr()
    assert (json.loads(said.out)["held"], json.loads(said.out)["captures"]["rows"]) == (1, 0)
    assert "1 expired captures and rows stay: a hold covers them" in said.err
