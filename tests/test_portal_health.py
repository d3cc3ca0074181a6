"""Each portal against its own past: made of the rows that crawls leave, on both databases.

The tests share one database of each kind: a test writes to portals of its own, or takes back what it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from copydesk.commands.health import judge_portals
from copydesk.health_view import Judged
from newsroom.drift import judge
from newsroom.portal_history import LastRun, PortalHistory, Terms, Window
from newsroom.reasons import Reason
from newsroom.usual import Past, Range, age_range, count_range, length_range, share_range
from storage.article_batches import Arrival
from storage.corpus import Corpus
from storage.database import Database, open_database
from storage.portal_exhibits import ShownPage
from tests.health_kit import _WHOLE as WHOLE
from tests.health_kit import DAY, SUNDAY, WARC, Press, last_path
from tests.shared_database import module_database_url

HOUR = timedelta(hours=1)
NOW = SUNDAY
BEFORE = NOW - HOUR  # when the last run of a day was, an hour before health is asked
DAILY = Terms(schedule=DAY)
USUAL = "usual"  # six articles a day for nine days, the last of them yesterday
WEEKLY = "weekly"  # twelve articles a day for fifteen days, the last of them today, and none on Sundays


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database that has compiled its statements once for all tests of the module."""
    for url in module_database_url(request):
        with open_database(url) as opened:
            yield opened


@pytest.fixture(scope="module")
def usual(database: Database) -> Database:
    """A database with the pasts that most portals here have; what a test adds to them `for_now` is taken back."""
    with database.writing() as corpus:
        Press(corpus, USUAL).daily(BEFORE - DAY, 9, 6)
        Press(corpus, WEEKLY).daily(BEFORE, 15, 12, quiet_on=6)
    return database


@contextmanager
def for_now(usual: Database) -> Iterator[Corpus]:
    """A transaction that is rolled back."""
    with usual.writing() as corpus:
        savepoint = corpus._connection.begin_nested()
        yield corpus
        savepoint.rollback()


def judged(
    corpus: Corpus, portal_id: str, terms: Terms = DAILY, now: datetime = NOW, window: timedelta = DAY
) -> Judged:
    (found,) = judge_portals(corpus, {portal_id: terms}, now, window)
    return found


def whats(found: Judged) -> list[str]:
    return [finding.what for finding in found.verdict.findings]


def shown(found: Judged, number: int = 0) -> ShownPage:
    page = found.pages[number]
    assert page is not None
    return page


# --- nothing to say -----------------------------------------------------------------------------------------------


def test_a_portal_that_is_as_ever_is_ok(usual: Database) -> None:
    with for_now(usual) as corpus:
        Press(corpus, USUAL).crawl(BEFORE, 6)
        found = judged(corpus, USUAL)
    assert (found.verdict.state, whats(found)) == ("ok", [])
    figures = found.verdict.figures
    assert (figures["articles"].now, figures["hours_since_article"].now, figures["yield"].now) == (6, 1.0, 1.0)
    assert figures["byline"].now == figures["title"].now == 1.0
    assert figures["articles"].usual is not None and figures["articles"].usual.holds(6)


def test_a_portal_that_is_quiet_on_sundays_raises_nothing_on_a_sunday(usual: Database) -> None:
    assert BEFORE.weekday() == 6
    with for_now(usual) as corpus:
        Press(corpus, "quiet-small").daily(BEFORE, 29, 2, quiet_on=6)
        for portal_id in ("quiet-small", WEEKLY):
            found = judged(corpus, portal_id)
            assert found.verdict.figures["articles"].now == 0
            assert (found.verdict.state, whats(found)) == ("ok", [])


def test_the_same_silence_on_a_monday_is_drift(usual: Database) -> None:
    with for_now(usual) as corpus:
        Press(corpus, WEEKLY).crawl(BEFORE + DAY)
        found = judged(corpus, WEEKLY, now=NOW + DAY)
    assert (found.verdict.state, whats(found)) == ("drift", ["articles"])


def test_a_portal_with_a_short_past_is_new_and_raises_nothing(database: Database) -> None:
    with database.writing() as corpus:
        for days in (1, 4, 8):
            press = Press(corpus, f"of-{days}-days")
            press.daily(BEFORE - DAY, days - 1, 6)
            press.crawl(BEFORE, 6, byline=())
            found = judged(corpus, press.portal_id)
            assert (found.verdict.state, whats(found)) == ("new", [])


def test_a_portal_of_ten_days_is_judged(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 6, byline=())
        assert whats(judged(corpus, USUAL)) == ["byline"]


def test_a_small_portal_is_not_judged_by_two_articles(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "two-a-day")
        press.daily(BEFORE - DAY, 12, 2)
        press.crawl(BEFORE, 2, byline=(), section=None)
        found = judged(corpus, "two-a-day")
        assert (found.verdict.state, whats(found), found.verdict.figures["byline"].now) == ("ok", [], None)


def test_a_small_portal_is_judged_by_a_week(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "by-the-week")
        press.daily(BEFORE - 7 * DAY, 29, 2)
        for days in reversed(range(7)):
            press.crawl(BEFORE - days * DAY, 2, section=None)
        assert whats(judged(corpus, "by-the-week", window=7 * DAY)) == ["section"]


# --- drift --------------------------------------------------------------------------------------------------------


def test_fields_that_vanish_are_drift_and_the_newest_page_without_them_is_shown(database: Database) -> None:
    without = {"title": "", "published": None, "byline": (), "language": None, "section": None, "lead_image": None}
    with database.writing() as corpus:
        press = Press(corpus, "redesigned")
        press.daily(BEFORE - 2 * DAY, 8, 6)
        press.crawl(BEFORE - DAY, 6, **without)
        press.crawl(BEFORE - 2 * HOUR, 6, **without)
        path = last_path(corpus, "redesigned")
        press.crawl(BEFORE, 1)
        found = judged(corpus, "redesigned")
        stored = corpus.articles.get(f"https://redesigned.example/{path}")
        page = corpus.frontier.page(f"https://redesigned.example/{path}")
        assert stored is not None and page is not None
        (capture,) = [each for each in corpus.captures.all() if each.id == stored.capture_id]
    address = f"{WARC}@{capture.address.offset}"
    assert (found.verdict.state, whats(found)) == ("drift", list(without))
    for finding, shows in zip(found.verdict.findings, found.pages, strict=True):
        assert shows == ShownPage(stored.url, page.id, stored.capture_id, address, f"no {finding.what}")
        assert (finding.now, finding.since_utc) == (round(1 / 7, 3), NOW - 2 * DAY)
        assert finding.usual is not None and finding.usual.low > 0.3 and finding.usual.high == 1.0
    assert found.verdict.findings[2].says.startswith("14% of 7 new articles have a byline, usually 52% to 100%")


def test_articles_that_stop_while_runs_go_on_are_drift_and_the_source_is_shown(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "dry")
        press.daily(BEFORE - DAY, 9, 12)
        press.crawl(BEFORE)
        found = judged(corpus, "dry")
    (finding,) = found.verdict.findings
    assert (found.verdict.state, finding.what, finding.now) == ("drift", "articles", 0)
    assert finding.says.startswith("0 new articles in 1d, usually ") and finding.since_utc == BEFORE - DAY
    page = shown(found)
    assert (page.url, page.missing) == ("https://dry.example/feed.xml", "feed read last, HTTP 200")
    assert page.warc is not None and page.capture_id is not None


def test_a_flood_is_drift_and_the_newest_article_is_shown(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 40)
        found = judged(corpus, USUAL)
        path = last_path(corpus, USUAL)
    assert whats(found) == ["articles"] and shown(found).url.endswith(path)


def test_a_small_portal_that_falls_silent_is_drift_once_it_is_late(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "late")
        press.daily(BEFORE - 4 * DAY, 12, 1)
        for days in (3, 2, 1, 0):
            press.crawl(BEFORE - days * DAY)
        assert whats(judged(corpus, "late", now=NOW - 2 * DAY)) == []
        found = judged(corpus, "late")
    (finding,) = found.verdict.findings
    assert (finding.what, finding.now, finding.since_utc) == ("hours_since_article", 97.0, BEFORE - 4 * DAY)
    assert finding.says.startswith("no new article for 4 days; usually ")


def test_pages_that_no_longer_give_articles_are_drift_with_the_reason_and_a_page(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 4, refused=[Reason.TOO_SHORT, *[Reason.DUPLICATE] * 20, *[Reason.WALL] * 10])
        found = judged(corpus, USUAL)
    (finding,) = found.verdict.findings
    assert (finding.what, finding.now) == ("yield", round(4 / 15, 3))
    assert "27% of 15 article pages gave an article, usually" in finding.says
    assert "10 were refused: login-or-consent-wall" in finding.says
    assert shown(found).missing == "login-or-consent-wall: made for login-or-consent-wall"
    assert shown(found).capture_id is not None


def test_a_reason_that_grows_is_drift_even_where_the_yield_is_bad_as_ever(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "mixed")
        for days in reversed(range(1, 10)):
            press.crawl(BEFORE - days * DAY, 6, refused=[Reason.TOO_SHORT] * 6)
        press.crawl(BEFORE, 6, refused=[Reason.CLIENT_RENDERED] * 6)
        found = judged(corpus, "mixed")
    assert whats(found) == ["refused:client-rendered"]
    assert "6 of 12 article pages refused: client-rendered" in found.verdict.findings[0].says


def test_error_answers_and_pages_given_up_are_drift_with_the_answer(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 6, failed=9)
        found = judged(corpus, USUAL)
    assert whats(found) == ["yield", "errors", "given_up"]
    assert found.verdict.findings[1].says.startswith("9 of 16 answers were errors, usually ")
    assert shown(found, 1).missing == "HTTP 500"
    assert shown(found, 2).missing == "failed: made for failed"


def test_pages_set_aside_are_drift_with_the_error(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 6, refused=[Reason.QUARANTINED] * 5)
        held = corpus.frontier.page(f"https://{USUAL}.example/{last_path(corpus, USUAL)}")
        assert held is not None
        for number in range(5 - len(corpus.quarantine.list())):
            corpus.quarantine.put(
                held.url,
                stage="store",
                reason=Reason.QUARANTINED,
                detail=f"error {number}",
                now=BEFORE,
                page_id=held.id,
            )
        found = judged(corpus, USUAL)
    assert "quarantined" in whats(found)
    assert shown(found, whats(found).index("quarantined")).missing.startswith("quarantined: ")


def test_texts_of_another_length_are_drift(usual: Database) -> None:
    for words, says in ((20, "no more than 20 words"), (900, "no less than 900 words")):
        with for_now(usual) as corpus:
            Press(corpus, USUAL).crawl(BEFORE, 6, word_count=words)
            found = judged(corpus, USUAL)
            assert whats(found) == ["median_words"] and says in found.verdict.findings[0].says
            assert shown(found).missing == f"{words} words"


def test_the_median_of_an_even_number_of_texts_lies_between_two(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "odd")
        for words in (10, 20, 40, 80, 160):
            press.crawl(BEFORE, 1, word_count=words)
        assert judged(corpus, "odd").verdict.figures["median_words"].now == 40
        press.crawl(BEFORE, 1, word_count=60)
        assert judged(corpus, "odd").verdict.figures["median_words"].now == 50


# --- what does not count ------------------------------------------------------------------------------------------


def test_imports_and_revisits_are_left_out(usual: Database) -> None:
    with for_now(usual) as corpus:
        Press(corpus, USUAL, kind="revisit").crawl(BEFORE, refused=[Reason.GONE] * 20)
        said = [replace(WHOLE, url=f"https://{USUAL}.example/{n}", canonical_url="") for n in range(9)]
        corpus.batches.store([Arrival(USUAL, each, f"s{n}") for n, each in enumerate(said)], BEFORE)
        run_id = corpus.runs.start(USUAL, owner="desk:1:import", version="1", now=BEFORE)
        corpus.runs.finish(run_id, state="failed", exit_code=1, stats={"import": "x"}, now=BEFORE)
        found = judged(corpus, USUAL, Terms(schedule=2 * DAY))
    figures = found.verdict.figures
    assert (figures["articles"].now, figures["yield"].now, figures["errors"].now) == (0, None, None)
    assert whats(found) == []  # no crawl looked in this window, so nothing says that the portal has dried up


def test_days_on_which_nobody_looked_do_not_make_silence_usual(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "machine-was-off")
        press.daily(BEFORE - 18 * DAY, 9, 10)
        press.crawl(BEFORE)
        found = judged(corpus, "machine-was-off")
    assert whats(found) == ["articles"]


def test_a_portal_only_imported_was_never_crawled(database: Database) -> None:
    with database.writing() as corpus:
        corpus.portals.put("old", name="old", home=None, definition={}, now=NOW)
        corpus.batches.store([Arrival("old", replace(WHOLE, url="https://old.example/1"), "s")], NOW - 9 * DAY)
        found = judged(corpus, "old")
    assert (found.verdict.state, found.verdict.findings[0].says) == (
        "silent",
        "never crawled; next: copydesk crawl old",
    )


def test_a_capture_that_retention_removed_is_named_without_an_address(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 40)
        held = shown(judged(corpus, USUAL))
        assert held.warc is not None and held.capture_id is not None
        removed = f"UPDATE captures SET removed_utc = '2026-11-29 00:00:00' WHERE id = {held.capture_id}"
        corpus._connection.exec_driver_sql(removed)
        page = shown(judged(corpus, USUAL))
    assert page.capture_id == held.capture_id and page.warc is None


# --- runs ---------------------------------------------------------------------------------------------------------


def test_runs_that_stopped_are_a_finding_after_three_schedules(database: Database) -> None:
    terms = Terms(schedule=timedelta(minutes=30))
    with database.writing() as corpus:
        press = Press(corpus, "stopped")
        for hours in (3, 2.5, 2):
            press.crawl(NOW - hours * HOUR, 3)
        assert whats(judged(corpus, "stopped", terms, now=NOW - 0.6 * HOUR)) == []
        found = judged(corpus, "stopped", terms)
        assert judged(corpus, "stopped", Terms()).verdict.findings == ()  # no schedule crawls it
    (finding,) = found.verdict.findings
    assert (found.verdict.state, finding.what, finding.since_utc) == ("silent", "runs", NOW - 2 * HOUR)
    assert finding.says == "no run for 2 h; one is due every 30m"


def test_a_portal_crawled_more_seldom_than_its_file_says_is_held_against_its_own_pace(database: Database) -> None:
    terms = Terms(schedule=timedelta(minutes=30))
    with database.writing() as corpus:
        Press(corpus, "nightly").daily(NOW - 20 * HOUR, 10, 2)
        assert whats(judged(corpus, "nightly", terms)) == []
        found = judged(corpus, "nightly", terms, now=NOW + 3 * DAY)
    assert found.verdict.findings[0].says == "no run for 4 days; one is due every 1d"


def test_a_portal_whose_runs_stopped_months_ago_says_since_when(database: Database) -> None:
    with database.writing() as corpus:
        Press(corpus, "asleep").crawl(NOW - 90 * DAY, 3)
        found = judged(corpus, "asleep")
    assert (whats(found), found.verdict.findings[0].since_utc) == (["runs"], NOW - 90 * DAY)


def test_a_last_run_that_failed_is_a_finding(database: Database) -> None:
    ends: list[tuple[dict[str, Any], str]] = [
        ({"exit_code": 5, "gone": 1}, "was refused by the site"),
        ({"exit_code": 1, "state": "failed"}, "failed; see copydesk runs show"),
        ({"exit_code": 6, "state": "failed"}, "failed; see copydesk runs show"),
        ({"exit_code": 3, "failed": 2}, "brought no article; 2 pages failed"),
    ]
    with database.writing() as corpus:
        for number, (how, says) in enumerate(ends):
            press = Press(corpus, f"broken-{number}")
            press.crawl(BEFORE - DAY, 3)
            press.crawl(BEFORE, **how)
            found = judged(corpus, press.portal_id)
            assert found.verdict.state == "silent" and says in found.verdict.findings[0].says
            assert shown(found).capture_id is not None
            press.crawl(NOW, 3)
            assert whats(judged(corpus, press.portal_id)) == []


def test_a_portal_that_never_brought_an_article_is_a_finding(database: Database) -> None:
    with database.writing() as corpus:
        press = Press(corpus, "empty")
        press.daily(BEFORE, 2, 0)
        assert judged(corpus, "empty").verdict.state == "new"
        press.crawl(BEFORE, 0)
        found = judged(corpus, "empty")
    assert (found.verdict.state, found.verdict.findings[0].says) == ("silent", "3 runs, and never an article")
    assert shown(found).url == "https://empty.example/feed.xml"


# --- the portal file ----------------------------------------------------------------------------------------------


def test_the_file_says_how_many_articles_a_day_brings(database: Database) -> None:
    few, enough = replace(DAILY, articles_per_day=(5, 40)), replace(DAILY, articles_per_day=(3, 40))
    with database.writing() as corpus:
        Press(corpus, "few").daily(BEFORE, 4, 3)
        found = judged(corpus, "few", few)
        assert whats(judged(corpus, "few", enough)) == []
        assert whats(judged(corpus, "few", few, window=12 * HOUR)) == []  # half a day may be the quiet half
    assert [finding.says for finding in found.verdict.findings] == [
        "3 new articles in 1d; the portal file expects 5 to 40"
    ]


def test_the_file_says_what_share_of_pages_gives_articles(database: Database) -> None:
    with database.writing() as corpus:
        Press(corpus, "poor").crawl(BEFORE, 6, refused=[Reason.TOO_SHORT] * 4)
        found = judged(corpus, "poor", replace(DAILY, yield_min=0.8))
        assert whats(judged(corpus, "poor", replace(DAILY, yield_min=0.6))) == []
    assert found.verdict.findings[0].says.startswith(
        "60% of 10 article pages gave an article, the portal file expects 80%"
    )


def test_what_the_file_allows_is_no_flood(usual: Database) -> None:
    with for_now(usual) as corpus:
        press = Press(corpus, USUAL)
        press.crawl(BEFORE, 40)
        assert whats(judged(corpus, USUAL, replace(DAILY, articles_per_day=(1, 60)))) == []


# --- silence does not become usual ------------------------------------------------------------------------------


def _history(silent_days: int, articles: int) -> PortalHistory:
    """A portal that brought so many articles a day, at noon, until it fell silent."""
    newest = NOW - silent_days * DAY - HOUR
    windows = tuple(
        Window(articles=articles, newest_utc=NOW - n * DAY - HOUR, runs=1) if n >= silent_days else Window(runs=1)
        for n in range(29)
    )
    last = LastRun(1, BEFORE, "done", 0, 0, 1, 0)
    return PortalHistory("gone", NOW, DAY, windows, NOW - 60 * DAY, newest, last, DAY)


@pytest.mark.parametrize("articles", [1, 200])
@pytest.mark.parametrize("days", [4, 10, 14, 16, 20, 24, 26, 28, 40, 400])
def test_a_silence_stays_a_finding_however_long_it_lasts(days: int, articles: int) -> None:
    verdict = judge(_history(days, articles), DAILY)
    assert verdict.state == "drift"
    assert verdict.findings[0].what in ("articles", "hours_since_article")
    assert verdict.findings[0].since_utc == NOW - days * DAY - HOUR


# --- ranges -------------------------------------------------------------------------------------------------------


def test_a_range_is_not_moved_by_a_few_bad_days() -> None:
    good = count_range(Past([100.0, 104, 98, 101, 99, 103, 97, 100], []))
    with_outage = count_range(Past([100.0, 104, 98, 0, 0, 0, 97, 100], []))
    assert good is not None and with_outage is not None
    assert not good.holds(0) and not with_outage.holds(0) and with_outage.holds(90)


def test_small_counts_have_no_lower_end() -> None:
    assert count_range(Past([3.0, 4, 3, 2, 5], [])) == Range(0.0, 23.0)


def test_too_little_past_has_no_range() -> None:
    few = Past([5.0, 5, 5], [5.0, 5, 5])
    assert (count_range(few), age_range(few, 3), length_range([5.0, 5, 5])) == (None, None, None)
    assert share_range([(4, 4)] * 4, 10) is None
    assert share_range([(4, 4)] * 5, 10) == share_range([(8, 8)] * 5, 10)


@pytest.mark.parametrize(("now", "total", "usual"), [(4, 5, True), (1, 5, False), (90, 100, True), (70, 100, False)])
def test_the_fewer_there_are_the_wider_is_the_range_of_a_share(now: int, total: int, usual: bool) -> None:
    found = share_range([(19, 20)] * 10, total)
    assert found is not None and found.holds(now / total) is usual


def test_a_portal_that_publishes_at_irregular_hours_is_not_late() -> None:
    ages = [0.5, 8.0, 0.4, 0.6, 0.5, 7.5, 0.5, 0.3, 0.5, 8.5]
    found = age_range(Past(ages, []), 3)
    assert found is not None and found.holds(8.4) and not found.holds(24)
