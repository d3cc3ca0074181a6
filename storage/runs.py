"""Runs: each crawl of a portal, how it ended and what it counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from newsroom.records import Run
from storage.dialect import insert_one, table
from storage.storable import storable

RUNS = table("runs")


class Runs:
    """The runs of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, portal_id: str, *, owner: str, version: str, now: datetime, kind: str | None = None) -> int:
        """Enter a run that begins now; its id. `owner` is the name under which it leases pages.

        The `kind` is kept with its counts, so that also a run that is killed has it.
        """
        row = {"portal_id": portal_id, "started_utc": now, "state": "running", "owner": owner, "version": version}
        return insert_one(self._connection, RUNS, {**row, "stats": {"kind": kind} if kind else {}})

    def count(self, run_id: int, stats: Mapping[str, object]) -> None:
        """Keep what a running run has counted so far."""
        self._connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(stats=storable(dict(stats))))

    def finish(
        self, run_id: int, *, state: str, exit_code: int | None, stats: Mapping[str, object], now: datetime
    ) -> None:
        """Note how a run ended: done, interrupted or failed."""
        ended = {"state": state, "exit_code": exit_code, "stats": storable(dict(stats)), "finished_utc": now}
        self._connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(ended))

    def interrupt(self, owner: str) -> int:
        """Note that the running runs of a dead `owner` were interrupted, with no time of end; the number of them."""
        running = update(RUNS).where(RUNS.c.owner == owner, RUNS.c.state == "running")
        return self._connection.execute(running.values(state="interrupted")).rowcount

    def running_owners(self) -> list[str]:
        """Who says to be running; after a crash, `interrupt` those that are no longer alive."""
        query = select(RUNS.c.owner).where(RUNS.c.state == "running").distinct().order_by(RUNS.c.owner)
        return list(self._connection.scalars(query))

    def get(self, run_id: int) -> Run | None:
        """The run with this id."""
        row = self._connection.execute(select(RUNS).where(RUNS.c.id == run_id)).first()
        return _run(row) if row else None

    def latest(self, portal_id: str, kind: str = "crawl") -> Run | None:
        """The newest run of a portal that is of this kind; one that names none is a crawl."""
        same = func.coalesce(RUNS.c.stats["kind"].as_string(), "crawl") == kind
        query = select(RUNS).where(RUNS.c.portal_id == portal_id, same).order_by(RUNS.c.id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return _run(row) if row else None

    def list(self, portal_id: str | None = None, limit: int = 20) -> list[Run]:
        """The newest runs first."""
        query = select(RUNS).order_by(RUNS.c.id.desc()).limit(limit)
        if portal_id is not None:
            query = query.where(RUNS.c.portal_id == portal_id)
        return [_run(row) for row in self._connection.execute(query)]


def _run(row: Row[Any]) -> Run:
    return Run(row.id, row.portal_id, row.started_utc, row.state, row.finished_utc, row.exit_code, row.stats)
