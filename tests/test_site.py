"""The site of misbehaviour misbehaves as its names say: a test that leans on it leans on something real."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit
from xml.etree import ElementTree

import brotli
import pytest
from backports import zstd

from tests.site import ROUTES, Reply, Site
from tests.site.newspaper import ARTICLES, headline, paragraphs


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def fetch(site: Site, path: str, *, host: str | None = None, **headers: str) -> Answer:
    """GET with the standard library; with `host` as a proxy is asked."""
    with contextlib.closing(http.client.HTTPConnection(site.address, site.port, timeout=10)) as connection:
        connection.request("GET", site.url(path, host=host) if host else path, headers=headers)
        with connection.getresponse() as response:
            return Answer(response.status, response.headers, response.read())


def raw(site: Site, path: str, wait_s: float = 0.5) -> bytes:
    """What comes over the wire until the server closes or is silent for `wait_s`."""
    got = b""
    with socket.create_connection((site.address, site.port), timeout=wait_s) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {site.address}\r\n\r\n".encode())
        try:
            while piece := wire.recv(65536):
                got += piece
        except TimeoutError:
            pass
    return got


def test_every_page_says_what_it_does() -> None:
    undocumented = [route.name for route in ROUTES if not (route.page.__doc__ or "").strip()]
    assert undocumented == []
    assert len({(route.name, route.host.pattern) for route in ROUTES}) == len(ROUTES)


def test_the_newspaper_announces_its_articles_in_feed_sitemap_and_front_page(site: Site) -> None:
    front = fetch(site, "/").body.decode()
    assert sum(headline(number) in front for number in range(ARTICLES)) == ARTICLES
    feed = ElementTree.fromstring(fetch(site, "/feed.xml").body)
    assert len(feed.findall(".//item")) == 10
    everything = ElementTree.fromstring(gzip.decompress(fetch(site, "/sitemap-all.xml.gz").body))
    urls = [loc.text or "" for loc in everything.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(urls) == ARTICLES
    for number, url in enumerate(urls):
        page = fetch(site, urlsplit(url).path).body.decode()
        assert paragraphs(number)[7] in page
        assert f'<link rel="canonical" href="{url}">' in page


def test_validators_are_honoured(site: Site) -> None:
    etag = fetch(site, "/feed.xml").headers["ETag"]
    assert fetch(site, "/feed.xml", **{"If-None-Match": etag}).status == 304
    stamp = fetch(site, "/last-modified").headers["Last-Modified"]
    assert fetch(site, "/last-modified", **{"If-Modified-Since": stamp}).status == 304


def test_it_answers_for_any_host_as_a_proxy(site: Site) -> None:
    statuses = {
        host: fetch(site, "/robots.txt", host=host).status
        for host in ("robots-404.test", "robots-503.test", "robots-redirect.test", "news.test")
    }
    assert statuses == {"robots-404.test": 404, "robots-503.test": 503, "robots-redirect.test": 301, "news.test": 200}
    assert site.hits("/robots.txt", host="robots-503.test") == 1
    assert b"http://news.test/sitemap.xml" in fetch(site, "/robots.txt", host="news.test").body


def test_five_hops_lead_to_the_rules(site: Site) -> None:
    path, hops = "/robots.txt", 0
    while (answer := fetch(site, path, host="robots-five-hops.test")).status == 302:
        path, hops = urlsplit(answer.headers["Location"]).path, hops + 1
    assert hops == 5
    assert b"Disallow: /private/" in answer.body


@pytest.mark.parametrize(("path", "wbits"), [("/bomb-gzip", 31), ("/bomb-deflate", 15)])
def test_a_bomb_is_small_outside_and_large_inside(site: Site, path: str, wbits: int) -> None:
    packed = fetch(site, path).body
    assert len(packed) < 100_000
    assert len(zlib.decompress(packed, wbits)) == 50 << 20


def test_brotli_and_zstd_bombs_unpack(site: Site) -> None:
    whole = bytes(50 << 20)
    assert brotli.decompress(fetch(site, "/bomb-br").body) == whole
    assert brotli.decompress(gzip.decompress(fetch(site, "/bomb-br-in-gzip").body)) == whole
    assert zstd.decompress(fetch(site, "/bomb-zstd").body) == whole


def test_huge_is_huge(site: Site) -> None:
    assert len(fetch(site, "/huge").body) == 40 << 20
    assert len(fetch(site, "/huge-unannounced").body) == 40 << 20


@pytest.mark.parametrize("path", ["/truncated", "/truncated-chunked"])
def test_truncated_bodies_end_early(site: Site, path: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        fetch(site, path)


def test_what_fails_once_works_twice(site: Site) -> None:
    for path in ("/429", "/503", "/429-date", "/fails-once"):
        first, second = fetch(site, path), fetch(site, path)
        assert (first.status >= 429, second.status) == (True, 200)
        assert path == "/fails-once" or first.headers["Retry-After"]


def test_drip_never_ends_and_stall_never_begins(site: Site) -> None:
    started = time.monotonic()
    with socket.create_connection((site.address, site.port), timeout=5) as wire:
        wire.sendall(b"GET /drip HTTP/1.1\r\nHost: x\r\n\r\n")
        got = b""
        while len(got.partition(b"\r\n\r\n")[2]) < 8:
            got += wire.recv(100)
    assert time.monotonic() - started > 0.3
    assert raw(site, "/stall", wait_s=0.3) == b""


def test_broken_wires_are_broken(site: Site) -> None:
    assert raw(site, "/no-status-line").startswith(b"<html>")
    assert raw(site, "/bad-status-line").startswith(b"HTTP/1.1 fine")
    assert b"zz\r\n" in raw(site, "/bad-chunk")
    with pytest.raises(ConnectionResetError):
        fetch(site, "/reset")


def test_charset_lies_are_lies(site: Site) -> None:
    answer = fetch(site, "/lies-about-charset")
    body = answer.body
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert paragraphs(2, "zh")[0] in body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        body.decode()


def test_the_log_tells_times_connections_and_headers(site: Site) -> None:
    with Site(extra={"/mine": Reply("my own page")}) as own:
        connection = http.client.HTTPConnection(own.address, own.port, timeout=10)
        for _ in range(2):
            connection.request("GET", "/mine?x=1", headers={"X-Test": "yes"})
            assert connection.getresponse().read() == b"my own page"
        connection.close()
        first, second = own.log
        assert (first.path, first.target, first.headers["x-test"]) == ("/mine", "/mine?x=1", "yes")
        assert first.connection == second.connection
        assert 0 <= first.at_s <= second.at_s <= own.now_s
        own.forget()
        assert own.hits("/mine") == 0


def test_every_fixed_page_can_be_asked_for(site: Site) -> None:
    slow = {"/drip", "/drip-headers", "/stall", "/bomb-gzip-twice"}
    names = {route.name for route in ROUTES if "{" not in route.name and route.host.pattern == ".*"} - slow
    for name in sorted(names):
        before = len(site.log)
        with socket.create_connection((site.address, site.port), timeout=10) as wire:
            wire.sendall(f"GET {name} HTTP/1.1\r\nHost: every.test\r\nConnection: close\r\n\r\n".encode())
            with contextlib.suppress(ConnectionResetError):
                assert wire.recv(1) or name == "/reset"
        assert len(site.log) == before + 1
        assert site.log[-1].status != 404, name
