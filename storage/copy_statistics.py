"""Who copies whom, how much, and how fast. What is withheld is no article here: neither a copy nor a source."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, func, select

from storage.dialect import table
from storage.rights import Rights

ARTICLES = table("articles")
MEMBERS = table("story_members")


@dataclass(frozen=True, slots=True)
class PortalShare:
    """How much of a portal's news stood elsewhere first, as far as can be told."""

    portal_id: str
    articles: int
    copied: int  # articles whose story another portal likely had first
    repeated: int  # articles whose story the portal itself had first
    copied_by_others: int  # articles of other portals whose story was likely this one's

    @property
    def share(self) -> float:
        """Of its articles, those copied."""
        return self.copied / self.articles if self.articles else 0.0


@dataclass(frozen=True, slots=True)
class Copying:
    """One portal that takes stories from another."""

    copier: str
    source: str
    articles: int
    median_delay_s: float | None  # from the source's publication to the copy's; None when too few are dated
    dated: int


class CopyStatistics:
    """The copy statistics of one unit of work."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self._connection = connection
        self._rights = rights

    def portals(self) -> list[PortalShare]:
        """By portal, the largest share of copied news first."""
        every = select(ARTICLES.c.portal_id, func.count().label("total")).where(*self._rights.conditions())
        counted = self._connection.execute(every.group_by(ARTICLES.c.portal_id))
        articles = {row.portal_id: row.total for row in counted}
        pairs = {(each.copier, each.source): each.articles for each in self.pairs(same_portal=True)}
        shares = []
        for portal, count in articles.items():
            taken = sum(n for (copier, source), n in pairs.items() if copier == portal != source)
            given = sum(n for (copier, source), n in pairs.items() if source == portal != copier)
            shares.append(PortalShare(portal, count, taken, pairs.get((portal, portal), 0), given))
        return sorted(shares, key=lambda each: (-each.share, -each.articles, each.portal_id))

    def pairs(self, *, same_portal: bool = False) -> list[Copying]:
        """Who copies whom, the most articles first."""
        copy, source = ARTICLES.alias("copy"), ARTICLES.alias("source")
        taken, first = MEMBERS.alias("taken"), MEMBERS.alias("first")
        query = (
            select(
                copy.c.portal_id.label("copier"),
                source.c.portal_id.label("source"),
                copy.c.published_utc.label("then"),
                source.c.published_utc.label("before"),
            )
            .select_from(taken)
            .join(first, (first.c.story_id == taken.c.story_id) & first.c.is_source)
            .join(copy, copy.c.id == taken.c.article_id)
            .join(source, source.c.id == first.c.article_id)
            .where(~taken.c.is_source)
            .where(*(each for end in (taken, first) for each in self._rights.conditions_on(end.c.article_id)))
        )
        if not same_portal:
            query = query.where(copy.c.portal_id != source.c.portal_id)
        counts: dict[tuple[str, str], int] = defaultdict(int)
        delays: dict[tuple[str, str], list[float]] = defaultdict(list)
        for row in self._connection.execute(query, execution_options={"yield_per": 1000}):
            pair = (row.copier, row.source)
            counts[pair] += 1
            if (delay := _delay(row.then, row.before)) is not None:
                delays[pair].append(delay)
        found = [
            Copying(*pair, count, median(delays[pair]) if delays[pair] else None, len(delays[pair]))
            for pair, count in counts.items()
        ]
        return sorted(found, key=lambda each: (-each.articles, each.copier, each.source))

    def stories(self) -> tuple[int, int]:
        """How many stories have several articles, and how many articles those are."""
        size = func.count().label("size")
        told = select(size).select_from(MEMBERS).where(*self._rights.conditions_on(MEMBERS.c.article_id))
        several = told.group_by(MEMBERS.c.story_id).having(size > 1).subquery()
        row = self._connection.execute(select(func.count(), func.sum(several.c.size)).select_from(several)).one()
        return row[0], int(row[1] or 0)


def _delay(then: datetime | None, before: datetime | None) -> float | None:
    return (then - before).total_seconds() if then and before else None
