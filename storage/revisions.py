"""The texts that an article has had, one at a time or in outline, so that nobody has to hold all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from newsroom.errors import UsageError
from newsroom.records import Revision
from storage.articles import StoredArticle
from storage.dialect import table
from storage.revision_rows import provenance_of, read_article

ARTICLES = table("articles")
REVISIONS = table("revisions")

_BATCH = 20
_TEXTS = select(REVISIONS, ARTICLES.c.url).join(ARTICLES, ARTICLES.c.id == REVISIONS.c.article_id)


@dataclass(frozen=True, slots=True)
class RevisionOutline:
    """A text of an article without the text."""

    id: int
    number: int  # from 1
    observed_utc: datetime
    capture_id: int | None
    content_digest: str
    title: str
    word_count: int
    same_as: int | None  # the first revision that said the same, when this one is a return to it


class Revisions:
    """The texts of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def outlines(self, article_id: int) -> list[RevisionOutline]:
        """Every text of an article in outline, oldest first."""
        names = ("id", "number", "observed_utc", "capture_id", "content_digest", "title", "word_count")
        query = select(*(REVISIONS.c[name] for name in names)).where(REVISIONS.c.article_id == article_id)
        first: dict[str, int] = {}
        found = []
        for row in self._connection.execute(query.order_by(REVISIONS.c.number)):
            known = first.setdefault(row.content_digest, row.number)
            said = row._asdict()
            found.append(RevisionOutline(**said, same_as=known if known != row.number else None))
        return found

    def get(self, article_id: int, number: int) -> Revision | None:
        """One text of an article, with where each of its fields came from."""
        mine = (REVISIONS.c.article_id == article_id, REVISIONS.c.number == number)
        row = self._connection.execute(_TEXTS.where(*mine)).first()
        if row is None:
            return None
        article = read_article(row, provenance_of(self._connection, row.id))
        return Revision(row.id, article_id, row.number, row.observed_utc, article, row.capture_id)

    def known(self, article_id: int, number: int) -> Revision:
        """The same. Raises UsageError when there is none of that number."""
        found = self.get(article_id, number)
        if found is None:
            count = len(self.outlines(article_id))
            texts = "1 revision" if count == 1 else f"{count} revisions"
            raise UsageError(
                f"article {article_id}: no revision {number}; it has {texts}: see copydesk history {article_id}"
            )
        return found

    def of(self, stored: StoredArticle, number: int) -> StoredArticle:
        """`stored` with the text of that number for its current one. Raises UsageError when there is none."""
        found = self.known(stored.id, number)
        return replace(
            stored,
            revision_id=found.id,
            revision_number=found.number,
            capture_id=found.capture_id,
            observed_utc=found.observed_utc,
            article=found.article,
        )

    def iterate(self, article_id: int, start: int = 1) -> Iterator[Revision]:
        """The texts of an article from a number on, oldest first, a few at a time."""
        mine = _TEXTS.where(REVISIONS.c.article_id == article_id).order_by(REVISIONS.c.number).limit(_BATCH)
        while rows := self._connection.execute(mine.where(REVISIONS.c.number >= start)).all():
            for row in rows:
                article = read_article(row, {})
                yield Revision(row.id, article_id, row.number, row.observed_utc, article, row.capture_id)
            start = rows[-1].number + 1
