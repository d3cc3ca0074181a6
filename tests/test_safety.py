"""Where we do not go: private addresses, whoever names them."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.protocol import ClientFactory
from twisted.internet.testing import MemoryReactor

from newsroom.urls import is_public_address
from spiders.safety import GuardedReactor, UnsafeAddressError
from tests.crawl_kit import LOOPBACK, Newsroom, rss
from tests.site import Reply, Site

PUBLIC = "delay = 0\ntimeout_s = 5"


def test_a_socket_is_opened_to_allowed_addresses_only() -> None:
    reactor = MemoryReactor()
    guarded = GuardedReactor(reactor, is_public_address)
    guarded.connectTCP("93.184.215.14", 80, ClientFactory())
    for address in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"):
        with pytest.raises(UnsafeAddressError, match="allow_private"):
            guarded.connectTCP(address, 80, ClientFactory())
    assert [client[:2] for client in reactor.tcpClients] == [("93.184.215.14", 80)]


def test_everything_else_is_the_real_reactors() -> None:
    reactor = MemoryReactor()
    assert GuardedReactor(reactor, is_public_address).listenTCP == reactor.listenTCP


def test_no_spelling_of_loopback_is_asked_without_leave(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    with Site() as site:
        spellings = {
            "plain": site.url("/"),
            "name": f"http://localhost:{site.port}/",
            "decimal": f"http://2130706433:{site.port}/",
            "hexadecimal": f"http://0x7f.1:{site.port}/",
            "mapped": f"http://[::ffff:127.0.0.1]:{site.port}/",
            "any": f"http://0.0.0.0:{site.port}/",
        }
        for name, home in spellings.items():
            newsroom.write_portal(name, home, fetch=PUBLIC)
        newsroom.write_portal("careless", site.url("/careless"), fetch=f"{PUBLIC}\nobey_robots = false")
        crawl = newsroom.crawl()
        assert site.log == ()
    assert crawl.code == 5, crawl.stderr  # robots.txt could not be had: nothing may be fetched
    assert newsroom.reasons("careless") == {"/careless": "unsafe-address"}
    assert set(newsroom.reasons().values()) == {"robots", "unsafe-address"}
    assert newsroom.captures() == []


def _canary_page(site: Site, canary: str) -> str:
    paragraph = "<p>" + "A sentence about nothing in particular, long enough to be read as news. " * 8 + "</p>"
    return (
        f'<html><head><title>Canary</title><link rel="canonical" href="{canary}"></head>'
        f"<body><article><h1>A page with a wrong idea of its address</h1>{paragraph}</article></body></html>"
    )


def test_no_page_sends_us_to_a_private_address(tmp_path: Path) -> None:
    """Through a proxy any host can be asked for, so that whatever we would ask for is seen."""
    with Site() as site:
        canary = f"http://127.0.0.1:{site.port}/canary"
        newsroom = Newsroom(tmp_path, variables={"http_proxy": site.url("")})
        refresh = f'<html><head><meta http-equiv="refresh" content="0; url={canary}"></head></html>'
        feed = rss(site, "/canary").replace("</channel>", f"<item><link>{canary}</link></item></channel>")
        links = "".join(f'<a href="{to}">A headline of several words</a>' for to in
                        (canary, f"/redirect-to?url={canary}", "/refresh.html", "/canonical.html"))  # fmt: skip
        site.extra = {
            "/robots.txt": Reply("", 302, headers=[("Location", canary)]),
            "/": Reply(f"<html><body>{links}</body></html>"),
            "/feed.xml": Reply(feed, type="application/rss+xml"),
            "/refresh.html": Reply(refresh),
            "/canonical.html": Reply(_canary_page(site, canary)),
        }
        paths = [("homepage", "/"), ("feed", "/feed.xml"), ("sitemap", "/sitemap-of-files.xml"),
                 ("sitemap", "/external-entity.xml"), ("listing", f"/redirect-to?url={canary}&status=301"),
                 ("listing", "/refresh.html")]  # fmt: skip
        sources = "".join(f'[[sources]]\nkind = "{kind}"\nurl = "{path}"\n' for kind, path in paths)
        allow = "[articles]\nallow = ['.']\n"
        newsroom.write_portal("public", "http://news.test/", sources + allow, f"{PUBLIC}\nobey_robots = false")
        newsroom.write_portal("robots", "http://obedient.test/", fetch=PUBLIC)
        newsroom.crawl()
        assert {hit.host for hit in site.log} == {"news.test", "obedient.test"}
        assert {"/canonical.html", "/redirect-to"} <= {hit.path for hit in site.log if hit.status in (200, 301, 302)}
        assert site.hits("/canary") == 0
    assert set(newsroom.articles()) == {"/canonical.html"}
    assert set(newsroom.reasons("robots").values()) == {"robots"}


def test_a_portal_that_may_reach_loopback_is_kept_to_its_own_host(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    with Site() as site, Site("127.0.0.2") as other:
        elsewhere = other.url("/2026/03/01/story-0.html")
        front = f'<html><body><h2><a href="{elsewhere}">Elsewhere, they say this</a></h2></body></html>'
        site.extra["/"] = Reply(front)
        newsroom.write_portal("news", site.url("/"), fetch=f"{LOOPBACK}\nmax_pages = 5")
        newsroom.crawl("news")
        assert site.hits("/") == 1
        assert other.log == ()
