"""`copydesk health` as it is called: what it prints, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import open_database
from tests.command_kit import Say
from tests.health_kit import DAY, Press

URL = "sqlite:///copydesk-data/corpus.sqlite3"


@pytest.fixture
def say(home: Path, say: Say) -> Say:
    """Runs a command in an empty folder with a folder of portals: exit code, stdout, stderr."""
    (home / "portals").mkdir()
    return say


def portal(portal_id: str, more: str = "") -> None:
    """Put a portal file in the folder; it is crawled once a day."""
    text = f'home = "https://{portal_id}.example/"\nschedule = "1d"\n{more}'
    Path("portals", f"{portal_id}.toml").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def pressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of three portals: one as ever, one whose bylines vanished, one that began yesterday."""
    path = tmp_path_factory.mktemp("pressed") / "corpus.sqlite3"
    ran = datetime.now(UTC) - timedelta(hours=1)
    with open_database(f"sqlite:///{path}", create=True) as database, database.writing() as corpus:
        for portal_id in ("steady", "redesigned"):
            Press(corpus, portal_id).daily(ran - DAY, 9, 6)
        Press(corpus, "steady").crawl(ran, 6)
        Press(corpus, "redesigned").crawl(ran, 6, byline=())
        Press(corpus, "young").crawl(ran, 6)
    return path


@pytest.fixture
def three(say: Say, pressed: Path) -> Say:
    """A copy of it, and the portals' files."""
    Path("copydesk-data").mkdir()
    shutil.copy(pressed, "copydesk-data")
    for portal_id in ("steady", "redesigned", "young"):
        portal(portal_id)
    return say


def test_a_line_a_portal_with_its_findings_under_it(three: Say) -> None:
    code, out, said = three("health")
    lines = out.splitlines()
    assert code == 3 and said == "3 portals: 1 with findings, 1 without enough of a past\n"
    assert lines[0].startswith("redesigned  drift       6 new articles (usually ")
    assert lines[1].startswith("    0% of 6 new articles have a byline, usually 46% to 100%, since ")
    assert lines[2].startswith("        https://redesigned.example/story-") and "no byline; page " in lines[2]
    assert ", capture " in lines[2] and lines[2].rpartition("@")[2].isdecimal()
    assert [line[:23].rstrip() for line in lines[3:]] == ["steady      ok", "young       no history"]


def test_json_is_one_object_on_one_line(three: Say) -> None:
    code, out, _ = three("health", "--json")
    found = json.loads(out)
    assert code == 3 and out.count("\n") == 1
    assert (found["ok"], found["window"]) == (False, "1d")
    assert [(each["portal"], each["state"]) for each in found["portals"]] == [
        ("redesigned", "drift"),
        ("steady", "ok"),
        ("young", "new"),
    ]
    (finding,) = found["portals"][0]["findings"]
    assert (finding["what"], finding["now"], finding["usual"][1]) == ("byline", 0.0, 1.0)
    assert finding["page"].keys() == {"url", "page_id", "capture_id", "warc", "missing"}
    assert datetime.fromisoformat(finding["since"]) < datetime.now(UTC)
    figures = found["portals"][1]["figures"]
    assert figures["byline"] == {"now": 1.0, "usual": [0.46, 1.0]}
    assert found["portals"][2]["figures"]["articles"] == {"now": 6, "usual": None}


def test_other_outputs_have_a_row_for_every_portal(three: Say) -> None:
    rows = list(csv.DictReader(io.StringIO(three("health", "-o", "csv")[1])))
    assert [(row["portal"], row["what"]) for row in rows] == [("redesigned", "byline"), ("steady", ""), ("young", "")]
    assert rows[0]["usual_high"] == "1.0" and rows[0]["url"].startswith("https://redesigned.example/")
    told = [json.loads(line) for line in three("health", "-o", "ndjson")[1].splitlines()]
    assert [each["state"] for each in told] == ["drift", "ok", "new"]


def test_a_named_portal_is_judged_alone(three: Say) -> None:
    assert three("health", "steady")[0] == 0
    code, out, _ = three("health", "steady", "young", "--json")
    assert code == 0 and json.loads(out)["ok"] is True
    code, out, said = three("health", "stedy")
    assert (code, out) == (2, "") and 'no portal "stedy"' in said and "steady" in said


def test_nothing_to_judge_is_4_only_when_asked(three: Say) -> None:
    assert three("health", "young")[0] == 0
    assert three("health", "young", "--fail-if-empty")[0] == 4
    assert three("health", "young", "steady", "--fail-if-empty")[0] == 0
    assert three("health", "--fail-if-empty")[0] == 3
    for path in Path("portals").glob("*.toml"):
        path.unlink()
    code, out, said = three("health", "--json", "--fail-if-empty")
    assert code == 4 and json.loads(out) == {"ok": True, "window": "1d", "portals": []}
    assert "no enabled portal in" in said


def test_portals_never_crawled_are_findings_unless_they_are_switched_off(three: Say) -> None:
    portal("planned")
    portal("switched-off", "enabled = false\n")
    found = json.loads(three("health", "--json")[1])["portals"]
    assert [each["portal"] for each in found] == ["planned", "redesigned", "steady", "young"]
    assert (found[0]["state"], found[0]["findings"][0]["what"]) == ("silent", "runs")
    assert found[0]["findings"][0]["page"] is None


def test_a_portal_without_a_file_is_held_against_its_past_alone(three: Say) -> None:
    Path("portals/redesigned.toml").unlink()
    code, out, _ = three("health", "redesigned", "--json")
    assert code == 3 and json.loads(out)["portals"][0]["findings"][0]["what"] == "byline"
    assert [each["portal"] for each in json.loads(three("health", "--json")[1])["portals"]] == ["steady", "young"]


def test_what_the_file_expects_counts(three: Say) -> None:
    portal("young", "[expect]\narticles_per_day = [7, 9]\nyield_min = 0.5\n")
    assert three("health", "young")[0] == 0  # crawled for the first time an hour ago
    portal("steady", "[expect]\narticles_per_day = [7, 9]\n")
    code, out, _ = three("health", "steady")
    assert code == 3 and "6 new articles in 1d; the portal file expects 7 to 9" in out


def test_what_a_page_is_called_cannot_steer_the_terminal(say: Say) -> None:
    portal("evil")
    with open_database(URL, create=True) as database, database.writing() as corpus:
        press = Press(corpus, "evil")
        press.crawl(datetime.now(UTC), failed=6, exit_code=3)
        corpus._connection.exec_driver_sql("UPDATE pages SET detail = 'x\x1b[2Jy'")
    code, out, _ = say("health")
    assert code == 3 and "page" in out and "\x1b" not in out


@pytest.mark.parametrize("window", ["30m", "8d", "1.00001h", "soon", "0d"])
def test_a_window_is_from_an_hour_to_a_week(say: Say, window: str) -> None:
    assert say("health", "--window", window)[0] == 2


@pytest.mark.parametrize("window", ["1h", "5h", "36h", "7d"])
def test_windows_of_other_lengths_are_judged_too(three: Say, window: str) -> None:
    code, out, _ = three("health", "--window", window, "--json")
    assert code in (0, 3) and len(json.loads(out)["portals"]) == 3


def test_health_creates_no_database(say: Say) -> None:
    code, out, said = say("health")
    assert (code, out) == (6, "") and "no such database" in said
    assert not Path("copydesk-data").exists()
