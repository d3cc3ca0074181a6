"""What the articles of an answer have in common: how many of them there are by portal, language, month and so on.

Counted in one pass over narrow rows; no text is read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, func, select, type_coerce

from storage.search.question import Question
from storage.tables import ArticleRow, CopyRow, StoryMemberRow

NAMES = ("portal", "language", "section", "source", "byline", "month", "kind", "versions")
_AT_A_TIME = 1_000  # rows: more of them alive make Python look for garbage among all it has
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
    counts: dict[str, Counter[Any]] = {name: Counter() for name in NAMES}
    for some in _rows(question):
        for name, column in zip(NAMES, zip(*some, strict=True), strict=True):
            counts[name].update(column)
    total = sum(counts["portal"].values())
    counts["byline"] = _names(counts["byline"])
    counts["kind"] = _roles(counts["kind"]) + _kinds(question)
    counts["versions"] = _versions(counts["versions"])
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


def _rows(question: Question) -> Iterator[Sequence[Any]]:
    """A row for every article, some at a time: what `NAMES` names, but JSON for bylines, for the kind who is first."""
    sqlite = question.connection.dialect.name == "sqlite"
    published = ArticleRow.published_utc
    found = question.found()
    query = (
        select(
            ArticleRow.portal_id,
            ArticleRow.language,
            ArticleRow.section,
            ArticleRow.source_name,
            type_coerce(ArticleRow.byline, Text) if sqlite else cast(ArticleRow.byline, Text),
            func.substr(type_coerce(published, Text), 1, 7) if sqlite else func.to_char(published, "YYYY-MM"),
            StoryMemberRow.is_source,
            ArticleRow.revision_count,
        )
        .join_from(found, ArticleRow, ArticleRow.id == found.c.id)
        .outerjoin(StoryMemberRow, StoryMemberRow.article_id == found.c.id)
    )
    cursor = question.connection.execute(query).cursor
    while some := cursor.fetchmany(_AT_A_TIME):
        yield some


def _kinds(question: Question) -> Counter[str]:
    """By kind of copy, how many articles are one."""
    found = question.found()
    query = (
        select(CopyRow.kind, func.count(CopyRow.article_id.distinct()))
        .join_from(found, CopyRow, CopyRow.article_id == found.c.id)
        .group_by(CopyRow.kind)
    )
    return Counter({row[0]: row[1] for row in question.connection.execute(query)})


def _roles(first: Counter[bool | None]) -> Counter[str]:
    """What articles are in their stories; a copy is named by its kinds."""
    return Counter({"single": first[None], "original": first[True]})


def _versions(revisions: Counter[int]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for number, articles in revisions.items():
        counted[str(number) if number < 3 else "3+"] += articles
    return counted


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
