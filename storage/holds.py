"""Holds and embargoes: what cleanup must not take away, until when, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from storage.dialect import insert_one, table
from storage.storable import storable_text

HOLDS = table("holds")


class Scope(StrEnum):
    """What a hold covers."""

    PORTAL = "portal"  # everything of a portal
    ARTICLE = "article"  # everything that led to an article
    URL = "url"  # everything whose address begins so


class Kind(StrEnum):
    """What a hold is for."""

    HOLD = "hold"
    EMBARGO = "embargo"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold as it was placed."""

    id: int
    scope: Scope
    target: str
    kind: Kind
    until_utc: datetime | None
    note: str
    created_utc: datetime
    released_utc: datetime | None

    def is_in_force(self, now: datetime) -> bool:
        """Whether it still holds."""
        return self.released_utc is None and (self.until_utc is None or self.until_utc > now)


@dataclass(frozen=True, slots=True)
class Held:
    """What all holds that are in force cover together."""

    portals: frozenset[str] = frozenset()
    articles: frozenset[int] = frozenset()
    addresses: tuple[str, ...] = ()  # beginnings of addresses

    def covers(self, portal_id: str | None, articles: Collection[int | None], urls: Collection[str | None]) -> bool:
        """Whether a hold covers what belongs to this portal, these articles and these addresses."""
        return (
            portal_id in self.portals
            or not self.articles.isdisjoint(articles)
            or any(url is not None and url.startswith(self.addresses) for url in urls)
        )


class Holds:
    """The holds of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        scope: Scope,
        target: str,
        *,
        note: str,
        now: datetime,
        kind: Kind = Kind.HOLD,
        until: datetime | None = None,
    ) -> int:
        """Place a hold; its id."""
        said = {"scope": scope.value, "target": storable_text(target), "kind": kind.value, "note": storable_text(note)}
        return insert_one(self._connection, HOLDS, {**said, "until_utc": until, "created_utc": now})

    def release(self, hold_id: int, now: datetime) -> bool:
        """Note that a hold is released; False when there is none, or it was released before."""
        placed = update(HOLDS).where(HOLDS.c.id == hold_id, HOLDS.c.released_utc.is_(None))
        return self._connection.execute(placed.values(released_utc=now)).rowcount > 0

    def get(self, hold_id: int) -> Hold | None:
        """The hold with this id."""
        row = self._connection.execute(select(HOLDS).where(HOLDS.c.id == hold_id)).first()
        return read_hold(row) if row else None

    def list(self) -> list[Hold]:
        """Every hold there ever was, oldest first."""
        return [read_hold(row) for row in self._connection.execute(select(HOLDS).order_by(HOLDS.c.id))]

    def in_force(self, now: datetime) -> Held:
        """What is held at `now`."""
        rows = self._connection.execute(select(HOLDS.c.scope, HOLDS.c.target).where(*in_force(now))).all()
        by_scope = {scope: sorted({row.target for row in rows if row.scope == scope.value}) for scope in Scope}
        return Held(
            frozenset(by_scope[Scope.PORTAL]),
            frozenset(int(target) for target in by_scope[Scope.ARTICLE]),
            tuple(by_scope[Scope.URL]),
        )


def in_force(now: datetime) -> list[ColumnElement[bool]]:
    """Conditions on rows of holds: those that still hold at `now`."""
    return [HOLDS.c.released_utc.is_(None), or_(HOLDS.c.until_utc.is_(None), HOLDS.c.until_utc > now)]


def read_hold(row: Row[tuple[object, ...]]) -> Hold:
    """A row of holds as the record it holds."""
    return Hold(
        id=row.id,
        scope=Scope(row.scope),
        target=row.target,
        kind=Kind(row.kind),
        until_utc=row.until_utc,
        note=row.note,
        created_utc=row.created_utc,
        released_utc=row.released_utc,
    )
