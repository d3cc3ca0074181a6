"""Sitemaps: XML, gzip, text and feeds; cut, malformed and hostile ones."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.sitemaps import MAX_BYTES, MAX_URLS, WELL_KNOWN_FEEDS, WELL_KNOWN_SITEMAPS, NewsEntry, parse_sitemap

URL = "https://news.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_NS = 'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(*locations: str) -> bytes:
    urls = "".join(f"<url><loc>{location}</loc><lastmod>2026-03-01</lastmod></url>" for location in locations)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>{urls}</urlset>'.encode()


def addresses(body: bytes) -> list[str]:
    return [entry.url for entry in parse_sitemap(body, URL).entries]


def test_a_urlset_gives_urls_with_their_lastmod():
    sitemap = parse_sitemap(urlset("https://news.example/a", " https://news.example/b?x=1&amp;y=2\n"), URL)
    assert (sitemap.kind, sitemap.problem) == ("urlset", None)
    assert [entry.url for entry in sitemap.entries] == ["https://news.example/a", "https://news.example/b?x=1&y=2"]
    lastmod = sitemap.entries[0].lastmod
    assert lastmod is not None and lastmod.utc.date().isoformat() == "2026-03-01"


def test_an_index_gives_children():
    namespace = NS.replace("xmlns", "xmlns:s")
    body = f"<s:sitemapindex {namespace}><s:sitemap><s:loc>/map-1.xml</s:loc></s:sitemap></s:sitemapindex>"
    sitemap = parse_sitemap(body.encode(), URL)
    assert sitemap.kind == "index"
    assert [child.url for child in sitemap.children] == ["https://news.example/map-1.xml"]
    assert sitemap.entries == ()


def test_the_news_extension_is_kept_and_images_do_not_disturb_it():
    body = (
        f'<urlset {NS} {NEWS_NS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>'
        "<image:image><image:loc>https://news.example/p.jpg</image:loc><image:title>Pic</image:title></image:image>"
        "<loc>https://news.example/a</loc><n:news><n:publication><n:name>The Example</n:name><n:language>zh-cn"
        "</n:language></n:publication><n:publication_date>2026-03-01T08:00+08:00</n:publication_date>"
        "<n:title><![CDATA[Mayor & council]]></n:title></n:news></url></urlset>"
    )
    (entry,) = parse_sitemap(body.encode(), URL).entries
    assert entry.url == "https://news.example/a"
    assert entry.news is not None and entry.news.published is not None
    assert entry.news == NewsEntry("Mayor & council", entry.news.published, "The Example", "zh-cn")
    assert entry.news.published.utc.isoformat() == "2026-03-01T00:00:00+00:00"


@pytest.mark.parametrize("layers", [1, 2])
def test_gzip_is_undone_whatever_the_address_says(layers: int):
    body = urlset("https://news.example/a")
    for _ in range(layers):
        body = gzip.compress(body)
    assert addresses(body) == ["https://news.example/a"]


def test_a_gzip_file_that_is_cut_keeps_what_came():
    body = urlset(*(f"https://news.example/{number * 7919 % 100_003}" for number in range(20_000)))
    packed = gzip.compress(body)
    sitemap = parse_sitemap(packed[: len(packed) // 2], URL)
    assert 1_000 < len(sitemap.entries) < 20_000
    assert sitemap.problem == "gzip cut short"


def test_a_cut_file_keeps_whole_urls_only():
    body = urlset("https://news.example/a", "https://news.example/bbbb")
    sitemap = parse_sitemap(body[: body.index(b"bbbb") + 2], URL)
    assert [entry.url for entry in sitemap.entries] == ["https://news.example/a"]
    assert sitemap.problem is not None and "malformed" in sitemap.problem


def test_bare_ampersands_and_foreign_bytes_are_mended():
    plain = ("https://news.example/a?x=1&y=2", "https://news.example/X", "https://news.example/c")
    damaged = urlset(*plain).replace(b"X", b"caf\xe9")
    assert addresses(damaged) == [plain[0], "https://news.example/caf\ufffd", plain[2]]


def test_byte_order_marks_blanks_and_missing_namespaces_do_not_matter():
    body = b"\xef\xbb\xbf\n  " + urlset("https://news.example/a").replace(NS.encode(), b"")
    assert addresses(body) == ["https://news.example/a"]
    assert addresses(urlset("https://news.example/a").decode().replace("UTF-8", "UTF-16").encode("utf-16")) == [
        "https://news.example/a"
    ]


def test_plain_text_is_a_sitemap():
    sitemap = parse_sitemap(
        b"https://news.example/a\r\nhttps://news.example/b\nnot a url\nhttps://news.example/a\n", URL
    )
    assert (sitemap.kind, len(sitemap.entries)) == ("text", 2)


def test_a_feed_is_a_sitemap():
    body = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>T & m</title><item><title>One &amp;amp; two</title>'
        b"<link>https://news.example/a</link><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate></item></channel></rss>"
    )
    sitemap = parse_sitemap(body, URL)
    (entry,) = sitemap.entries
    assert sitemap.kind == "feed"
    assert entry.news is not None and entry.news.title == "One & two"
    assert entry.lastmod is not None and entry.lastmod.utc.hour == 8


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Not found</body></html>", b"Not found", b"{}", b"<urlset", b"\x1f\x8bjunk"]
)
def test_what_is_no_sitemap_has_a_problem_and_no_entries(body: bytes):
    sitemap = parse_sitemap(body, URL)
    assert sitemap.entries == () and sitemap.children == ()
    assert sitemap.problem


def test_only_http_addresses_are_kept():
    assert addresses(urlset("file:///etc/hostname", "javascript:alert(1)", "http://", "//cdn.example/a")) == [
        "https://cdn.example/a"
    ]


def test_reading_stops_at_the_url_limit():
    sitemap = parse_sitemap(urlset(*(f"https://news.example/{number}" for number in range(MAX_URLS + 10))), URL)
    assert len(sitemap.entries) == MAX_URLS
    assert sitemap.problem == f"more than {MAX_URLS} URLs"


def bombs() -> list[bytes]:
    nested = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    page = "<urlset><url><loc>https://news.example/&a9;</loc></url></urlset>"
    big = f'<!DOCTYPE urlset [<!ENTITY a9 "{"x" * 50_000}">]>{page.replace("&a9;", "&a9;" * 2_000)}'
    laughs = f"<!DOCTYPE urlset [{nested}]>{page}"
    outside = f'<!DOCTYPE urlset [<!ENTITY a9 SYSTEM "file:///etc/hostname">]>{page}'
    return [laughs.encode(), big.encode(), laughs.encode("utf-16"), outside.encode()]


def test_entities_are_never_expanded():
    started = time.process_time()
    laughs, big, wide, outside = (parse_sitemap(body, URL) for body in bombs())
    assert time.process_time() - started < 0.5
    for sitemap in (laughs, big, wide):
        assert sitemap.problem is not None and sitemap.problem.startswith("entity bomb")
        assert sitemap.entries == ()
    assert all(entry.url == "https://news.example/" for entry in outside.entries)


def test_a_gzip_bomb_is_read_up_to_the_limit():
    body = gzip.compress(b"<urlset>" + b" " * (MAX_BYTES + 1_000_000))
    started = time.process_time()
    sitemap = parse_sitemap(body, URL)
    assert time.process_time() - started < 2.0
    assert sitemap.problem == f"larger than {MAX_BYTES} bytes"


def test_junk_between_urls_costs_no_memory_and_little_time():
    body = b"<urlset>" + b"<x/>" * 300_000 + urlset("https://news.example/a").partition(b">")[2].partition(b">")[2]
    started = time.process_time()
    assert addresses(body) == ["https://news.example/a"]
    assert time.process_time() - started < 2.0


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="<>/urlsetloc &;:x\n", max_size=120).map(str.encode)))
def test_no_bytes_make_it_fail(body: bytes):
    parse_sitemap(body, URL)
    parse_sitemap(b"<urlset>" + body, URL)


def test_well_known_paths_are_paths():
    usual = WELL_KNOWN_SITEMAPS + WELL_KNOWN_FEEDS
    assert all(path.startswith("/") for path in usual)
    assert len(set(usual)) == len(usual)
