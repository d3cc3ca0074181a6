"""Calendars of news sites besides the Gregorian, told by their years: Solar Hijri (Iran) and Buddhist (Thailand)."""

from __future__ import annotations

from datetime import date, timedelta

_BUDDHIST = range(2490, 2601)  # 1947 to 2057
_SOLAR_HIJRI = range(1340, 1421)  # 1961 to 2041; later years are those of the lunar calendar, which no rule can place
_NOWRUZ_1340 = date(1961, 3, 21)
_LEAP = frozenset({1, 5, 9, 13, 17, 22, 26, 30})  # of the years of a cycle of 33
_MONTH_DAYS = (31, 31, 31, 31, 31, 31, 30, 30, 30, 30, 30, 29)


def gregorian(year: int, month: int, day: int) -> date:
    """The Gregorian day of a date as it is written. Raises ValueError when there is none."""
    if year in _BUDDHIST:
        return date(year - 543, month, day)
    if year in _SOLAR_HIJRI:
        return _from_solar_hijri(year, month, day)
    return date(year, month, day)


def _from_solar_hijri(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1] + (month == 12 and _is_leap(year)):
        raise ValueError(f"{year}-{month}-{day}: no such day")
    before = range(_SOLAR_HIJRI.start, year)
    days = 365 * len(before) + sum(map(_is_leap, before)) + sum(_MONTH_DAYS[: month - 1]) + day - 1
    return _NOWRUZ_1340 + timedelta(days=days)


def _is_leap(year: int) -> bool:
    return year % 33 in _LEAP
