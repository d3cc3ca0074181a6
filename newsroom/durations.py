"""Lengths of time as people write them: "90s", "30m", "6h", "7d", "2w", "1y"; and times, also by their age."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_SPELLING = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([smhdwy])\s*", re.ASCII)

DURATION_PATTERN = r"^\d+(\.\d+)?[smhdwy]$"


def parse_duration(text: object) -> timedelta:
    """The length that `text` says; raises ValueError that names the accepted spellings."""
    if isinstance(text, timedelta):
        return text
    found = _SPELLING.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(
            f'{text!r} is not a length of time; write a number and a unit: "90s", "30m", "6h", "7d", "2w", "1y"'
        )
    try:
        return timedelta(seconds=float(found[1]) * _UNITS_S[found[2]])
    except OverflowError:
        raise ValueError(f"{text!r} is longer than can be counted") from None


def format_duration(length: timedelta) -> str:
    """`length` in days, hours, minutes or seconds: the largest that needs no fraction. `parse_duration` reads it."""
    seconds, micros = divmod(length // timedelta(microseconds=1), 1_000_000)
    for unit in "dhm":
        if not micros and seconds >= _UNITS_S[unit] and seconds % _UNITS_S[unit] == 0:
            return f"{seconds // _UNITS_S[unit]}{unit}"
    return f"{seconds}.{micros:06}".rstrip("0").rstrip(".") + "s"


def point_in_time(text: str, now: datetime) -> datetime:
    """The UTC time that `text` names: a date or time in ISO 8601, UTC where it names no zone, or an age such as "7d".

    Raises ValueError that names the accepted spellings; also for a time that is more than a day ahead.
    """
    said = text.strip()
    try:
        found = now - parse_duration(said) if _SPELLING.fullmatch(said) else datetime.fromisoformat(said)
        when = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f'{text!r} is no time; write a date ("2026-03-05"), a time ("2026-03-05T06:00+01:00") or an age ("7d")'
        ) from None
    if when > now + timedelta(days=1):  # today is tomorrow in some zone
        raise ValueError(f"{text!r} lies in the future; nothing has been announced since then")
    return when
