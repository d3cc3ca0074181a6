"""Addresses: canonical form, WHATWG resolution, sites, twins, public addresses, SURT keys."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.urls import (
    canonical_url,
    host_key,
    is_public_address,
    is_secondary,
    literal_ip,
    resolve,
    same_site,
    site_of,
    surt_key,
    twin_of,
)

CANONICAL = {
    # what servers must not notice
    "HTTP://News.Example.ORG:80/a": "http://news.example.org/a",
    "https://example.org:443": "https://example.org/",
    "http://example.org:8080/": "http://example.org:8080/",
    "http://example.org/a/./b/../c": "http://example.org/a/c",
    "http://example.org/a#top": "http://example.org/a",
    "http://example.org/a?": "http://example.org/a",
    " http://exa\tmple.org/a\n": "http://example.org/a",
    "http://user:secret@example.org/a": "http://example.org/a",
    "http:\\\\example.org\\a": "http://example.org/a",
    # escapes
    "http://example.org/%7ejoe/%e4%bd%a0": "http://example.org/~joe/%E4%BD%A0",
    "http://example.org/你好": "http://example.org/%E4%BD%A0%E5%A5%BD",
    "http://example.org/100%": "http://example.org/100%25",
    "http://example.org/a%2Fb%3Fc": "http://example.org/a%2Fb%3Fc",
    "http://example.org/a,b;c:d@e!f$g'h(i)j~k*l+m=n": "http://example.org/a,b;c:d@e!f$g'h(i)j~k*l+m=n",
    "http://example.org/caf%E9": "http://example.org/caf%E9",
    "http://bücher.example/": "http://xn--bcher-kva.example/",
    "http://例え.テスト/": "http://xn--r8jz45g.xn--zckzah/",
    # kept on purpose
    "http://www.example.org/a/": "http://www.example.org/a/",
    "https://example.org/a?id=7&p=3&article=12&newsid=9": "https://example.org/a?article=12&id=7&newsid=9&p=3",
    "https://example.org/a?empty=&flag": "https://example.org/a?empty=&flag",
    "https://example.org/a?b=2&a=1&b=1": "https://example.org/a?a=1&b=2&b=1",
    "https://example.org/index.php?/news/12&lang=de&a=1": "https://example.org/index.php?/news/12&a=1&lang=de",
    "https://example.org/article.pl?sid=20/01/05/1234": "https://example.org/article.pl?sid=20/01/05/1234",
    "https://example.org/modules.php?sid=4711": "https://example.org/modules.php?sid=4711",
    "https://example.org/list?from=20": "https://example.org/list?from=20",
    "https://example.org/a?q=x%26y": "https://example.org/a?q=x%26y",
    # tracking and sessions
    "https://example.org/a?utm_source=x&id=1&UTM_Medium=y&fbclid=z&gclid=1": "https://example.org/a?id=1",
    "https://example.org/a?ref=rss&source=home&cmp=rss&r=rss": "https://example.org/a",
    "https://example.org/a?x=1&amp;utm_source=rss": "https://example.org/a?x=1",
    "https://example.org/a;jsessionid=ABC123.node1?id=1": "https://example.org/a?id=1",
    "https://example.org/a?PHPSESSID=0123456789abcdef0123456789abcdef": "https://example.org/a",
    "https://example.org/a?sid=9a8b7c6d5e4f": "https://example.org/a",
    "https://example.org/(S(4hqa0555fwsecu455xqckv45))/a.aspx": "https://example.org/a.aspx",
    # not ours to change
    " mailto:a@example.org ": "mailto:a@example.org",
    "": "",
}


@pytest.mark.parametrize(("given_url", "expected"), CANONICAL.items())
def test_a_page_has_one_address(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected
    assert canonical_url(expected) == expected


_PIECES = st.sampled_from(
    [
        *re.findall(r"\S+", "http:// https: // / ? # & = % %2 %25 %41 %2e . .. ; @ : [ ] \\ a B é 你 ß ( ) (S( ))"),
        *re.findall(r"\S+", "jsessionid sid utm_x xn-- 0x7f 1 index.php m. www. amp print \u00ad + ~ ' * |"),
        *"\t\n\ud800 ",
    ]
)


@given(
    st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=40).map("http://example.org/".__add__) | st.text()
)
def test_no_text_breaks_an_address_function_and_canonical_is_stable(text: str) -> None:
    once = canonical_url(text)
    assert canonical_url(once) == once
    resolved = resolve("http://example.org/a/b?c", text)
    if resolved is not None:
        assert resolve("http://other.example/", resolved) == resolved
    for function in (surt_key, site_of, host_key, twin_of, is_secondary, literal_ip):
        function(text)


def test_long_and_hostile_addresses_take_linear_time() -> None:
    started = time.process_time()
    hostile = [
        "http://example.org/" + "%" * 200_000,
        "http://" + "é" * 200_000,
        "http://e/?" + "a&" * 100_000,
        "http://e/" + "../" * 100_000,
        "http://e/" + ";jsessionid=" * 20_000,
        "http://e:" + "0" * 100_000,
        "http://e/" + "(A(aaaaaaaaaaaa)" * 10_000,
    ]
    for url in hostile:
        canonical_url(url)
        surt_key(url)
        twin_of(url)
    assert time.process_time() - started < 10


RESOLVED = [
    ("http://e.org/a/b?c#d", "", "http://e.org/a/b?c"),
    ("http://e.org/a/b?c", "#x y", "http://e.org/a/b?c#x%20y"),
    ("http://e.org/a/b", "?q", "http://e.org/a/b?q"),
    ("http://e.org/a/b", "c", "http://e.org/a/c"),
    ("http://e.org/a/b", "../../../c", "http://e.org/c"),
    ("http://e.org/a/b", "/c d", "http://e.org/c%20d"),
    ("https://e.org/a", "//cdn.example/x", "https://cdn.example/x"),
    ("http://e.org/a/b", "http:c", "http://e.org/a/c"),
    ("http://e.org/a/b", "https:c", "https://c/"),
    ("http://e.org/a", "\\x\\y", "http://e.org/x/y"),
    ("http://e.org/a", "ht\ntp://f.org", "http://f.org/"),
    ("http://e.org/a", "///f.org/x", "http://f.org/x"),
    ("http://e.org/a", "http://0x7f.1/", "http://127.0.0.1/"),
    ("http://e.org/a", "http://[1:0:0:0:0:0:0:1]/", "http://[1::1]/"),
    ("http://e.org/a", "%2e%2e/x?'\"", "http://e.org/x?%27%22"),
    ("about:blank", "http://f.org/ü?ü#ü", "http://f.org/%C3%BC?%C3%BC#%C3%BC"),
    ("about:blank", "relative", None),
    ("http://e.org/", "javascript:void(0)", None),
    ("http://e.org/", "mailto:a@b", None),
    ("http://e.org/", "file:///etc/passwd", None),
    ("http://e.org/", "http://", None),
    ("http://e.org/", "http://a b/", None),
    ("http://e.org/", "http://e.org:65536/", None),
    ("http://e.org/", "http://[::1/", None),
    ("http://e.org/", "http://1.2.3.256/", None),
]


@pytest.mark.parametrize(("base", "href", "expected"), RESOLVED)
def test_links_resolve_as_in_a_browser(base: str, href: str, expected: str | None) -> None:
    assert resolve(base, href) == expected


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.news.example.co.uk/a", "example.co.uk"),
        ("https://sport.example.org/", "example.org"),
        ("https://news.example.com.cn/", "example.com.cn"),
        ("https://zeitung.blogspot.com/", "zeitung.blogspot.com"),
        ("http://127.0.0.1:8800/a", "127.0.0.1:8800"),
        ("http://localhost:8800/a", "localhost:8800"),
        ("http://[::1]:8800/a", "[::1]:8800"),
        ("mailto:a@example.org", ""),
    ],
)
def test_the_site_is_the_registered_name(url: str, site: str) -> None:
    assert site_of(url) == site


def test_a_portal_owns_its_host_and_those_its_file_names() -> None:
    home = "https://www.example.org/"
    assert same_site("http://example.org/a", home)
    assert not same_site("https://sport.example.org/a", home)
    assert same_site("https://sport.example.org/a", home, ["sport.example.org"])
    assert not same_site("https://notexample.org/", home)
    assert not same_site("http://127.0.0.1:8801/", "http://127.0.0.1:8800/")
    assert not same_site("javascript:alert(1)", home)


def test_politeness_counts_by_scheme_host_and_port() -> None:
    assert host_key("HTTPS://Example.org:443/a") == "https://example.org"
    assert host_key("http://example.org:8080/a") == "http://example.org:8080"
    assert host_key("ftp://example.org/") == ""


@pytest.mark.parametrize(
    ("url", "main"),
    [
        ("http://www.example.org/amp/2026/03/a-story-1/", "http://www.example.org/2026/03/a-story-1/"),
        ("http://www.example.org/politics/a-story/amp/", "http://www.example.org/politics/a-story/"),
        ("http://www.example.org/politics/a-story/amp", "http://www.example.org/politics/a-story"),
        ("http://www.example.org/a-123.amp.html", "http://www.example.org/a-123.html"),
        ("http://www.example.org/print/politics/a-story.html", "http://www.example.org/politics/a-story.html"),
        ("http://www.example.org/politics/a-story/print", "http://www.example.org/politics/a-story"),
        ("http://www.example.org/a?id=3&outputType=amp", "http://www.example.org/a?id=3"),
        ("http://www.example.org/a?print=1", "http://www.example.org/a"),
        ("http://www.example.org/a?amp", "http://www.example.org/a"),
        ("http://m.example.org/a", "http://www.example.org/a"),
        ("https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a/amp/", "https://www.example.org/a/"),
        ("https://www.google.com/amp/s/www.example.org/a", "https://www.example.org/a"),
        ("http://www.example.org/print/4711", None),
        ("http://www.example.org/ampere/story", None),
        ("http://www.example.org/footprint", None),
        ("http://www.example.org/a?id=98", None),
        ("http://10.0.0.1/a", None),
    ],
)
def test_a_twin_names_its_main_address(url: str, main: str | None) -> None:
    assert twin_of(url, "http://www.example.org/") == main


def test_a_mobile_host_leads_to_the_bare_one_when_the_home_is_unknown() -> None:
    assert twin_of("https://m.example.org/a") == "https://example.org/a"


def test_a_print_address_is_secondary_even_when_it_names_no_main_address() -> None:
    assert is_secondary("http://www.example.org/print/4711")
    assert not is_secondary("http://www.example.org/politics/a-story.html")


PRIVATE = """
0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.168.1.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::127.0.0.1
::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::1 2002:7f00:1::1 2002:a00:1::1 2001::1 fc00::1
fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001:db8::1 100::1 nonsense 127.1 1.2.3 01.2.3.4
""".split()  # noqa: SIM905


@pytest.mark.parametrize("ip", [*PRIVATE, ""])
def test_addresses_of_inner_networks_are_refused(ip: str) -> None:
    assert not is_public_address(ip)


@pytest.mark.parametrize(
    "ip",
    ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_addresses_of_the_public_internet_are_admitted(ip: str) -> None:
    assert is_public_address(ip)


@pytest.mark.parametrize(
    ("host", "ip"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("１２７.0.0.1", "127.0.0.1"),
        ("%31%32%37.0.0.1", "127.0.0.1"),
        ("[::FFFF:127.0.0.1]", "::ffff:7f00:1"),
        ("4294967296", None),
        ("1.2.3.4.5", None),
        ("09", None),
        ("example.org", None),
        ("1.example", None),
    ],
)
def test_hosts_that_spell_an_address_are_seen_through(host: str, ip: str | None) -> None:
    assert literal_ip(host) == ip


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Example.org/Goo/?B&a", "org,example)/goo?a&b"),
        ("https://www2.example.org:8080/", "org,example:8080)/"),
        ("http://example.org", "org,example)/"),
        ("http://example.org/a//b/../c/", "org,example)/a/c"),
        ("http://example.org/a?", "org,example)/a"),
        ("http://example.org/a?PHPSESSID=0123456789abcdefghijklemopqrstuv&x=1", "org,example)/a?x=1"),
        ("http://example.org/A%20b?c=d%26e", "org,example)/a%20b?c=d%26e"),
        ("http://[2001:db8::1]/x", "[2001:db8::1])/x"),
        ("warcinfo:crawl-1", "warcinfo:crawl-1"),
    ],
)
def test_archive_keys_sort_by_domain_then_path(url: str, key: str) -> None:
    assert surt_key(url) == key
