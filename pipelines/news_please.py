"""The JSON that news-please writes, under the names of our own lines: one object a file, a list of them, or lines.

`date_download` is when a page was captured, `date_publish` when it was published; both without a zone, taken as UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipelines.lines import BadLine, ImportedLine, read_object

# By our name, theirs; the first that holds something counts.
_NAMES = {
    "url": ("url",),
    "title": ("title", "title_page", "title_rss"),
    "text": ("maintext", "text"),
    "published": ("date_publish",),
    "modified": ("date_modify",),
    "observed": ("date_download",),
    "lang": ("language",),
    "byline": ("authors",),
    "description": ("description",),
    "image": ("image_url",),
    "portal": ("source_domain",),
    "id": ("filename",),
}
_NOTHING = (None, "", "None", "NULL", "null")  # Python's None is written as text


def read_news_please(raw: bytes, number: int, portal: str, now: datetime) -> ImportedLine | BadLine:
    """The article in one object of news-please. Its `source_domain` is the portal, or `portal` where it has none."""
    return read_object(raw, number, portal, now, _renamed)


def into(portal: str, raw: bytes, number: int, _domain: str, now: datetime) -> ImportedLine | BadLine:
    """As `read_news_please`, with `portal` for all, whatever their domains."""
    return read_object(raw, number, portal, now, _without_domain)


def _renamed(said: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: next((said[each] for each in theirs if _holds(said, each)), None) for name, theirs in _NAMES.items()}
    return {name: value for name, value in found.items() if value is not None}


def _without_domain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _renamed(said).items() if name != "portal"}


def _holds(said: Mapping[str, Any], name: str) -> bool:
    value = said.get(name)
    return not any(value is nothing or value == nothing for nothing in _NOTHING)
