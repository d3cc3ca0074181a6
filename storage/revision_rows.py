"""The row of a revision, and what tells its text from others."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from newsroom.records import Article
from storage.storable import storable, storable_text


def digests(article: Article) -> tuple[str, str]:
    """The article's content and match digests; the first is computed from title and text when it is not given."""
    if article.content_digest:
        return article.content_digest, article.match_digest
    whole = f"{article.title}\n\n{article.text}".encode("utf-8", "replace")
    return f"sha256:{hashlib.sha256(whole).hexdigest()}", article.match_digest


def revision_row(
    article: Article,
    article_id: int,
    number: int,
    observed_utc: datetime,
    capture_id: int | None,
    content_digest: str,
    match_digest: str,
) -> dict[str, Any]:
    """The row of a revision; `article` is storable already."""
    published = article.published
    same = ("title", "text", "original_title", "source_name", "editor", "language", "language_confidence", "section")
    more = ("lead_image", "lead_image_caption", "description", "site_name", "is_accessible_for_free", "word_count")
    return {
        **{name: getattr(article, name) for name in (*same, *more)},
        "article_id": article_id,
        "number": number,
        "observed_utc": observed_utc,
        "capture_id": capture_id,
        "content_digest": content_digest,
        "match_digest": match_digest,
        "byline": storable(article.byline),
        "published_utc": published.utc if published else None,
        "published_precision": published.precision.value if published else None,
        "published_zone": storable_text(published.zone) if published and published.zone else None,
        "published_origin": storable_text(published.origin) if published else None,
        "modified_utc": article.modified.utc if article.modified else None,
        "tags": storable(article.tags),
        "injected_links": storable([asdict(link) for link in article.injected_links]),
        "links": storable(article.links),
        "parts": storable(article.parts),
    }
