"""Stories: the articles that tell the same, what a curator decided of them, and what is known of each text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select

from storage.dialect import one_of, slices, table, upsert
from storage.rights import Rights

MEMBERS = table("story_members")
DECISIONS = table("story_decisions")
ARTICLES = table("articles")
REVISIONS = table("revisions")
FINGERPRINTS = table("fingerprints")
PORTALS = table("portals")
SOURCE_IDS = table("source_ids")

_EDGE_CHARS = 400  # of a text's beginning and end, where credits stand


@dataclass(frozen=True, slots=True)
class Decision:
    """What a curator said of two articles, the smaller id first."""

    article_id: int
    other_id: int
    same: bool
    note: str
    decided_utc: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One text of a story, with what tells whose story it was."""

    article_id: int
    portal_id: str
    portal_name: str
    url: str
    title: str
    language: str | None
    first_seen_utc: datetime
    published_utc: datetime | None
    published_precision: str | None
    units: int
    fluency: float | None
    source_name: str | None
    original_title: str | None
    site_name: str | None
    edges: str  # the beginning and the end of the text
    story_id: int | None
    is_source: bool


class Stories:
    """The stories of one unit of work. Lists of them leave out what is withheld; what is asked for by id is given."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self._connection = connection
        self._rights = rights

    # --- looking ------------------------------------------------------------------------------------------------

    def story_of(self, article_ids: Collection[int]) -> dict[int, int]:
        """By article, its story; articles that stand alone are left out."""
        found: dict[int, int] = {}
        for some in slices(sorted(article_ids)):
            rows = self._connection.execute(_story_of, {"some": some})
            found |= {row.article_id: row.story_id for row in rows}
        return found

    def members(self, story_ids: Collection[int]) -> dict[int, set[int]]:
        """By story, its articles."""
        found: dict[int, set[int]] = {}
        for some in slices(sorted(story_ids)):
            for row in self._connection.execute(_members, {"some": some}):
                found.setdefault(row.story_id, set()).add(row.article_id)
        return found

    def described(self, article_ids: Collection[int]) -> list[Member]:
        """What is known of each article's current text, in the order of the ids."""
        found: list[Member] = []
        for some in slices(sorted(article_ids)):
            rows = self._connection.execute(_described, {"some": some})
            found += [_member(row) for row in rows]
        return found

    def clusters(self) -> Iterator[tuple[str, int, bool]]:
        """Every article by every id it was imported under, else by its own: id, story, whether it is the source."""
        query = (
            select(ARTICLES.c.id, SOURCE_IDS.c.source_id, MEMBERS.c.story_id, MEMBERS.c.is_source)
            .select_from(
                ARTICLES.outerjoin(SOURCE_IDS, SOURCE_IDS.c.article_id == ARTICLES.c.id).outerjoin(
                    MEMBERS, MEMBERS.c.article_id == ARTICLES.c.id
                )
            )
            .where(ARTICLES.c.revision_id.is_not(None), *self._rights.conditions())
            .order_by(func.coalesce(MEMBERS.c.story_id, ARTICLES.c.id), ARTICLES.c.id, SOURCE_IDS.c.source_id)
        )
        for row in self._connection.execute(query, execution_options={"yield_per": 1000}):
            yield row.source_id or str(row.id), row.story_id or row.id, row.is_source is not False

    def largest(self, limit: int) -> list[tuple[int, int]]:
        """The stories with the most articles, of several each: story and how many."""
        size = func.count().label("size")
        query = select(MEMBERS.c.story_id, size).where(*self._rights.conditions_on(MEMBERS.c.article_id))
        query = query.group_by(MEMBERS.c.story_id).having(size > 1).order_by(size.desc(), MEMBERS.c.story_id)
        rows = self._connection.execute(query.limit(limit) if limit else query)
        return [(row.story_id, row.size) for row in rows]

    def decisions(self, article_ids: Collection[int]) -> list[Decision]:
        """What was decided of any of these articles."""
        found: dict[tuple[int, int], Decision] = {}
        for some in slices(sorted(article_ids), 250):
            for row in self._connection.execute(_decisions, {"some": some}):
                said = Decision(row.article_id, row.other_id, row.same, row.note, row.decided_utc)
                found[(row.article_id, row.other_id)] = said
        return [found[key] for key in sorted(found)]

    # --- writing ------------------------------------------------------------------------------------------------

    def put(self, groups: Iterable[tuple[Collection[int], int]]) -> None:
        """Make each group a story of its own, with its source; a group of one is no story any more."""
        for members, source in groups:
            for some in slices(sorted(members)):
                self._connection.execute(_leave, {"some": some})
            if len(members) > 1:
                story = min(members)
                rows = [
                    {"article_id": each, "story_id": story, "is_source": each == source} for each in sorted(members)
                ]
                self._connection.execute(insert(MEMBERS), rows)

    def decide(self, one: int, other: int, *, same: bool, note: str, now: datetime) -> None:
        """Keep a curator's word on two articles; the last word counts."""
        first, second = sorted((one, other))
        values = {"article_id": first, "other_id": second, "same": same, "note": note, "decided_utc": now}
        said = upsert(self._connection, DECISIONS).on_conflict_do_update(
            index_elements=["article_id", "other_id"], set_={"same": same, "note": note, "decided_utc": now}
        )
        self._connection.execute(said, values)

    def undecide(self, one: int, other: int) -> bool:
        """Take a curator's word back; whether there was one."""
        first, second = sorted((one, other))
        gone = delete(DECISIONS).where(and_(DECISIONS.c.article_id == first, DECISIONS.c.other_id == second))
        return bool(self._connection.execute(gone).rowcount)

    def forget_all(self) -> None:
        """Drop every story, to put them together anew; what was decided stays."""
        self._connection.execute(delete(MEMBERS))


# Made once: making a statement costs as much as running it.
_story_of = select(MEMBERS.c.article_id, MEMBERS.c.story_id).where(one_of(MEMBERS.c.article_id))
_members = select(MEMBERS.c.article_id, MEMBERS.c.story_id).where(one_of(MEMBERS.c.story_id))
_leave = delete(MEMBERS).where(one_of(MEMBERS.c.article_id))
_decisions = select(DECISIONS).where(or_(one_of(DECISIONS.c.article_id), one_of(DECISIONS.c.other_id)))
_described = (
    select(
        ARTICLES.c.id,
        ARTICLES.c.portal_id,
        PORTALS.c.name.label("portal_name"),
        ARTICLES.c.url,
        ARTICLES.c.first_seen_utc,
        REVISIONS.c.title,
        REVISIONS.c.language,
        REVISIONS.c.published_utc,
        REVISIONS.c.published_precision,
        REVISIONS.c.source_name,
        REVISIONS.c.original_title,
        REVISIONS.c.site_name,
        func.substr(REVISIONS.c.text, 1, _EDGE_CHARS).label("head"),
        func.substr(REVISIONS.c.text, func.length(REVISIONS.c.text) - _EDGE_CHARS + 1, _EDGE_CHARS).label("tail"),
        FINGERPRINTS.c.unit_count,
        FINGERPRINTS.c.fluency,
        MEMBERS.c.story_id,
        MEMBERS.c.is_source,
    )
    .select_from(
        ARTICLES.join(REVISIONS, REVISIONS.c.id == ARTICLES.c.revision_id)
        .join(PORTALS, PORTALS.c.id == ARTICLES.c.portal_id)
        .outerjoin(FINGERPRINTS, FINGERPRINTS.c.revision_id == REVISIONS.c.id)
        .outerjoin(MEMBERS, MEMBERS.c.article_id == ARTICLES.c.id)
    )
    .where(one_of(ARTICLES.c.id))
    .order_by(ARTICLES.c.id)
)


def _member(row: Row[*tuple[Any, ...]]) -> Member:
    return Member(
        article_id=row.id,
        portal_id=row.portal_id,
        portal_name=row.portal_name,
        url=row.url,
        title=row.title,
        language=row.language,
        first_seen_utc=row.first_seen_utc,
        published_utc=row.published_utc,
        published_precision=row.published_precision,
        units=row.unit_count or 0,
        fluency=row.fluency,
        source_name=row.source_name,
        original_title=row.original_title,
        site_name=row.site_name,
        edges=f"{row.head}\n{row.tail}",
        story_id=row.story_id,
        is_source=bool(row.is_source),
    )
