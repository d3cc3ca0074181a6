"""How many articles there are, by portal, day, month, language or source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, select

from newsroom.records import CopyKind
from storage.dialect import table
from storage.rights import Rights
from storage.search.about import Copied, by_copies

ARTICLES = table("articles")
REVISIONS = table("revisions")
COPIES = table("copies")

_joining = COPIES.c.kind.not_in([CopyKind.PASSAGE, CopyKind.COMPILATION])

Key = Literal["portal", "day", "month", "language", "source"]

_KEYS: Mapping[Key, Callable[[], ColumnElement[Any]]] = {
    "portal": lambda: ARTICLES.c.portal_id,
    "day": lambda: func.date(ARTICLES.c.first_seen_utc),  # UTC: connections to PostgreSQL are set to it
    "month": lambda: func.substr(cast(func.date(ARTICLES.c.first_seen_utc), Text), 1, 7),
    "language": lambda: func.coalesce(ARTICLES.c.language, "und"),
    "source": lambda: func.coalesce(ARTICLES.c.source_name, ""),
}


@dataclass(frozen=True, slots=True)
class Count:
    """The articles of one portal, day, …; of all, or of those without a source, when `key` is empty."""

    key: str
    articles: int
    changed: int  # with more than one text
    copies: int  # that copy another one
    gone: int  # that the site no longer has
    words: int
    first_seen_utc: datetime | None
    last_seen_utc: datetime | None


class Statistics:
    """The statistics of one unit of work."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self._connection = connection
        self._rights = rights

    def revisions(self) -> int:
        """How many texts the articles have."""
        query = select(func.count()).select_from(REVISIONS)
        return self._connection.scalar(query.where(*self._rights.conditions_on(REVISIONS.c.article_id))) or 0

    def articles(self, by: Key | None = None, copied: Copied | None = None) -> list[Count]:
        """One row a value of `by`, the most articles first (days and months: newest first); one row of all without.

        A day or month is that in which an article was first seen, in UTC. `copied` counts only likely originals,
        which is each story once, or only copies of them.
        """
        query = select(*_numbers()).select_from(
            ARTICLES.outerjoin(REVISIONS, REVISIONS.c.id == ARTICLES.c.revision_id).outerjoin(
                _copied := select(COPIES.c.article_id.label("id")).where(_joining).distinct().subquery(),
                _copied.c.id == ARTICLES.c.id,
            )
        )
        query = query.add_columns(func.count(_copied.c.id).label("copies")).where(*self._rights.conditions())
        if copied is not None:
            query = query.where(by_copies(copied))
        if by is not None:
            key = _KEYS[by]().label("key")
            order = key.desc() if by in ("day", "month") else func.count().desc()
            query = query.add_columns(key).group_by(key).order_by(order, key)
        rows = self._connection.execute(query)
        return [
            Count(
                key=str(row.key) if by else "",
                articles=row.articles,
                changed=row.changed or 0,
                copies=row.copies,
                gone=row.gone,
                words=row.words or 0,
                first_seen_utc=row.first_seen,
                last_seen_utc=row.last_seen,
            )
            for row in rows
        ]


def _numbers() -> list[ColumnElement[Any]]:
    return [
        func.count(ARTICLES.c.id).label("articles"),
        func.sum(case((ARTICLES.c.revision_count > 1, 1), else_=0)).label("changed"),
        func.count(ARTICLES.c.gone_utc).label("gone"),
        func.sum(REVISIONS.c.word_count).label("words"),
        func.min(ARTICLES.c.first_seen_utc).label("first_seen"),
        func.max(ARTICLES.c.last_seen_utc).label("last_seen"),
    ]
