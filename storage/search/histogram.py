"""When the articles of an answer were published, and what share they are of all that was published then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, func, select, type_coerce

from storage.search.joining import apart, joined
from storage.search.question import Question
from storage.search.values import date_span
from storage.tables import ArticleRow

Period = Literal["year", "month", "day"]

_DIGITS = {"year": 4, "month": 7, "day": 10}  # of 2026-03-05
_DAYS_AT_MOST = 62  # that are shown one by one
_MONTHS_AT_MOST = 60
_GAPS_AT_MOST = 1_000  # periods without a hit that are put in


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles of one period."""

    period: str  # 2026, 2026-03 or 2026-03-05, in UTC
    articles: int
    of: int  # articles of that period that the filters admit, whatever they say

    @property
    def share(self) -> float:
        """Of all that was published then; 0 to 1."""
        return self.articles / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """The periods from the first hit to the last, in order."""

    by: Period
    bars: tuple[Bar, ...]
    undated: int  # hits whose publication date is not known
    total: int
    searched_for: str


def count_by_date(question: Question, by: Period | None) -> Histogram:
    """What `question` finds by year, month or day; by what suits the span when `by` is None."""
    found = question.found()
    day = _day(question)
    hits = select(joined(question.connection, day)).join_from(found, ArticleRow, ArticleRow.id == found.c.id)
    days = apart(question.connection.scalar(hits))
    dated = {day: number for day, number in days.items() if day is not None}
    by = by or _suiting(dated)
    counted = _summed(dated, by)
    everything = _summed(_every_day(question, day, min(counted), max(counted)), by) if counted else Counter()
    bars = (Bar(each, counted[each], everything[each]) for each in _periods(sorted(counted), by))
    return Histogram(by, tuple(bars), days[None], days.total(), question.searched_for)


def _day(question: Question) -> ColumnElement[Any]:
    published = ArticleRow.published_utc
    if question.connection.dialect.name == "sqlite":
        return func.substr(type_coerce(published, Text), 1, 10)
    return func.to_char(published, "YYYY-MM-DD")  # connections to PostgreSQL are set to UTC


def _every_day(question: Question, day: ColumnElement[Any], first: str, last: str) -> dict[str, int]:
    """By day, the articles that the filters admit, in the periods from `first` to `last`."""
    published = ArticleRow.published_utc  # which only an article with a text has: the index on it says it all
    since, until = date_span(first)[0], date_span(last)[1]
    every = select(joined(question.connection, day))
    admitted = every.where(published >= since, published < until, *question.conditions)
    days = apart(question.connection.scalar(admitted))
    return {day: number for day, number in days.items() if day is not None}


def _summed(days: Mapping[str, int], by: Period) -> Counter[str]:
    counted: Counter[str] = Counter()
    for day, number in days.items():
        counted[day[: _DIGITS[by]]] += number
    return counted


def _suiting(days: Mapping[str, int]) -> Period:
    """Days for two months at the most, months for five years."""
    if not days:
        return "day"
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    if (last - first).days < _DAYS_AT_MOST:
        return "day"
    return "month" if (last.year - first.year) * 12 + last.month - first.month < _MONTHS_AT_MOST else "year"


def _periods(having: list[str], by: Period) -> list[str]:
    """The periods from the first to the last of `having`, with those between them unless they are too many."""
    if not having:
        return []
    every = []
    for period in _following(having[0], by):
        every.append(period)
        if period == having[-1] or len(every) > len(having) + _GAPS_AT_MOST:
            break
    return every if every[-1] == having[-1] else having


def _following(period: str, by: Period) -> Iterator[str]:
    at = date.fromisoformat(period + "0000-01-01"[len(period) :])
    while True:
        yield at.isoformat()[: _DIGITS[by]]
        try:
            if by == "day":
                at += timedelta(days=1)
            elif by == "month" and at.month < 12:
                at = at.replace(month=at.month + 1)
            else:
                at = at.replace(year=at.year + 1, month=1)
        except (ValueError, OverflowError):  # the calendar ends here
            return
