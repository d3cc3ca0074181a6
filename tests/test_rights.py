"""Embargoes: what is withheld, from which door, and until when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsroom.errors import Withheld
from newsroom.records import Article, Candidate, Copy, Role
from storage.corpus import Corpus
from storage.database import Database
from storage.holds import Kind, Scope
from tests.command_kit import Say
from tests.export_kit import caller
from tests.shared_database import module_database

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=90)
HOME = {"harbour": "https://harbour.example/", "echo": "https://echo.example/"}


def article(url: str) -> Article:
    return Article(url, url, f"Title of {url[-1]}", f"The ferry text of {url}.", language="en", match_digest=url)


@pytest.fixture
def desk(database: Database) -> Database:
    """Articles 1 and 2 of one portal, 3 of another."""
    fill(database)
    return database


def fill(database: Database) -> None:
    with database.writing() as corpus:
        for portal, home in HOME.items():
            corpus.portals.put(portal, name=portal, home=home, definition={}, now=NOW)
        for name in ("2026/a", "2027/b"):
            corpus.articles.store("harbour", article(HOME["harbour"] + name), NOW)
        corpus.articles.store("echo", article(HOME["echo"] + "c"), NOW)


def embargo(desk: Database, scope: Scope, target: str, until: datetime | None = None, kind: Kind = Kind.EMBARGO) -> int:
    with desk.writing() as corpus:
        return corpus.holds.add(scope, target, note="by contract", now=NOW, kind=kind, until=until)


def found(corpus: Corpus) -> list[int]:
    return sorted(corpus.search.ids("ferry"))


@pytest.mark.parametrize(
    ("scope", "target", "left"),
    [
        (Scope.PORTAL, "harbour", [3]),
        (Scope.PORTAL, "harb", [1, 2, 3]),
        (Scope.ARTICLE, "2", [1, 3]),
        (Scope.URL, "https://harbour.example/2026/", [2, 3]),
        (Scope.URL, "https://HARBOUR.example/2026/", [1, 2, 3]),
        (Scope.URL, "https://%.example/", [1, 2, 3]),
        (Scope.URL, "https://", []),
    ],
)
def test_an_embargo_covers_a_portal_an_article_or_addresses(
    desk: Database, scope: Scope, target: str, left: list[int]
) -> None:
    embargo(desk, scope, target)
    with desk.reading(now=NOW) as corpus:
        assert found(corpus) == left
        assert corpus.search.search("ferry").total == len(left)
        assert sum(each.articles for each in corpus.statistics.articles("portal")) == len(left)
        assert [one for one in (1, 2, 3) if corpus.rights.embargo(one) is None] == left
        with corpus.rights.only_withheld():
            assert found(corpus) == [one for one in (1, 2, 3) if one not in left]
    with desk.reading(now=NOW, embargoed=True) as corpus:
        assert found(corpus) == [1, 2, 3]
        with corpus.rights.only_withheld():
            assert found(corpus) == []


def test_an_address_that_led_to_an_article_is_enough(desk: Database) -> None:
    with desk.writing() as corpus:
        mobile = "https://m.harbour.example/2026/a"
        corpus.frontier.settle_canonical("harbour", Candidate(mobile, mobile, Role.ARTICLE), 1, None, NOW)
    embargo(desk, Scope.URL, "https://m.harbour.example/")
    with desk.reading(now=NOW) as corpus:
        assert found(corpus) == [2, 3]


def test_an_embargo_ends_at_its_time_or_when_it_is_released(desk: Database) -> None:
    embargo(desk, Scope.ARTICLE, "1", until=LATER)
    endless = embargo(desk, Scope.ARTICLE, "2")
    for now, left in [(LATER - timedelta(seconds=1), [3]), (LATER, [1, 3])]:
        with desk.reading(now=now) as corpus:
            assert found(corpus) == left
    with desk.writing() as corpus:
        corpus.holds.release(endless, LATER)
    with desk.reading(now=LATER) as corpus:
        assert found(corpus) == [1, 2, 3] and not corpus.rights.is_withholding


def test_a_plain_hold_withholds_nothing_and_adds_no_condition(desk: Database) -> None:
    embargo(desk, Scope.PORTAL, "harbour", kind=Kind.HOLD)
    with desk.reading(now=NOW) as corpus:
        assert corpus.rights.conditions() == [] and found(corpus) == [1, 2, 3]


def test_asking_for_a_withheld_article_says_until_when_and_why(desk: Database) -> None:
    embargo(desk, Scope.ARTICLE, "1", until=LATER)
    longest = embargo(desk, Scope.PORTAL, "harbour", until=LATER + timedelta(days=1))
    with desk.reading(now=NOW) as corpus:
        corpus.rights.check(3)
        with pytest.raises(Withheld, match=f"article 1: withheld until 2027-02-28 12:00Z: by contract.*{longest}"):
            corpus.rights.check(1)
    with desk.reading(now=NOW, embargoed=True) as corpus:
        corpus.rights.check(1)


# --- every door -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def withheld(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Those articles, the first portal's under an embargo, and a copy of one of them; tests only read."""
    for opened in module_database(request):
        fill(opened)
        withhold(opened)
        yield opened


def withhold(desk: Database) -> None:
    with desk.writing() as corpus:
        corpus.copies.put([Copy(3, 1, "near", 0.9)], NOW)
        corpus.stories.put([((1, 3), 1)])
        corpus.holds.add(Scope.PORTAL, "harbour", note="by contract", now=NOW, kind=Kind.EMBARGO)


@pytest.fixture
def say(withheld: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    return caller(withheld, tmp_path, monkeypatch, capsys)


@pytest.fixture
def do(desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """As `say`, on a corpus of the test's own."""
    withhold(desk)
    return caller(desk, tmp_path, monkeypatch, capsys)


def test_nothing_withheld_leaves_by_a_search(say: Say) -> None:
    assert [json.loads(line)["id"] for line in say("search", "ferry", "-o", "ndjson")[1].splitlines()] == [3]
    assert say("search", "ferry", "--count")[1] == "1\n"
    assert say("search", "ferry", "--count", "--embargoed")[1] == "3\n"
    assert json.loads(say("stats", "--json")[1])["articles"] == 1
    assert json.loads(say("stats", "--json", "--embargoed")[1])["articles"] == 3


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "sqlite", "bibtex", "ris", "warc"])
def test_nothing_withheld_leaves_by_an_export_and_what_stayed_is_counted(say: Say, form: str) -> None:
    for query in ([], ["ferry"]):
        code, _, said = say("export", *query, "--format", form, "--output", "x", "--manifest", "x.json")
        assert code == 0 and "2 articles are under an embargo and were withheld" in said
        manifest = json.loads(Path("x.json").read_text())
        assert (manifest["count"], manifest["withheld"], manifest["embargoed"]) == (1, 2, False)
        assert b"harbour.example" not in Path("x").read_bytes()
        assert say("export", "--check", "x.json")[0] == 0
    code, _, said = say("export", "--format", form, "--output", "x", "--manifest", "x.json", "--embargoed")
    manifest = json.loads(Path("x.json").read_text())
    assert (manifest["count"], manifest["withheld"], manifest["embargoed"]) == (3, 0, True) and "embargo" not in said
    assert say("export", "--check", "x.json")[0] == 0


def test_the_source_of_a_copy_is_not_told_while_it_is_withheld(say: Say) -> None:
    told = json.loads(say("export", "--with-copies")[1])
    assert (told["role"], told["copy_kind"], told["copy_of"], told["copy_of_url"]) == ("copy", "near", None, None)
    assert "harbour.example" not in say("copies", "show", "3", "--json")[1]
    assert "harbour.example" in say("copies", "show", "3", "--json", "--embargoed")[1]


def test_lists_and_counts_of_copies_leave_out_what_is_withheld(do: Say, desk: Database) -> None:
    with desk.writing() as corpus:
        corpus.portals.put("wire", name="wire", home=None, definition={}, now=NOW)
        corpus.articles.store("wire", article("https://wire.example/d"), NOW)
        corpus.stories.put([((1, 3, 4), 1)])
    assert [line.split()[1:3] for line in do("copies", "clusters")[1].splitlines()[1:]] == [["2", "2"]]
    assert do("copies", "clusters")[1].rstrip().endswith(" Title of c")
    assert "1 stories in 2 articles" in do("copies", "clusters")[2]
    assert _ids(do("copies", "clusters", "-o", "ndjson")[1]) == ["3", "4"]
    assert json.loads(do("copies", "stats", "--pairs", "--json")[1]) == []
    shares = json.loads(do("copies", "stats", "--json")[1])
    assert [(each["portal"], each["articles"], each["copied"]) for each in shares] == [("echo", 1, 0), ("wire", 1, 0)]


def test_a_story_of_which_one_article_is_left_is_none(say: Say) -> None:
    code, out, said = say("copies", "clusters")
    assert (code, out) == (0, "") and "0 stories in 0 articles" in said
    assert _ids(say("copies", "clusters", "-o", "ndjson")[1]) == ["3"]


def test_lists_and_counts_of_copies_have_it_for_whoever_sets_embargoes_aside(say: Say) -> None:
    code, out, said = say("copies", "clusters", "--embargoed")
    assert (code, out.splitlines()[1].split()[:3]) == (0, ["1", "2", "2"])
    assert out.rstrip().endswith(" Title of a") and "1 stories in 2 articles" in said
    assert _ids(say("copies", "clusters", "-o", "ndjson", "--embargoed")[1]) == ["1", "3", "2"]
    (pair,) = json.loads(say("copies", "stats", "--pairs", "--json", "--embargoed")[1])
    assert (pair["copier"], pair["source"], pair["articles"]) == ("echo", "harbour", 1)
    shares = json.loads(say("copies", "stats", "--json", "--embargoed")[1])
    assert [(each["portal"], each["articles"], each["copied"]) for each in shares] == [
        ("echo", 1, 1),
        ("harbour", 2, 0),
    ]


def _ids(lines: str) -> list[str]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


def test_statistics_count_the_texts_of_what_is_given_out(say: Say) -> None:
    told = json.loads(say("stats", "--json")[1])
    assert (told["articles"], told["revisions"], told["portals"]) == (1, 1, 2)
    told = json.loads(say("stats", "--json", "--embargoed")[1])
    assert (told["articles"], told["revisions"]) == (3, 3)


def test_a_rebuild_counts_what_it_forgets_withheld_or_not(say: Say) -> None:
    assert "1 stories of 2 articles and compare 3 texts" in say("copies", "rebuild", "--all")[2]


@pytest.mark.parametrize("scope_target", [(Scope.ARTICLE, "1"), (Scope.URL, "https://harbour.example/2026/")])
def test_lists_of_copies_know_every_scope_of_an_embargo(desk: Database, scope_target: tuple[Scope, str]) -> None:
    with desk.writing() as corpus:
        corpus.stories.put([((1, 2, 3), 1)])
    embargo(desk, *scope_target)
    with desk.reading(now=NOW) as corpus:
        assert [one for one, _, _ in corpus.stories.clusters()] == ["2", "3"]
        assert corpus.stories.largest(0) == [(1, 2)]
        assert (corpus.copy_statistics.stories(), corpus.copy_statistics.pairs()) == ((1, 2), [])
        assert {each.portal_id: each.articles for each in corpus.copy_statistics.portals()} == {"harbour": 1, "echo": 1}
        assert corpus.statistics.revisions() == 2
    with desk.reading(now=NOW, embargoed=True) as corpus:
        assert corpus.stories.largest(0) == [(1, 3)] and corpus.copy_statistics.stories() == (1, 3)
        assert len(corpus.copy_statistics.pairs(same_portal=True)) == 2 and corpus.statistics.revisions() == 3


@pytest.mark.parametrize(
    "call",
    [["show", "1"], ["show", "https://harbour.example/2026/a", "--json"], ["cite", "1"], ["history", "1"],
     ["diff", "1"], ["copies", "show", "1"], ["copies", "explain", "1", "3"]],
)  # fmt: skip
def test_a_withheld_article_says_so_when_it_is_named(say: Say, call: list[str]) -> None:
    code, out, said = say(*call)
    assert (code, out) == (2, "")
    assert "article 1: withheld until it is released: by contract" in said and "hold release 1" in said
    assert "withheld" not in say(*call, "--embargoed")[2]


def test_a_hold_can_be_placed_on_a_withheld_article(do: Say) -> None:
    assert do("hold", "add", "--article", "1", "--note", "kept")[0] == 0


def test_a_saved_search_shows_what_was_withheld_once_it_no_longer_is(do: Say) -> None:
    do("saved", "add", "boats", "ferry")
    assert [json.loads(line)["id"] for line in do("saved", "run", "boats", "-o", "ndjson")[1].splitlines()] == [3]
    do("hold", "release", "1")
    later = [json.loads(line)["id"] for line in do("saved", "run", "boats", "-o", "ndjson")[1].splitlines()]
    assert sorted(later) == [1, 2]
