from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from copydesk.article_view import written_date
from newsroom.records import Moment, Precision
from pipelines.clues import read_clues
from pipelines.dates.dating import Dates, find_dates
from pipelines.markup import parse

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TITLE = "Mill owners ask the council for help"
PROSE = "<p>The owners of the last two mills by the river wrote to the council and asked it for help again.</p>" * 4


def dates(
    head: str,
    body: str = "",
    *,
    url: str = "https://www.example.org/town/mills.html",
    lang: str = "",
) -> Dates:
    page = f"<html lang='{lang}'><head>{head}</head><body><h1>{TITLE}</h1>{body}{PROSE}</body></html>"
    tree = parse(page)
    return find_dates(tree, read_clues(tree), url, title=TITLE, zone=None, now=NOW)


def published(head: str, body: str = "", **options: str) -> str | None:
    return written_date(dates(head, body, **options).published)


def meta(name: str, value: str) -> str:
    return f'<meta property="{name}" content="{value}">'


def json_ld(**values: str) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **values})}</script>'


# --- what is believed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["2031-01-01T10:00:00Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "soon"])
def test_a_date_that_cannot_be_gives_way_to_the_next_statement_and_is_declined(value: str) -> None:
    found = dates(meta("article:published_time", value) + json_ld(datePublished="2026-03-05T10:00:00+01:00"))
    assert written_date(found.published) == "2026-03-05T10:00:00+01:00"
    assert found.published_from is not None
    assert [each.value for each in found.published_from.rejected] == [value]


def test_statements_of_another_day_are_declined_in_words() -> None:
    found = dates(meta("article:published_time", "2026-03-05T10:00:00+01:00") + meta("date", "2026-03-08"))
    assert found.published_from is not None
    assert [(each.value, each.why) for each in found.published_from.rejected] == [
        ("2026-03-08", "meta date: does not say of what")
    ]


# --- publication or change ----------------------------------------------------------------------------------------


def test_a_publication_that_is_the_last_change_gives_way_to_an_earlier_one_that_readers_see() -> None:
    head = meta("article:published_time", "2026-03-09T12:00:00Z") + json_ld(
        datePublished="2026-03-05T10:00:00Z", dateModified="2026-03-09T12:00:00Z"
    )
    assert published(head, "<a href=/>5 March 2026</a>") == "2026-03-05T10:00:00Z"
    assert published(head, "<a href=/>9 March 2026</a>") == "2026-03-09T12:00:00Z"


def test_a_day_that_is_the_day_of_the_change_gives_way_to_an_earlier_one_at_the_headline() -> None:
    head = json_ld(datePublished="2026-03-09", dateModified="2026-03-09")
    assert published(head, "<time>5 March 2026</time>") == "2026-03-05"
    assert published(head) == "2026-03-09"


def test_what_meta_and_json_ld_both_say_stands_though_the_last_change_was_before() -> None:
    change = meta("article:modified_time", "2019-11-20T01:58:10+00:00")
    said = meta("article:published_time", "2026-02-06T09:08:46+00:00")
    shown = "<time class='ago'>Nov 19, 2019 at 9:08 GMT</time>"
    agreed = json_ld(datePublished="2026-02-06T09:08:46+00:00")
    assert (published(said + agreed + change, shown) or "")[:10] == "2026-02-06"
    assert (published(said + change, shown) or "")[:10] == "2019-11-19"


def test_dates_are_read_from_json_ld_that_a_bare_quote_broke() -> None:
    broken = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Mills "may" close", '
        '"datePublished": "2026-03-05T10:00:00+01:00", "dateModified": "2026-03-06T10:00:00+01:00"}</script>'
    )
    found = dates(broken, "<footer>Terms of use, 25 May 2018</footer>")
    assert (written_date(found.published), written_date(found.modified)) == (
        "2026-03-05T10:00:00+01:00",
        "2026-03-06T10:00:00+01:00",
    )


def test_a_publication_before_the_last_change_stands_whatever_readers_see() -> None:
    head = json_ld(datePublished="2026-03-09T10:00:00Z", dateModified="2026-03-09T12:00:00Z")
    assert published(head, "<time>5 March 2026</time>") == "2026-03-09T10:00:00Z"


def test_a_meta_date_gives_way_to_the_one_at_the_headline_and_stands_without_it() -> None:
    assert published(meta("date", "2026-03-09"), "<time>5 March 2026</time>") == "2026-03-05"
    assert published(meta("date", "2026-03-09"), "<p>The mill of 5 March 2026</p>") == "2026-03-09"


@pytest.mark.parametrize(
    ("changed", "first"),
    [
        ("<p>Updated: 9 March 2026</p>", "<p>5 March 2026</p>"),
        ("<p>Aktualisiert am 09.03.2026</p>", "<p>05.03.2026</p>"),
        ("<p>更新时间：2026-03-09</p>", "<p>2026-03-05</p>"),
        ("<time class=last-updated>9 March 2026</time>", "<time>5 March 2026</time>"),
    ],
)
def test_a_visible_date_of_an_update_is_not_the_publication(changed: str, first: str) -> None:
    assert published("", changed + first) == "2026-03-05"


def test_the_visible_update_is_the_last_change_where_the_data_have_no_date() -> None:
    found = dates("", "<p>5 March 2026</p><p>Updated: 9 March 2026</p>")
    assert (written_date(found.published), written_date(found.modified)) == ("2026-03-05", "2026-03-09")
    assert dates("", "<p>Updated: 9 March 2026</p>").modified is None


def test_the_only_visible_date_is_the_publication_though_it_says_updated() -> None:
    assert published("", "<p>Updated: 9 March 2026</p>") == "2026-03-09"


def test_a_change_before_the_publication_is_declined() -> None:
    found = dates(json_ld(datePublished="2026-03-09T10:00:00Z", dateModified="2026-03-01T12:00:00Z"))
    assert found.modified is None
    found = dates(json_ld(datePublished="2026-03-09T10:00:00Z", dateModified="2026-03-09T09:00:00Z"))
    assert found.modified is not None  # scheduled in the evening, sent out in the morning


def test_the_day_in_the_headline_is_not_the_day_of_the_article() -> None:
    page = f"<h1>{TITLE}: results of 3 March 2026</h1><span>5 March 2026</span>{PROSE}"
    tree = parse(f"<html><body>{page}</body></html>")
    found = find_dates(tree, read_clues(tree), "https://example.org/a", title=TITLE, zone=None, now=NOW)
    assert written_date(found.published) == "2026-03-05"


# --- the order of day and month -----------------------------------------------------------------------------------


def test_a_day_and_month_of_either_order_are_read_as_the_rest_of_the_page_confirms() -> None:
    either = meta("article:published_time", "03-09-2026")
    assert published(either, "<p>Published March 9, 2026</p>") == "2026-03-09"
    assert published(either, url="https://www.example.org/2026/03/09/mills.html") == "2026-03-09"
    assert published(either, lang="en-US") == "2026-03-09"
    assert published(either, lang="en-GB") == "2026-09-03"


# --- the page's own day -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "url", "shown"),
    [
        (json_ld(datePublished="2026-03-05T00:04:00+02:00"), "/a", "2026-03-05T00:04:00+02:00"),
        (meta("sailthru.date", "2026-03-05 00:04:00"), "/a", "2026-03-05T00:04:00+02:00"),
        ("", "/2026/03/05/a", "2026-03-05T00:04:00+02:00"),
        (meta("date", "2026-03-05"), "/a", "2026-03-05T00:04:00+02:00"),
        (meta("sailthru.date", "2026-03-04 20:00:00"), "/a", "2026-03-04T22:04:00Z"),  # no zone is 2 h 4 min off
        ("", "/2026/03/04/a", "2026-03-04T22:04:00Z"),
        ("", "/2026/03/09/a", "2026-03-04T22:04:00Z"),
    ],
)
def test_an_instant_in_utc_keeps_the_day_that_the_page_gives_it(others: str, url: str, shown: str) -> None:
    head = meta("article:published_time", "2026-03-04T22:04:00Z") + others
    assert published(head, url=f"https://www.example.org{url}") == shown


def test_the_visible_day_is_kept_too() -> None:
    found = dates(meta("article:published_time", "2026-03-05T00:53:00Z"), "<time>4 March 2026</time>")
    assert found.published is not None
    assert found.published.utc == datetime(2026, 3, 5, 0, 53, tzinfo=UTC)
    assert written_date(found.published) == "2026-03-04T23:53:00-01:00"
    assert found.published_from is not None
    assert found.published_from.place == "article:published_time, zone by the visible date"


# --- the address --------------------------------------------------------------------------------------------------


def test_the_day_in_the_address_beats_a_date_in_the_text_that_nothing_speaks_for() -> None:
    found = dates("", PROSE + "<p>The mill closed on 1 May 2019.</p>", url="https://example.org/2026/03/05/mills")
    assert found.published == Moment(datetime(2026, 3, 5, tzinfo=UTC), Precision.DAY, origin="url path")


# --- scripts ------------------------------------------------------------------------------------------------------


def test_the_one_time_in_a_pages_scripts_is_its_own_and_several_are_nobodys() -> None:
    state = (
        '<script id="state" type="application/json">{"a": {"publicationDate": "2026-03-05T10:00:00+01:00"}%s}</script>'
    )
    assert published(state % "") == "2026-03-05T10:00:00+01:00"
    assert published(state % ', "b": {"publishedAt": "2026-02-01"}') is None
    assert published(state % "" + json_ld(datePublished="2026-03-04")) == "2026-03-04"


def test_data_for_a_search_engine_of_its_own_are_read() -> None:
    head = (
        '<script type="application/ld+json">{"@id": "https://example.org/a", "pubDate": "2026-03-05T11:10:52"}</script>'
    )
    assert published(head) == "2026-03-05T11:10:52"  # in no zone
