"""An article as others read it: plain JSON values under the names that every format uses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from newsroom.records import Moment, Precision
from storage.articles import StoredArticle
from storage.corpus import Corpus

FIELDS = (
    "id",
    "url",
    "title",
    "text",
    "date",
    "date_precision",
    "date_origin",
    "modified",
    "language",
    "language_confidence",
    "authors",
    "portal",
    "source_id",
    "original_title",
    "source",
    "editor",
    "section",
    "tags",
    "image",
    "image_caption",
    "description",
    "site_name",
    "is_accessible_for_free",
    "words",
    "first_seen",
    "last_seen",
    "gone",
    "revision",
    "revisions",
    "content_digest",
)

_SHOWN = {
    Precision.YEAR: "%Y",
    Precision.MONTH: "%Y-%m",
    Precision.DAY: "%Y-%m-%d",
    Precision.MINUTE: "%Y-%m-%dT%H:%MZ",
}


def jsonl(corpus: Corpus, article_ids: Sequence[int] | None = None, **where: Any) -> Iterator[dict[str, Any]]:
    """Articles as plain JSON values: those of `article_ids` in that order, else all that `where` lets through.

    `where` is as for `Articles.iterate`. Memory does not grow with the number of articles.
    """
    for stored in corpus.articles.iterate(ids=article_ids, **where):
        yield as_json(stored)


def json_lines(corpus: Corpus, article_ids: Sequence[int] | None = None, **where: Any) -> Iterator[str]:
    """What `jsonl` gives as text, an object a line, ends of lines included."""
    for each in jsonl(corpus, article_ids, **where):
        yield json.dumps(each, ensure_ascii=False) + "\n"


def as_json(stored: StoredArticle) -> dict[str, Any]:
    """One article with its current text. `date` is as exact as the page was: a day stays a day."""
    article = stored.article
    return {
        "id": stored.id,
        "url": stored.url,
        "title": article.title,
        "text": article.text,
        "date": shown_date(article.published),
        "date_precision": article.published.precision.value if article.published else None,
        "date_origin": article.published.origin if article.published else None,
        "modified": shown_date(article.modified),
        "language": article.language,
        "language_confidence": article.language_confidence,
        "authors": list(article.byline),
        "portal": stored.portal_id,
        "source_id": stored.source_id,
        "original_title": article.original_title,
        "source": article.source_name,
        "editor": article.editor,
        "section": article.section,
        "tags": list(article.tags),
        "image": article.lead_image,
        "image_caption": article.lead_image_caption,
        "description": article.description,
        "site_name": article.site_name,
        "is_accessible_for_free": article.is_accessible_for_free,
        "words": article.word_count,
        "first_seen": _instant(stored.first_seen_utc),
        "last_seen": _instant(stored.last_seen_utc),
        "gone": _instant(stored.gone_utc),
        "revision": stored.revision_number,
        "revisions": stored.revision_count,
        "content_digest": article.content_digest,
    }


def shown_date(moment: Moment | None) -> str | None:
    """ISO 8601, only as exact as it is known. A day is the day in the zone it was written in."""
    if moment is None:
        return None
    pattern = _SHOWN.get(moment.precision)
    return moment.utc.strftime(pattern) if pattern else _instant(moment.utc)


def _instant(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None
