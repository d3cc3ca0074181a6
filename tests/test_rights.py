"""Embargoes: what is withheld, from which door, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsroom.errors import Withheld
from newsroom.records import Article, Candidate, Role
from storage.corpus import Corpus
from storage.database import Database
from storage.holds import Kind, Scope

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=90)
HOME = {"harbour": "https://harbour.example/", "echo": "https://echo.example/"}


def article(url: str) -> Article:
    return Article(url, url, f"Title of {url[-1]}", f"The ferry text of {url}.", language="en", match_digest=url)


@pytest.fixture
def desk(database: Database) -> Database:
    """Articles 1 and 2 of one portal, 3 of another."""
    with database.writing() as corpus:
        for portal, home in HOME.items():
            corpus.portals.put(portal, name=portal, home=home, definition={}, now=NOW)
        for name in ("2026/a", "2027/b"):
            corpus.articles.store("harbour", article(HOME["harbour"] + name), NOW)
        corpus.articles.store("echo", article(HOME["echo"] + "c"), NOW)
    return database


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
