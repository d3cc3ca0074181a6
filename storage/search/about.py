"""What is known of an article beside its words, as conditions on its row. None of them is ever SQL's NULL."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from newsroom.han import with_script, written_so
from newsroom.records import CopyKind
from storage.search.asking import NO_STEMMER
from storage.search.stemming import LANGUAGES
from storage.search.tree import Between, Captured
from storage.tables import ArticleRow, CopyRow, StoryMemberRow

Copied = Literal["originals", "copies"]

KINDS = ("copy", "original", "single", *(kind.value for kind in CopyKind))


def by_copies(which: Copied) -> ColumnElement[bool]:
    """Articles that are likely the first of their story, or the only one; or those that are not."""
    later = select(StoryMemberRow.article_id).where(~StoryMemberRow.is_source)
    return ArticleRow.id.in_(later) if which == "copies" else ArticleRow.id.not_in(later)


def of_kind(kind: str) -> ColumnElement[bool]:
    """Articles of one of `KINDS`.

    A `copy` tells a story that another likely told first, an `original` one that others tell too, a `single` one of
    its own. A kind of copy is had by every article that is such a copy of any other.
    """
    if kind == "copy":
        return by_copies("copies")
    members = select(StoryMemberRow.article_id)
    if kind == "original":
        return ArticleRow.id.in_(members.where(StoryMemberRow.is_source))
    if kind == "single":
        return ArticleRow.id.not_in(members)
    return ArticleRow.id.in_(select(CopyRow.article_id).where(CopyRow.kind == kind))


def in_story(number: int) -> ColumnElement[bool]:
    """Articles of the story that article `number` is in, itself among them."""
    story = select(StoryMemberRow.story_id).where(StoryMemberRow.article_id == number).scalar_subquery()
    members = select(StoryMemberRow.article_id).where(StoryMemberRow.story_id == story)
    return or_(ArticleRow.id == number, ArticleRow.id.in_(members))


def in_language(tag: str) -> ColumnElement[bool]:
    """Articles in `tag` or a narrower tag of it; zh-CN and zh-TW are the scripts that are written there."""
    language = func.lower(func.coalesce(ArticleRow.language, ""))
    wanted = sorted({tag.lower(), *(each.lower() for each in written_so(with_script(tag)))})
    return or_(language.in_(wanted), *(language.startswith(f"{each}-", autoescape=True) for each in wanted))


def stemmed_by(languages: Collection[str]) -> ColumnElement[bool]:
    """Articles whose words have stems by one of these languages' stemmers; `NO_STEMMER`: whose language has none."""
    written = func.substr(func.lower(func.coalesce(ArticleRow.language, "")).concat("-"), 1, 3)
    found = written.in_([f"{each}-" for each in languages])
    return or_(found, written.not_in([f"{each}-" for each in LANGUAGES])) if NO_STEMMER in languages else found


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
