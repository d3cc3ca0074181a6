"""The portals that a corpus has met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from newsroom.errors import UsageError
from newsroom.spelling import suggestion
from storage.dialect import table, upsert
from storage.storable import storable, storable_text

PORTALS = table("portals")


@dataclass(frozen=True, slots=True)
class KnownPortal:
    """A portal as its file last said."""

    id: str
    name: str
    home: str | None
    definition: Mapping[str, Any]
    first_seen_utc: datetime


class Portals:
    """The portals of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, portal_id: str, *, name: str, home: str | None, definition: Mapping[str, Any], now: datetime) -> None:
        """Enter a portal, or note what its file says now. `definition` holds plain JSON values."""
        said = {"name": storable_text(name), "home": home, "definition": storable(dict(definition))}
        insert = upsert(self._connection, PORTALS).on_conflict_do_update(index_elements=["id"], set_=said)
        self._connection.execute(insert, {"id": portal_id, "first_seen_utc": now, **said})

    def get(self, portal_id: str) -> KnownPortal | None:
        """The portal with this id."""
        row = self._connection.execute(select(PORTALS).where(PORTALS.c.id == portal_id)).first()
        return _portal(row) if row else None

    def check(self, portal_id: str) -> None:
        """Raises UsageError, with an id that is near, when the corpus has never met this portal."""
        if self.get(portal_id) is None:
            near = suggestion(portal_id, self._connection.scalars(select(PORTALS.c.id)))
            raise UsageError(f'the corpus has no portal "{portal_id}"{near or "; see copydesk stats"}')

    def list(self) -> list[KnownPortal]:
        """Every portal, by id."""
        return [_portal(row) for row in self._connection.execute(select(PORTALS).order_by(PORTALS.c.id))]


def _portal(row: Row[Any]) -> KnownPortal:
    return KnownPortal(row.id, row.name, row.home, row.definition, row.first_seen_utc)
