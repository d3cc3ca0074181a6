"""From feeds, sitemaps and pages to candidates: what is entered, under which address, and what is refused and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import Candidate, Role
from spiders.discovery import PRIORITY, Discovery, Found
from tests.crawl_kit import NOW, page, portal

HOME = "https://paper.example/"
STORY = "/2026/03/01/the-council-mends-the-old-pier.html"
FRONT = page(HOME, Role.LISTING, depth=0)
FEED = page(f"{HOME}feed.xml", Role.FEED, depth=0)
SITEMAP = page(f"{HOME}sitemap.xml", Role.SITEMAP, depth=0)
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def by_path(found: Found) -> dict[str, Candidate]:
    return {candidate.url.removeprefix(HOME[:-1]): candidate for candidate in found.candidates}


def listing(*hrefs: str, head: str = "", of: Discovery | None = None, depth: int = 0) -> dict[str, Candidate]:
    links = "".join(f'<h2><a href="{href}">The council mends the old pier at last</a></h2>' for href in hrefs)
    html = f"<html><head>{head}</head><body><main>{links}</main></body></html>"
    where = page(HOME, Role.LISTING, depth=depth)
    return by_path((of or Discovery(portal())).read_listing(where, html, HOME))


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Feed</title>{"".join(items)}</channel></rss>'.encode()


def item(link: str, title: str = "A title", published: str = "Thu, 05 Mar 2026 08:00:00 GMT") -> str:
    return f"<item><title>{title}</title><link>{link}</link><pubDate>{published}</pubDate></item>"


def read_feed(*items: str, of: Discovery | None = None) -> Found:
    return (of or Discovery(portal())).read_feed(FEED, rss(*items), {}, NOW)


def read_sitemap(body: str, depth: int = 0) -> Found:
    where = page(SITEMAP.url, Role.SITEMAP, depth=depth)
    return Discovery(portal()).read_sitemap(where, body.encode(), NOW)


# --- where to begin ---------------------------------------------------------------------------------------------


def test_without_sources_a_crawl_begins_at_the_front_page_and_robots_sitemaps() -> None:
    discovery = Discovery(portal())
    discovery.robots_sitemaps = (f"{HOME}news.xml", "https://elsewhere.example/sitemap.xml")
    roots = {(root.url, root.role, root.depth) for root in discovery.roots()}
    assert roots == {(HOME, Role.LISTING, 0), (f"{HOME}news.xml", Role.SITEMAP, 0)}


def test_with_sources_a_crawl_begins_at_them_only() -> None:
    kinds = {"feed": Role.FEED, "sitemap": Role.SITEMAP, "news-sitemap": Role.SITEMAP, "listing": Role.LISTING}
    discovery = Discovery(portal(sources=[{"kind": kind, "url": f"/{kind}"} for kind in kinds]))
    discovery.robots_sitemaps = (f"{HOME}news.xml",)
    assert {root.url: root.role for root in discovery.roots()} == {f"{HOME}{k}": role for k, role in kinds.items()}


def test_the_front_page_names_feeds_else_the_usual_places_are_tried() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    assert listing(head=link)["/rss"].role is Role.FEED
    guesses = listing()
    assert guesses["/sitemap.xml"].role is Role.SITEMAP
    assert Role.FEED in {candidate.role for candidate in guesses.values()}
    assert listing(depth=1) == {}
    assert listing(of=Discovery(portal(sources=[{"kind": "homepage"}]))) == {}


# --- feeds and sitemaps -----------------------------------------------------------------------------------------


def test_what_a_feed_says_is_kept_with_the_candidate() -> None:
    found = read_feed(item(f"{HOME[:-1]}{STORY}?utm_source=rss", "The pier"), item("/2026/03/01/b-second-story.html"))
    line = found.announcements[0]
    assert (line.url, line.source_url, line.source_kind) == (f"{HOME[:-1]}{STORY}", FEED.url, "feed")
    assert line.raw_url.endswith("?utm_source=rss")
    assert line.title == "The pier"
    assert line.published is not None
    assert line.published.utc == NOW - timedelta(hours=4)
    assert [candidate.reason for candidate in found.candidates] == [None, None]
    assert {candidate.found_on for candidate in found.candidates} == {FEED.url}


def test_fresh_lines_are_fetched_before_old_ones() -> None:
    old, new = "/2026/01/01/an-old-story-of-note.html", "/2026/03/05/a-new-story-of-note.html"
    found = by_path(read_feed(item(old, published="Thu, 01 Jan 2026 08:00:00 GMT"), item(new)))
    assert found[new].priority > found[old].priority


def test_an_address_named_twice_is_one_announcement() -> None:
    found = read_feed(item(STORY, "First"), item(f"{STORY}?utm_medium=rss", "Second"), item(f"{STORY}#top", "Third"))
    assert [line.title for line in found.announcements] == ["First"]


def test_entries_without_a_usable_link_are_passed_over() -> None:
    found = read_feed(item("javascript:alert(1)"), item(""), item("mailto:desk@paper.example"), item(STORY))
    assert list(by_path(found)) == [STORY]


def test_other_sites_are_announced_and_refused() -> None:
    (candidate,) = read_feed(item("https://elsewhere.example/2026/03/01/their-own-story.html")).candidates
    assert candidate.reason is Reason.OFF_SITE
    ours = Discovery(portal(hosts=["elsewhere.example"]))
    (candidate,) = read_feed(item("https://elsewhere.example/2026/03/01/their-own-story.html"), of=ours).candidates
    assert candidate.reason is None


def test_a_news_sitemap_gives_title_date_and_language() -> None:
    news = (
        "<news:news><news:publication><news:name>Paper</news:name><news:language>en</news:language></news:publication>"
        "<news:publication_date>2026-03-04</news:publication_date><news:title>The pier</news:title></news:news>"
    )
    url = f"<url><loc>{HOME[:-1]}{STORY}</loc><lastmod>2026-03-05T01:00:00Z</lastmod>{news}</url>"
    (line,) = read_sitemap(f"<urlset {NAMESPACES}>{url}</urlset>").announcements
    assert (line.source_kind, line.title, line.language) == ("news-sitemap", "The pier", "en")
    assert line.published is not None
    assert line.lastmod is not None
    assert line.lastmod.utc == NOW - timedelta(hours=11)


def test_child_sitemaps_are_followed_but_not_to_oneself_elsewhere_or_for_ever() -> None:
    children = "".join(
        f"<sitemap><loc>{loc}</loc></sitemap>"
        for loc in (f"{HOME}news.xml", SITEMAP.url, "https://elsewhere.example/sitemap.xml", "file:///etc/passwd")
    )
    index = f"<sitemapindex {NAMESPACES}>{children}</sitemapindex>"
    assert {url: each.role for url, each in by_path(read_sitemap(index)).items()} == {"/news.xml": Role.SITEMAP}
    assert read_sitemap(index, depth=3).candidates == ()


def test_what_is_no_sitemap_says_so() -> None:
    found = read_sitemap("<html><body>Not here</body></html>")
    assert found.problem
    assert found.candidates == ()


# --- verdicts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("twin", [f"{STORY}?print=1", f"/amp{STORY}", f"{STORY}?outputType=amp"])
def test_of_a_twin_the_main_address_is_fetched(twin: str) -> None:
    found = by_path(read_feed(item(twin)))
    assert found.pop(STORY).reason is None
    (refused,) = found.values()
    assert refused.reason is Reason.DUPLICATE
    assert STORY in refused.detail


@pytest.mark.parametrize(
    "path", ["/calendar/2026/03/", "/search?q=pier", "/login", "/about", "/tag/pier/", "/files/report.pdf"]
)
def test_pages_that_are_no_articles_are_refused_unread(path: str) -> None:
    candidate = listing(path).get(path)
    assert candidate is not None
    assert candidate.reason is Reason.NOT_ARTICLE_URL
    assert candidate.detail


def test_rules_of_the_portal_file_win() -> None:
    strict = Discovery(portal(articles={"allow": ["/2026/"], "deny": ["pier"]}))
    assert by_path(read_feed(item(STORY), of=strict))[STORY].reason is Reason.DENIED
    other = "/2025/03/01/the-council-mends-the-clock.html"
    assert by_path(read_feed(item(other), of=strict))[other].reason is Reason.DENIED


# --- listing pages ----------------------------------------------------------------------------------------------


def test_links_to_other_sites_are_not_in_the_ledger() -> None:
    found = listing("https://elsewhere.example/2026/03/01/their-own-story.html", STORY)
    assert [url for url, each in found.items() if each.role is Role.ARTICLE] == [STORY]


def test_listings_are_followed_as_deep_as_the_portal_file_says_articles_always() -> None:
    shallow = Discovery(portal(fetch={"max_depth": 1}))
    assert listing("/section/town/", STORY, of=shallow)["/section/town/"].role is Role.LISTING
    assert set(listing("/section/town/", STORY, of=shallow, depth=1)) == {STORY}


def test_the_next_page_of_a_listing_continues_it() -> None:
    more = '<link rel="next" href="/section/town/?page=3">'
    found = listing(head=more, depth=1)["/section/town/?page=3"]
    assert (found.role, found.continues, found.priority) == (Role.LISTING, True, PRIORITY["listing-page"])


def test_a_page_is_not_its_own_candidate() -> None:
    assert "/" not in listing("/", STORY)


def test_a_site_that_answers_under_two_names_is_crawled_under_one() -> None:
    discovery = Discovery(portal(home="http://www.paper.example/"))
    discovery.front_page_answered("https://paper.example/")
    found = read_feed(item(f"http://www.paper.example{STORY}"), of=discovery)
    assert [candidate.url for candidate in found.candidates] == [f"{HOME[:-1]}{STORY}"]
    assert [line.url for line in found.announcements] == [f"{HOME[:-1]}{STORY}"]
    discovery.front_page_answered("https://elsewhere.example/")  # not ours: nothing changes
    assert discovery.origin == "https://paper.example"
