"""A search desk for tests: articles put into an index as the corpus does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsroom.records import Article
from storage.rights import Rights
from storage.search.index import SearchIndex
from storage.search.writer import IndexWriter
from storage.tables import ArticleRow, PortalRow, RevisionRow
from tests.shared_database import module_database

START = datetime(2026, 1, 1, tzinfo=UTC)
BOTH = ("sqlite", "postgres")


@dataclass
class Desk:
    """A database with an index, and articles put in as the corpus does it."""

    session: Session
    texts: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def index(self) -> SearchIndex:
        return SearchIndex(self.session, Rights(self.session.connection(), START))

    def add_portal(self, portal: str, name: str) -> None:
        self.session.add(PortalRow(id=portal, name=name, home=None, definition={}, first_seen_utc=START))
        self.session.flush()

    def add(self, title: str, body: str, *, portal: str = "daily", day: int | None = 0, **said: Any) -> int:
        number = len(self.texts) + 1
        published = None if day is None else START + timedelta(days=day)
        row = ArticleRow(
            portal_id=portal,
            url=f"https://news.example/{number}",
            source_id=f"s{number}",
            revision_count=1,
            first_seen_utc=START + timedelta(minutes=number),
            last_seen_utc=START + timedelta(minutes=number),
            published_utc=published,
        )
        self.session.add(row)
        self.session.flush()
        self.revise(row.id, title, body, **{"language": "en", **said})
        return row.id

    def revise(self, article_id: int, title: str, body: str, **said: Any) -> None:
        number = self.session.scalar(select(func.count(RevisionRow.id)).where(RevisionRow.article_id == article_id))
        revision = RevisionRow(
            article_id=article_id,
            number=number + 1,
            observed_utc=START,
            content_digest="",
            match_digest="",
            title=title,
            text=body,
            tags=[],
            injected_links=[],
            parts=[],
            links=[],
            word_count=0,
            published_precision="day",
            **{"byline": (), **said},
        )
        self.session.add(revision)
        self.session.flush()
        article = self.session.get_one(ArticleRow, article_id)
        article.revision_id = revision.id
        for name in ("language", "byline", "source_name", "section"):
            setattr(article, name, said.get(name))
        self.session.flush()
        url = article.url
        IndexWriter(self.session).put(article_id, revision.id, Article(url, url, title, body, **said))
        self.texts[article_id] = (title, body)

    def ids(self, query: str, **options: object) -> list[int]:
        return [hit.article_id for hit in self.index.search(query, limit=0, **options).hits]


def open_desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """For a fixture with the parameters "sqlite" and "postgres", or one of them: a desk on a database of its own."""
    for database in module_database(request):
        with Session(database.engine) as session:
            desk = Desk(session)
            desk.add_portal("daily", "The Daily")
            yield desk
