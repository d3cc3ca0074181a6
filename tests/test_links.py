"""The links of a page with where they stand; one link a teaser."""

from __future__ import annotations

import time

from spiders.links import Link, PageLinks, page_links, prefer

BASE = "http://www.example.org/section/world/?page=2"

PAGE = """<!doctype html><html><head><title>World</title>
<link rel="canonical" href="/section/world/"><link rel="amphtml" href="/amp/section/world/">
<link rel="alternate" type="application/rss+xml" href="/feed.xml">
<link rel="alternate" hreflang="fr" href="/fr/">
<link rel="next" href="?page=3"></head><body class="has-nav site-footer-fixed">
<header><a href="/">Example</a> <a href="/login">Login</a> <a href="mailto:news@example.org">Mail</a>
<a href="javascript:void(0)">Menu</a> <a href="tel:+49300000">Call</a> <a href="#top">Top</a></header>
<nav><ul><li><a href="/section/sport/">Sport</a></li></ul></nav>
<main>
<div class="card"><h3><a href="/world/bridge-closed-after-the-flood-100001.html">Bridge closed after the flood</a></h3>
<a href="/world/bridge-closed-after-the-flood-100001.html?utm_source=home"><img src="/1.jpg" alt=""></a>
<a rel="nofollow" href="/print/1">print</a> <a href="/amp/world/bridge-closed-after-the-flood-100001.html">amp</a>
<a href="http://m.example.org/world/bridge-closed-after-the-flood-100001.html">mobile</a></div>
<div class="card"><h3><a href="/s/2">Mill owners ask for help again</a></h3>
<a href="/world/mill-owners-ask-for-help-100002.html"><img src="/2.jpg" alt=""></a></div>
<article><a href="/world/third-story"><style>.x{color:red}</style><h2>A third story</h2></a>
<a href="/author/jane">Jane Doe</a>
<a href="/world/related-coverage-of-the-third-100009.html">Related coverage of the third</a></article>
<aside class="ad"><a href="http://ads.example.net/click?id=1">Advertisement</a></aside>
</main>
<div class="pager"><a href="?page=1">Newer</a> <a href="?page=4">Older</a></div>
<footer><a href="/impressum">Imprint</a> <a href="/rss">RSS</a></footer>
</body></html>"""


def by_path(links: tuple[Link, ...]) -> dict[str, Link]:
    return {link.url.removeprefix("http://www.example.org"): link for link in links}


def test_links_come_in_order_resolved_and_only_for_the_web() -> None:
    links = page_links(PAGE, BASE).links
    assert [link.url for link in links[:3]] == [
        "http://www.example.org/",
        "http://www.example.org/login",
        "http://www.example.org/section/sport/",
    ]
    assert all(link.url.startswith("http") for link in links)
    assert not any("#top" in link.url for link in links)


def test_each_link_knows_where_it_stood() -> None:
    links = by_path(page_links(PAGE, BASE).links)
    assert links["/section/sport/"].context.in_nav
    assert links["/login"].context.in_nav
    assert links["/impressum"].context.in_footer
    story = links["/world/bridge-closed-after-the-flood-100001.html"]
    assert story.context.in_heading
    assert story.context.in_article_list
    assert not story.context.in_nav
    assert not story.context.in_footer
    assert story.context.text_chars == len("Bridge closed after the flood")
    picture = links["/world/bridge-closed-after-the-flood-100001.html?utm_source=home"]
    assert picture.context.has_image
    assert picture.teaser == story.teaser
    assert links["/print/1"].context.nofollow
    assert links["/world/third-story"].text == "A third story"
    assert links["/world/third-story"].teaser != story.teaser


def test_head_and_pager_name_feeds_next_pages_and_other_forms() -> None:
    found = page_links(PAGE, BASE)
    assert found.feeds == ("http://www.example.org/feed.xml", "http://www.example.org/rss")
    assert found.next_pages == (
        "http://www.example.org/section/world/?page=3",
        "http://www.example.org/section/world/?page=4",
    )
    assert found.canonical == "http://www.example.org/section/world/"
    assert found.amphtml == "http://www.example.org/amp/section/world/"


def test_a_teaser_keeps_one_address_of_its_article() -> None:
    kept = [link.url.removeprefix("http://www.example.org") for link in prefer(page_links(PAGE, BASE).links)]
    assert "/print/1" not in kept
    assert "/amp/world/bridge-closed-after-the-flood-100001.html" not in kept
    assert not any(url.startswith("http://m.") for url in kept)
    assert "/world/bridge-closed-after-the-flood-100001.html" in kept
    assert "/s/2" not in kept


def test_the_address_of_the_picture_takes_over_the_words_of_the_headline() -> None:
    chosen = by_path(prefer(page_links(PAGE, BASE).links))["/world/mill-owners-ask-for-help-100002.html"]
    assert chosen.text == "Mill owners ask for help again"
    assert chosen.context.in_heading
    assert chosen.context.has_image


def test_a_teaser_keeps_links_to_other_stories() -> None:
    kept = by_path(prefer(page_links(PAGE, BASE).links))
    assert "/world/third-story" in kept
    assert "/world/related-coverage-of-the-third-100009.html" in kept
    assert "/author/jane" in kept


def test_the_only_link_of_a_teaser_stays_even_when_it_is_a_twin() -> None:
    page = '<div><div><h3><a href="/amp/world/only-form-of-it-100003.html">Only form</a></h3></div></div>'
    links = page_links(page, BASE).links
    assert prefer(links) == links


def test_one_headline_over_many_wordless_links_is_no_teaser() -> None:
    cards = "".join(f'<article><a href="/world/story-number-{n}-10000{n}.html"></a></article>' for n in range(5))
    page = f'<div><h2><a href="/topic/flood">The flood</a></h2>{cards}</div>'
    assert len(prefer(page_links(page, BASE).links)) == 6


def test_base_href_is_honoured_and_may_itself_be_relative() -> None:
    page = '<html><head><base href="/sub/"></head><body><a href="story">A story</a></body></html>'
    assert page_links(page, BASE).links[0].url == "http://www.example.org/sub/story"
    page = '<html><head><base href="javascript:x"></head><body><a href="story">A story</a></body></html>'
    assert page_links(page, BASE).links[0].url == "http://www.example.org/section/world/story"


def test_there_is_a_limit_and_a_tree_serves_as_well_as_text() -> None:
    page = "<body>" + "".join(f'<p><a href="/{n}">{n}</a></p>' for n in range(3000))
    assert len(page_links(page, BASE).links) == 2000
    assert len(page_links(page, BASE, limit=10).links) == 10


def test_pages_that_cannot_be_read_have_no_links() -> None:
    assert page_links("", BASE) == PageLinks()
    assert page_links("plain words", BASE) == PageLinks()


def test_hostile_pages_cost_little() -> None:
    deep = "<div>" * 5_000 + "".join(f'<a href="/{n}">x</a>' for n in range(2_000))
    wide = "<h2>" + "".join(f'<a href="/{n}"><b>x</b></a>' for n in range(5_000)) + "</h2>"
    attributes = "<a " + " ".join(f"a{n}=1" for n in range(100_000)) + ' href="/x">x</a>'
    nested = '<a href="/n">' * 3_000
    long_href = f'<a href="/{"x" * 1_000_000}">x</a>'
    started = time.process_time()
    for page in (deep, wide, attributes, nested, long_href):
        prefer(page_links(page, BASE).links)
    assert time.process_time() - started < 10
