"""Feeds: RSS, Atom, JSON Feed; broken and hostile ones."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.feeds import MAX_FEED_BYTES, parse_feed

URL = "https://news.example/feed.xml"
ITEM = (
    "<item><title>Harbour reopens</title><link>/2026/harbour</link><guid isPermaLink='false'>n1</guid>"
    "<pubDate>Sun, 01 Mar 2026 10:00:00 CEST</pubDate><description>&lt;p&gt;At last&lt;/p&gt;</description>"
    "<author>A. Writer</author></item>"
)


def rss(items: str = ITEM, title: str = "The Example") -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0">'
    return f"{head}<channel><title>{title}</title><language>en-gb</language>{items}</channel></rss>".encode()


def test_rss():
    feed = parse_feed(rss(), {"Content-Type": "application/rss+xml"}, URL)
    assert (feed.kind, feed.title, feed.language, feed.problem) == ("rss", "The Example", "en-gb", None)
    (entry,) = feed.entries
    assert (entry.title, entry.link, entry.id) == ("Harbour reopens", "https://news.example/2026/harbour", "n1")
    assert (entry.summary, entry.author, entry.updated) == ("<p>At last</p>", "A. Writer", None)
    assert entry.published is not None
    assert (entry.published.utc.isoformat(), entry.published.zone) == ("2026-03-01T08:00:00+00:00", "+02:00")
    assert entry.published.origin == "feed"


def test_atom_with_xml_base():
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/x/" xml:lang="de"><title>T</title>'
        '<entry><id>tag:1</id><title type="html">Eins &amp;amp; &lt;b&gt;zwei&lt;/b&gt;</title><link href="a.html"/>'
        "<published>2026-03-01T10:00:00+08:00</published><updated>2026-03-02</updated></entry></feed>"
    )
    feed = parse_feed(body.encode(), {}, URL)
    (entry,) = feed.entries
    assert (feed.kind, feed.problem) == ("atom", None)
    assert (entry.link, entry.headline) == ("https://other.example/x/a.html", "Eins & zwei")
    assert entry.published is not None and entry.published.utc.isoformat() == "2026-03-01T02:00:00+00:00"
    assert entry.updated is not None and entry.updated.precision == "day"


def test_json_feed():
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "language": "en",
        "items": [
            {
                "id": 7,
                "url": "/a",
                "title": "One",
                "content_text": "Text",
                "date_published": "2026-03-01T10:00:00Z",
                "authors": [{"name": "A"}, {"name": "B"}, "odd"],
            },
            "odd",
            {"id": "https://news.example/b", "author": {"name": "C"}, "date_published": 5, "title": None},
        ],
    }
    feed = parse_feed(json.dumps(body).encode(), {b"Content-Type": [b"application/feed+json"]}, URL)
    first, second = feed.entries
    assert (feed.kind, feed.title, feed.language, feed.problem) == ("json", "T", "en", None)
    assert (first.id, first.link, first.title, first.summary) == ("7", "https://news.example/a", "One", "Text")
    assert first.author == "A, B"
    assert first.published is not None and first.published.utc.hour == 10
    assert (second.link, second.author, second.published) == ("https://news.example/b", "C", None)


def test_a_bare_ampersand_is_a_problem_but_loses_nothing():
    feed = parse_feed(rss(ITEM * 3, title="News & more").replace(b"/2026/harbour", b"/a?x=1&y=2"), {}, URL)
    assert feed.problem
    assert [entry.link for entry in feed.entries] == ["https://news.example/a?x=1&y=2"] * 3
    assert feed.entries[0].title == "Harbour reopens"


def test_a_feed_that_is_cut_keeps_what_came():
    body = rss(ITEM * 3)
    feed = parse_feed(body[: body.rindex(b"<pubDate>")], {}, URL)
    assert feed.problem
    assert len(feed.entries) == 3


def test_the_charset_of_the_header_and_of_the_document_are_honoured():
    text = rss(ITEM.replace("Harbour reopens", "港口重新开放")).decode()
    declared = text.replace("utf-8", "gb18030").encode("gb18030")
    assert parse_feed(declared, {}, URL).entries[0].title == "港口重新开放"
    bare = text.partition("?>")[2].encode("big5", "replace")
    assert parse_feed(bare, {"content-type": "application/xml; charset=big5"}, URL).entries[0].title == "港口重新?放"


def test_a_feed_served_as_html_is_no_problem():
    assert parse_feed(rss(), {"Content-Type": "text/html"}, URL).problem is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"<html><body><p>Not found</p></body></html>",
        b"{}",
        b'{"version": 1',
        b"[1]",
        b"Not found",
        b"{" * 2000,
    ],
)
def test_what_is_no_feed_has_a_problem_and_no_entries(body: bytes):
    feed = parse_feed(body, {}, URL)
    assert feed.entries == ()
    assert feed.problem


def test_a_few_plain_entities_are_fine():
    body = rss(ITEM.replace("Harbour", "&harb;")).replace(
        b"<rss", b'\n<!DOCTYPE rss [\n<!ENTITY harb "Harbour">\n]>\n<rss', 1
    )
    feed = parse_feed(body, {}, URL)
    assert (feed.problem, feed.entries[0].title) == (None, "Harbour reopens")


def test_an_entity_declaration_quoted_in_a_story_is_text():
    body = rss(ITEM.replace("&lt;p&gt;At last&lt;/p&gt;", '<![CDATA[In XML, <!ENTITY a "&b;"> declares a.]]>'))
    assert len(parse_feed(body, {}, URL).entries) == 1


def entity_bombs() -> dict[str, bytes]:
    nested = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    head = '<?xml version="1.0"?>'
    page = "<rss version='2.0'><channel><title>&a9;</title><item><title>&a9;</title></item></channel></rss>"
    laughs = f"{head}<!DOCTYPE rss [{nested}]>{page}"
    flat = f'{head}<!DOCTYPE rss [<!ENTITY a9 "{"x" * 50_000}">]>{page.replace("&a9;", "&a9;" * 2_000)}'
    crowd = f"{head}<!DOCTYPE rss [{'<!ENTITY a ' * 500_000}{page}"
    return {
        "laughs": laughs.encode(),
        "flat": flat.encode(),
        "crowd": crowd.encode(),
        "utf-16": laughs.encode("utf-16"),
        "ebcdic": laughs.encode("cp037"),
    }


@pytest.mark.parametrize("name", ["laughs", "flat", "crowd", "utf-16", "ebcdic"])
def test_entity_bombs_are_refused_at_once(name: str):
    body = entity_bombs()[name]
    started = time.process_time()
    feed = parse_feed(body, {}, URL)
    assert time.process_time() - started < 0.2
    assert feed.problem is not None and feed.problem.startswith("entity bomb")
    assert feed.entries == ()


HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><item><title>'


@pytest.mark.parametrize(
    "body",
    [
        b"<rss>" + b" " * MAX_FEED_BYTES,
        b'<?xml version="1.0"?>' + b"\n" * 60_000 + HEAD,
        HEAD + b"<a " * 400_000,
        HEAD + b"&" * 1_100_000,
        HEAD + (b"<a " + b" ".join(b'x%d="1"' % n for n in range(5_000)) + b">") * 20,
        HEAD + b'encoding="x" ' * 20_000,
        (HEAD + b'encoding="x" ' * 20_000).decode().encode("utf-16"),
        b"<?xml " + b'encoding="x" ' * 4_000,
        HEAD + b'</title><description>&lt;p style="' + b"a" * 200_000 + b'\xc3\xa4"&gt;',
        HEAD + b"</title><description>" + b"&lt;!-- " * 100_000,
        HEAD + b"</title><description>" + b"&lt;!-- " * 12_000,
        HEAD + b"</title><description>" + b"&lt;a x=&quot;" * 6_000,
        b'{"version": "https://jsonfeed.org/version/1", "items": [' + b'{"id": 1},' * 200_000 + b"{}]}",
        b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 500_000,
    ],
    ids=[
        "huge",
        "blanks",
        "tags",
        "ampersands",
        "attributes",
        "encodings",
        "wide",
        "declaration",
        "style",
        "comments",
        "few comments",
        "quotes",
        "items",
        "deep",
    ],
)
def test_bodies_made_to_keep_a_parser_busy(body: bytes):
    started = time.process_time()
    parse_feed(body, {}, URL)
    assert time.process_time() - started < 2.0


@given(
    st.one_of(st.binary(max_size=150), st.text(alphabet="<>/!?[]&;\"'=rsitemlnkCDAT {}:", max_size=120).map(str.encode))
)
def test_no_bytes_make_it_fail(body: bytes):
    parse_feed(body, {}, URL)
    parse_feed(HEAD + body, {}, URL)


def test_a_link_that_cannot_be_resolved_is_none():
    assert parse_feed(rss(ITEM.replace("/2026/harbour", "http://[")), {}, URL).entries[0].link in (None, "http://[")
