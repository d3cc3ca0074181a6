"""What can be written of an article: one table of fields, which every format of rows is made from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from newsroom.article_fields import SAID, as_said
from newsroom.errors import UsageError
from newsroom.moments import plain_time, shown_date
from newsroom.records import Precision
from newsroom.spelling import suggestion
from storage.articles import StoredArticle
from storage.dialect import table

ARTICLES = table("articles")
REVISIONS = table("revisions")
CAPTURES = table("captures")


_DATE_CHARS = {Precision.DAY.value: 10, Precision.MONTH.value: 7, Precision.YEAR.value: 4}
_read_json = json.JSONDecoder().decode


class Kind(StrEnum):
    """What a field's values are, for formats with types."""

    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"
    TEXT = "text"
    TEXTS = "list of texts"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its type, what it says, and how its plain JSON value comes of columns. The first holds a time."""

    name: str
    kind: Kind
    about: str
    columns: tuple[ColumnElement[Any], ...] = ()  # none: it is looked up with other articles (storage.exports.origins)
    plain: Callable[..., Any] | None = None  # None: the column's value as it is


def _time(when: Any) -> str | None:
    """A time to the second. SQLite's driver gives it as text, PostgreSQL's as an object that becomes the same text."""
    if when is None:
        return None
    text = str(when)
    return f"{text[:10]}T{text[11:19]}Z"


def _date(when: Any, precision: str | None) -> str | None:
    """A time as exactly as it is known, as `newsroom.moments.shown_date` writes it."""
    if when is None or precision is None or precision == Precision.SECOND:
        return _time(when)
    text = str(when)
    return f"{text[:10]}T{text[11:16]}Z" if precision == Precision.MINUTE else text[: _DATE_CHARS[precision]]


def _list(value: Any) -> list[Any]:
    """A list. SQLite's driver gives it as JSON, PostgreSQL's as it is."""
    found: list[Any] = _read_json(value) if isinstance(value, str) else value
    return found


def _precision(when: Any, precision: str | None) -> str | None:
    return (precision or Precision.SECOND.value) if when else None


def _origin(when: Any, origin: str | None) -> str | None:
    return (origin or "") if when else None


def _said(name: str, kind: Kind, about: str) -> Field:
    return Field(name, kind, about, (REVISIONS.c[SAID[name]],), _list if kind is Kind.TEXTS else None)


_PUBLISHED = (REVISIONS.c.published_utc, REVISIONS.c.published_precision)
_SAID_BY = (REVISIONS.c.published_utc, REVISIONS.c.published_origin)
_TABLE = (
    Field("id", Kind.WHOLE, "the article's number in this corpus", (ARTICLES.c.id,)),
    Field("url", Kind.TEXT, "canonical address", (ARTICLES.c.url,)),
    _said("title", Kind.TEXT, "headline"),
    _said("text", Kind.TEXT, "the text; paragraphs are separated by line ends"),
    Field("date", Kind.TIME, "when it was published, as exactly as the page says", _PUBLISHED, _date),
    Field("date_precision", Kind.TEXT, "second, minute, day, month or year", _PUBLISHED, _precision),
    Field("date_origin", Kind.TEXT, "who said so", _SAID_BY, _origin),
    Field("modified", Kind.TIME, "last change, as the page says", (REVISIONS.c.modified_utc,), _time),
    _said("language", Kind.TEXT, "BCP 47"),
    _said("language_confidence", Kind.NUMBER, "0 to 1"),
    _said("authors", Kind.TEXTS, "people"),
    Field("portal", Kind.TEXT, "where it was published", (ARTICLES.c.portal_id,)),
    Field("source_id", Kind.TEXT, "the id it was imported under", (ARTICLES.c.source_id,)),
    _said("original_title", Kind.TEXT, "the headline where it was first published"),
    _said("source", Kind.TEXT, "the paper or agency credited"),
    _said("editor", Kind.TEXT, "the editor credited"),
    _said("section", Kind.TEXT, "section as the page says"),
    _said("tags", Kind.TEXTS, "keywords as the page says"),
    _said("image", Kind.TEXT, "address of the lead image"),
    _said("image_caption", Kind.TEXT, "what the page says under it"),
    _said("description", Kind.TEXT, "summary as the page says"),
    _said("site_name", Kind.TEXT, "site name as the page says"),
    _said("is_accessible_for_free", Kind.FLAG, "as the page says"),
    _said("words", Kind.WHOLE, "words; characters of Chinese and Japanese"),
    Field("first_seen", Kind.TIME, "first capture", (ARTICLES.c.first_seen_utc,), _time),
    Field("last_seen", Kind.TIME, "last capture, changed or not", (ARTICLES.c.last_seen_utc,), _time),
    Field("gone", Kind.TIME, "when the site first said that it is gone", (ARTICLES.c.gone_utc,), _time),
    Field("revision", Kind.WHOLE, "number of this text, from 1", (REVISIONS.c.number,)),
    Field("revisions", Kind.WHOLE, "how many texts the article has had", (ARTICLES.c.revision_count,)),
    _said("content_digest", Kind.TEXT, "sha256 of headline and text"),
    Field("observed", Kind.TIME, "when this text was first captured", (REVISIONS.c.observed_utc,), _time),
    Field("record_id", Kind.TEXT, "WARC-Record-ID of the capture it was read from", (CAPTURES.c.record_id,)),
    _said("links", Kind.TEXTS, "links in the text"),
    _said("parts", Kind.TEXTS, "addresses of further pages whose text is joined to the first's"),
    Field("story", Kind.WHOLE, "number of the story; articles with the same one tell the same"),
    Field("role", Kind.TEXT, "source, copy, or single: the only one of its story"),
    Field("copy_kind", Kind.TEXT, "of a copy: identical, near, spun, excerpt, script"),
    Field("copy_of", Kind.WHOLE, "of a copy: the article that is likely the source"),
    Field("copy_of_url", Kind.TEXT, "its address"),
)

KNOWN: Mapping[str, Field] = {field.name: field for field in _TABLE}
OF_REVISIONS = ("observed",)
OF_COPIES = ("story", "role", "copy_kind", "copy_of", "copy_of_url")
FIELDS = tuple(list(KNOWN)[: list(KNOWN).index("observed")])  # what is written when nothing else is asked for
CSV_FIELDS = (
    "id", "url", "title", "date", "language", "authors", "portal", "source_id", "source", "section", "tags",
    "first_seen", "last_seen", "revision", "words", "text",
)  # fmt: skip


def choose(names: Iterable[str]) -> tuple[str, ...]:
    """`names` of fields, each once. Raises UsageError with the likely one when there is no such field."""
    chosen = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in chosen:
        if name not in KNOWN:
            near = suggestion(name, KNOWN) or f"; there are {', '.join(KNOWN)}"
            raise UsageError(f'there is no field "{name}"{near}')
    if not chosen:
        raise UsageError(f"no field is named; there are {', '.join(KNOWN)}")
    return chosen


def as_json(stored: StoredArticle) -> dict[str, Any]:
    """One article with its current text. `date` is as exact as the page was: a day stays a day."""
    article = stored.article
    published = article.published
    kept = {
        "id": stored.id,
        "url": stored.url,
        "date": shown_date(published),
        "date_precision": published.precision.value if published else None,
        "date_origin": published.origin if published else None,
        "modified": shown_date(article.modified),
        "portal": stored.portal_id,
        "source_id": stored.source_id,
        "first_seen": plain_time(stored.first_seen_utc),
        "last_seen": plain_time(stored.last_seen_utc),
        "gone": plain_time(stored.gone_utc),
        "revision": stored.revision_number,
        "revisions": stored.revision_count,
    }
    return {name: kept[name] if name in kept else as_said(article, name) for name in FIELDS}
