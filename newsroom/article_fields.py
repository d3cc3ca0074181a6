"""The names under which others read an article's fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newsroom.records import Article

NO_HEADLINE = "(no headline)"  # in the place of an empty title

# By the name that others read, the attribute of an `Article`, which is the name of its column, too.
SAID: Mapping[str, str] = {
    "title": "title",
    "text": "text",
    "language": "language",
    "language_confidence": "language_confidence",
    "authors": "byline",
    "original_title": "original_title",
    "source": "source_name",
    "editor": "editor",
    "section": "section",
    "tags": "tags",
    "image": "lead_image",
    "image_caption": "lead_image_caption",
    "description": "description",
    "site_name": "site_name",
    "is_accessible_for_free": "is_accessible_for_free",
    "links": "links",
    "parts": "parts",
    "words": "word_count",
    "content_digest": "content_digest",
}


def as_said(article: Article, name: str) -> Any:
    """What `article` says in the field called `name`, as a plain JSON value."""
    value = getattr(article, SAID[name])
    return list(value) if isinstance(value, tuple) else value
