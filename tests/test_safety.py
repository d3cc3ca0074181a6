"""Where we do not go: private addresses, whoever names them. One crawl, of portals that each try it in their way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from twisted.internet.protocol import ClientFactory
from twisted.internet.testing import MemoryReactor

from newsroom.urls import is_public_address
from spiders.safety import GuardedReactor, UnsafeAddressError
from tests.crawl_kit import LOOPBACK, Finished, Newsroom, rss
from tests.site import Reply, Site

PUBLIC = "delay = 0\ntimeout_s = 5"
SPELLINGS = {
    "plain": "127.0.0.1",
    "name": "localhost",
    "decimal": "2130706433",
    "hexadecimal": "0x7f.1",
    "mapped": "[::ffff:127.0.0.1]",
    "any": "0.0.0.0",
}


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


@dataclass(frozen=True)
class Tried:
    """The crawl at its end, and the sites it could reach."""

    newsroom: Newsroom
    end: Finished
    unasked: Site  # behind every spelling of loopback
    web: Site  # a proxy: any host can be asked for, so that whatever we would ask for is seen
    own: Site
    other: Site


def _canary_page(canary: str) -> str:
    paragraph = "<p>" + "A sentence about nothing in particular, long enough to be read as news. " * 8 + "</p>"
    return (
        f'<html><head><title>Canary</title><link rel="canonical" href="{canary}"></head>'
        f"<body><article><h1>A page with a wrong idea of its address</h1>{paragraph}</article></body></html>"
    )


def _write_spellings(newsroom: Newsroom, site: Site) -> None:
    for name, host in SPELLINGS.items():
        newsroom.write_portal(name, f"http://{host}:{site.port}/{name}", fetch=PUBLIC)
    newsroom.write_portal("careless", site.url("/careless"), fetch=f"{PUBLIC}\nobey_robots = false")


def _write_temptations(newsroom: Newsroom, web: Site) -> None:
    """Two public hosts behind a proxy, whose every kind of page points to loopback."""
    canary = f"http://127.0.0.1:{web.port}/canary"
    refresh = f'<html><head><meta http-equiv="refresh" content="0; url={canary}"></head></html>'
    feed = rss(web, "/canary").replace("</channel>", f"<item><link>{canary}</link></item></channel>")
    links = "".join(f'<a href="{to}">A headline of several words</a>' for to in
                    (canary, f"/redirect-to?url={canary}", "/refresh.html", "/canonical.html"))  # fmt: skip
    web.extra = {
        "/robots.txt": Reply("", 302, headers=[("Location", canary)]),
        "/": Reply(f"<html><body>{links}</body></html>"),
        "/feed.xml": Reply(feed, type="application/rss+xml"),
        "/refresh.html": Reply(refresh),
        "/canonical.html": Reply(_canary_page(canary)),
    }
    paths = [("homepage", "/"), ("feed", "/feed.xml"), ("sitemap", "/sitemap-of-files.xml"),
             ("sitemap", "/external-entity.xml"), ("listing", f"/redirect-to?url={canary}&status=301"),
             ("listing", "/refresh.html")]  # fmt: skip
    sources = "".join(f'[[sources]]\nkind = "{kind}"\nurl = "{path}"\n' for kind, path in paths)
    allow, proxied = "[articles]\nallow = ['.']\n", f'{PUBLIC}\nproxy = "{web.url("")}"'
    newsroom.write_portal("public", "http://news.test/", sources + allow, f"{proxied}\nobey_robots = false")
    newsroom.write_portal("robots", "http://obedient.test/", fetch=proxied)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    newsroom = Newsroom(tmp_path_factory.mktemp("safety"))
    with Site() as unasked, Site() as web, Site() as own, Site("127.0.0.2") as other:
        _write_spellings(newsroom, unasked)
        _write_temptations(newsroom, web)
        elsewhere = other.url("/2026/03/01/story-0.html")
        own.extra["/"] = Reply(f'<html><body><h2><a href="{elsewhere}">Elsewhere, they say this</a></h2></body></html>')
        newsroom.write_portal("news", own.url("/"), fetch=f"{LOOPBACK}\nmax_pages = 5")
        yield Tried(newsroom, newsroom.crawl(), unasked, web, own, other)


def test_no_spelling_of_loopback_is_asked_without_leave(tried: Tried) -> None:
    assert tried.unasked.log == ()
    exits = {each["portal"]: each["exit_code"] for each in tried.end.stats["portals"]}
    assert {exits[name] for name in SPELLINGS} == {5}, tried.end.stderr  # no robots.txt: nothing may be fetched
    assert tried.newsroom.reasons("careless") == {"/careless": "unsafe-address"}
    for name in SPELLINGS:
        assert set(tried.newsroom.reasons(name).values()) == {"robots"}
    assert not [each for each in tried.newsroom.captures() if f":{tried.unasked.port}/" in each.url]


def test_no_page_sends_us_to_a_private_address(tried: Tried) -> None:
    assert {hit.host for hit in tried.web.log} == {"news.test", "obedient.test"}
    assert {"/canonical.html", "/redirect-to"} <= {hit.path for hit in tried.web.log if hit.status in (200, 301, 302)}
    assert tried.web.hits("/canary") == 0
    with tried.newsroom.corpus() as corpus:
        assert [each.url for each in corpus.articles.iterate(portal="public")] == ["http://news.test/canonical.html"]
    assert set(tried.newsroom.reasons("robots").values()) == {"robots"}


def test_a_portal_that_may_reach_loopback_is_kept_to_its_own_host(tried: Tried) -> None:
    assert tried.own.hits("/") == 1
    assert tried.other.log == ()
