"""Pages that lead a crawler astray, or its parsers into the ground: loops, endless spaces, bombs of markup and XML."""

from __future__ import annotations

import gzip
from datetime import date, timedelta

from tests.site.newspaper import SITEMAP, XML, article_html, paragraphs
from tests.site.server import Reply, Request, page


def _redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers=[("Location", location)])


# Redirects


@page("/redirect-loop", "/redirect-loop/back")
def redirect_loop(request: Request) -> Reply:
    """Two addresses that send to each other."""
    there = "/redirect-loop" if request.target.endswith("/back") else "/redirect-loop/back"
    return _redirect(request.absolute(there))


@page("/redirect-self")
def redirect_self(_: Request) -> Reply:
    """Sends to itself, by a relative address."""
    return _redirect("/redirect-self")


@page("/redirect-chain/{n}")
def redirect_chain(request: Request) -> Reply:
    """`n` redirects, then an article."""
    left = int(request.match["n"])
    if left:
        return _redirect(request.absolute(f"/redirect-chain/{left - 1}"))
    return Reply(article_html(3, request.absolute("/redirect-chain/0")))


@page("/redirect-endless/{n}")
def redirect_endless(request: Request) -> Reply:
    """Always one address further."""
    return _redirect(request.absolute(f"/redirect-endless/{int(request.match['n']) + 1}"))


@page("/redirect-to")
def redirect_to(request: Request) -> Reply:
    """Sends to `?url=`: another site, a private address, `file:///` …"""
    return _redirect(request.query.get("url", "/"), int(request.query.get("status", "302")))


@page("/redirect-nowhere")
def redirect_nowhere(_: Request) -> Reply:
    """A redirect without a Location."""
    return Reply("<h1>Moved</h1>", 302)


@page("/meta-refresh-loop", "/meta-refresh-loop/back")
def meta_refresh_loop(request: Request) -> Reply:
    """Two pages that refresh to each other at once."""
    there = "/meta-refresh-loop" if request.target.endswith("/back") else "/meta-refresh-loop/back"
    return Reply(f'<html><head><meta http-equiv="refresh" content="0; url={there}"></head><body>Moving</body></html>')


# Spaces without end


@page("/calendar/{year}/{month}/")
def calendar(request: Request) -> Reply:
    """A month with links to its days and to the next month, for ever."""
    first = date(int(request.match["year"]), max(1, min(12, int(request.match["month"]))), 1)
    after, before = first + timedelta(days=31), first - timedelta(days=1)
    days = "".join(f'<a href="/calendar/{first:%Y/%m}/{day:02}/">{day}</a> ' for day in range(1, 29))
    links = f'<a href="/calendar/{before:%Y/%m}/">back</a> {days}<a href="/calendar/{after:%Y/%m}/">on</a>'
    return Reply(f"<html><body><h1>{first:%B %Y}</h1>{links}</body></html>")


@page("/calendar/{year}/{month}/{day}/")
def calendar_day(_: Request) -> Reply:
    """A day on which nothing happens."""
    return Reply("<html><body><h1>No events</h1></body></html>")


@page("/search")
def search(request: Request) -> Reply:
    """Results that link to more results."""
    word = request.query.get("q", "pier")
    links = "".join(f'<a href="/search?q={word}{letter}&page={letter}">more {letter}</a>' for letter in "abcdef")
    return Reply(f"<html><body><h1>0 results for {len(word)} letters</h1>{links}</body></html>")


@page("/session/{word}")
def session(request: Request) -> Reply:
    """Links back to itself, each visit under a new session id."""
    number = request.earlier_hits
    links = "".join(f'<a href="/session/{word}?sid={number}{word}">{word}</a> ' for word in ("a", "b", "c"))
    return Reply(f"<html><body>{links}</body></html>")


@page("/deeper")
def deeper_start(_: Request) -> Reply:
    """The first of ever longer paths (a relative link that repeats its folder)."""
    return Reply('<html><body><a href="deeper/deeper/">deeper</a></body></html>')


@page("/maze/{n}")
def maze(request: Request) -> Reply:
    """Each page links to ten more that no one has seen."""
    number = int(request.match["n"])
    links = "".join(f'<a href="/maze/{number * 10 + step}">room {step}</a> ' for step in range(10))
    return Reply(f"<html><head><title>Room {number}</title></head><body>{links}</body></html>")


# Pages that say 200 and are no article


@page("/soft-404/{word}")
def soft_404(_: Request) -> Reply:
    """Not found, with status 200."""
    return Reply(
        "<html><head><title>Page not found</title></head><body><h1>Sorry</h1>"
        "<p>The page you are looking for is not here. It may have moved, or it never was.</p></body></html>"
    )


@page("/login-wall")
def login_wall(_: Request) -> Reply:
    """A teaser and a form."""
    return Reply(
        f"<html><head><title>Only for subscribers</title></head><body><h1>Only for subscribers</h1>"
        f"<p>{paragraphs(4)[0][:90]}…</p>"
        '<form action="/login" method="post"><p>Log in or subscribe to continue reading.</p><input name="email">'
        '<input name="password" type="password"></form></body></html>'
    )


@page("/consent-wall")
def consent_wall(_: Request) -> Reply:
    """Cookies first."""
    return Reply(
        "<html><head><title>Before you continue</title></head><body><h1>Before you continue</h1>"
        "<p>We and our 742 partners use cookies. Please accept to continue to the page.</p>"
        "<button>Accept all</button></body></html>"
    )


@page("/shell")
def shell(_: Request) -> Reply:
    """An empty page that needs JavaScript."""
    return Reply(
        '<html><head><title>News</title><script src="/app.js"></script></head><body><div id="root"></div>'
        "<noscript>You need to enable JavaScript to run this app.</noscript></body></html>"
    )


@page("/empty")
def empty(_: Request) -> Reply:
    """No bytes at all."""
    return Reply(b"")


# Markup that breaks parsers


def _around(request: Request, name: str, junk: str) -> Reply:
    """Article 5 with `junk` before its end."""
    return Reply(article_html(5, request.absolute(name)).replace("</body>", junk + "</body>"))


@page("/many-attributes")
def many_attributes(request: Request) -> Reply:
    """200,000 attributes on one tag (lxml never ends)."""
    return _around(
        request, "/many-attributes", "<div " + " ".join(f"a{number}=1" for number in range(200_000)) + "></div>"
    )


@page("/many-paragraphs")
def many_paragraphs(request: Request) -> Reply:
    """10,000 identical short paragraphs (trafilatura is quadratic)."""
    return _around(request, "/many-paragraphs", "<p>advertisement here</p>\n" * 10_000)


@page("/many-links")
def many_links(request: Request) -> Reply:
    """50,000 links on one page."""
    return _around(
        request, "/many-links", "".join(f'<a href="/maze/{number}">{number}</a>' for number in range(50_000))
    )


@page("/deep-nesting")
def deep_nesting(request: Request) -> Reply:
    """100,000 open tags."""
    return _around(request, "/deep-nesting", "<div>" * 100_000)


@page("/nul-and-surrogates")
def nul_and_surrogates(request: Request) -> Reply:
    """NUL bytes, control characters and lone surrogates in title and text."""
    body = article_html(6, request.absolute("/nul-and-surrogates")).replace("report 6", "report&#0; 6&#xD800;\x00\x0b")
    return Reply(body.replace("people came", "people\x00 came\x1f"))


# XML that breaks parsers


def _entities(levels: int, width: int) -> str:
    lines = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * width}">' for level in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{lines}]>'


@page("/entity-bomb-feed.xml")
def entity_bomb_feed(_: Request) -> Reply:
    """Billion laughs in RSS."""
    channel = "<channel><title>&e9;</title><item><title>&e9;</title><link>http://example.org/a</link></item></channel>"
    return Reply(_entities(10, 10) + f'<rss version="2.0">{channel}</rss>', type="application/rss+xml")


@page("/entity-bomb-sitemap.xml")
def entity_bomb_sitemap(_: Request) -> Reply:
    """Billion laughs in a sitemap."""
    return Reply(_entities(10, 10) + f'<urlset xmlns="{SITEMAP}"><url><loc>&e9;</loc></url></urlset>', type=XML)


@page("/quadratic-entities.xml")
def quadratic_entities(_: Request) -> Reply:
    """One entity of 50 kB, used 2,000 times."""
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]>'
    return Reply(
        head + f'<rss version="2.0"><channel><title>{"&e;" * 2000}</title></channel></rss>', type="application/rss+xml"
    )


@page("/external-entity.xml")
def external_entity(request: Request) -> Reply:
    """Entities that name a file of the machine and `/canary` on this site."""
    canary = request.absolute("/canary")
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY w SYSTEM "{canary}">]>'
    return Reply(head + f'<urlset xmlns="{SITEMAP}"><url><loc>http://example.org/&f;&w;</loc></url></urlset>', type=XML)


@page("/canary")
def canary(_: Request) -> Reply:
    """Must never be asked for: count its hits."""
    return Reply("tweet", type="text/plain")


@page("/sitemap-of-itself.xml")
def sitemap_of_itself(request: Request) -> Reply:
    """An index that names itself and a second one that names the first."""
    refs = "".join(
        f"<sitemap><loc>{request.absolute(name)}</loc></sitemap>"
        for name in ("/sitemap-of-itself.xml", "/sitemap-loop.xml")
    )
    return Reply(f'<sitemapindex xmlns="{SITEMAP}">{refs}</sitemapindex>', type=XML)


@page("/sitemap-loop.xml")
def sitemap_loop(request: Request) -> Reply:
    """Names the index that names it."""
    ref = f"<sitemap><loc>{request.absolute('/sitemap-of-itself.xml')}</loc></sitemap>"
    return Reply(f'<sitemapindex xmlns="{SITEMAP}">{ref}</sitemapindex>', type=XML)


@page("/sitemap-endless/{n}.xml")
def sitemap_endless(request: Request) -> Reply:
    """Each index names the next."""
    ref = request.absolute(f"/sitemap-endless/{int(request.match['n']) + 1}.xml")
    return Reply(f'<sitemapindex xmlns="{SITEMAP}"><sitemap><loc>{ref}</loc></sitemap></sitemapindex>', type=XML)


@page("/sitemap-60000.xml")
def sitemap_too_long(request: Request) -> Reply:
    """10,000 addresses more than a sitemap may have."""
    urls = "".join(f"<url><loc>{request.absolute(f'/maze/{number}')}</loc></url>" for number in range(60_000))
    return Reply(f'<urlset xmlns="{SITEMAP}">{urls}</urlset>', type=XML)


@page("/sitemap-torn.xml")
def sitemap_torn(request: Request) -> Reply:
    """Ends in the middle of the third entry."""
    urls = "".join(f"<url><loc>{request.absolute(f'/slow/{number}')}</loc></url>" for number in range(3))
    return Reply(f'<urlset xmlns="{SITEMAP}">{urls}'[:-20], type=XML)


@page("/sitemap-bomb.xml.gz")
def sitemap_bomb(_: Request) -> Reply:
    """A gzip file of 100 MB of spaces."""
    return Reply(gzip.compress(b" " * (100 << 20), 9, mtime=0), type="application/gzip")


@page("/sitemap-of-files.xml")
def sitemap_of_files(request: Request) -> Reply:
    """A file, a script, a private network, and `/canary` at another address of this machine."""
    port = request.site.port
    bad = (
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://169.254.169.254/latest/meta-data/",
        f"http://127.0.0.2:{port}/canary",
    )
    urls = "".join(f"<url><loc>{url}</loc></url>" for url in bad)
    return Reply(f'<urlset xmlns="{SITEMAP}">{urls}</urlset>', type=XML)
