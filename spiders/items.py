"""A stored article as a Scrapy item, for feed exports (`-O articles.jsonl`)."""

from __future__ import annotations

from typing import Any

from newsroom.portals import Portal
from newsroom.records import Article


def item_of(article: Article, portal: Portal) -> dict[str, Any]:
    """The fields of an item."""
    return {
        "portal": portal.id,
        "url": article.canonical_url,
        "title": article.title,
        "text": article.text,
        "authors": list(article.byline),
        "date": article.published.utc.isoformat() if article.published else None,
        "language": article.language,
    }
