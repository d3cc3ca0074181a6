"""Times as feeds, sitemaps and pages write them, read into `Moment`.

A time that is exact to the minute or second is an instant, in UTC. A date without a time of day is not: its `utc` is
midnight UTC of the calendar day that was written, so `moment.utc.date()` is always the day on the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsroom.calendars import gregorian
from newsroom.month_names import MONTH_PATTERN, MONTHS
from newsroom.records import Moment, Precision
from newsroom.zones import offset_text

MAX_CHARACTERS = 200
FUTURE_TOLERANCE = timedelta(hours=24)
ADDRESS_ORIGIN = "url path"  # of a moment that only the page's address gives

# Hours east of UTC. Where a name means several zones, the one that news feeds use.
_ZONE_HOURS: dict[str, float] = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet", "etc/gmt", "etc/utc"), 0),
    **dict.fromkeys(("bst", "cet", "met", "mez", "wat", "west"), 1),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "cat", "sast"), 2),
    **dict.fromkeys(("eest", "msk", "eat", "trt"), 3),
    **dict.fromkeys(("msd", "gst"), 4),
    **{"pkt": 5, "ist": 5.5, "npt": 5.75, "ict": 7, "wib": 7, "wita": 8, "wit": 9},
    **dict.fromkeys(("hkt", "sgt", "pht", "myt", "awst", "北京时间"), 8),
    **{"jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
    **{"brt": -3, "art": -3, "clt": -4, "nst": -3.5, "ndt": -2.5, "adt": -3, "akst": -9, "akdt": -8, "hst": -10},
    **dict.fromkeys(("ast", "at", "edt"), -4),
    **dict.fromkeys(("est", "et", "cdt", "pet", "cot"), -5),
    **dict.fromkeys(("cst", "ct", "mdt"), -6),
    **dict.fromkeys(("mst", "mt", "pdt"), -7),
    **dict.fromkeys(("pst", "pt"), -8),
}
_AMERICAN = frozenset(("est", "edt", "et", "cst", "cdt", "ct", "mst", "mdt", "mt", "pst", "pdt", "pt", "am", "pm"))


_MONTH = rf"(?P<month>{MONTH_PATTERN}(?!\w))\.?"
_DAY = r"(?P<day>\d{1,2})(?!\d)"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DATES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # 2018-06-05, 2018/6/5, 2018.06.05.
        r"(?<!\d)(?P<year>\d{4})(?P<sep>[-/.]) ?(?P<month>0?\d{1,2})(?P=sep) ?(?P<day>\d{1,2})\.?(?![\d-])",
        # 2018年6月5日, 2018년 6월 5일, 2018年6月
        r"(?<!\d)(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월](?: ?(?P<day>\d{1,2}) ?[日号號일])?",
        # 5 June 2018, 5. Juni 2018, 5th of June, 2018, 5 de junio de 2018, 05-Jun-18
        rf"(?<!\d){_DAY}(?:st|nd|rd|th|er|º|ª|\.)?,?[ /-]?(?:(?:of|de|d') ?)?{_MONTH}"
        r",?[ /-]?(?:(?:de|del|of) )?(?P<year>\d{4}|'?\d{2})(?![\d:])",
        # 5 tháng 6, 2018
        rf"(?<!\d){_DAY} tháng (?P<month>\d{{1,2}}),? (?:năm )?{_YEAR}",
        # June 5, 2018; Jun 5th 2018
        rf"(?<!\w){_MONTH} ?{_DAY}(?:st|nd|rd|th)?,? ?(?:of )?{_YEAR}",
        # 2018 June 5, 2004-július-13
        rf"(?<!\d){_YEAR}[ ./-]{{0,2}}{_MONTH}[ ./-]{{0,2}}{_DAY}",
        # 5.6.2018, 05/06/2018, 05-06-2018, 5/5/20
        r"(?<![\d./-])(?P<day>\d{1,2})(?P<sep>[-/.]) ?(?P<month>\d{1,2})(?P=sep) ?(?P<year>\d{4}|\d{2})\.?(?![\d-])",
        # June 2018, 2018-06
        rf"(?<!\w){_MONTH},? ?(?:de )?{_YEAR}",
        r"^(?P<year>\d{4})[-/](?P<month>\d{1,2})$",
        r"^(?P<year>\d{4})年?$",
    )
)
_HALF_DAY = "上午|下午|中午|凌晨|早上|晚上|午前|午後|오전|오후"
_TIME = re.compile(
    rf"(?<![\d:.])t?(?:(?P<before>{_HALF_DAY}) ?)?(?P<hour>\d{{1,2}})"
    r"(?:(?: ?[:時时点點시] ?|h)(?P<minute>\d{2})(?!\d)(?: ?[分분])?"
    r"(?: ?: ?(?P<second>\d{2})(?!\d)(?:[.,:]\d{1,9})?| ?(?P<second_cjk>\d{1,2}) ?[秒초])?"
    r"|(?= ?[ap]\.?m\b))(?: ?(?P<after>[ap])\.?m\b\.?)?"
    r"|(?<![\d:.])(?P<hour_uhr>\d{1,2})(?:\.(?P<minute_uhr>\d{2}))?(?= ?uhr\b)"
)
_OFFSET = re.compile(r"[ (]*(?:(?:gmt|utc|z) ?)?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?![\d:\w])")
_ZONE_NAME = re.compile(r"[ (]*(?P<name>[a-z]{3,10}/[a-z_+0-9/-]{2,30}|北京时间|[a-z]{1,4})(?!\w)")
_IN_BRACKETS = re.compile(r"\([^()\d]*\)")
_NOISE = re.compile(
    r"(?<!\w)(?:published|posted|updated|created|last|modified|date|time|on|at|the|of|le|um|uhr|vom|den"
    r"|am|à|a las|kl|klo|ore)(?!\w)|ساعت|发布时间|发布于|发布|发表于|更新时间|更新|时间|日期"
    r"|(?:星期|周|週)[一二三四五六日天]|[日月火水木金土]曜日?|[+-]\d\d:\d\d$|[\s,;:|·.、/@()–—-]+"
)
_WORD = re.compile(r"[^\W\d_]{1,14}")
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[ t]?(\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?(?P<rest>z| ?[+-]\d{2}:?\d{2})?"
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?:([Zz])|([+-]\d\d):?(\d\d))?)?\s*"
)


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day, with the offset or zone that stood behind it."""

    hour: int
    minute: int
    second: int | None
    zone: tzinfo | None
    zone_text: str | None
    american: bool
    rest: str  # the text without it


def parse_when(
    text: str,
    *,
    zone: str | None = None,
    now: datetime | None = None,
    origin: str = "",
    day_first: bool | None = None,
) -> Moment | None:
    """The time that `text` is; None when it is not one time, or names one more than 24 h after `now`.

    `zone` (an IANA name) is where a time without an offset was written; without it UTC is taken. 05/06/2018 is read
    day first unless `day_first` is False, the time is written with am/pm or in an American zone, or only the other
    order exists or is not in the future. Raises ZoneInfoNotFoundError for an unknown `zone`.
    """
    if not text or len(text) > MAX_CHARACTERS:
        return None
    plain = _ISO.fullmatch(text)  # nine in ten: no need for the long way
    moments = _iso(plain, zone) if plain else _read(_folded(text), zone, day_first)
    return _first_past(moments, now, origin)


def find_when(
    text: str,
    *,
    zone: str | None = None,
    now: datetime | None = None,
    origin: str = "",
    day_first: bool | None = None,
) -> Moment | None:
    """The first date within a line of text ("来源：新华社 2018-06-05 10:31"), with the time beside it, or None.

    Only the first 200 characters are read.
    """
    return _first_past(_search(_folded(text[:MAX_CHARACTERS]), zone, day_first), now, origin)


def _first_past(moments: Iterable[Moment], now: datetime | None, origin: str) -> Moment | None:
    for moment in moments:
        if now is None or moment.utc <= now + FUTURE_TOLERANCE:
            return replace(moment, origin=origin)
    return None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _iso(match: re.Match[str], zone: str | None) -> list[Moment]:
    year, month, day, hour, minute, second, z, offset_hours, offset_minutes = match.groups()
    offset: tzinfo | None = UTC if z else None
    if offset_hours:
        offset = _offset(offset_hours[0], int(offset_hours[1:]), int(offset_minutes))
        if offset is None:
            return []
    clock = None
    if hour:
        shown = _shown(offset) if offset else None
        clock = _Clock(int(hour), int(minute), int(second) if second else None, offset, shown, False, "")
    return _moments([(int(year), int(month), int(day))], clock, zone)


def _read(text: str, zone: str | None, day_first: bool | None) -> list[Moment]:
    """What `text` (folded) can mean, the likeliest first; nothing when more than one time stands in it."""
    days = _digits_only(text)
    if days:
        return _moments(days, None, zone)
    if text.isdecimal() and len(text) in (10, 13) and 0 < int(text[:10]) < 1_900_000_000:  # since 1970, in s or ms
        return [Moment(datetime.fromtimestamp(int(text[:10]), UTC), zone="+00:00")]
    text = _spelt_out(text)
    clock = _clock(text)
    rest = clock.rest if clock else text
    found = next((match for match in (pattern.search(rest) for pattern in _DATES) if match), None)
    if found is None or not _is_noise(f"{rest[: found.start()]} {rest[found.end() :]}", unknown_words=2):
        return []
    return _moments(_calendar_days(found, clock, day_first), clock, _zone_of(text, zone))


def _search(text: str, zone: str | None, day_first: bool | None) -> list[Moment]:
    """What the leftmost date in `text` (folded) can mean, the likeliest first."""
    text = _spelt_out(text)
    matches = [match for match in (pattern.search(text) for pattern in _DATES) if match]
    if not matches:
        return []
    found = min(matches, key=lambda match: match.start())
    clock = _clock_beside(text, found)
    return _moments(_calendar_days(found, clock, day_first), clock, _zone_of(text, zone))


def _clock_beside(text: str, found: re.Match[str]) -> _Clock | None:
    """The time right after or right before a date; a time further away may be a duration."""
    after = text[found.end() :]
    match = _TIME.search(after)
    if match and _is_noise(after[: match.start()]):
        return _clock(after)
    before = text[: found.start()]
    starts = [match.start() for match in _TIME.finditer(before)]
    clock = _clock(before[starts[-1] :]) if starts else None
    return clock if clock and _is_noise(clock.rest) else None


def _zone_of(text: str, zone: str | None) -> str | None:
    return zone or ("Asia/Seoul" if "년" in text else None)


def _digits_only(text: str) -> list[tuple[int, int, int | None]]:
    """ISO 8601 cut short, as old feeds have it: 2003-335, 03335, -03-12, 031231, 03-12-31, 200312."""
    ordinal = re.fullmatch(r"(\d{4}|[09]\d)-?(\d{3})", text)  # year and day of the year
    if ordinal:
        year, day = _full_year(ordinal[1]), int(ordinal[2])
        when = date(year, 1, 1) + timedelta(days=day - 1) if 1 <= day <= 366 and year else None
        return [(when.year, when.month, when.day)] if when else []
    month = re.fullmatch(r"-(\d{2})-?(\d{2})|((?:19|20)\d{2})(0[1-9]|1[0-2])", text)
    if month:
        return [(_full_year(month[1] or month[3]), int(month[2] or month[4]), None)]
    short = re.fullmatch(r"(\d{2})(-?)(\d{2})\2(\d{2})", text)
    if not short:
        return []
    first, middle, last = short[1], int(short[3]), short[4]
    return [(_full_year(first), middle, int(last)), (_full_year(last), middle, int(first))]


def _spelt_out(text: str) -> str:
    """`text` with compact ISO 8601 (20180605T103122Z) and EXIF (2018:06:05) in the common spelling."""
    text = re.sub(r"^(\d{4}):(\d{2}):(\d{2}) ", r"\1-\2-\3 ", text)
    text = re.sub(r"^(\d{4}-\d\d-\d\dt\d\d)(?=z|[+-]|$)", r"\1:00", text)
    compact = _COMPACT.fullmatch(text)
    if not compact:
        return text
    year, month, day, hour, minute, second = compact.groups()[:6]
    time = f"t{hour}:{minute}" + (f":{second}" if second else "") if hour else ""
    return f"{year}-{month}-{day}{time}{compact['rest'] or ''}"


def _clock(text: str) -> _Clock | None:
    match = _TIME.search(text)
    if not match:
        return None
    hour = int(match["hour"] or match["hour_uhr"])
    half = match["after"] or match["before"] or ""
    if half in ("p", "下午", "晚上", "午後", "오후") or (half == "中午" and hour < 11):
        hour += 12 if hour < 12 else 0
    elif half in ("a", "上午", "凌晨", "午前", "오전") and hour == 12:
        hour = 0
    second = match["second"] or match["second_cjk"]
    zone, shown, end = _zone(text, match.end())
    american = bool(match["after"]) or text[match.end() : end].strip(" (") in _AMERICAN
    rest = f"{text[: match.start()]} {text[end:]}".strip()
    minute = int(match["minute"] or match["minute_uhr"] or 0)
    return _Clock(hour, minute, int(second) if second else None, zone, shown, american, " ".join(rest.split()))


def _zone(text: str, start: int) -> tuple[tzinfo | None, str | None, int]:
    """The zone that begins at `start`: itself, how to show it, and where it ends."""
    match = _OFFSET.match(text, start)
    if match:
        offset = _offset(match["sign"], int(match["hours"]), int(match["minutes"] or 0))
        if offset:
            return offset, _shown(offset), match.end()
    match = _ZONE_NAME.match(text, start)
    if not match or match["name"] in MONTHS:
        return None, None, start
    name = match["name"]
    if name in _ZONE_HOURS:
        offset = timezone(timedelta(hours=_ZONE_HOURS[name]))
        return offset, _shown(offset), match.end()
    if "/" not in name:
        return None, None, start
    try:
        region = ZoneInfo(name.title())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None, None, start
    return region, region.key, match.end()


def _offset(sign: str, hours: int, minutes: int) -> timezone | None:
    if hours > 15 or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(size if sign == "+" else -size)


def _shown(zone: tzinfo) -> str:
    return offset_text(zone.utcoffset(None) or timedelta())


def _is_noise(text: str, unknown_words: int = 0) -> bool:
    """Whether nothing is left but known words, and a few unknown ones such as a weekday or a zone."""
    words = _NOISE.sub(" ", _IN_BRACKETS.sub(" ", text)).split()
    return len(words) <= unknown_words and all(map(_WORD.fullmatch, words))


def _full_year(digits: str) -> int:
    year = int(digits.lstrip("'"))
    if len(digits.lstrip("'")) > 2:
        return year
    return year + (1900 if year >= 69 else 2000)


def _calendar_days(
    match: re.Match[str], clock: _Clock | None, day_first: bool | None
) -> list[tuple[int, int, int | None]]:
    groups = match.groupdict()
    year, written_month, day = _full_year(groups["year"]), groups.get("month"), groups.get("day")
    if written_month is None:
        return [(year, 0, None)]
    if written_month in MONTHS:
        return [(year, MONTHS[written_month], int(day) if day else None)]
    month = int(written_month)
    if day is None or match.start("year") < match.start("month") or groups.get("sep") not in ("/", "-"):
        return [(year, month, int(day) if day else None)]
    days: list[tuple[int, int, int | None]] = [(year, month, int(day)), (year, int(day), month)]
    if day_first is None:
        day_first = clock is None or not clock.american
    return days if day_first else days[::-1]


def _moments(days: list[tuple[int, int, int | None]], clock: _Clock | None, zone: str | None) -> list[Moment]:
    """One `Moment` for each calendar day that exists. Month 0 is a year alone, day None a month alone."""
    moments = []
    for year, month, day in days:
        try:
            written = gregorian(year, month, day) if day else date(year, month or 1, 1)
            midnight = datetime(written.year, written.month, written.day, tzinfo=UTC)
            if clock is None or day is None:
                precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
                moments.append(Moment(midnight, precision))
            else:
                moments.append(_instant(midnight, clock, zone))
        except (ValueError, OverflowError):
            continue
    return moments


def _instant(midnight: datetime, clock: _Clock, zone: str | None) -> Moment:
    if clock.hour > 24 or clock.minute > 59 or (clock.second or 0) > 60 or (clock.hour == 24 and clock.minute):
        raise ValueError("no such time of day")
    local_zone = clock.zone or (ZoneInfo(zone) if zone else UTC)
    second = min(clock.second or 0, 59)  # a leap second has no place in datetime
    local = midnight.replace(hour=clock.hour % 24, minute=clock.minute, second=second, tzinfo=local_zone)
    utc = (local + timedelta(days=clock.hour // 24)).astimezone(UTC)
    precision = Precision.MINUTE if clock.second is None else Precision.SECOND
    return Moment(utc, precision, clock.zone_text or zone)
