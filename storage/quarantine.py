"""What could not be processed or stored, kept aside with the address of its capture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from newsroom.reasons import Reason
from storage.dialect import insert_one, table
from storage.storable import storable_text

QUARANTINE = table("quarantine")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One thing set aside."""

    id: int
    url: str
    stage: str  # extract, store, import
    reason: Reason
    detail: str
    created_utc: datetime
    page_id: int | None = None
    capture_id: int | None = None
    released_utc: datetime | None = None


class Quarantine:
    """The quarantine of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(
        self,
        url: str,
        *,
        stage: str,
        reason: Reason,
        detail: str,
        now: datetime,
        page_id: int | None = None,
        capture_id: int | None = None,
    ) -> int:
        """Set something aside; its id."""
        row = {"url": storable_text(url), "stage": stage, "reason": reason.value, "created_utc": now}
        more = {"detail": storable_text(detail)[:2000], "page_id": page_id, "capture_id": capture_id}
        return insert_one(self._connection, QUARANTINE, {**row, **more})

    def holds(self, stage: str, detail: str) -> bool:
        """Whether exactly this is set aside already, so that a repeated import does not set it aside twice."""
        same = (QUARANTINE.c.stage == stage, QUARANTINE.c.detail == storable_text(detail)[:2000])
        return self._connection.scalar(select(QUARANTINE.c.id).where(*same).limit(1)) is not None

    def release(self, quarantine_id: int, now: datetime) -> None:
        """Note that a retry succeeded."""
        self._connection.execute(update(QUARANTINE).where(QUARANTINE.c.id == quarantine_id).values(released_utc=now))

    def list(self, *, released: bool = False) -> list[Quarantined]:
        """What is set aside, oldest first; with `released`, also what no longer is."""
        query = select(QUARANTINE).order_by(QUARANTINE.c.id)
        if not released:
            query = query.where(QUARANTINE.c.released_utc.is_(None))
        return [
            Quarantined(
                id=row.id,
                url=row.url,
                stage=row.stage,
                reason=Reason(row.reason),
                detail=row.detail,
                created_utc=row.created_utc,
                page_id=row.page_id,
                capture_id=row.capture_id,
                released_utc=row.released_utc,
            )
            for row in self._connection.execute(query)
        ]
