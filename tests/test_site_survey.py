"""What a survey and a trial conclude from what they fetched: samples, rules, sources, names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.commands.portal_add import line_of
from newsroom.portals import SourceKind, ad_hoc_portal
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Rejected, Role
from spiders.discovery import Found
from spiders.portal_trial import Trial
from spiders.probe import Fetched
from spiders.samples import Sample, affordable, choose, proposed_deny
from spiders.site_survey import Finding, Mark, Survey, age, agreed, portal_with, without_repeats
from spiders.sources import SourceRead, worthwhile

PORTAL = ad_hoc_portal("https://news.example/")


def _candidate(path: str, priority: int = 60, role: Role = Role.ARTICLE, reason: Reason | None = None) -> Candidate:
    url = f"https://news.example{path}"
    return Candidate(url, url, role, priority=priority, reason=reason)


def _sample(path: str, reason: Reason | None = None, leads_to: int = 0) -> Sample:
    candidate = _candidate(path)
    result = Rejected(reason) if reason else Article(candidate.url, candidate.url, "A title", "A text")
    return Sample(candidate, Fetched(candidate.url, candidate.url, 200), result, leads_to)


def test_samples_come_from_each_part_of_the_site_in_turn() -> None:
    found = [_candidate(f"/sport/{n}", 90 - n) for n in range(5)] + [
        _candidate("/town/1", 50),
        _candidate("/town/2", 40),
    ]
    found += [_candidate("/town/", 99, Role.LISTING), _candidate("/login", 99, reason=Reason.NOT_ARTICLE_URL)]
    chosen = [one.url.removeprefix("https://news.example") for one in choose(found, 5)]
    assert chosen == ["/sport/0", "/town/1", "/sport/1", "/town/2", "/sport/2"]


def test_long_waits_mean_fewer_pages() -> None:
    assert [affordable(12, delay_s) for delay_s in (0, 1, 30, 3600)] == [12, 12, 6, 3]


def test_a_part_without_articles_is_proposed_for_deny() -> None:
    samples = [_sample("/video/a", Reason.TOO_SHORT), _sample("/video/b", Reason.NO_ARTICLE), _sample("/town/c")]
    assert [(one.pattern, len(one.urls)) for one in proposed_deny(samples, [])] == [("/video/", 2)]


@pytest.mark.parametrize(
    ("samples", "known"),
    [
        ([_sample("/video/a", Reason.TOO_SHORT)], []),  # one page says nothing of the others
        ([_sample("/a/1", Reason.TOO_SHORT), _sample("/a/2", Reason.TOO_SHORT), _sample("/a/3")], []),
        ([_sample("/a/1", Reason.GONE), _sample("/a/2", Reason.GONE)], []),  # what could not be read
        ([_sample("/2026/1", Reason.TOO_SHORT), _sample("/2026/2", Reason.TOO_SHORT)], []),  # a year is no part
        (
            [_sample("/town/x", Reason.NO_ARTICLE), _sample("/town/y", Reason.NO_ARTICLE)],
            ["https://news.example/town/2026/03/01/the-old-ferry-pier-will-be-repaired.html"],
        ),
    ],
)
def test_a_part_is_not_denied_on_thin_evidence(samples: list[Sample], known: list[str]) -> None:
    assert proposed_deny(samples, known) == []


def _feed(path: str, *articles: str) -> SourceRead:
    url = f"https://news.example{path}"
    return SourceRead(SourceKind.FEED, url, Fetched(url, url, 200), Found(tuple(map(_candidate, articles))))


def test_feeds_of_comments_and_repeats_are_left_out() -> None:
    whole, part = _feed("/all.xml", "/a/1", "/a/2", "/a/3"), _feed("/sport.xml", "/a/2")
    comments, other = _feed("/comments/feed", "/a/9"), _feed("/other.xml", "/b/1")
    assert [feed.url[20:] for feed in without_repeats([part, comments, whole, other])] == ["/all.xml", "/other.xml"]


def test_of_an_index_the_news_and_the_ends_are_read() -> None:
    children = [_candidate(f"/map-{n}.xml", role=Role.SITEMAP) for n in range(9)]
    children.insert(4, _candidate("/sitemap-news.xml", role=Role.SITEMAP))
    paths = [one.url.removeprefix("https://news.example") for one in worthwhile(children, 3)]
    assert paths == ["/sitemap-news.xml", "/map-8.xml", "/map-0.xml"]
    assert worthwhile(children, 0) == []


def test_a_name_needs_three_pages_that_agree() -> None:
    assert agreed(["Paper", "Paper", "Paper", None]) == "Paper"
    assert agreed(["Paper", "Paper"]) is None
    assert agreed(["Paper"] * 3 + ["Other"] * 3) is None


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=6), "6 min"),
        (timedelta(hours=5, minutes=50), "5 h"),
        (timedelta(days=12), "12 days"),
        (timedelta(minutes=-5), "0 min"),  # announced ahead of its time
    ],
)
def test_ages_are_said_in_one_unit(length: timedelta, said: str) -> None:
    assert age(length) == said


def test_a_new_home_brings_its_own_name_unless_one_was_given() -> None:
    assert portal_with(PORTAL, home="https://www.other.example/").name == "www.other.example"
    named = portal_with(PORTAL, name="The Paper")
    assert portal_with(named, home="https://www.other.example/").name == "The Paper"


def test_a_site_whose_every_page_refuses_us_counts_as_blocked() -> None:
    front = Fetched("https://news.example/", "https://news.example/", 200, fetched_utc=datetime(2026, 3, 1, tzinfo=UTC))
    refused = (_sample("/a/1", Reason.BLOCKED), _sample("/a/2", Reason.ROBOTS))
    assert Survey(PORTAL, front, samples=refused).blocked
    assert not Survey(PORTAL, front, samples=(*refused, _sample("/a/3"))).blocked
    assert not Survey(PORTAL, front).blocked


def test_a_portal_that_keeps_us_out_of_half_of_what_we_ask_is_blocked() -> None:
    url = "https://news.example/"
    refused = SourceRead(SourceKind.LISTING, url, Fetched(url, url, 403, reason=Reason.BLOCKED), Found())
    assert Trial(PORTAL, (refused,), (_sample("/a/1", Reason.GONE),), (), 0).blocked
    assert not Trial(PORTAL, (refused,), (_sample("/a/1"),), (), 0).blocked
    assert not Trial(PORTAL, (_feed("/all.xml", "/a/1"),), (_sample("/a/1", Reason.GONE),), (), 0).blocked


def test_a_hostile_page_cannot_steer_the_terminal() -> None:
    line = line_of(Finding(Mark.PROBLEM, "feed", "HTTP 200 \x1b]0;owned\x07\u202e", "/x\x1b[2J"))
    assert "\x1b]" not in line
    assert "\x1b[2J" not in line
    assert "\u202e" not in line
