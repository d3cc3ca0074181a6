"""What one HTTP answer leads to: every status, every wait, every kind of page."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Outcome, Page, Rejected, Role, State
from spiders.answers import FAILED_AGAIN, MAX_REDIRECTS, Answer, Reader, retry_after, try_again
from spiders.discovery import Discovery
from tests.crawl_kit import NOW, capture, page, portal

URL = "https://paper.example/2026/03/01/a-story-of-note.html"
FEED = b'<rss version="2.0"><channel><item><link>https://paper.example/2026/03/01/b.html</link></item></channel></rss>'


def read(
    status: int = 200,
    body: bytes = b"<html></html>",
    *,
    of: Page | None = None,
    result: Article | Rejected | None = None,
    truncated: str | None = None,
    **headers: str,
) -> Outcome:
    """The outcome of an answer to a request for `of`; `result` is what extraction makes of the body."""

    async def read_article(_body: bytes, url: str, _content_type: str | None) -> Article | Rejected:
        return result or Article(url, url, "A title", "A text.")

    asked, where = of or page(URL), portal()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(asked, asked.fetch_url, status, named, body, capture(URL, status=status, truncated=truncated), NOW)
    return asyncio.run(Reader(where, Discovery(where), read_article).outcome(answer))


# --- statuses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (404, State.REFUSED, Reason.GONE),
        (410, State.REFUSED, Reason.GONE),
        (401, State.FAILED, Reason.BLOCKED),
        (403, State.FAILED, Reason.BLOCKED),
        (451, State.FAILED, Reason.BLOCKED),
        (400, State.REFUSED, Reason.FAILED),
        (418, State.REFUSED, Reason.FAILED),
        (204, State.REFUSED, Reason.FAILED),
        (206, State.REFUSED, Reason.FAILED),
        (304, State.REFUSED, Reason.FAILED),  # nobody asked whether it had changed
        (500, State.DUE, Reason.FAILED),
        (502, State.DUE, Reason.FAILED),
        (503, State.DUE, Reason.FAILED),
        (408, State.DUE, Reason.FAILED),
        (429, State.DUE, Reason.BLOCKED),
    ],
)
def test_each_status_has_its_state_and_reason(status: int, state: State, reason: Reason) -> None:
    outcome = read(status)
    assert (outcome.state, outcome.reason, outcome.article) == (state, reason, None)
    assert outcome.capture is not None
    assert outcome.capture.status == status
    assert str(status) in outcome.detail


def test_a_blocked_page_is_tried_again_after_a_day() -> None:
    assert read(403).next_due_utc == NOW + timedelta(days=1)


def test_failed_pages_are_tried_three_times_ever_later() -> None:
    waits = []
    for attempts in range(3):
        outcome = read(500, of=page(URL, attempts=attempts))
        assert outcome.next_due_utc is not None
        waits.append((outcome.state, outcome.next_due_utc - NOW))
    assert waits == [
        (State.DUE, timedelta(seconds=5)),
        (State.DUE, timedelta(seconds=30)),
        (State.FAILED, FAILED_AGAIN),
    ]
    assert read(500, of=page(URL, attempts=2)).detail == "HTTP 500, 3 tries"


def test_a_network_error_takes_the_same_ladder_without_a_capture() -> None:
    outcome = try_again(page(URL, attempts=1), NOW, Reason.FAILED, "connection reset")
    assert (outcome.state, outcome.capture, outcome.next_due_utc) == (State.DUE, None, NOW + timedelta(seconds=30))


def test_a_truncated_body_is_tried_again_whatever_it_says() -> None:
    for status in (200, 404, 301):
        outcome = read(status, truncated="disconnect", location="/elsewhere", etag='"1"')
        assert (outcome.state, outcome.reason, outcome.etag) == (State.DUE, Reason.TRUNCATED, None)
        assert (outcome.article, outcome.candidates) == (None, ())


# --- Retry-After ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("Thu, 05 Mar 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Thu, 05 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("999999999999", timedelta(days=1)),
        ("Thu, 05 Mar 2099 12:00:00 GMT", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_and_capped(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


def test_the_whole_host_waits_as_long_as_it_asks() -> None:
    outcome = read(429, retry_after="3600")
    assert outcome.host_wait_until_utc == outcome.next_due_utc == NOW + timedelta(hours=1)
    short = read(503, retry_after="1")
    assert (short.host_wait_until_utc, short.next_due_utc) == (NOW + timedelta(seconds=1), NOW + timedelta(seconds=5))
    assert read(503).host_wait_until_utc is None


# --- redirects --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_makes_the_page_another_address_of_its_target(status: int) -> None:
    outcome = read(status, location="/2026/03/01/the-new-address.html")
    (target,) = outcome.candidates
    assert (outcome.state, outcome.reason) == (State.REFUSED, Reason.DUPLICATE)
    assert target.url == "https://paper.example/2026/03/01/the-new-address.html"
    assert (target.reason, target.found_on) == (None, URL)
    assert target.url in outcome.detail


def test_a_redirect_to_another_site_is_not_followed() -> None:
    (target,) = read(302, location="https://elsewhere.example/a-story-of-note.html").candidates
    assert target.reason is Reason.OFF_SITE


@pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:alert(1)", "http://", "ftp://paper.example/"])
def test_a_redirect_to_what_is_no_web_address_is_refused(location: str) -> None:
    outcome = read(302, location=location)
    assert (outcome.reason, outcome.candidates) == (Reason.UNSAFE, ())


@pytest.mark.parametrize("location", ["", URL, "#top"])
def test_a_redirect_to_itself_is_refused(location: str) -> None:
    outcome = read(302, location=location)
    assert (outcome.state, outcome.reason, outcome.candidates) == (State.REFUSED, Reason.FAILED, ())


def test_another_spelling_of_the_same_page_is_asked_for_at_once_three_times_at_most() -> None:
    outcome = read(302, location=f"{URL}?utm_source=cookie-check")
    assert (outcome.state, outcome.page.fetch_url) == (State.DUE, f"{URL}?utm_source=cookie-check")
    assert outcome.page.url == URL
    again = read(302, location=f"{URL}?utm_source=again", of=replace(outcome.page, attempts=2))
    assert (again.state, again.reason) == (State.REFUSED, Reason.FAILED)


def test_a_chain_of_redirects_ends() -> None:
    outcome = read(302, location="/2026/03/01/one-more.html", of=page(URL, redirects=MAX_REDIRECTS))
    assert (outcome.reason, outcome.detail) == (Reason.FAILED, "too many redirects")


def test_a_source_that_moved_stays_a_source() -> None:
    feed = page("https://paper.example/feed", Role.FEED, priority=1000)
    (target,) = read(301, location="/rss.xml", of=feed).candidates
    assert (target.role, target.priority, target.reason) == (Role.FEED, 1000, None)


# --- content ----------------------------------------------------------------------------------------------------


def test_an_article_is_done_with_its_validators() -> None:
    outcome = read(etag='"abc"', last_modified="Thu, 05 Mar 2026 12:00:00 GMT")
    assert (outcome.state, outcome.reason) == (State.DONE, None)
    assert outcome.article is not None
    assert (outcome.etag, outcome.last_modified) == ('"abc"', "Thu, 05 Mar 2026 12:00:00 GMT")
    assert outcome.revisit == portal().revisit


def test_validators_of_a_refused_page_are_not_kept() -> None:
    outcome = read(result=Rejected(Reason.TOO_SHORT, "41 characters"), etag='"abc"')
    assert (outcome.state, outcome.reason, outcome.detail) == (State.REFUSED, Reason.TOO_SHORT, "41 characters")
    assert outcome.etag is None


def test_a_304_that_was_asked_for_confirms_the_page() -> None:
    outcome = read(304, of=page(URL, etag='"abc"'), etag='"abc"')
    assert (outcome.state, outcome.not_modified, outcome.article) == (State.DONE, True, None)
    assert outcome.etag is None  # the old ones stay


def test_a_print_address_leads_to_the_canonical_one() -> None:
    twin = page(f"{URL}?print=1")
    outcome = read(of=twin, result=Article(twin.url, URL, "A title", "A text."))
    assert (outcome.state, outcome.reason) == (State.REFUSED, Reason.DUPLICATE)
    assert [candidate.url for candidate in outcome.candidates] == [URL]


def test_links_of_a_page_that_proved_to_be_a_listing_are_kept() -> None:
    path = "/2026/03/02/a-second-story-of-note.html"
    links = f'<html><body><h2><a href="{path}">A second story of note</a></h2></body></html>'.encode()
    listing = page("https://paper.example/town", found_on="https://paper.example/", depth=1)
    nothing = Rejected(Reason.NO_ARTICLE, "a listing")
    (found,) = read(of=listing, body=links, result=nothing).candidates
    assert found.url == f"https://paper.example{path}"
    assert read(of=replace(listing, depth=2), body=links, result=nothing).candidates == ()
    assert read(of=listing, body=links, result=Rejected(Reason.TOO_SHORT)).candidates == ()


def test_a_meta_refresh_is_a_redirect() -> None:
    refresh = b'<html><head><meta http-equiv="refresh" content="0; url=/2026/03/01/there.html"></head></html>'
    outcome = read(body=refresh, result=Rejected(Reason.TOO_SHORT, "nothing"))
    assert outcome.reason is Reason.DUPLICATE
    assert [each.url for each in outcome.candidates] == ["https://paper.example/2026/03/01/there.html"]


def test_a_feed_is_read_as_a_source() -> None:
    outcome = read(of=page("https://paper.example/feed", Role.FEED), body=FEED, etag='"f"')
    assert (outcome.state, outcome.etag, len(outcome.announcements)) == (State.DONE, '"f"', 1)


def test_a_source_that_cannot_be_read_has_failed() -> None:
    outcome = read(of=page("https://paper.example/sitemap.xml", Role.SITEMAP), body=b"<html>no sitemap</html>")
    assert (outcome.state, outcome.reason) == (State.FAILED, Reason.UNDECODABLE)
    assert outcome.detail
