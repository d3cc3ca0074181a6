"""`copydesk search` and `stats`: pages, facets, histograms, and what is said when nothing is found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.search_view import drawn
from newsroom.records import Article, Moment
from storage.article_batches import Arrival
from storage.database import open_database
from storage.search.histogram import Bar, Histogram
from tests.command_kit import Say, speaker, stand_in

START = datetime(2026, 1, 30, tzinfo=UTC)


def _article(number: int) -> Article:
    url = f"https://paper.example/{number}"
    text = ("渡轮 " * (number % 4 + 1) + "靠岸" if number % 3 else "The ferry landed.") + f" 第{number}天"
    about = {"language": "zh-Hans" if number % 3 else "en", "source_name": "新华社" if number % 2 else None}
    return Article(url, url, f"Story {number}", text, published=Moment(START + timedelta(days=number)), **about)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a corpus of thirty articles of two portals."""
    folder = tmp_path_factory.mktemp("home")
    url = f"sqlite:///{folder / 'copydesk.sqlite3'}"
    with open_database(url, create=True) as database, database.writing() as corpus:
        for portal in ("river", "harbour"):
            corpus.portals.put(portal, name=portal, home=None, definition={}, now=START)
        arrivals = [Arrival("harbour" if number % 5 else "river", _article(number)) for number in range(30)]
        corpus.batches.store(arrivals, START)
    yield folder


@pytest.fixture
def say(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command in that folder: exit code, stdout, stderr."""
    stand_in(home, monkeypatch)
    monkeypatch.setenv("COPYDESK_DATABASE_URL", f"sqlite:///{home / 'copydesk.sqlite3'}")
    return speaker(capsys)


def ids(out: str) -> list[int]:
    return [json.loads(line)["id"] for line in out.splitlines()]


def test_pages_follow_each_other_by_what_the_last_one_said(say: Say) -> None:
    whole = ids(say("search", "渡轮", "--limit", "0", "-o", "ndjson")[1])
    seen: list[int] = []
    place: list[str] = []
    while True:
        code, out, said = say("search", "渡轮", "--limit", "8", "-o", "ndjson", *place)
        assert code == 0
        assert "searched for: 渡轮" in said
        seen += ids(out)
        if (found := re.search(r"--after (\S+)", said)) is None:
            break
        place = ["--after", found[1]]
    assert seen == whole
    assert len(whole) == 20


def test_a_wrong_place_or_two_answers_at_once_are_refused(say: Say) -> None:
    for arguments, fault in (
        (["--after", "nonsense"], "first page again"),
        (["--after", "nonsense", "--limit", "0"], "--limit 0 prints all"),
        (["--count", "--facets"], "ask for one"),
    ):
        code, out, said = say("search", "渡轮", *arguments)
        assert (code, out) == (2, "")
        assert fault in said


def test_facets_are_rows(say: Say) -> None:
    rows = json.loads(say("search", "渡轮", "--facets", "--top", "1", "--json")[1])
    assert {"facet": "portal", "value": "harbour", "articles": 16} in rows
    assert {"facet": "month", "value": "2026-02", "articles": 19} in rows
    assert {"facet": "kind", "value": "single", "articles": 20} in rows
    assert max([row["facet"] for row in rows].count(name) for name in ("portal", "month", "source")) == 1
    table = say("search", "渡轮", "--facets")[1].splitlines()
    assert table[0].split() == ["facet", "value", "articles"]
    assert ["portal", "river", "4"] in [line.split() for line in table]


def test_the_histogram_is_drawn_and_given_as_data(say: Say) -> None:
    drawn_lines = say("search", "渡轮", "--histogram", "--by", "month")[1].splitlines()
    assert [line.split()[:3] for line in drawn_lines] == [["2026-01", "1", "50.0%"], ["2026-02", "19", "67.9%"]]
    assert drawn_lines[1].endswith("█" * 60)
    rows = json.loads(say("search", "渡轮", "--histogram", "--by", "month", "-o", "json")[1])
    assert rows[1] == {"period": "2026-02", "articles": 19, "of": 28, "share": round(19 / 28, 6)}
    assert len(say("search", "渡轮", "--histogram")[1].splitlines()) == 29


def test_bars_fit_their_room() -> None:
    histogram = Histogram(
        "month", (Bar("2026-01", 1, 4), Bar("2026-02", 0, 0), Bar("2026-03", 1_600, 1_600)), 0, 1_601, "x"
    )
    low, none, high = drawn(histogram, 20)
    assert high == f"2026-03     1,600  100.0%  {'█' * 20}"
    assert none == "2026-02         0"
    assert low == "2026-01         1   25.0%"


def test_when_nothing_is_found_it_says_what_would_be(say: Say) -> None:
    code, out, said = say("search", "渡轮", "--portal", "river", "--since", "2027", "-o", "ndjson")
    assert (code, out) == (0, "")
    assert "20 without --portal, --since" in said
    assert "20 with --fold-han" in say("search", "渡輪")[2]
    assert say("search", "渡輪", "--fold-han", "--count")[1] == "20\n"
    assert "with" not in say("search", "nowhere")[2]


def test_statistics_come_by_month_language_and_source(say: Say) -> None:
    def by(key: str, name: str) -> dict[str, int]:
        return {row[name]: row["articles"] for row in json.loads(say("stats", "--by", key, "--json")[1])}

    assert by("source", "source") == {"新华社": 15, "": 15}
    assert by("lang", "language") == by("language", "language") == {"zh-Hans": 20, "en": 10}
    assert by("month", "month") == {"2026-01": 30}  # of first sight
