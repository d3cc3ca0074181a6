"""Times as feeds, sitemaps and pages write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.dates import find_when, parse_when
from newsroom.records import Moment, Precision

NOW = datetime(2018, 6, 10, 12, 0, tzinfo=UTC)


def shown(moment: Moment | None) -> str | None:
    """A moment as text, cut to its precision."""
    if moment is None:
        return None
    width = {"second": 19, "minute": 16, "day": 10, "month": 7, "year": 4}[moment.precision]
    return moment.utc.isoformat()[:width]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-06-05T10:31:22Z", "2018-06-05T10:31:22"),
        (" 2018-06-05T10:31:22.123456789+05:30\n", "2018-06-05T05:01:22"),
        ("2018-06-05T10:31:22-0700", "2018-06-05T17:31:22"),
        ("2018-06-05 10:31", "2018-06-05T10:31"),
        ("2018-06-05T10Z", "2018-06-05T10:00"),
        ("2018-06-05", "2018-06-05"),
        ("2018-06", "2018-06"),
        ("2018", "2018"),
        ("20180605", "2018-06-05"),
        ("20180605T103122Z", "2018-06-05T10:31:22"),
        ("201806051031", "2018-06-05T10:31"),
        ("201806", "2018-06"),
        ("2018-156", "2018-06-05"),
        ("18-06-05", "2018-06-05"),
        ("2018:06:05 10:31:22", "2018-06-05T10:31:22"),
        ("2018/6/5 10:31", "2018-06-05T10:31"),
        ("2018-06-05T24:00:00Z", "2018-06-06T00:00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        ("1528165882", "2018-06-05T02:31:22"),
        ("1528165882000", "2018-06-05T02:31:22"),
    ],
)
def test_iso_8601_and_its_relatives(text: str, expected: str):
    assert shown(parse_when(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 05 Jun 2018 10:31:22 GMT", "2018-06-05T10:31:22"),
        ("Tue, 5 Jun 18 10:31 +0200", "2018-06-05T08:31"),
        ("05 Jun 2018 10:31:22 EST", "2018-06-05T15:31:22"),
        ("Tue, 05 Jun 2018 10:31:22 CEST", "2018-06-05T08:31:22"),
        ("Tue, 05 Jun 2018 10:31:22 GMT+8", "2018-06-05T02:31:22"),
        ("Tue, 05 Jun 2018 10:31:22 +0200 (CEST)", "2018-06-05T08:31:22"),
        ("Tue Jun 05 2018 10:31:22 GMT+0800 (China Standard Time)", "2018-06-05T02:31:22"),
        ("Tue Jun  5 10:31:22 2018", "2018-06-05T10:31:22"),
        ("Sun, 05 Jun 2018 10:31:22 Etc/GMT", "2018-06-05T10:31:22"),
        ("5 June 2018 10:31 Europe/Berlin", "2018-06-05T08:31"),
    ],
)
def test_rfc_822_with_the_zones_people_write(text: str, expected: str):
    assert shown(parse_when(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("June 5, 2018 10:31 AM", "2018-06-05T10:31"),
        ("Thursday, June 5th, 2018 at 12:05 a.m.", "2018-06-05T00:05"),
        ("Updated on Jun. 5, 2018 5 PM", "2018-06-05T17:00"),
        ("5. Juni 2018, 10.31 Uhr", "2018-06-05T10:31"),
        ("vendredi 5 juin 2018 à 10h31", "2018-06-05T10:31"),
        ("1er août 2018", "2018-08-01"),
        ("5 de junio de 2018", "2018-06-05"),
        ("5 июня 2018, 10:31", "2018-06-05T10:31"),
        ("5 Haziran 2018", "2018-06-05"),
        ("Παρ, 5 Ιούν 2018 10:31:00 EST", "2018-06-05T15:31:00"),
        ("٥ يونيو ٢٠١٨", "2018-06-05"),
        ("5 tháng 6, 2018", "2018-06-05"),
        ("Juni 2018", "2018-06"),
        ("2018年06月05日 10:31", "2018-06-05T10:31"),
        ("2018年6月5日 下午3时05分", "2018-06-05T15:05"),
        ("发布时间：２０１８-06-05 10:31", "2018-06-05T10:31"),
        ("2018年6月5日(火) 10時31分", "2018-06-05T10:31"),
        ("2018년 6월 5일 오후 3:05", "2018-06-05T06:05"),
    ],
)
def test_written_dates(text: str, expected: str):
    assert shown(parse_when(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "10:31", "2018-13-45", "2018-02-30", "0000-00-00 00:00:00", "2018-06-05T10:61:00Z",
        "2018-06-05T25:00:00Z", "2018-06-05T10:31:22+00:xx", "2018-06-05-01", "5 zzz 2018", "22018", "+00:00",
        "2018-06-05 to 2018-06-07", "1 of 3", "2018-06-05T10:31:22+99:00", "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_one_time_is_none(text: str):
    assert parse_when(text) is None


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("05/06/2018", None, "2018-06-05"),
        ("05/06/2018", False, "2018-05-06"),
        ("05/06/2018 10:31 AM", None, "2018-05-06T10:31"),
        ("05/06/2018 10:31 AM", True, "2018-06-05T10:31"),
        ("05/06/2018 10:31 EST", None, "2018-05-06T15:31"),
        ("06/25/2018", None, "2018-06-25"),
        ("05.06.2018", False, "2018-06-05"),
    ],
)
def test_which_number_is_the_day(text: str, day_first: bool | None, expected: str):
    assert shown(parse_when(text, day_first=day_first)) == expected


def test_the_order_that_is_not_in_the_future_wins():
    assert shown(parse_when("05/12/2018", now=NOW)) == "2018-05-12"


def test_nothing_is_later_than_a_day_from_now():
    assert parse_when("2018-06-12", now=NOW) is None
    assert shown(parse_when("2018-06-11T11:00:00Z", now=NOW)) == "2018-06-11T11:00:00"


def test_the_zone_given_is_used_only_where_none_is_written():
    assert parse_when("2018-06-05 10:31", zone="Asia/Shanghai", origin="meta") == Moment(
        datetime(2018, 6, 5, 2, 31, tzinfo=UTC), Precision.MINUTE, "Asia/Shanghai", "meta"
    )
    written = parse_when("2018-06-05T10:31:00+02:00", zone="Asia/Shanghai")
    assert written is not None and (shown(written), written.zone) == ("2018-06-05T08:31:00", "+02:00")
    with pytest.raises(ZoneInfoNotFoundError):
        parse_when("2018-06-05 10:31", zone="Asia/Nowhere")


def test_a_day_keeps_its_calendar_date_in_every_zone():
    assert parse_when("2018-06-05", zone="Asia/Shanghai") == Moment(datetime(2018, 6, 5, tzinfo=UTC), Precision.DAY)


def test_no_zone_written_means_no_zone_kept():
    moment = parse_when("2018-06-05 10:31:22")
    assert moment is not None and moment.zone is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("来源：某报 2018-06-05 10:31 责任编辑：某某", "2018-06-05T10:31"),
        ("By A. Writer | 5 June 2018 | 4 min read", "2018-06-05"),
        ("Posted by X at 10:31 on June 5, 2018 in News", "2018-06-05T10:31"),
        ("Report of 5 June 2018, listen: 03:45", "2018-06-05"),
        ("no date, only 12:30 here", None),
    ],
)
def test_a_date_is_found_within_a_line(line: str, expected: str | None):
    assert shown(find_when(line)) == expected


@given(st.one_of(st.text(max_size=80), st.text(alphabet="0123456789-/:.TZ+ 年月日", max_size=30)))
def test_no_text_makes_it_fail(text: str):
    for moment in (parse_when(text, now=NOW), find_when(text, zone="Europe/Berlin")):
        assert moment is None or moment.utc.tzinfo is UTC


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 4, 14 * 4))  # noqa: DTZ001
def test_iso_with_an_offset_round_trips(local: datetime, quarters: int):
    sign, (hours, rest) = "-" if quarters < 0 else "+", divmod(abs(quarters), 4)
    text = f"{local.isoformat(timespec='seconds')}{sign}{hours:02d}:{rest * 15:02d}"
    moment = parse_when(text)
    assert moment is not None
    assert moment.utc == datetime.fromisoformat(text).astimezone(UTC)


def test_hostile_lines_take_no_time():
    started = time.process_time()
    for text in ("1" * 200, "1-" * 100, "jan " * 50, "((" * 100, "2018 " * 40, "12:" * 66, "12:30 " * 33, "a " * 100):
        parse_when(text)
        find_when(text)
    assert time.process_time() - started < 0.5
