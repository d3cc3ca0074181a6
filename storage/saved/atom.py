"""What a saved search finds as an Atom feed (RFC 4287).

Ids say nothing of this corpus: a feed is known by its question, an entry by its article's address and what it says. So
they stay when a corpus is copied or moved to another database, and a changed text is an entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from newsroom.article_fields import NO_HEADLINE
from newsroom.moments import plain_time
from newsroom.records import Precision
from storage.exports.files import whole_file
from storage.saved.fresh import Fresh
from storage.saved.searches import SavedSearch
from storage.search.filters import plain_filters

ATOM = "http://www.w3.org/2005/Atom"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXACT = (Precision.SECOND, Precision.MINUTE)


def atom_feed(saved: SavedSearch, found: Iterable[Fresh], software: str) -> bytes:
    """The feed, in UTF-8; the entries in the order of `found`. It was updated when its newest text was captured."""
    entries = list(found)
    feed = ET.Element("feed", {"xmlns": ATOM})
    asked = [saved.searched_for or "everything", *(f"{key} {value}" for key, value in _said(saved).items())]
    _text(feed, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, _known_by(saved))}")
    _text(feed, "title", saved.name)
    _text(feed, "subtitle", f"searched for: {', '.join(asked)}")
    _text(feed, "updated", _time(max((one.stored.observed_utc for one in entries), default=saved.created_utc)))
    _text(ET.SubElement(feed, "author"), "name", "copydesk")
    _text(feed, "generator", software)
    for one in entries:
        _entry(feed, one)
    ET.indent(feed)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def write_feed(feed: bytes, path: Path) -> None:
    """Write a feed, in one step. Raises StorageError."""
    with whole_file(path) as beside:
        beside.write_bytes(feed)


def _entry(feed: ET.Element, one: Fresh) -> None:
    stored, article = one.stored, one.stored.article
    language = {f"{_XML}lang": article.language} if article.language else {}
    entry = ET.SubElement(feed, "entry", language)
    _text(entry, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, f'{stored.url} {article.content_digest}')}")
    _text(entry, "title", article.title or NO_HEADLINE)
    ET.SubElement(entry, "link", {"rel": "alternate", "href": _allowed(stored.url)})
    _text(entry, "updated", _time(stored.observed_utc))
    if article.published is not None and article.published.precision in _EXACT:
        _text(entry, "published", _time(article.published.utc))
    for name in article.byline:
        _text(ET.SubElement(entry, "author"), "name", name)
    word = "changed" if one.is_changed else "new"
    ET.SubElement(entry, "category", {"term": word})
    _text(entry, "summary", one.snippet)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _allowed(text)


def _allowed(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _time(when: datetime) -> str:
    return plain_time(when) or ""


def _said(saved: SavedSearch) -> dict[str, object]:
    return {key: value for key, value in plain_filters(saved.filters).items() if value}


def _known_by(saved: SavedSearch) -> str:
    return f"copydesk saved search {saved.name}: {saved.query} {sorted(_said(saved).items())}"
