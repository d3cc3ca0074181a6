"""A query tree as SQL for either engine: sets of article ids, put together article by article, not chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    and_,
    cast,
    column,
    except_,
    false,
    func,
    intersect,
    literal,
    not_,
    or_,
    select,
    table,
    type_coerce,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import CTE

from storage.search.analyser import atoms
from storage.search.filters import Copied
from storage.search.schema import FTS_TABLE, VECTOR_TABLE
from storage.search.tree import And, Between, Captured, Everything, InLanguage, InPortal, Node, Not, Or, Phrase
from storage.tables import ArticleRow, ChunkRow, StoryMemberRow

_FTS = table(FTS_TABLE, column("rowid"), column(FTS_TABLE))
_VECTORS = table(VECTOR_TABLE, column("chunk_id"), column("title"), column("body"))

Row = tuple[tuple[str, ...], bool]  # adjacent tokens, and whether the last is only a beginning


class Renderer:
    """Turns trees into selects for one dialect. `portal_names` is id → name, for portal: fields."""

    def __init__(self, dialect: str, portal_names: Mapping[str, str]) -> None:
        self._sqlite = dialect == "sqlite"
        self._portal_names = portal_names
        self._serial = 0

    def articles(self, tree: Node, conditions: Iterable[ColumnElement[bool]] = ()) -> Select[int]:
        """Ids of the articles that `tree` finds and `conditions` admit; each once, in no order."""
        found: list[ColumnElement[bool]] = [ArticleRow.revision_id.is_not(None), *conditions]
        texts: list[Node] = []
        for part in tree.parts if isinstance(tree, And) else (tree,):
            plain = self._condition(part)
            if plain is None:
                texts.append(part)
            else:
                found.append(plain)
        if texts:
            ids = self._set(texts[0] if len(texts) == 1 else And(tuple(texts)))
            found.append(ArticleRow.id.in_(select(ids.c.id)))
        return select(ArticleRow.id).where(*found)

    def dated(
        self, tree: Node, conditions: Sequence[ColumnElement[bool]] = (), *, each_story_once: bool = False
    ) -> CTE:
        """The articles that `tree` finds and `conditions` admit: columns `id` and `dated_s`, by which newest go first.

        With `each_story_once`, one article a story: its likely source where that is found, else the first stored.
        """
        rows = None if conditions else _one_question(tree)
        if rows:  # the index and its pieces say it all: articles are wider, and a page of them holds fewer
            index, chunk_id = (_FTS, _FTS.c.rowid) if self._sqlite else (_VECTORS, _VECTORS.c.chunk_id)
            about: list[Any] = [ChunkRow.article_id.label("id"), ChunkRow.dated_s.label("dated_s")]
            pieces = select(*about).join_from(index, ChunkRow, ChunkRow.id == chunk_id)
            query = self._matching(pieces, rows).distinct()
        else:
            query = self.articles(tree, conditions).add_columns(self._dated_s().label("dated_s"))
        found = query.cte("found").prefix_with("MATERIALIZED")
        return _one_a_story(found) if each_story_once else found

    def _dated_s(self) -> ColumnElement[int]:
        """As `IndexWriter` keeps it with every piece."""
        when = func.coalesce(ArticleRow.published_utc, ArticleRow.first_seen_utc)
        if self._sqlite:
            return cast(func.strftime("%s", func.substr(type_coerce(when, Text), 1, 19)), BigInteger)
        return cast(func.floor(func.extract("epoch", when)), BigInteger)

    def how_many(self, phrase: Phrase) -> Select[int]:
        """The number of chunks that have `phrase`, or the beginning of a long one."""
        return self._matching(select(func.count()), [(phrase.column, phrase.windows()[0])])

    def _condition(self, node: Node) -> ColumnElement[bool] | None:
        """What the articles' own columns can answer; None when `node` needs the index. Never SQL's NULL."""
        match node:
            case Everything():
                return ArticleRow.id.is_not(None)
            case InPortal(value):
                return ArticleRow.portal_id.in_(self._portal_ids(value))
            case InLanguage(tag):
                return in_language(tag)
            case Between():
                return published_between(node)
            case Captured():
                return captured_between(node)
            case Not(part):
                inner = self._condition(part)
                return None if inner is None else not_(inner)
            case And(parts) | Or(parts):
                inners = [inner for part in parts if (inner := self._condition(part)) is not None]
                if len(inners) < len(parts):
                    return None
                return and_(*inners) if isinstance(node, And) else or_(*inners)
        return None

    def _portal_ids(self, value: str) -> list[str]:
        """Portals with this id, or with these words in a row in their name."""
        wanted = f" {' '.join(atoms(value))} "
        return [
            portal
            for portal, name in self._portal_names.items()
            if portal.casefold() == value.casefold() or (wanted.strip() and wanted in f" {' '.join(atoms(name))} ")
        ]

    def _set(self, node: Node) -> CTE:
        """The article ids that `node` finds, as a set to be combined: a column `id`."""
        plain = self._condition(node)
        if plain is not None:
            return self._name(select(ArticleRow.id.label("id")).where(plain))
        match node:
            case Phrase():
                return self._all_of([self._chunks_with([(node.column, row)]) for row in node.windows()])
            case Or(parts):
                return self._any_of(parts)
            case And(parts):
                return self._and(parts)
        return self._and((node,))

    def _any_of(self, parts: Sequence[Node]) -> CTE:
        """Short phrases go to the engine as one question; the rest are sets of their own."""
        rows: list[tuple[str | None, Row]] = []
        sets: list[CTE] = []
        for part in parts:
            if isinstance(part, Phrase) and len(windows := part.windows()) == 1:
                rows.append((part.column, windows[0]))
            else:
                sets.append(self._set(part))
        if rows:
            sets.append(self._chunks_with(rows))
        return sets[0] if len(sets) == 1 else self._name(union(*(select(one.c.id) for one in sets)))

    def _and(self, parts: Sequence[Node]) -> CTE:
        wanted = [self._set(part) for part in parts if not isinstance(part, Not)]
        base = self._all_of(wanted) if wanted else self._name(select(ArticleRow.id.label("id")))
        unwanted = [self._set(part.part) for part in parts if isinstance(part, Not)]
        if not unwanted:
            return base
        return self._name(except_(*(select(one.c.id) for one in (base, *unwanted))))

    def _all_of(self, sets: Sequence[CTE]) -> CTE:
        return sets[0] if len(sets) == 1 else self._name(intersect(*(select(one.c.id) for one in sets)))

    def _chunks_with(self, rows: Sequence[tuple[str | None, Row]]) -> CTE:
        """Articles with a chunk that has any of `rows` in a row."""
        index, chunk_id = (_FTS, _FTS.c.rowid) if self._sqlite else (_VECTORS, _VECTORS.c.chunk_id)
        found = select(ChunkRow.article_id.label("id")).join_from(index, ChunkRow, ChunkRow.id == chunk_id)
        return self._name(self._matching(found, rows))

    def _matching(self, query: Select[Any], rows: Sequence[tuple[str | None, Row]]) -> Select[Any]:
        if self._sqlite:
            question = " OR ".join(_fts_phrase(column_, row) for column_, row in rows)
            return query.select_from(_FTS).where(_FTS.c[FTS_TABLE].op("MATCH")(literal(question)))
        matches = [_vector_match("title", [row for _, row in rows])]
        if body := [row for column_, row in rows if column_ is None]:
            matches.append(_vector_match("body", body))
        return query.select_from(_VECTORS).where(or_(*matches))

    def _name(self, query: Select[int] | CompoundSelect[int]) -> CTE:
        """A named step: SQLite's parser gives up on nested subqueries, PostgreSQL's planner would dissolve them."""
        self._serial += 1
        step = query.cte(f"step_{self._serial}")
        return step if self._sqlite else step.prefix_with("MATERIALIZED")


def _one_question(tree: Node) -> list[tuple[str | None, Row]] | None:
    """What to ask the index for when one question to it is all that `tree` asks; None when it is not."""
    rows: list[tuple[str | None, Row]] = []
    for part in tree.parts if isinstance(tree, Or) else (tree,):
        if not isinstance(part, Phrase) or len(windows := part.windows()) > 1:
            return None
        rows.append((part.column, windows[0]))
    return rows


def _one_a_story(found: CTE) -> CTE:
    """Of the rows of `found` that belong to one story, one."""
    members = StoryMemberRow
    story = func.coalesce(members.story_id, -found.c.id)  # of its own: no story has a negative id
    source_first = (members.is_source.desc().nulls_last(), found.c.id)
    place = func.row_number().over(partition_by=story, order_by=source_first).label("place")
    with_place = select(found, place).outerjoin(members, members.article_id == found.c.id).subquery()
    return select(with_place.c.id, with_place.c.dated_s).where(with_place.c.place == 1).cte("once")


def by_copies(which: Copied) -> ColumnElement[bool]:
    """Articles that are likely the first of their story, or the only one; or those that are not."""
    later = select(StoryMemberRow.article_id).where(~StoryMemberRow.is_source)
    return ArticleRow.id.in_(later) if which == "copies" else ArticleRow.id.not_in(later)


def in_language(tag: str) -> ColumnElement[bool]:
    """Articles in `tag` or a narrower tag of it."""
    language = func.lower(func.coalesce(ArticleRow.language, ""))
    return or_(language == tag.lower(), language.startswith(f"{tag.lower()}-", autoescape=True))


def published_between(span: Between) -> ColumnElement[bool]:
    """Articles whose publication time is known and lies in `span`."""
    inside = [ArticleRow.published_utc.is_not(None), *_within(ArticleRow.published_utc, span)]
    return func.coalesce(and_(*inside), false())


def captured_between(span: Captured) -> ColumnElement[bool]:
    """Articles first captured in `span`; every article has that time."""
    return and_(*_within(ArticleRow.first_seen_utc, span))


def _within(when: Any, span: Between | Captured) -> list[ColumnElement[bool]]:
    inside: list[ColumnElement[bool]] = []
    if span.since is not None:
        inside.append(when >= span.since)
    if span.until is not None:
        inside.append(when < span.until)
    return inside


def _fts_phrase(column_name: str | None, row: Row) -> str:
    tokens, open_end = row
    phrase = f'"{" ".join(tokens)}"{"*" if open_end else ""}'
    return f"{{{column_name}}} : {phrase}" if column_name else phrase


def _vector_match(column_name: str, rows: Sequence[Row]) -> ColumnElement[bool]:
    question = " | ".join(
        " <-> ".join(f"'{token}'" for token in tokens) + (":*" if open_end else "") for tokens, open_end in rows
    )
    return _VECTORS.c[column_name].op("@@")(cast(literal(question), TSQUERY))
