"""Feeds: RSS, Atom and JSON Feed read into one shape. The sole home of feedparser, and the guard before it."""

from __future__ import annotations

import calendar
import html
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urljoin

import feedparser
from feedparser import sanitizer

from newsroom.dates import parse_when
from newsroom.records import Moment
from spiders.entities import entity_problem, shape_problem

MAX_FEED_BYTES = 10_000_000
MAX_TAGS = 150_000  # feedparser needs up to 30 µs for each
MAX_AMPERSANDS = 1_000_000
MAX_JSON_ENTRIES = 10_000
MAX_POLISHED_BYTES = 100_000  # above, HTML inside a feed stays as it is: cleaning it takes quadratic time

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_DECLARATION = re.compile(rb"\A((?:\xef\xbb\xbf)?<\?[^>]{0,1000}>)")
_JSON_FEED = "jsonfeed.org/version/"

# Its check of style attributes backtracks for ever on thirty letters. No style of a feed is of use, so all go.
sanitizer._HTMLSanitizer.sanitize_style = lambda _self, _style: ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed. `title` and `summary` are as the feed gives them, and may hold HTML."""

    title: str | None = None
    link: str | None = None  # absolute
    id: str | None = None
    published: Moment | None = None
    updated: Moment | None = None
    summary: str | None = None
    author: str | None = None

    @property
    def headline(self) -> str | None:
        """The title as plain text on one line."""
        if self.title is None:
            return None
        return " ".join(html.unescape(_TAG.sub("", self.title)).split()) or None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. `problem` says what was wrong with it; the entries that could be read are there all the same."""

    title: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    kind: str = "unknown"  # rss | atom | json | unknown
    problem: str | None = None


def parse_feed(body: bytes, headers: Mapping[Any, Any], url: str) -> Feed:
    """Read a feed that came from `url` with these response `headers` (str or bytes, any case). Never raises.

    Refused without entries: more than 10 MB, entity bombs, and outlines made to keep a parser busy.
    """
    if len(body) > MAX_FEED_BYTES:
        return Feed(problem=f"larger than {MAX_FEED_BYTES} bytes")
    start = body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return Feed(problem="empty")
    if start.startswith(b"{"):
        return _json_feed(body, url)
    problem = entity_problem(body) or shape_problem(body) or _too_much(body)
    return Feed(problem=problem) if problem else _xml_feed(body, _plain_headers(headers, url), url)


def _too_much(body: bytes) -> str | None:
    if body.count(b"<") > MAX_TAGS:
        return f"more than {MAX_TAGS} tags"
    return f"more than {MAX_AMPERSANDS} ampersands" if body.count(b"&") > MAX_AMPERSANDS else None


def _plain_headers(headers: Mapping[Any, Any], url: str) -> dict[str, str]:
    plain = {_text(name).lower(): _text(value) for name, value in headers.items()}
    plain["content-location"] = urljoin(url, plain.get("content-location", ""))  # the base of relative links
    plain.setdefault("content-type", "application/xml")
    return plain


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _xml_feed(body: bytes, headers: dict[str, str], url: str) -> Feed:
    # feedparser looks for the encoding in the whole first line, in cubic time: the declaration gets its own line.
    body = _DECLARATION.sub(rb"\1\n", body, count=1)
    small = len(body) <= MAX_POLISHED_BYTES
    try:
        parsed = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=small, resolve_relative_uris=small
        )
        entries = tuple(_entry(entry, url) for entry in parsed["entries"])
    except Exception as error:  # feedparser has raised nearly everything on damaged input
        return Feed(problem=f"feedparser failed: {error!r}"[:300])
    version = parsed.get("version") or ""
    kind = next((kind for kind in ("rss", "atom") if version.startswith(kind)), "unknown")
    problem = _problem(parsed)
    if kind == "unknown" and not entries:
        problem = problem or "not a feed"
    return Feed(_get(parsed["feed"], "title"), _get(parsed["feed"], "language"), entries, kind, problem)


def _problem(parsed: Any) -> str | None:
    error = parsed.get("bozo_exception")
    if not parsed["bozo"] or isinstance(error, feedparser.NonXMLContentType):  # text/html is what half of them say
        return None
    return (str(error) if error else "malformed")[:300]


def _entry(entry: Any, url: str) -> Entry:
    link = _get(entry, "feedburner_origlink") or _get(entry, "link")
    return Entry(
        title=_get(entry, "title"),
        link=_joined(url, link),
        id=_get(entry, "id"),
        published=_moment(entry, "published") or _moment(entry, "created"),
        updated=_moment(entry, "updated"),
        summary=_get(entry, "summary"),
        author=_get(entry, "author"),
    )


def _get(parsed: Any, key: str) -> str | None:
    # dict.get, as feedparser's own answers a missing "updated" with "published" and a warning
    value = dict.get(parsed, key)
    return value if isinstance(value, str) else None


def _joined(url: str, link: str | None) -> str | None:
    try:
        return urljoin(url, link) if link else None
    except ValueError:  # "http://[" and the like
        return None


def _moment(entry: Any, key: str) -> Moment | None:
    text, parsed = dict.get(entry, key), dict.get(entry, f"{key}_parsed")
    moment = parse_when(text, origin="feed") if isinstance(text, str) else None
    if moment or not parsed:
        return moment
    try:
        return Moment(datetime.fromtimestamp(calendar.timegm(parsed), UTC), origin="feed")
    except (ValueError, OverflowError):
        return None


def _json_feed(body: bytes, url: str) -> Feed:
    try:
        document = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        return Feed(kind="unknown", problem=f"JSON: {error}"[:300])
    if not isinstance(document, dict) or _JSON_FEED not in str(document.get("version")):
        return Feed(problem="JSON, but no JSON Feed")
    items = document.get("items")
    entries = tuple(_json_entry(item, url) for item in islice(_dicts(items), MAX_JSON_ENTRIES))
    problem = None if isinstance(items, list) else "no items"
    return Feed(_string(document, "title"), _string(document, "language"), entries, "json", problem)


def _json_entry(item: dict[str, Any], url: str) -> Entry:
    identity = _string(item, "id")
    link = _string(item, "url", "external_url")
    if not link and identity and re.match(r"https?://", identity):
        link = identity
    authors = [*_dicts(item.get("authors")), *_dicts([item.get("author")])]
    return Entry(
        title=_string(item, "title"),
        link=_joined(url, link),
        id=identity,
        published=parse_when(_string(item, "date_published") or "", origin="feed"),
        updated=parse_when(_string(item, "date_modified") or "", origin="feed"),
        summary=_string(item, "summary", "content_text", "content_html"),
        author=", ".join(filter(None, (_string(author, "name") for author in authors))) or None,
    )


def _dicts(values: Any) -> Iterable[dict[str, Any]]:
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else ()


def _string(values: dict[str, Any], *keys: str) -> str | None:
    """The first of `keys` that holds text, or a number as text (JSON Feed asks readers to take both)."""
    for key in keys:
        value = values.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return None
