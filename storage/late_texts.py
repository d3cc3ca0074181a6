"""Texts that come late: captured before the article's current one, as when older archives are imported after newer.

Revisions are numbered in the order in which their texts were observed, whatever the order in which they came. A late
text takes its place in that order, and the numbers behind it move up by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from newsroom.records import Article
from storage.dialect import insert_one, table
from storage.revision_rows import revision_row

ARTICLES = table("articles")
REVISIONS = table("revisions")

SAME_TIME = timedelta(seconds=1)  # exports and most archives give times to the second


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a late text found its place."""

    revision_id: int
    inserted: bool  # a text that the article had at no time near


class LateTexts:
    """The late texts of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(
        self,
        article_id: int,
        article: Article,
        observed_utc: datetime,
        capture_id: int | None,
        content_digest: str,
        match_digest: str,
    ) -> Placed:
        """Give a text its place among the article's revisions.

        The text of the revision before it says nothing new. That of the revision behind it was there earlier than was
        known. Only another is a revision of its own.
        """
        before, behind = self._around(article_id, observed_utc)
        if before is not None and before.content_digest == content_digest:
            return Placed(before.id, inserted=False)
        if behind.content_digest == content_digest and behind.observed_utc - observed_utc < SAME_TIME:
            return Placed(behind.id, inserted=False)
        if behind.content_digest == content_digest:
            earlier: dict[str, Any] = {
                "observed_utc": observed_utc,
                **({"capture_id": capture_id} if capture_id else {}),
            }
            self._connection.execute(update(REVISIONS).where(REVISIONS.c.id == behind.id).values(earlier))
            return Placed(behind.id, inserted=False)
        self._make_room(article_id, behind.number)
        row = revision_row(article, article_id, behind.number, observed_utc, capture_id, content_digest, match_digest)
        return Placed(insert_one(self._connection, REVISIONS, row), inserted=True)

    def _around(self, article_id: int, observed_utc: datetime) -> tuple[Any, Any]:
        """The last revision observed by then, and the first after it."""
        query = select(REVISIONS.c.id, REVISIONS.c.number, REVISIONS.c.content_digest, REVISIONS.c.observed_utc)
        query = query.where(REVISIONS.c.article_id == article_id)
        by_then = query.where(REVISIONS.c.observed_utc <= observed_utc).order_by(REVISIONS.c.number.desc()).limit(1)
        after = query.where(REVISIONS.c.observed_utc > observed_utc).order_by(REVISIONS.c.number).limit(1)
        return self._connection.execute(by_then).first(), self._connection.execute(after).one()

    def _make_room(self, article_id: int, number: int) -> None:
        """Move the revisions from `number` on up by one; below zero in between, where no number stands in the way."""
        mine = REVISIONS.c.article_id == article_id
        moved = update(REVISIONS).where(mine, REVISIONS.c.number >= number)
        self._connection.execute(moved.values(number=-(REVISIONS.c.number + 1)))
        back = update(REVISIONS).where(mine, REVISIONS.c.number < 0)
        self._connection.execute(back.values(number=-REVISIONS.c.number))
        longer = update(ARTICLES).where(ARTICLES.c.id == article_id)
        self._connection.execute(longer.values(revision_count=ARTICLES.c.revision_count + 1))
