"""Sitemaps: XML, gzip, plain text and feeds read into one shape. Fetching and recursion are the spider's."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import etree

from newsroom.dates import parse_when
from newsroom.records import Moment
from spiders.entities import entity_problem
from spiders.feeds import parse_feed

MAX_URLS = 50_000  # sitemaps.org
MAX_BYTES = 50 * 1024 * 1024  # the same, uncompressed
MAX_FIELD_CHARACTERS = 8_192
MAX_GZIP_LAYERS = 3

WELL_KNOWN_SITEMAPS: tuple[str, ...] = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/sitemap.xml.gz",
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/wp-sitemap.xml",
    "/sitemap.txt",
)
WELL_KNOWN_FEEDS: tuple[str, ...] = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")

_BARE_AMPERSAND = re.compile(rb"&(?!(?:#\d{1,8}|#x[0-9A-Fa-f]{1,8}|[A-Za-z]\w{0,31});)")
_CHUNK_BYTES = 64 * 1024
_FEED_ROOTS = frozenset(("rss", "feed", "rdf"))


@dataclass(frozen=True, slots=True)
class NewsEntry:
    """What the Google News extension says of a URL."""

    title: str | None = None
    published: Moment | None = None
    name: str | None = None  # of the publication
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One page of a sitemap."""

    url: str
    lastmod: Moment | None = None
    news: NewsEntry | None = None


@dataclass(frozen=True, slots=True)
class SitemapRef:
    """One sitemap of an index."""

    url: str
    lastmod: Moment | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap. `problem` says what was wrong with it; what could be read is there all the same."""

    kind: str = "unknown"  # urlset | index | text | feed | unknown
    entries: tuple[SitemapEntry, ...] = ()
    children: tuple[SitemapRef, ...] = ()
    problem: str | None = None


def parse_sitemap(body: bytes, url: str) -> Sitemap:
    """Read what came from `url` as a sitemap of any kind. Never raises.

    At most 50,000 URLs and 50 MB uncompressed are read; a cut or malformed file keeps what stood before the damage.
    """
    body, problem = _inflated(body)
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body:
        return Sitemap(problem=problem or "empty")
    if not body.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _from_text(body, url, problem)
    refused = entity_problem(body)
    if refused:
        return Sitemap(problem=refused)
    reader = _read_xml(body, recover=False)
    if reader.error and reader.root not in _FEED_ROOTS:
        # `&` alone and bytes of another encoding are the common faults; both can be mended before a second reading
        mended = _read_xml(_mended(body), recover=True)
        mended.error = reader.error
        reader = mended
    if reader.root in _FEED_ROOTS:
        return _from_feed(body, url, problem)
    return _from_reader(reader, url, problem)


@dataclass(slots=True)
class _Reader:
    """An lxml parser target: no tree is built, so memory does not grow with what a file holds besides URLs."""

    root: str = ""
    found: list[dict[str, str]] = field(default_factory=list)
    error: str | None = None
    closing: bool = False
    path: list[str] = field(default_factory=list)
    _current: dict[str, str] = field(default_factory=dict)
    _text: list[str] = field(default_factory=list)
    _size: int = 0

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2].rpartition(":")[2].lower()
        if not self.path:
            self.root = name
            if name not in ("urlset", "sitemapindex"):
                raise _Enough
        self.path.append(name)
        self._text, self._size = [], 0
        if len(self.path) == 2:
            self._current = {}

    def data(self, text: str) -> None:
        if self._size < MAX_FIELD_CHARACTERS:
            self._text.append(text)
            self._size += len(text)

    def end(self, _tag: str) -> None:
        if self.closing or not self.path:
            return
        depth, name = len(self.path), self.path.pop()
        text = " ".join("".join(self._text).split())[:MAX_FIELD_CHARACTERS]
        if depth == 3 and name in ("loc", "lastmod"):
            self._current.setdefault(name, text)
        elif depth > 3 and self.path[2] == "news" and name in ("title", "publication_date", "name", "language"):
            self._current.setdefault(f"news:{name}", text)
        elif depth == 2 and name in ("url", "sitemap") and self._current.get("loc"):
            self.found.append(self._current)
            if len(self.found) >= MAX_URLS:
                raise _Enough
        self._text, self._size = [], 0

    def close(self) -> None:
        return None


class _Enough(Exception):
    """Raised by the reader to stop the parser."""


def _read_xml(body: bytes, *, recover: bool) -> _Reader:
    reader = _Reader()
    parser = etree.XMLParser(
        target=reader, recover=recover, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for start in range(0, len(body), _CHUNK_BYTES):
            parser.feed(body[start : start + _CHUNK_BYTES])
        reader.closing = True  # with `recover`, lxml ends what is still open: half a URL is none
        parser.close()
    except _Enough:
        if len(reader.found) >= MAX_URLS:
            reader.error = f"more than {MAX_URLS} URLs"
    except etree.LxmlError as error:
        reader.error = f"malformed XML: {error}"[:300]
    return reader


def _mended(body: bytes) -> bytes:
    if b"\0" in body[:200]:
        return body
    body = _BARE_AMPERSAND.sub(b"&amp;", body)
    head = body[:200].lower()
    if b"encoding" in head and b"utf-8" not in head:
        return body
    return body.decode("utf-8", "replace").encode()


def _from_reader(reader: _Reader, url: str, problem: str | None) -> Sitemap:
    kind = {"urlset": "urlset", "sitemapindex": "index"}.get(reader.root, "unknown")
    problem = problem or reader.error or (f"not a sitemap: <{reader.root}>" if kind == "unknown" else None)
    entries: list[SitemapEntry] = []
    children: list[SitemapRef] = []
    for fields in reader.found:
        location = _location(url, fields["loc"])
        lastmod = parse_when(fields.get("lastmod", ""), origin="sitemap")
        if location and kind == "index":
            children.append(SitemapRef(location, lastmod))
        elif location:
            entries.append(SitemapEntry(location, lastmod, _news(fields)))
    return Sitemap(kind, tuple(entries), tuple(children), problem)


def _news(fields: dict[str, str]) -> NewsEntry | None:
    if not any(key.startswith("news:") for key in fields):
        return None
    return NewsEntry(
        title=fields.get("news:title") or None,
        published=parse_when(fields.get("news:publication_date", ""), origin="news-sitemap"),
        name=fields.get("news:name") or None,
        language=fields.get("news:language") or None,
    )


def _location(base: str, written: str) -> str | None:
    """An absolute http(s) URL, otherwise as written; None for anything else."""
    written = written.strip()
    if not re.match(r"https?://", written, re.IGNORECASE):
        try:
            written = urljoin(base, written)
        except ValueError:
            return None
    return written if re.match(r"https?://[^/]", written, re.IGNORECASE) else None


def _from_feed(body: bytes, url: str, problem: str | None) -> Sitemap:
    feed = parse_feed(body, {}, url)
    entries = []
    for entry in feed.entries:
        location = _location(url, entry.link) if entry.link else None
        if location:
            published = entry.published or entry.updated
            news = NewsEntry(entry.headline, published, feed.title, feed.language)
            entries.append(SitemapEntry(location, entry.updated or entry.published, news))
    return Sitemap("feed", tuple(entries[:MAX_URLS]), (), problem or feed.problem)


def _from_text(body: bytes, url: str, problem: str | None) -> Sitemap:
    found: dict[str, None] = {}
    for line in body.decode("utf-8", "replace").splitlines():
        written = line.strip()
        if len(written) <= MAX_FIELD_CHARACTERS and re.match(r"https?://[^/\s]\S*$", written, re.IGNORECASE):
            found.setdefault(written)
            if len(found) >= MAX_URLS:
                problem = problem or f"more than {MAX_URLS} URLs"
                break
    if not found:
        return Sitemap(problem=problem or "no URL in it")
    return Sitemap("text", tuple(SitemapEntry(location) for location in found), (), problem)


def _inflated(body: bytes) -> tuple[bytes, str | None]:
    """`body` out of its gzip layers, and what went wrong on the way."""
    problem = None
    for _layer in range(MAX_GZIP_LAYERS):
        if not body.startswith(b"\x1f\x8b"):
            break
        body, problem = _gunzipped(body)
    if len(body) > MAX_BYTES:
        return body[:MAX_BYTES], f"larger than {MAX_BYTES} bytes"
    return body, problem


def _gunzipped(body: bytes) -> tuple[bytes, str | None]:
    pieces: list[bytes] = []
    size = 0
    while body.startswith(b"\x1f\x8b"):  # gzip files may hold several members
        inflater = zlib.decompressobj(wbits=31)
        try:
            piece = inflater.decompress(body, MAX_BYTES + 1 - size)
        except zlib.error as error:
            return b"".join(pieces), f"damaged gzip: {error}"
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            break
        if not inflater.eof:
            return b"".join(pieces), "gzip cut short"
        body = inflater.unused_data
    return b"".join(pieces), None
