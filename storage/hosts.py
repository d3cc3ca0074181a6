"""What a host told us about how to treat it, kept between runs: robots.txt and Retry-After."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from storage.dialect import table, upsert

HOSTS = table("hosts")

ROBOTS_MAX_AGE = timedelta(hours=24)  # RFC 9309, section 2.4
ROBOTS_MAX_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class KeptRobots:
    """A robots.txt as it was served."""

    body: bytes
    status: int  # HTTP status; 0 when unreachable
    fetched_utc: datetime


class Hosts:
    """The hosts of one unit of work; a host is `scheme://host:port` as `newsroom.urls.host_key` spells it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def robots(self, host: str, now: datetime) -> KeptRobots | None:
        """The kept robots.txt; None when there is none of the last 24 hours."""
        row = self._connection.execute(select(HOSTS).where(HOSTS.c.host == host)).first()
        if row is None or row.robots_fetched_utc is None or row.robots_fetched_utc <= now - ROBOTS_MAX_AGE:
            return None
        return KeptRobots(row.robots_body or b"", row.robots_status or 0, row.robots_fetched_utc)

    def put_robots(self, host: str, status: int, body: bytes, now: datetime) -> None:
        """Keep a robots.txt, cut at 512 KiB."""
        cut = body[:ROBOTS_MAX_BYTES]
        self._put(host, {"robots_status": status, "robots_body": cut, "robots_fetched_utc": now})

    def retry_after(self, host: str, now: datetime) -> datetime | None:
        """Until when the host asked to be left alone; None when it may be asked."""
        until = self._connection.scalar(select(HOSTS.c.retry_after_utc).where(HOSTS.c.host == host))
        return until if until and until > now else None

    def set_retry_after(self, host: str, until: datetime | None) -> None:
        """Note that the host asked to be left alone until then; None lifts it."""
        self._put(host, {"retry_after_utc": until})

    def _put(self, host: str, values: dict[str, Any]) -> None:
        insert = upsert(self._connection, HOSTS).on_conflict_do_update(index_elements=["host"], set_=values)
        self._connection.execute(insert, {"host": host, **values})
