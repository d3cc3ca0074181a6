"""The zones that a `Moment` names: "+08:00" or "Asia/Shanghai"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from newsroom.records import Moment


def zone_named(name: str | None) -> tzinfo:
    """The zone of that name; UTC when it is none."""
    if not name:
        return UTC
    if name[0] in "+-":
        try:
            hours, _, minutes = name[1:].partition(":")
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            return timezone(-offset if name[0] == "-" else offset)
        except ValueError:
            return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def written_time(moment: Moment) -> datetime:
    """The instant in the zone it was written in."""
    try:
        return moment.utc.astimezone(zone_named(moment.zone))
    except OverflowError:  # in the year 1 or 9999
        return moment.utc


def offset_text(offset: timedelta) -> str:
    """An offset from UTC as "+08:00"."""
    minutes = round(abs(offset).total_seconds() / 60)
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
