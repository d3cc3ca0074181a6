"""A time as it is written for others: only as exact as it is known."""

from __future__ import annotations

from datetime import datetime

from newsroom.records import Moment, Precision

_PATTERNS = {
    Precision.YEAR: "%Y",
    Precision.MONTH: "%Y-%m",
    Precision.DAY: "%Y-%m-%d",
    Precision.MINUTE: "%Y-%m-%dT%H:%MZ",
}


def shown_date(moment: Moment | None) -> str | None:
    """ISO 8601, only as exact as it is known. A day is the day in the zone it was written in."""
    return shown_time(moment.utc, moment.precision) if moment else None


def shown_time(when: datetime | None, precision: str | None) -> str | None:
    """A time in UTC as `shown_date` writes it; to the second where no precision is given."""
    pattern = _PATTERNS.get(Precision(precision)) if precision else None
    return when.strftime(pattern) if when and pattern else plain_time(when)


def plain_time(when: datetime | None) -> str | None:
    """A time in UTC, to the second."""
    return f"{when.isoformat(timespec='seconds')[:19]}Z" if when else None
