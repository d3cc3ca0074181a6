"""The demo's portals: what they print, how they misbehave, and what of it the reader gets."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from copydesk.demo.server import serve
from copydesk.demo.site import FEED, FORBIDDEN, MAIN_SITEMAP, Site
from copydesk.demo.stories import PAPERS, Story, load_papers, spin
from newsroom.records import Article, Rejected
from pipelines.extract import extract
from spiders.feeds import parse_feed
from spiders.sitemaps import parse_sitemap

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
WORD = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+", re.IGNORECASE)


@pytest.fixture
def sites() -> dict[str, Site]:
    papers = load_papers(NOW)
    return {name: Site(paper, f"http://127.0.0.1:{9000 + at}") for at, (name, paper) in enumerate(papers.items())}


def body(site: Site, path: str) -> bytes:
    return site.answer(path).body


def test_each_portal_prints_between_12_and_20_stories_in_all() -> None:
    papers = load_papers(NOW)
    assert list(papers) == list(PAPERS)
    assert all(12 <= len(paper.stories) <= 20 for paper in papers.values())
    assert papers == load_papers(NOW)  # the same on every run


def test_an_edit_that_does_not_fit_its_text_is_an_error() -> None:
    story = load_papers(NOW)["harbour"].stories[0]
    with pytest.raises(ValueError, match="0 times"):
        replace(story, edits=(("no such words", "others"),)).edited()


@pytest.mark.parametrize("edition", [1, 2])
def test_every_story_reads_as_it_was_printed(sites: dict[str, Site], edition: int) -> None:
    for site in sites.values():
        site.edition = edition
        for story in site.press.stories:
            read = extract(body(site, site.press.path(story)), site.url(story), "text/html", zone=site.paper.timezone)
            assert not isinstance(read, Rejected), story.slug
            assert (read.title, read.canonical_url, read.byline) == (story.title, site.url(story), (story.byline,))
            assert tuple(line for line in read.text.split("\n") if line) == story.paragraphs
            assert [ad.text for ad in read.injected_links] == ([story.advert.words] if story.advert else [])
            assert read.published is not None
            assert read.published.utc == story.published_utc


def test_copies_have_the_text_of_their_originals_and_nothing_else_of_them(sites: dict[str, Site]) -> None:
    for site in sites.values():
        site.next_day(NOW)
    copies = [story for story in sites["echo"].paper.stories if story.copy_of and not story.spun]
    assert {story.copy_of[0] for story in copies if story.copy_of} == {"harbour", "linjiang"}
    for story in copies:
        assert story.copy_of is not None
        home = sites[story.copy_of[0]]
        original = next(each for each in home.paper.stories if each.key == story.copy_of)
        one = extract(body(home, home.press.path(original)), home.url(original), "text/html")
        other = extract(body(sites["echo"], sites["echo"].press.path(story)), sites["echo"].url(story), "text/html")
        assert isinstance(one, Article)
        assert isinstance(other, Article)
        assert one.match_digest == other.match_digest
        assert (one.byline, one.url) != (other.byline, other.url)


def test_spun_stories_say_it_in_other_words_out_of_order_and_with_a_paid_link(sites: dict[str, Site]) -> None:
    site = sites["echo"]
    spun = [story for story in site.paper.stories if story.spun]
    assert [story.copy_of[0] for story in spun if story.copy_of] == ["linjiang", "harbour"]
    assert [site.answer(site.press.path(story)).status for story in spun] == [404, 404]  # printed between the crawls
    site.next_day(NOW)
    originals = {story.key: story for each in sites.values() for story in each.paper.stories}
    for story in spun:
        assert story.copy_of is not None
        assert story.advert is not None
        original = originals[story.copy_of]
        assert story.published_utc > original.published_utc
        assert (story.title != original.title, story.byline) == (True, "The Echo Wire")
        assert not original.edits
        assert f'<a href="{story.advert.link}">{story.advert.words}</a>' in body(site, site.press.path(story)).decode()
        assert site.url(story).encode() in body(site, MAIN_SITEMAP["echo"])
        assert 0.1 < share_exchanged(story, original) < 0.25
        assert nearest_paragraphs(story, original) != sorted(nearest_paragraphs(story, original))


def share_exchanged(story: Story, original: Story) -> float:
    """The share of the words (single characters of Chinese) of `original` that `story` does not have."""
    one, other = (Counter(WORD.findall("\n".join(each.paragraphs))) for each in (original, story))
    return (one - other).total() / one.total()


def nearest_paragraphs(story: Story, original: Story) -> list[int]:
    """By paragraph of `story`, which of `original` it shares most words with."""
    theirs = [Counter(WORD.findall(text)) for text in original.paragraphs]
    mine = [Counter(WORD.findall(text)) for text in story.paragraphs]
    return [max(range(len(theirs)), key=lambda at: (words & theirs[at]).total()) for words in mine]


def test_an_advertisement_that_does_not_fit_its_text_is_an_error() -> None:
    papers = load_papers(NOW)
    data = {"of": "harbour", "original": papers["harbour"].stories[0].slug, "slug": "x", "section": "wire"}
    data |= {"title": "X", "body": "Said twice, said twice."}
    with pytest.raises(ValueError, match="does not stand in the text once"):
        spin("echo", {**data, "advert": {"after": "twice", "words": "x", "link": "y"}}, papers["harbour"], NOW)


def test_the_chinese_pages_need_gb18030_whatever_they_say(sites: dict[str, Site]) -> None:
    site = sites["linjiang"]
    story = next(each for each in site.paper.stories if "㵲" in each.title)
    page = body(site, site.press.path(story))
    assert b"charset=gb2312" in page
    assert "㵲阳河" in page.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        page.decode("gb2312")


def test_each_portal_announces_its_stories_in_a_feed_and_a_sitemap(sites: dict[str, Site]) -> None:
    for name, site in sites.items():
        feed = parse_feed(body(site, FEED[name]), {}, site.base + FEED[name])
        assert feed.problem is None
        assert len(feed.entries) >= 6
        path = MAIN_SITEMAP[name]
        sitemap = parse_sitemap(body(site, path), site.base + path)
        if sitemap.children:
            child = sitemap.children[0].url
            sitemap = parse_sitemap(body(site, child.removeprefix(site.base)), child)
        assert {entry.url for entry in sitemap.entries} == {site.url(story) for story in site.press.stories}
        assert all((entry.news is not None) == (name == "harbour") for entry in sitemap.entries)


def test_robots_txt_forbids_one_folder_and_asks_for_no_delay(sites: dict[str, Site]) -> None:
    for name, site in sites.items():
        rules = body(site, "/robots.txt").decode()
        assert f"Disallow: {FORBIDDEN[name]}\n" in rules
        assert "delay" not in rules.lower()


def test_a_day_later_a_story_is_gone_and_the_sitemap_still_names_it(sites: dict[str, Site]) -> None:
    site = sites["harbour"]
    story = next(each for each in site.paper.stories if each.withdrawn)
    before = site.answer(site.press.path(story))
    site.next_day(NOW)
    assert (before.status, site.answer(site.press.path(story)).status) == (200, 410)
    assert site.url(story).encode() in body(site, MAIN_SITEMAP["harbour"])
    assert site.url(story).encode() not in body(site, "/")


def test_an_unchanged_page_is_not_sent_twice(sites: dict[str, Site]) -> None:
    first = sites["echo"].answer("/")
    assert sites["echo"].answer("/", first.etag).status == 304
    sites["echo"].next_day(NOW)
    assert sites["echo"].answer("/", first.etag).status == 200


def test_the_calendar_never_ends(sites: dict[str, Site]) -> None:
    path = "/calendar/2026/11/"
    for _ in range(30):
        found = re.search(rb'rel="next" href="([^"]+)"', body(sites["harbour"], path))
        assert found is not None
        path = found[1].decode()
    assert path == "/calendar/2029/05/"


def test_the_server_speaks_http_and_keeps_the_list(sites: dict[str, Site]) -> None:
    with serve(load_papers(NOW)) as served:
        site = served["harbour"]
        with urllib.request.urlopen(f"{site.base}/robots.txt", timeout=10) as answer:
            assert answer.headers["Content-Type"] == "text/plain"
            assert b"Disallow" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"{site.base}/nowhere", timeout=10)
        refused.value.close()
        assert [(hit.path, hit.status) for hit in site.hits] == [("/robots.txt", 200), ("/nowhere", 404)]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{site.base}/", timeout=10)
