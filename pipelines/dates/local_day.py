"""The zone of a time that a page states in UTC only, from what else it says: so that the day stays the page's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from newsroom.records import Moment, Precision
from newsroom.zones import offset_text, written_time

_EXACT = (Precision.SECOND, Precision.MINUTE)
_QUARTER = timedelta(minutes=15)
_WESTMOST, _EASTMOST = timedelta(hours=-11), timedelta(hours=14)
_HOUR = timedelta(hours=1)


def is_bare_utc(moment: Moment) -> bool:
    """Whether the time was written in UTC, as programs do, and not in the zone of its readers."""
    return moment.zone == "+00:00" and moment.precision in _EXACT


def may_be_another_day(moment: Moment) -> bool:
    """Whether readers in the Americas, Europe or Asia had another day than UTC then."""
    return is_bare_utc(moment) and (moment.utc.hour < 9 or moment.utc.hour >= 15)


def zone_by_clock(moment: Moment, others: Iterable[Moment]) -> str | None:
    """The zone in which another statement gives the same instant, with its offset or as a mere clock time."""
    for other in others:
        if other.precision not in _EXACT:
            continue
        apart = other.utc - moment.utc
        slack = timedelta(seconds=60 if Precision.MINUTE in (moment.precision, other.precision) else 5)
        if other.zone not in (None, "+00:00") and abs(apart) <= slack:
            return other.zone
        offset = _QUARTER * round(apart / _QUARTER)
        if other.zone is None and offset and _WESTMOST <= offset <= _EASTMOST and abs(apart - offset) <= slack:
            return offset_text(offset)
    return None


def zone_by_day(moment: Moment, day: date, zones: Iterable[str | None]) -> str | None:
    """The zone in which `moment` falls on its neighbour day `day`: of `zones` the first that fits, else the nearest."""
    if abs(day - moment.utc.date()) != timedelta(days=1):
        return None
    for zone in zones:
        if zone and written_time(replace(moment, zone=zone)).date() == day:
            return zone
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    hours = -((moment.utc - midnight) // _HOUR) if day > moment.utc.date() else -(moment.utc.hour + 1)
    return offset_text(hours * _HOUR) if _WESTMOST <= hours * _HOUR <= _EASTMOST else None
