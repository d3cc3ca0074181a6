"""The search index as the corpus asks it: a query in, articles in order out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from newsroom.errors import UsageError
from storage.rights import Rights
from storage.search.answers import Answer, Document, Hit, inverse_frequency, rank, snippet
from storage.search.filters import Copied
from storage.search.finding import Finder
from storage.search.query import parse
from storage.search.render import Renderer, by_copies, in_language, published_between
from storage.search.tree import Between, Node, Phrase, wanted_phrases
from storage.tables import ArticleRow, ChunkRow, PortalRow, RevisionRow

RANKED = 500  # as many of the newest hits are ordered by relevance; older ones follow by date
RANKED_CHARS = 20_000  # of each text
BATCH = 100  # hits read at a time, however many there are
_SHOWN = (
    ArticleRow.id,
    ArticleRow.source_id,
    ArticleRow.url,
    ArticleRow.portal_id,
    ArticleRow.language,
    ArticleRow.published_utc,
    ArticleRow.first_seen_utc,
    RevisionRow.title,
    RevisionRow.text,
    RevisionRow.published_precision,
)

Order = Literal["relevance", "newest"]


class SearchIndex:
    """The reading side of the index of one unit of work."""

    def __init__(self, session: Session, rights: Rights) -> None:
        self._session = session
        self._rights = rights
        self._dialect = session.get_bind().dialect.name

    def search(
        self,
        query: str,
        *,
        portal: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        unique: bool = False,
        copied: Copied | None = None,
        limit: int = 20,
        offset: int = 0,
        order: Order = "relevance",
    ) -> Answer:
        """The articles that match `query` (see `storage.search.query`) and every filter that is given.

        `since` and `until` bound the publication time, `until` not included. `unique` gives each story once, `copied`
        only likely originals or only copies of them. `limit` 0 is all. Relevance is
        BM25 over the newest 500; what is older follows by date. Raises QueryError, with a caret, when `query` does
        not parse.
        """
        if limit < 0 or offset < 0:
            raise UsageError("search: limit and offset count from 0")
        tree = parse(query)
        end = offset + limit if limit else None
        conditions = _conditions(portal, language, Between(since, until, ""), copied)
        scored, total = self._in_order(tree, conditions, end, order, unique)
        return Answer(tuple(self._hits(tree, scored[offset:end])), total, str(tree))

    def iterate(
        self,
        query: str,
        *,
        portal: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        unique: bool = False,
        copied: Copied | None = None,
        order: Order = "newest",
    ) -> Iterator[Hit]:
        """Every hit of `query`, as `search` finds them, without ever holding more than a batch of texts."""
        tree = parse(query)
        conditions = _conditions(portal, language, Between(since, until, ""), copied)
        yield from self._hits(tree, self._in_order(tree, conditions, None, order, unique)[0])

    def ids(
        self,
        query: str,
        *,
        portal: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        unique: bool = False,
        copied: Copied | None = None,
    ) -> list[int]:
        """The ids alone of what `iterate` finds, newest first."""
        conditions = _conditions(portal, language, Between(since, until, ""), copied)
        return [one for _, one in self._in_order(parse(query), conditions, None, "newest", unique)[0]]

    def _in_order(
        self, tree: Node, conditions: list[ColumnElement[bool]], end: int | None, order: Order, unique: bool
    ) -> tuple[list[tuple[float, int]], int]:
        """Scores and article ids up to `end`, and how many articles there are in all."""
        portals = self._session.execute(select(PortalRow.id, PortalRow.name))
        renderer = Renderer(self._dialect, {row.id: row.name for row in portals})
        limit = None if end is None else max(end, RANKED)
        found = renderer.articles(tree, [*conditions, *self._rights.conditions()])
        rows = self._session.execute(renderer.newest_and_total(found, limit, each_story_once=unique)).all()
        ids, total = [row[0] for row in rows], rows[0][1] if rows else 0
        phrases = list(wanted_phrases(tree))
        if order == "relevance" and phrases:
            return [*self._ranked(ids[:RANKED], phrases), *((0.0, one) for one in ids[RANKED:])], total
        return [(0.0, one) for one in ids], total

    def _ranked(self, ids: list[int], phrases: Sequence[Phrase]) -> list[tuple[float, int]]:
        rows = self._session.execute(
            select(ArticleRow.id, RevisionRow.title, func.substr(RevisionRow.text, 1, RANKED_CHARS))
            .join(RevisionRow, RevisionRow.id == ArticleRow.revision_id)
            .where(ArticleRow.id.in_(ids))
            .order_by(ArticleRow.id)
        )
        documents = [Document(*row) for row in rows]
        best = rank(documents, [Finder(phrase) for phrase in phrases], self._rarity(phrases))
        return [(score, document.article_id) for score, document in best]

    def _rarity(self, phrases: Sequence[Phrase]) -> list[float]:
        if len(phrases) == 1:
            return [1.0]  # nothing to weigh it against
        all_chunks = self._session.scalar(select(func.count(ChunkRow.id))) or 0
        renderer = Renderer(self._dialect, {})
        counts = [self._session.scalar(renderer.how_many(phrase)) or 0 for phrase in phrases]
        return [inverse_frequency(count, all_chunks) for count in counts]

    def _hits(self, tree: Node, scored: Sequence[tuple[float, int]]) -> Iterator[Hit]:
        finders = [Finder(phrase) for phrase in wanted_phrases(tree)]
        remaining = iter(scored)
        while batch := list(islice(remaining, BATCH)):
            rows = self._session.execute(
                select(*_SHOWN)
                .join(RevisionRow, RevisionRow.id == ArticleRow.revision_id)
                .where(ArticleRow.id.in_([one for _, one in batch]))
            )
            known = {row.id: row for row in rows}
            for score, one in batch:
                yield _hit(known[one], score, finders)


def _hit(row: Row[*tuple[Any, ...]], score: float, finders: Sequence[Finder]) -> Hit:
    passage, marks = snippet(row.text, finders)
    return Hit(
        article_id=row.id,
        source_id=row.source_id,
        url=row.url,
        title=row.title,
        portal_id=row.portal_id,
        language=row.language,
        published_utc=row.published_utc,
        first_seen_utc=row.first_seen_utc,
        snippet=passage,
        score=score,
        marks=marks,
        published_precision=row.published_precision,
    )


def _conditions(
    portal: str | None, language: str | None, span: Between, copied: Copied | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if portal is not None:
        found.append(ArticleRow.portal_id == portal)
    if language is not None:
        found.append(in_language(language))
    if span.since is not None or span.until is not None:
        found.append(published_between(span))
    if copied is not None:
        found.append(by_copies(copied))
    return found
