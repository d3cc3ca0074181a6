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


def test_every_match_is_marked_with_and_without_colour(say: Say) -> None:
    title, about, passage = say("search", "(ferry OR land*) AND story", "--order", "newest", "--limit", "1")[
        1
    ].splitlines()
    assert title.endswith("  **Story** 27") and passage.endswith("  The **ferry** **landed**. 第27天")
    assert about.split()[:3] == ["2026-02-26T00:00:00Z", "harbour", "en"]
    in_color = say("--color", "always", "search", "ferry story", "--limit", "1")[1]
    assert (
        "\x1b[33m\x1b[1mStory\x1b[0m" in in_color and "\x1b[33m\x1b[1mferry\x1b[0m" in in_color and "**" not in in_color
    )
    (row,) = json.loads(say("search", "ferry story", "--limit", "1", "--json")[1])
    assert [row["title"][start:end] for start, end in row["title_marks"]] == ["Story"]
    assert [row["snippet"][start:end] for start, end in row["snippet_marks"]] == ["ferry"]
    assert "marks" not in say("search", "ferry", "-o", "csv")[1]


def test_a_hit_says_how_often_it_changed_and_whether_it_is_gone(tmp_path: Path, say: Say) -> None:
    url = f"sqlite:///{tmp_path / 'changed.sqlite3'}"
    with open_database(url, create=True) as database, database.writing() as corpus:
        corpus.portals.put("river", name="river", home=None, definition={}, now=START)
        for text in ("渡轮靠岸", "渡轮没有靠岸"):
            corpus.articles.store(
                "river", Article("https://paper.example/1", "https://paper.example/1", "A", text), START
            )
        corpus.articles.mark_gone(1, START + timedelta(days=3))
    (row,) = json.loads(say("--database", url, "search", "渡轮", "--json")[1])
    assert (row["versions"], row["gone"], row["first_seen"]) == (2, "2026-02-02T00:00:00Z", "2026-01-30T00:00:00Z")
    about = say("--database", url, "search", "渡轮")[1].splitlines()[1]
    assert about.strip().split("  ")[:-1] == ["captured 2026-01-30", "river", "2 versions", "gone 2026-02-02"]


def test_what_was_searched_for_names_the_filters(say: Say) -> None:
    options = ("--portal", "river", "--since", "2026-01", "--until", "2026-02", "--fold-han", "--originals")
    said = say("search", "渡輪", *options)[2]
    typed = "--portal river --since 2026-01-01 --until 2026-02-28 --fold-han --originals"
    assert f"searched for: 渡轮 {typed}\n" in said
    assert (
        say("search", "渡轮", *typed.split(), "-o", "ndjson")[1] == say("search", "渡輪", *options, "-o", "ndjson")[1]
    )


def test_an_age_is_said_as_the_moment_it_means(say: Say) -> None:
    said = say("search", "渡轮", "--since", "1h", "--until", "30m")[2]
    found = re.search(r"searched for: 渡轮 (--since \S+T\S+Z) (--until \S+T\S+Z)\n", said)
    assert found
    assert found[0] in say("search", "渡轮", *found[1].split(), *found[2].split())[2]
    assert say("search", "渡轮", "--since", "2026-02-30T10:00Z")[0] == 2


@pytest.mark.parametrize("word", ["gas", "other"])
def test_a_word_to_leave_out_that_looks_like_options_is_explained(say: Say, word: str) -> None:
    code, out, said = say("search", "oil", f"-{word}")
    assert (code, out) == (2, "") and f"write NOT {word}" in said
    assert "write NOT" not in say("search", "oil", "--nonsense")[2]


def test_a_database_from_a_file_is_named_when_home_was_typed(
    home: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COPYDESK_DATABASE_URL")
    (home / "copydesk.toml").write_text(f'database = "sqlite:///{home / "copydesk.sqlite3"}"\n')
    said = say("--home", "elsewhere", "search", "渡轮")[2]
    (home / "copydesk.toml").unlink()
    assert "the database is that of " in said and "copydesk.toml:1, not the one in --home" in said
