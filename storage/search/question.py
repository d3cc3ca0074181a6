"""One question to the search index, made ready for the database: which articles it finds, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select
from sqlalchemy.sql.expression import CTE

from storage.rights import Rights
from storage.search.filters import Filters
from storage.search.query import parse
from storage.search.render import Renderer, by_copies, in_language, published_between
from storage.search.tree import And, Between, InPortal, Node, Not, Or, Sought, wanted_phrases
from storage.tables import ArticleRow, ChunkRow, PortalRow

Place = tuple[int, int]  # when an article is dated, in seconds since 1970, and its id: no two have the same


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which of the articles are looked at; None does not bound."""

    ceiling: int | None = None  # no larger ids
    floor: Place | None = None  # this old and newer
    below: Place | None = None  # older


class Question:
    """What is asked: a query and its filters, within what may be given out."""

    def __init__(self, connection: Connection, rights: Rights, query: str, filters: Filters) -> None:
        self.connection = connection
        self._filters = filters
        self.tree: Node = parse(query)
        self.phrases: list[Sought] = list(wanted_phrases(self.tree))
        self._conditions = [*_conditions(filters), *rights.conditions()]
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
        return self._renderer.dated(self.tree, self._conditions, each_story_once=once)

    def admitted(self) -> Select[Any]:
        """The articles that the filters alone admit, as a select of `ArticleRow.id`."""
        return select(ArticleRow.id).where(ArticleRow.revision_id.is_not(None), *self._conditions)

    def total(self, ceiling: int | None = None) -> int:
        """How many there are."""
        found = self.found()
        query = select(func.count()).select_from(found).where(*_within(found, Bounds(ceiling)))
        return self.connection.scalar(query) or 0

    def ceiling(self) -> int:
        """The largest article id there is."""
        return self.connection.scalar(select(func.max(ArticleRow.id))) or 0

    def pieces(self) -> int:
        """How many pieces of articles are indexed."""
        return self.connection.scalar(select(func.count(ChunkRow.id))) or 0

    def holding(self, phrase: Sought) -> int:
        """How many of the pieces have `phrase`."""
        return self.connection.scalar(self._renderer.how_many(phrase)) or 0

    def newest(self, limit: int | None, bounds: Bounds) -> list[Place]:
        """Up to `limit` of them within `bounds`, the newest first."""
        found = self.found()
        rows = self.connection.execute(_by_date(found, bounds).limit(limit))
        return [(dated_s, article_id) for dated_s, article_id in rows]

    def newest_and_total(self, limit: int | None, bounds: Bounds) -> tuple[list[Place], int]:
        """As `newest`, with how many there are below the ceiling; in one question."""
        found = self.found()
        total = select(func.count()).select_from(found).where(*_within(found, Bounds(bounds.ceiling)))
        query = _by_date(found, bounds).add_columns(total.scalar_subquery()).limit(limit)
        rows = self.connection.execute(query).all()
        return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0

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
    query = select(found.c.dated_s, found.c.id).where(*_within(found, bounds))
    return query.order_by(found.c.dated_s.desc(), found.c.id.desc())


def _within(found: CTE, bounds: Bounds) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if bounds.ceiling is not None:
        conditions.append(found.c.id <= bounds.ceiling)
    if bounds.floor is not None:
        at, one = bounds.floor
        conditions.append(or_(found.c.dated_s > at, and_(found.c.dated_s == at, found.c.id >= one)))
    if bounds.below is not None:
        at, one = bounds.below
        conditions.append(or_(found.c.dated_s < at, and_(found.c.dated_s == at, found.c.id < one)))
    return conditions
