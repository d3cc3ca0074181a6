"""How long something is kept: a length of time, or forever."""

from __future__ import annotations

from datetime import datetime, timedelta

from newsroom.durations import format_duration, parse_duration

FOREVER = "forever"


def parse_retention(value: object) -> timedelta | None:
    """The length that `value` says, None for "forever"; raises ValueError that names the accepted spellings."""
    return None if value is None or value == FOREVER else parse_duration(value)


def show_retention(value: timedelta | None) -> str:
    """`value` as `parse_retention` reads it."""
    return FOREVER if value is None else format_duration(value)


def expired_before(kept: timedelta | None, now: datetime) -> datetime | None:
    """The time before which things that are kept for `kept` have expired at `now`; None for never."""
    try:
        return None if kept is None else now - kept
    except OverflowError:  # longer than there are years
        return None
