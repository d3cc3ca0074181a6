"""Relations between articles: which copies which, how, and what shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from newsroom.records import Copy, CopyKind
from storage.dialect import one_of, slices, table
from storage.storable import storable

COPIES = table("copies")


@dataclass(frozen=True, slots=True)
class Link:
    """A relation without its evidence: `article_id` is the copy."""

    article_id: int
    other_id: int
    kind: str
    score: float
    same: float

    def beyond(self, article_id: int) -> int:
        """The other end."""
        return self.other_id if self.article_id == article_id else self.article_id


_links = select(
    COPIES.c.id, COPIES.c.article_id, COPIES.c.other_id, COPIES.c.kind, COPIES.c.score, COPIES.c.same
).where(one_of(COPIES.c.article_id) | one_of(COPIES.c.other_id))
_spun = select(COPIES.c.article_id).where(one_of(COPIES.c.article_id), COPIES.c.decided_by == "fluency").distinct()


class Copies:
    """The relations of one unit of work. Two articles have one at the most, whichever is the copy."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, article_id: int) -> list[Copy]:
        """The relations that an article is in, on either side."""
        return self.among_any([article_id])

    def among_any(self, article_ids: Sequence[int]) -> list[Copy]:
        """Every relation that any of `article_ids` is in, by age."""
        found: dict[int, Copy] = {}
        for some in slices(article_ids, 250):
            either = COPIES.c.article_id.in_(some) | COPIES.c.other_id.in_(some)
            for row in self._connection.execute(select(COPIES).where(either)):
                found[row.id] = Copy(
                    row.article_id, row.other_id, row.kind, row.score, row.evidence, row.decided_by, row.same
                )
        return [found[each] for each in sorted(found)]

    def links(self, article_ids: Collection[int]) -> list[Link]:
        """Every relation that any of `article_ids` is in, without its evidence."""
        found: dict[int, Link] = {}
        for some in slices(sorted(article_ids), 250):
            for row in self._connection.execute(_links, {"some": some}):
                found[row.id] = Link(row.article_id, row.other_id, row.kind, row.score, row.same)
        return [found[each] for each in sorted(found)]

    def spun(self, article_ids: Collection[int]) -> set[int]:
        """Those of the articles whose words were exchanged for less usual ones, by what another article says."""
        found: set[int] = set()
        for some in slices(sorted(article_ids)):
            found |= set(self._connection.scalars(_spun, {"some": some}))
        return found

    def rename(self, links: Iterable[Link], kind: CopyKind) -> None:
        """Give relations another kind; the one that the two texts have by themselves is kept in the evidence."""
        for link in links:
            copy = self.between(link.article_id, link.other_id)
            if copy is not None:
                alone = copy.evidence.get("alone", copy.kind)
                values = {"kind": kind.value, "evidence": {**copy.evidence, "alone": alone}}
                self._connection.execute(update(COPIES).where(_pair(link.article_id, link.other_id)).values(values))

    def kind_alone(self, link: Link) -> CopyKind:
        """The kind that the two texts have by themselves, whatever else the page holds."""
        copy = self.between(link.article_id, link.other_id)
        return CopyKind(str(copy.evidence.get("alone", copy.kind))) if copy else CopyKind(link.kind)

    def between(self, one: int, other: int) -> Copy | None:
        """The relation of two articles."""
        row = self._connection.execute(select(COPIES).where(_pair(one, other))).first()
        return (
            Copy(row.article_id, row.other_id, row.kind, row.score, row.evidence, row.decided_by, row.same)
            if row
            else None
        )

    def put(self, copies: Iterable[Copy], now: datetime) -> None:
        """Keep relations; one takes the place of whatever was known of the same two articles."""
        rows: list[dict[str, Any]] = [
            {**asdict(copy), "kind": str(copy.kind), "evidence": storable(dict(copy.evidence)), "found_utc": now}
            for copy in copies
        ]
        for row in rows:
            self._connection.execute(delete(COPIES).where(_pair(row["article_id"], row["other_id"])))
        if rows:
            self._connection.execute(insert(COPIES), rows)

    def forget_compared(self) -> None:
        """Drop every relation that was found by comparing; exact copies were found by their digest."""
        self._connection.execute(delete(COPIES).where(COPIES.c.kind != CopyKind.IDENTICAL))


def _pair(one: int, other: int) -> Any:
    return or_(
        and_(COPIES.c.article_id == one, COPIES.c.other_id == other),
        and_(COPIES.c.article_id == other, COPIES.c.other_id == one),
    )
