"""Lengths of time as people write them in a file: "90s", "30m", "6h", "7d", "2w", "1y"."""

from __future__ import annotations

import re
from datetime import timedelta

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
    seconds = length.total_seconds()
    for unit in "dhm":
        if seconds >= _UNITS_S[unit] and seconds % _UNITS_S[unit] == 0:
            return f"{int(seconds // _UNITS_S[unit])}{unit}"
    return f"{seconds:g}s" if seconds < 1e5 else f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"
