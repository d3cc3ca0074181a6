"""What the articles of an answer have in common: how many of them there are by portal, language, month and so on.

Counted in one pass over narrow rows; no text is read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select, type_coerce

from storage.search.joining import apart, joined
from storage.search.question import Question
from storage.tables import ArticleRow, CopyRow, StoryMemberRow

NAMES = ("portal", "language", "section", "source", "byline", "month", "kind", "versions")
_IN_ORDER = {"versions": ("1", "2", "3+")}  # values that come in an order of their own


@dataclass(frozen=True, slots=True)
class Value:
    """One value, and how many articles have it."""

    value: str
    articles: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one thing, the most frequent first; `month` is of publication, the latest first.

    An article may have several bylines, and several kinds: those of the copies that it is (identical, near, …), and
    original, when others tell its story after it, or single, when none does.
    """

    name: str
    values: tuple[Value, ...]
    different: int  # values there are, also those that are not among `values`
    without: int  # articles that have none


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of an answer, in the order of `NAMES`."""

    facets: tuple[Facet, ...]
    total: int
    searched_for: str

    def __iter__(self) -> Iterator[Facet]:
        return iter(self.facets)

    def __getitem__(self, name: str) -> Facet:
        return self.facets[NAMES.index(name)]


def count_facets(question: Question, top: int) -> Facets:
    """The facets of what `question` finds, with up to `top` values each."""
    total, counts = _counted(question)
    counts["byline"] = _names(counts["byline"])
    without = {name: counted.pop(None, 0) + counted.pop("", 0) for name, counted in counts.items()}
    found = (_facet(name, counts[name], top, without[name]) for name in NAMES)
    return Facets(tuple(found), total, question.searched_for)


def _facet(name: str, counted: Counter[Any], top: int, without: int) -> Facet:
    if name in _IN_ORDER:
        values = [(value, counted[value]) for value in _IN_ORDER[name] if counted[value]]
    elif name == "month":
        values = sorted(counted.items(), reverse=True)
    else:
        values = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    shown = tuple(Value(value, articles) for value, articles in values[:top])
    return Facet(name, shown, len(values), without)


def _counted(question: Question) -> tuple[int, dict[str, Counter[str | None]]]:
    """How many articles there are, and how many have each value of what `NAMES` names; bylines as JSON."""
    sqlite = question.connection.dialect.name == "sqlite"
    published, revisions, first = ArticleRow.published_utc, ArticleRow.revision_count, StoryMemberRow.is_source
    listed: dict[str, Any] = {
        "portal": ArticleRow.portal_id,
        "language": ArticleRow.language,
        "section": ArticleRow.section,
        "source": ArticleRow.source_name,
        "byline": type_coerce(ArticleRow.byline, Text) if sqlite else cast(ArticleRow.byline, Text),
        "month": func.substr(type_coerce(published, Text), 1, 7) if sqlite else func.to_char(published, "YYYY-MM"),
    }
    # Values that are few and known: to count them takes less than to bring them over.
    known: dict[str, dict[str, ColumnElement[bool]]] = {
        "kind": {"single": first.is_(None), "original": first.is_(True)},
        "versions": {"1": revisions == 1, "2": revisions == 2, "3+": revisions > 2},
    }
    found = question.found()
    kinds = select(CopyRow.article_id, CopyRow.kind).distinct()
    each_kind = kinds.join_from(found, CopyRow, CopyRow.article_id == found.c.id).subquery("each_kind")
    query = (
        select(func.count(), select(joined(question.connection, each_kind.c.kind)).scalar_subquery())
        .add_columns(*(joined(question.connection, column) for column in listed.values()))
        .add_columns(*(func.count().filter(one) for values in known.values() for one in values.values()))
        .join_from(found, ArticleRow, ArticleRow.id == found.c.id)
        .outerjoin(StoryMemberRow, StoryMemberRow.article_id == found.c.id)
    )
    total, copies, *values = question.connection.execute(query).one()
    counts = {name: apart(values.pop(0)) for name in listed}
    counts |= {name: Counter({value: values.pop(0) for value in each}) for name, each in known.items()}
    counts["kind"] += apart(copies)
    return total, counts


def _names(bylines: Counter[str | None]) -> Counter[str | None]:
    """By name; an article with the same name twice counts once."""
    counted: Counter[str | None] = Counter()
    for written, articles in bylines.items():
        for name in set(_listed(written or "[]") or [None]):
            counted[name] += articles
    return counted


def _listed(written: str) -> list[Any]:
    """The names in a JSON list; most are plain, and there may be one list for every article."""
    if written[:2] == '["' and "\\" not in written:
        return written[2:-2].split('","')
    return list(json.loads(written))
