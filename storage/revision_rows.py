"""The row of a revision: made of an article, read back as one, and what tells its text from others."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from newsroom.records import Article, Declined, InjectedLink, Moment, Precision, Provenance
from storage.dialect import table
from storage.storable import storable, storable_text

EXTRACTIONS = table("extractions")


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


def provenance_of(connection: Connection, revision_id: int) -> dict[str, Provenance]:
    """Where each field of a text came from, as it was last read."""
    query = select(EXTRACTIONS.c.provenance).where(EXTRACTIONS.c.revision_id == revision_id)
    kept = connection.scalar(query.order_by(EXTRACTIONS.c.id.desc()).limit(1)) or {}
    return {
        name: Provenance(said["rule"], said["place"], tuple(map(_declined, said["rejected"])))
        for name, said in kept.items()
    }


def _declined(kept: Any) -> Declined:
    return Declined(kept, "") if isinstance(kept, str) else Declined(**kept)  # rows of schema 0001 hold the value alone


def read_article(row: Row[Any], provenance: dict[str, Provenance]) -> Article:
    """The article that a row says; it has the columns of revisions, and the article's address."""
    published = None
    if row.published_utc:
        precision = Precision(row.published_precision or Precision.SECOND)
        published = Moment(row.published_utc, precision, row.published_zone, row.published_origin or "")
    return Article(
        url=row.url,
        canonical_url=row.url,
        title=row.title,
        text=row.text,
        original_title=row.original_title,
        byline=tuple(row.byline),
        source_name=row.source_name,
        editor=row.editor,
        published=published,
        modified=Moment(row.modified_utc) if row.modified_utc else None,
        language=row.language,
        language_confidence=row.language_confidence,
        section=row.section,
        tags=tuple(row.tags),
        lead_image=row.lead_image,
        lead_image_caption=row.lead_image_caption,
        description=row.description,
        site_name=row.site_name,
        is_accessible_for_free=row.is_accessible_for_free,
        injected_links=tuple(InjectedLink(**link) for link in row.injected_links),
        links=tuple(row.links),
        parts=tuple(row.parts),
        word_count=row.word_count,
        content_digest=row.content_digest,
        match_digest=row.match_digest,
        provenance=provenance,
    )
