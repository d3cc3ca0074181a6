"""When portals are crawled: each at its own moment within its interval, the same one in every process."""

from __future__ import annotations

import zlib
from datetime import timedelta

_HOUR, _DAY, _WEEK = 3600, 86_400, 604_800


def schedule_of(portal_id: str, every: timedelta) -> str | timedelta:
    """A schedule that comes round every so often, at a second that depends on the portal's id.

    A cron line (with seconds, in the sixth field) where the interval divides an hour or a day, or is one or seven
    days: two hundred portals with one interval then spread over it. Any other length is counted from run to run.
    """
    length_s = int(every.total_seconds())
    moment_s = zlib.crc32(portal_id.encode()) % length_s
    minute, second = moment_s // 60 % 60, moment_s % 60
    if every.total_seconds() != length_s or length_s % 60:
        return every
    if length_s <= _HOUR and _HOUR % length_s == 0:
        step = length_s // 60
        return f"{_steps(minute % step, step, 60)} * * * * {second}"
    if length_s <= _DAY and _DAY % length_s == 0 and length_s % _HOUR == 0:
        step = length_s // _HOUR
        return f"{minute} {_steps(moment_s // _HOUR, step, 24)} * * * {second}"
    if length_s == _WEEK:
        return f"{minute} {moment_s // _HOUR % 24} * * {moment_s // _DAY} {second}"
    return every


def _steps(first: int, step: int, end: int) -> str:
    return ",".join(str(value) for value in range(first, end, step))
