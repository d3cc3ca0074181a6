"""Article, listing or neither, by the address and by where its link stood."""

from __future__ import annotations

import re
import time

import pytest

from newsroom.reasons import Reason
from newsroom.records import Role
from newsroom.url_shapes import ARTICLE_SCORE, LinkContext, article_score, judge

HEADLINE = LinkContext(in_heading=True, in_article_list=True, text_chars=60)
MENU = LinkContext(in_nav=True, text_chars=8)
FOOTER = LinkContext(in_footer=True, text_chars=8)
SHORT = LinkContext(text_chars=8)

ARTICLES = [
    "https://example.org/2026/03/14/bridge-closed",
    "https://example.org/news/2026/mar/14/bridge-closed-after-the-flood",
    "https://example.org/politics/bridge-closed-after-the-flood-12345678.html",
    "https://example.org/wirtschaft/artikel/474126.html",
    "https://example.org/story?id=44233864",
    "https://example.org/view/AKR20190820002300325",
    "https://example.org/sociedad/los-vecinos-exigen-cambios.html",
    "https://example.org/nota/2026-4-15-en-ruta-36",
    "http://example.com.cn/jizhe/2026-08/16/content_4894059.htm",
    "https://example.org/a/20260816_123456",
    "https://example.jp/articles/ASR1234567.html",
    "https://example.org/cn/%E4%B8%AD%E5%9B%BD/20220206-%E9%A9%AC%E5%85%8B%E9%BE%99%E6%98%9F%E6%9C%9F%E4%B8%80",
    "https://example.org/news/article_c7e4b901-9d60-5895-a288-73911df10bd3.html",
    "https://example.org/?p=4711",
    "https://example.org/archives/2562",
    "https://example.org/about-the-flood-that-closed-the-bridge/",
    "https://example.org/news/search-for-the-missing-goes-on-118200",
    "https://example.org/wirtschaft/help-for-the-mills-121200.html",
]
LISTINGS = [
    "https://example.org/",
    "https://example.org/index.html",
    "https://example.org/politik/",
    "https://example.org/sport/fussball/",
    "https://example.org/section/world/",
    "https://example.org/section/world/?page=3",
    "https://example.org/category/science/climate-change/",
    "https://example.org/thema/coronavirus/",
    "https://example.org/archive/",
    "https://example.org/archive/?page=12",
    "https://example.org/politics/page/2/",
    "https://example.org/2026/03/",
    "https://example.org/2026/",
    "https://example.org/magazine/index-2026.html",
    "https://example.org/actualites",
]
NEITHER = [
    "https://example.org/calendar/2026/03/",
    "https://example.org/cal/2026/03",
    "https://example.org/events/calendar/2031-12-24",
    "https://example.org/search?q=flood",
    "https://example.org/suche/?text=hochwasser",
    "https://example.org/?s=flood",
    "https://example.org/tag/election/",
    "https://example.org/author/jane-doe/",
    "https://example.org/login?next=/",
    "https://example.org/auth/initiate?redirectURL=%2F",
    "https://example.org/register",
    "https://example.org/about",
    "https://example.org/de/impressum",
    "https://example.org/info/datenschutz.html",
    "https://example.org/kontakt/",
    "https://example.org/static/app.pdf",
    "https://example.org/img/57.jpg",
    "https://example.org/video/clip.mp4",
    "https://example.org/feed/",
    "https://example.org/politics/rss.xml",
    "https://www.facebook.com/sharer?u=x",
    "https://example.org/go/20477",
    "https://example.org/coupons/shoes",
    "https://example.org/a/b/a/b/a/b",
    "https://example.org/x/x/x/story-about-the-flood",
    "https://example.org/list?filter_color=red&filter_size=2&sort=asc",
    "https://example.org/a?a=1&b=2&c=3&d=4&e=5&f=6&g=7",
    "https://example.org/" + "/".join("abcdefghijklmnop"),
    "https://example.org/" + "long-" * 500,
]


@pytest.mark.parametrize("url", ARTICLES)
def test_article_addresses_are_articles(url: str) -> None:
    verdict = judge(url)
    assert (verdict.role, verdict.reason) == (Role.ARTICLE, None), verdict.why
    assert judge(url, announced=True).priority > verdict.priority


@pytest.mark.parametrize("url", LISTINGS)
def test_front_section_and_archive_addresses_are_listings(url: str) -> None:
    for link in (None, MENU):
        verdict = judge(url, link=link)
        assert (verdict.role, verdict.reason) == (Role.LISTING, None), verdict.why


@pytest.mark.parametrize("url", NEITHER)
def test_service_pages_and_traps_are_refused_wherever_they_are_linked(url: str) -> None:
    for link in (None, MENU, HEADLINE):
        verdict = judge(url, link=link)
        assert verdict.reason is Reason.NOT_ARTICLE_URL
        assert verdict.why


@pytest.mark.parametrize(
    "url", ["https://example.org/x/7", "https://example.org/deep/water", "https://example.org/s/57"]
)
def test_an_address_that_says_little_is_what_its_link_looked_like(url: str) -> None:
    assert article_score(url) < ARTICLE_SCORE
    assert judge(url).role is Role.ARTICLE
    assert judge(url, announced=True).role is Role.ARTICLE
    assert judge(url, link=HEADLINE).role is Role.ARTICLE
    assert judge(url, link=LinkContext(has_image=True, in_article_list=True)).role is Role.ARTICLE
    assert judge(url, link=MENU).role is Role.LISTING
    assert judge(url, link=SHORT).role is Role.LISTING
    assert judge(url, link=FOOTER).reason is Reason.NOT_ARTICLE_URL


def test_a_long_section_name_in_the_menu_is_no_headline() -> None:
    url = "https://example.org/iconist/essen-und-trinken/"
    assert judge(url, link=MENU).role is Role.LISTING
    assert judge(url, link=HEADLINE).role is Role.ARTICLE


def test_words_that_name_services_at_the_top_name_topics_below_a_section() -> None:
    assert judge("https://example.org/apps").reason is Reason.NOT_ARTICLE_URL
    assert judge("https://example.org/netzwelt/apps/", link=MENU).reason is None


def test_a_plain_sitemap_may_announce_a_section_page() -> None:
    assert judge("https://example.org/politics/", announced=True).role is Role.LISTING
    assert judge("https://example.org/", announced=True).role is Role.LISTING
    assert judge("https://example.org/privacy", announced=True).reason is Reason.NOT_ARTICLE_URL


def test_the_portal_file_has_the_first_word() -> None:
    allow, deny = [re.compile(r"/x/\d+$")], [re.compile(r"/sport/")]
    story = "https://example.org/politics/bridge-closed-after-the-flood-12345678.html"
    assert judge("https://example.org/x/7", allow=allow, link=FOOTER).reason is None
    assert judge("https://example.org/calendar/x/7", allow=allow).reason is None
    assert judge(story, allow=allow).reason is Reason.DENIED
    assert judge(story, allow=allow, announced=True).reason is Reason.DENIED
    assert judge("https://example.org/politics/", allow=allow).role is Role.LISTING
    assert judge("https://example.org/politics/", allow=allow).reason is None
    denied = judge("https://example.org/sport/x/7", allow=allow, deny=deny, announced=True)
    assert denied.reason is Reason.DENIED
    assert "/sport/" in denied.why


def test_only_the_web_is_fetched() -> None:
    assert judge("file:///etc/passwd", announced=True).reason is Reason.UNSAFE
    assert judge("mailto:a@example.org").reason is Reason.UNSAFE


def test_hostile_addresses_are_judged_in_linear_time() -> None:
    started = time.process_time()
    for url in (
        "http://e/" + "1-" * 900,
        "http://e/" + "a" * 200_000,
        "http://e/" + "/a" * 50_000,
        "http://e/?" + "a&" * 50_000,
    ):
        judge(url)
        article_score(url)
    assert time.process_time() - started < 5
