"""One question to the search index, made ready for the database: which articles it finds, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import CTE

from storage.dialect import plain_rows
from storage.rights import Rights
from storage.search.about import by_copies, in_language, published_between
from storage.search.candidates import Bounds, Candidates, Newest, Place
from storage.search.combining import Condition
from storage.search.counting import counted_there
from storage.search.filters import Filters
from storage.search.pieces import Pieces
from storage.search.query import parse
from storage.search.render import Renderer, clause
from storage.search.tree import And, Between, InPortal, Node, Not, Or, Phrase, Sought, wanted_phrases
from storage.tables import ArticleRow, ChunkRow, PortalRow, RevisionRow


class Question:
    """What is asked: a query and its filters, within what may be given out."""

    def __init__(self, connection: Connection, rights: Rights, query: str, filters: Filters) -> None:
        self.connection = connection
        self._filters = filters
        self.tree: Node = parse(query, fold_han=bool(filters.get("fold_han")))
        self.phrases: list[Sought] = list(wanted_phrases(self.tree))
        self.conditions = [*_conditions(filters), *rights.conditions()]
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._renderer = Renderer(connection.dialect.name, self._portal_names())

    @property
    def searched_for(self) -> str:
        """The query as it was understood."""
        return str(self.tree)

    def known_by(self, order: str) -> str:
        """What a place to go on from is good for. Not the times: "the last 7 days" are others with every page."""
        said = {name: value for name, value in self._filters.items() if value and name not in ("since", "until")}
        return json.dumps([order, self.searched_for, said], sort_keys=True)

    def found(self) -> CTE:
        """The articles: columns `id` and `dated_s`."""
        once = bool(self._filters.get("unique"))
        return self._renderer.dated(self.tree, self.conditions, each_story_once=once)

    def total(self, ceiling: int | None = None) -> int:
        """How many there are."""
        found = self.found()
        query = select(func.count()).select_from(found).where(*_within(found.c.id, found.c.dated_s, Bounds(ceiling)))
        return self.connection.scalar(query) or 0

    def ceiling(self) -> int:
        """The largest article id there is."""
        ((largest,),) = plain_rows(self.connection, "SELECT max(id) FROM articles")
        return largest or 0

    def pieces(self) -> int:
        """How many pieces of articles are indexed."""
        return self.connection.scalar(select(func.count(ChunkRow.id))) or 0

    def holding(self, total: int) -> list[int]:
        """How many pieces of the index have each of the phrases; `total` articles are found in all."""
        if len(self.phrases) == 1 and not self.conditions and isinstance(self.tree, Phrase):
            return [total]
        return [self.connection.scalar(self._renderer.how_many(phrase)) or 0 for phrase in self.phrases]

    def newest(self, limit: int | None, bounds: Bounds, *, to_rank: bool = False) -> Newest:
        """Up to `limit` of them within `bounds`, the newest first; how many there are below the ceiling in all.

        With what they are ranked by, as far as the database can tell that at once, when they are `to_rank`.
        """
        phrases = self.phrases if to_rank else []
        if self.conditions or self._filters.get("unique") or not (asked := self._renderer.combined(self.tree)):
            return self._newest_articles(limit, bounds, phrases)
        return Pieces(self.connection, asked).newest(limit, bounds, phrases)

    def _newest_articles(self, limit: int | None, bounds: Bounds, phrases: Sequence[Sought]) -> Newest:
        found = self.found()
        total = (
            select(func.count()).select_from(found).where(*_within(found.c.id, found.c.dated_s, Bounds(bounds.ceiling)))
        )
        counts = [] if self._is_sqlite else counted_there(phrases)
        query = _with_pieces(_by_date(found, bounds).limit(limit), counts).add_columns(total.scalar_subquery())
        rows = self.connection.execute(query).all()
        if not rows:
            return Newest(Candidates(), self.total(bounds.ceiling) if bounds.below else 0)
        return Newest(Candidates.of(rows, len(counts)), rows[0][-1])

    def every(self, bounds: Bounds) -> Iterator[Place]:
        """All of them within `bounds`, the newest first, without ever holding more than some."""
        options = {"yield_per": 1_000}
        for row in self.connection.execute(_by_date(self.found(), bounds), execution_options=options):
            yield row[0], row[1]

    def _portal_names(self) -> dict[str, str]:
        if not _asks_for_portal(self.tree):
            return {}
        return {row.id: row.name for row in self.connection.execute(select(PortalRow.id, PortalRow.name))}


def _asks_for_portal(node: Node) -> bool:
    if isinstance(node, And | Or):
        return any(map(_asks_for_portal, node.parts))
    return _asks_for_portal(node.part) if isinstance(node, Not) else isinstance(node, InPortal)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if (portal := filters.get("portal")) is not None:
        found.append(ArticleRow.portal_id == portal)
    if (language := filters.get("language")) is not None:
        found.append(in_language(language))
    span = Between(filters.get("since"), filters.get("until"), "")
    if span.since is not None or span.until is not None:
        found.append(published_between(span))
    if (copied := filters.get("copied")) is not None:
        found.append(by_copies(copied))
    return found


def _by_date(found: CTE, bounds: Bounds) -> Select[Any]:
    query = select(found.c.dated_s, found.c.id).where(*_within(found.c.id, found.c.dated_s, bounds))
    return query.order_by(found.c.dated_s.desc(), found.c.id.desc())


def _with_pieces(query: Select[Any], counts: Sequence[Condition]) -> Select[Any]:
    """`query`, a few articles by date, with the first piece of each, and `counts` in its revision."""
    some, piece, revision = query.subquery("some"), aliased(ChunkRow, name="c"), aliased(RevisionRow, name="r")
    found = (
        select(some.c.dated_s, some.c.id, case((piece.is_whole, piece.id)), func.coalesce(piece.chars, 0))
        .outerjoin_from(some, piece, and_(piece.article_id == some.c.id, piece.position == 0))
        .order_by(some.c.dated_s.desc(), some.c.id.desc())
    )
    if not counts:
        return found
    return found.add_columns(*map(clause, counts)).outerjoin(revision, revision.id == piece.revision_id)


def _within(article_id: ColumnElement[int], dated_s: ColumnElement[int], bounds: Bounds) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if bounds.ceiling is not None:
        conditions.append(article_id <= bounds.ceiling)
    if bounds.floor is not None:
        at, one = bounds.floor
        conditions.append(or_(dated_s > at, and_(dated_s == at, article_id >= one)))
    if bounds.below is not None:
        at, one = bounds.below
        conditions.append(or_(dated_s < at, and_(dated_s == at, article_id < one)))
    return conditions
