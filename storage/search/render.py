"""A query tree as SQL for either engine: one question to the index where that will do, else sets of article ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    TextClause,
    and_,
    bindparam,
    cast,
    column,
    except_,
    func,
    intersect,
    literal,
    not_,
    or_,
    select,
    table,
    text,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.sql.expression import CTE

from storage.search.about import captured_between, in_language, in_story, of_kind, published_between, stemmed_by
from storage.search.analyser import atoms
from storage.search.asking import Asked, asked_of, plain_stems
from storage.search.combining import Combined, Condition, combined, vectors
from storage.search.schema import COLUMNS, FTS_TABLE, NEWEST, REPEATED, VECTOR_TABLE
from storage.search.tree import (
    And,
    Between,
    Captured,
    Everything,
    InLanguage,
    InPortal,
    InStory,
    Node,
    Not,
    OfKind,
    Or,
    Sought,
    Stem,
)
from storage.tables import ArticleRow, ChunkRow, StoryMemberRow

_CHUNKS = ChunkRow.__table__
_FTS = table(FTS_TABLE, column("rowid"), column(FTS_TABLE))
_VECTORS = table(VECTOR_TABLE, *map(column, (*REPEATED, *COLUMNS[NEWEST].split(", "))))


class Renderer:
    """Turns trees into selects for one dialect. `portal_names` is id → name, for portal: fields."""

    def __init__(self, dialect: str, portal_names: Mapping[str, str]) -> None:
        self._sqlite = dialect == "sqlite"
        self._portal_names = portal_names
        self._serial = 0

    def articles(self, tree: Node, conditions: Iterable[ColumnElement[bool]] = ()) -> Select[int]:
        """Ids of the articles that `tree` finds and `conditions` admit; each once, in no order."""
        plain, words = self._apart(tree)
        found = [ArticleRow.revision_id.is_not(None), *plain, *conditions]
        if words is not None:
            ids = self._set(words)
            found.append(ArticleRow.id.in_(select(ids.c.id)))
        return select(ArticleRow.id).where(*found)

    def dated(
        self, tree: Node, conditions: Sequence[ColumnElement[bool]] = (), *, each_story_once: bool = False
    ) -> CTE:
        """The articles that `tree` finds and `conditions` admit: columns `id` and `dated_s`, by which newest go first.

        With `each_story_once`, one article a story: its likely source where that is found, else the first stored.
        """
        plain, words = self._apart(tree)
        asked = None if words is None else self.combined(words)
        if not asked:
            query: Any = self.articles(tree, conditions).add_columns(self._dated_s().label("dated_s"))
        elif plain or conditions:
            hits = self._answering(asked, "dated_s").subquery("hits")
            query = select(hits.c.id, hits.c.dated_s).join(ArticleRow, ArticleRow.id == hits.c.id)
            query = query.where(*plain, *conditions)
        else:  # the index and its pieces say it all: articles are wider, and a page of them holds fewer
            query = self._answering(asked, "dated_s")
        found = query.cte("found").prefix_with("MATERIALIZED")
        return _one_a_story(found) if each_story_once else found

    def _apart(self, tree: Node) -> tuple[list[ColumnElement[bool]], Node | None]:
        """What of `tree` the articles' own columns can answer, and what is left for the index."""
        plain: list[ColumnElement[bool]] = []
        words: list[Node] = []
        for part in tree.parts if isinstance(tree, And) else (tree,):
            condition = self._condition(part)
            if condition is None:
                words.append(part)
            else:
                plain.append(condition)
        return plain, words[0] if len(words) == 1 else And(tuple(words)) if words else None

    def combined(self, tree: Node) -> Combined | None:
        """All that `tree` asks as one question to the index, when that can answer it; else None."""
        return combined(tree, sqlite=self._sqlite)

    def _dated_s(self) -> ColumnElement[int]:
        """As `IndexWriter` keeps it with every piece."""
        when = func.coalesce(ArticleRow.published_utc, ArticleRow.first_seen_utc)
        if self._sqlite:
            return cast(func.strftime("%s", func.substr(type_coerce(when, Text), 1, 19)), BigInteger)
        return cast(func.floor(func.extract("epoch", when)), BigInteger)

    def how_many(self, sought: Sought) -> Select[int]:
        """The number of chunks that have `sought`, or the beginning of a long phrase."""
        asked = asked_of(sought)[0]
        if isinstance(sought, Stem):
            asked = [*asked, *plain_stems(sought.word, sought.column)]
        return self._matching(select(func.count()), asked)

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
            case InStory(number):
                return in_story(number)
            case OfKind(kind):
                return of_kind(kind)
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
        if asked := self.combined(node):
            return self._name(self._answering(asked))
        match node:
            case Stem():
                return self._with_stem(node)
            case Or(parts):
                return self._any_of(parts)
            case And(parts):
                return self._and(parts)
        return self._and((node,))

    def _answering(self, asked: Combined, *names: str) -> Select[Any] | CompoundSelect[Any]:
        """The articles that answer: their `id`, each once, and columns that all pieces of one have alike."""
        about = _CHUNKS if self._sqlite else _VECTORS
        found: Select[Any] = select(about.c.article_id.label("id"), *(about.c[name] for name in names))
        if self._sqlite:
            found = found.join_from(_FTS, _CHUNKS, _CHUNKS.c.id == _FTS.c.rowid)
        found = found.where(clause(asked.of_piece))
        if asked.is_one and not self._sqlite:
            return found.distinct()
        several = select(_CHUNKS.c.article_id, *(_CHUNKS.c[name] for name in names)).distinct()
        several = several.where(text("NOT is_whole"), clause(asked.of_article))
        return union_all(found.where(about.c.is_whole), several)

    def _with_stem(self, stem: Stem) -> CTE:
        """Articles with a word that has the stem by changing; and, in the right languages, those with the stem."""
        sets = [self._chunks_with(asked) for asked in asked_of(stem)]
        for asked, languages in plain_stems(stem.word, stem.column).items():
            having = self._chunks_with([asked])
            wanted = select(ArticleRow.id.label("id")).join(having, having.c.id == ArticleRow.id)
            sets.append(self._name(wanted.where(stemmed_by(languages))))
        return self._name(union(*(select(one.c.id) for one in sets)))

    def _any_of(self, parts: Sequence[Node]) -> CTE:
        """What one question answers goes to the index as one; the rest are sets of their own."""
        words = tuple(part for part in parts if self.combined(part))
        others = [part for part in parts if part not in words]
        if others and len(words) > 1:
            return self._any_of([Or(words), *others])
        return self._name(union(*(select(one.c.id) for one in map(self._set, parts))))

    def _and(self, parts: Sequence[Node]) -> CTE:
        wanted = [self._set(part) for part in parts if not isinstance(part, Not)]
        base = self._all_of(wanted) if wanted else self._name(select(ArticleRow.id.label("id")))
        unwanted = [self._set(part.part) for part in parts if isinstance(part, Not)]
        if not unwanted:
            return base
        return self._name(except_(*(select(one.c.id) for one in (base, *unwanted))))

    def _all_of(self, sets: Sequence[CTE]) -> CTE:
        return sets[0] if len(sets) == 1 else self._name(intersect(*(select(one.c.id) for one in sets)))

    def _chunks_with(self, asked: Sequence[Asked]) -> CTE:
        """Articles with a chunk that answers any of `asked`."""
        about = _CHUNKS if self._sqlite else _VECTORS
        found: Select[Any] = select(about.c.article_id.label("id"))
        if self._sqlite:
            found = found.join_from(_FTS, _CHUNKS, _CHUNKS.c.id == _FTS.c.rowid)
        return self._name(self._matching(found, asked))

    def _matching(self, query: Select[Any], asked: Sequence[Asked]) -> Select[Any]:
        if self._sqlite:
            question = " OR ".join(each.fts() for each in asked)
            return query.select_from(_FTS).where(_FTS.c[FTS_TABLE].op("MATCH")(literal(question)))
        return query.select_from(_VECTORS).where(clause(vectors(asked)))

    def _name(self, query: Select[int] | CompoundSelect[int]) -> CTE:
        """A named step: SQLite's parser gives up on nested subqueries, PostgreSQL's planner would dissolve them."""
        self._serial += 1
        step = query.cte(f"step_{self._serial}")
        return step if self._sqlite else step.prefix_with("MATERIALIZED")


def clause(condition: Condition) -> TextClause:
    """`condition` in a statement of SQLAlchemy's."""
    names = [f"sought_{place}" for place in range(len(condition.values))]
    written = condition.template.format(*(f":{name}" for name in names))
    return text(written).bindparams(
        *(bindparam(name, value, unique=True) for name, value in zip(names, condition.values, strict=True))
    )


def _one_a_story(found: CTE) -> CTE:
    """Of the rows of `found` that belong to one story, one."""
    members = StoryMemberRow
    story = func.coalesce(members.story_id, -found.c.id)  # of its own: no story has a negative id
    source_first = (members.is_source.desc().nulls_last(), found.c.id)
    place = func.row_number().over(partition_by=story, order_by=source_first).label("place")
    with_place = select(found, place).outerjoin(members, members.article_id == found.c.id).subquery()
    return select(with_place.c.id, with_place.c.dated_s).where(with_place.c.place == 1).cte("once")
