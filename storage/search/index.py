"""The search index as the corpus uses it: an article goes in, goes out, or is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, text
from sqlalchemy.orm import Session

from newsroom.errors import SchemaError, UsageError
from newsroom.records import Article
from storage.search.analyser import ANALYSER_VERSION, chunks
from storage.search.answers import Answer, Document, Finder, Hit, inverse_frequency, rank, snippet
from storage.search.query import parse
from storage.search.render import Copied, Renderer, by_copies, in_language, published_between
from storage.search.schema import FTS_TABLE, VECTOR_TABLE
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

_FTS_ADD = text(f"INSERT INTO {FTS_TABLE} (rowid, title, body) VALUES (:chunk, :title, :body)")  # noqa: S608
_FTS_REMOVE = text(
    f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, title, body) VALUES ('delete', :chunk, :title, :body)"  # noqa: S608
)
_VECTOR_ADD = text(
    f"INSERT INTO {VECTOR_TABLE} (chunk_id, title, body) "  # noqa: S608
    "VALUES (:chunk, CAST(:title AS tsvector), CAST(:body AS tsvector))"
)


class SearchIndex:
    """The index of one unit of work; what it writes is committed with the article or not at all."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name
        self._sqlite = self._dialect == "sqlite"

    def put(self, article_id: int, revision_id: int, article: Article) -> None:
        """Indexes `article` as the current text of `article_id`, in the place of what was indexed of it before.

        Title and text must be those stored with the revision, to the character: removing computes the tokens again.
        The portal's name is not indexed, for the same reason: it may be renamed. `portal:` looks it up instead.
        """
        self.remove(article_id)
        self.put_new([(article_id, revision_id, article)])

    def put_new(self, articles: Sequence[tuple[int, int, Article]]) -> None:
        """As `put` for many that were never indexed: article id, revision id and article of each."""
        spread = _fts_text if self._sqlite else _vector
        rows: list[dict[str, Any]] = []
        tokens: list[dict[str, Any]] = []
        for article_id, revision_id, article in articles:
            for position, (title, body) in enumerate(chunks(article.title, article.text)):
                own = {"article_id": article_id, "revision_id": revision_id, "position": position}
                rows.append({**own, "analyser_version": ANALYSER_VERSION})
                tokens.append({"title": spread(title), "body": spread(body)})
        if not rows:
            return
        entered = insert(ChunkRow.__table__).returning(ChunkRow.__table__.c.id, sort_by_parameter_order=True)  # type: ignore[arg-type]
        ids = self._session.connection().scalars(entered, rows)
        given = [{"chunk": chunk, **each} for chunk, each in zip(ids, tokens, strict=True)]
        self._session.connection().execute(_FTS_ADD if self._sqlite else _VECTOR_ADD, given)

    def remove(self, article_id: int) -> None:
        """Takes `article_id` out of the index; nothing happens when it is not in it.

        To be called while its indexed revision is still stored. Raises SchemaError when another version of the
        analyser indexed it, for then its tokens cannot be computed.
        """
        if self._sqlite:
            self._remove_tokens(article_id)
        self._session.execute(delete(ChunkRow).where(ChunkRow.article_id == article_id))

    def _remove_tokens(self, article_id: int) -> None:
        """Feeds FTS5 the tokens it was given: SQLite 3.40 has no other way to delete from an index without content."""
        rows = self._session.execute(
            select(ChunkRow.id, ChunkRow.revision_id, ChunkRow.analyser_version)
            .where(ChunkRow.article_id == article_id)
            .order_by(ChunkRow.position)
        ).all()
        if not rows:
            return
        if any(version != ANALYSER_VERSION for _, _, version in rows):
            raise SchemaError(
                f"search index: article {article_id} was indexed by another version of the analyser than "
                f"{ANALYSER_VERSION}; run copydesk db upgrade"
            )
        title, body = self._session.execute(
            select(RevisionRow.title, RevisionRow.text).where(RevisionRow.id == rows[0].revision_id)
        ).one()
        for row, (title_tokens, body_tokens) in zip(rows, chunks(title, body), strict=True):
            self._session.execute(
                _FTS_REMOVE, {"chunk": row.id, "title": _fts_text(title_tokens), "body": _fts_text(body_tokens)}
            )

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
        found = renderer.articles(tree, conditions)
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


def _fts_text(found: list[str]) -> str:
    return " ".join(found)


def _vector(found: list[str]) -> str:
    """The tokens as a literal tsvector: made here, so that no locale and no dictionary of the server touches them."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(found, start=1):
        places.setdefault(token, []).append(str(place))
    return " ".join(f"'{token}':{','.join(at)}" for token, at in places.items())
