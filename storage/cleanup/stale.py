"""Rows that have been kept long enough (runs, what left the quarantine), and what dead processes hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from newsroom.records import State
from storage.dialect import slices, table
from storage.holds import Held
from storage.owners import is_dead

CAPTURES = table("captures")
PAGES = table("pages")
QUARANTINE = table("quarantine")
RUNS = table("runs")

# A run on another machine, of which nobody here can tell whether it lives, is believed in for so long.
LONGEST_RUN = timedelta(days=7)
RUNS_AT_ONCE = 20  # each may have fetched hundreds of captures, whose rows name it


class Stale:
    """The rows of one unit of work that cleanup looks at besides captures."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- the living and the dead ----------------------------------------------------------------------------------

    def live_since(self, now: datetime) -> datetime | None:
        """When the oldest run began that may still be going on; None when there is none."""
        query = select(RUNS.c.owner, RUNS.c.started_utc).where(RUNS.c.state == "running").order_by(RUNS.c.started_utc)
        leasing = set(
            self._connection.scalars(
                select(PAGES.c.lease_owner)
                .where(PAGES.c.state == State.LEASED.value, PAGES.c.lease_until_utc >= now)
                .distinct()
            )
        )
        return next(
            (
                run.started_utc
                for run in self._connection.execute(query)
                if not is_dead(run.owner) and (run.owner in leasing or run.started_utc > now - LONGEST_RUN)
            ),
            None,
        )

    def dead_leases(self, dead: Sequence[str], now: datetime) -> int:
        """How many pages are leased by these owners, or by anybody beyond the lease's time."""
        lapsed = or_(PAGES.c.lease_owner.in_(dead), PAGES.c.lease_until_utc < now)
        query = select(func.count()).select_from(PAGES).where(PAGES.c.state == State.LEASED.value, lapsed)
        return self._connection.scalar(query) or 0

    def dead_runs(self, dead: Sequence[str]) -> int:
        """How many runs of these owners say to be running."""
        query = select(func.count()).select_from(RUNS).where(RUNS.c.state == "running", RUNS.c.owner.in_(dead))
        return self._connection.scalar(query) or 0

    # --- runs -----------------------------------------------------------------------------------------------------

    def runs(self, before: datetime, held: Held) -> tuple[list[int], int]:
        """Ended runs that began before `before` and may go, and the number that holds keep.

        The newest run of each portal stays, and one that alone says whose a capture is.
        """
        newest = select(func.max(RUNS.c.id)).group_by(RUNS.c.portal_id)
        needed = exists().where(
            CAPTURES.c.run_id == RUNS.c.id, CAPTURES.c.page_id.is_(None), CAPTURES.c.removed_utc.is_(None)
        )
        query = select(RUNS.c.id, RUNS.c.portal_id).where(
            RUNS.c.state != "running",
            RUNS.c.started_utc < before,
            or_(RUNS.c.finished_utc.is_(None), RUNS.c.finished_utc < before),
            RUNS.c.id.not_in(newest),
            ~needed,
        )
        rows = self._connection.execute(query.order_by(RUNS.c.id)).all()
        free = [row.id for row in rows if row.portal_id not in held.portals]
        return free, len(rows) - len(free)

    def delete_runs(self, ids: Sequence[int]) -> None:
        """Delete these runs; the captures they fetched stay and name no run."""
        self._connection.execute(update(CAPTURES).where(CAPTURES.c.run_id.in_(ids)).values(run_id=None))
        self._connection.execute(delete(RUNS).where(RUNS.c.id.in_(ids)))

    # --- quarantine -----------------------------------------------------------------------------------------------

    def quarantine(self, before: datetime, held: Held) -> tuple[list[int], int]:
        """What left the quarantine before `before` and may go, and the number that holds keep."""
        query = (
            select(
                QUARANTINE.c.id, QUARANTINE.c.url, PAGES.c.url.label("page_url"), PAGES.c.portal_id, PAGES.c.article_id
            )
            .outerjoin(PAGES, PAGES.c.id == QUARANTINE.c.page_id)
            .where(and_(QUARANTINE.c.released_utc.is_not(None), QUARANTINE.c.released_utc < before))
            .order_by(QUARANTINE.c.id)
        )
        rows = self._connection.execute(query).all()
        free = [row.id for row in rows if not held.covers(row.portal_id, [row.article_id], [row.url, row.page_url])]
        return free, len(rows) - len(free)

    def delete_quarantine(self, ids: Sequence[int]) -> None:
        """Delete these rows of the quarantine."""
        for some in slices(ids):
            self._connection.execute(delete(QUARANTINE).where(QUARANTINE.c.id.in_(some)))
