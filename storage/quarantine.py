"""What could not be processed or stored, kept aside with the address of its capture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, insert, or_, select, update

from newsroom.reasons import Reason
from newsroom.records import Run
from storage.dialect import insert_one, slices, table
from storage.storable import storable_text

CAPTURES = table("captures")
PAGES = table("pages")
QUARANTINE = table("quarantine")
IMPORT = "import"  # the stage
_BATCH = 1000

_OPEN = QUARANTINE.c.released_utc.is_(None)


@dataclass(frozen=True, slots=True)
class Aside:
    """Something that an import sets aside."""

    url: str  # "" when it has none
    detail: str  # its place and what is wrong with it


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
    tries: int = 1
    tried_utc: datetime | None = None
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

    def put_page(
        self,
        page_id: int,
        url: str,
        *,
        stage: str,
        reason: Reason,
        detail: str,
        now: datetime,
        capture_id: int | None = None,
    ) -> None:
        """Set a page aside; when it is already, note one more try that failed."""
        again: dict[str, Any] = {
            "stage": stage,
            "reason": reason.value,
            "detail": storable_text(detail)[:2000],
            "tried_utc": now,
        }
        if capture_id is not None:
            again["capture_id"] = capture_id
        held = update(QUARANTINE).where(QUARANTINE.c.page_id == page_id, _OPEN)
        if not self._connection.execute(held.values(**again, tries=QUARANTINE.c.tries + 1)).rowcount:
            self.put(url, stage=stage, reason=reason, detail=detail, now=now, page_id=page_id, capture_id=capture_id)

    def put_imported(self, asides: Iterable[Aside], now: datetime) -> None:
        """Set aside what an import cannot use; what is aside already with the same detail was tried once more."""
        urls = {storable_text(each.detail)[:2000]: storable_text(each.url) for each in asides}
        for details in slices(list(urls)):
            of_import = (QUARANTINE.c.stage == IMPORT, QUARANTINE.c.detail.in_(details))
            known = self._connection.execute(select(QUARANTINE.c.id, QUARANTINE.c.detail).where(*of_import)).all()
            if known:
                again = {"tries": QUARANTINE.c.tries + 1, "tried_utc": now, "released_utc": None}
                ids = [row.id for row in known]
                self._connection.execute(update(QUARANTINE).where(QUARANTINE.c.id.in_(ids)).values(again))
            held = {row.detail for row in known}
            shared = {"stage": IMPORT, "reason": Reason.QUARANTINED.value, "created_utc": now}
            fresh = [{"url": urls[detail], "detail": detail, **shared} for detail in details if detail not in held]
            if fresh:
                self._connection.execute(insert(QUARANTINE), fresh)

    def release_import(self, detail: str, now: datetime) -> None:
        """Note that what an import set aside with this detail has been stored after all."""
        same = (QUARANTINE.c.stage == IMPORT, QUARANTINE.c.detail == storable_text(detail)[:2000], _OPEN)
        self._connection.execute(update(QUARANTINE).where(*same).values(released_utc=now))

    def release(self, quarantine_id: int, now: datetime) -> None:
        """Note that a retry succeeded."""
        self._connection.execute(update(QUARANTINE).where(QUARANTINE.c.id == quarantine_id).values(released_utc=now))

    def release_page(self, page_id: int, now: datetime) -> None:
        """Note that a page is no longer set aside."""
        held = update(QUARANTINE).where(QUARANTINE.c.page_id == page_id, _OPEN)
        self._connection.execute(held.values(released_utc=now))

    def pages(
        self, *, portal_id: str | None = None, reason: Reason | None = None, limit: int | None = None
    ) -> list[Quarantined]:
        """Pages that are set aside with their capture; those first that have waited longest for a try."""
        query = (
            select(QUARANTINE)
            .join(PAGES, PAGES.c.id == QUARANTINE.c.page_id)
            .where(_OPEN, QUARANTINE.c.capture_id.is_not(None))
            .order_by(func.coalesce(QUARANTINE.c.tried_utc, QUARANTINE.c.created_utc), QUARANTINE.c.id)
            .limit(limit)
        )
        if portal_id is not None:
            query = query.where(PAGES.c.portal_id == portal_id)
        if reason is not None:
            query = query.where(QUARANTINE.c.reason == reason.value)
        return [_quarantined(row) for row in self._connection.execute(query)]

    def of_run(self, run: Run, beginnings: Sequence[str] | None) -> Iterator[Quarantined]:
        """What is set aside of a run, oldest first; constant memory.

        Captures name their run. Of an import it is also what was set aside, or tried once more, while it ran, in
        places that begin with one of `beginnings`; None: in any.
        """
        imported = [
            QUARANTINE.c.stage == IMPORT,
            func.coalesce(QUARANTINE.c.tried_utc, QUARANTINE.c.created_utc) >= run.started_utc,
        ]
        if run.finished_utc is not None:
            imported.append(QUARANTINE.c.created_utc <= run.finished_utc)
        if beginnings is not None:
            imported.append(or_(false(), *(_begins(QUARANTINE.c.detail, each) for each in beginnings)))
        query = (
            select(QUARANTINE)
            .outerjoin(CAPTURES, CAPTURES.c.id == QUARANTINE.c.capture_id)
            .where(_OPEN, or_(CAPTURES.c.run_id == run.id, and_(*imported)))
            .order_by(QUARANTINE.c.id)
            .limit(_BATCH)
        )
        last = 0
        while rows := self._connection.execute(query.where(QUARANTINE.c.id > last)).all():
            yield from map(_quarantined, rows)
            last = rows[-1].id

    def list(self, *, released: bool = False) -> list[Quarantined]:
        """What is set aside, oldest first; with `released`, also what no longer is."""
        query = select(QUARANTINE).order_by(QUARANTINE.c.id)
        if not released:
            query = query.where(_OPEN)
        return [_quarantined(row) for row in self._connection.execute(query)]


def _begins(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    return func.substr(column, 1, len(beginning)) == beginning


def _quarantined(row: Row[Any]) -> Quarantined:
    return Quarantined(
        id=row.id,
        url=row.url,
        stage=row.stage,
        reason=Reason(row.reason),
        detail=row.detail,
        created_utc=row.created_utc,
        page_id=row.page_id,
        capture_id=row.capture_id,
        tries=row.tries,
        tried_utc=row.tried_utc,
        released_utc=row.released_utc,
    )
