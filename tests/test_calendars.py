from __future__ import annotations

import re
from datetime import date

import pytest

from newsroom.calendars import gregorian
from newsroom.dates import find_when, parse_when
from newsroom.month_names import MONTH_PATTERN, MONTHS


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1375, 1, 1), date(1996, 3, 20)),
        ((1395, 12, 30), date(2017, 3, 20)),  # a leap year's last day
        ((1399, 2, 21), date(2020, 5, 10)),
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((2563, 4, 5), date(2020, 4, 5)),
        ((2020, 4, 5), date(2020, 4, 5)),
    ],
)
def test_a_day_of_another_calendar_is_told_by_its_year(written: tuple[int, int, int], day: date) -> None:
    assert gregorian(*written) == day


@pytest.mark.parametrize("written", [(1400, 12, 30), (1399, 7, 31), (1399, 13, 1), (1399, 1, 0), (2563, 2, 30)])
def test_days_that_no_calendar_has_are_refused(written: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="day"):
        gregorian(*written)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("۱۳۹۹/۰۲/۲۱ - ۱۸:۵۹", "2020-05-10"),
        ("۲۱ اردیبهشت ۱۳۹۹ ساعت ۱۸:۵۹", "2020-05-10"),
        ("5 มีนาคม 2563", "2020-03-05"),
        ("5 มี.ค. 2563", "2020-03-05"),
        ("5 במרץ 2026", "2026-03-05"),
        ("5 kovo 2026", "2026-03-05"),
    ],
)
def test_the_dates_of_news_sites_in_many_languages_are_read(line: str, day: str) -> None:
    for moment in (find_when(line), parse_when(line)):
        assert moment is not None
        assert moment.utc.date().isoformat() == day


def test_every_month_name_is_found_whole() -> None:
    pattern = re.compile(rf"{MONTH_PATTERN}(?!\w)")
    assert [name for name in MONTHS if (found := pattern.match(name)) is None or found[0] != name] == []
