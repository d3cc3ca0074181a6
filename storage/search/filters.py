"""The filters of a search: by their names, as whoever asks may give them, and as JSON values to be asked again."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypedDict, cast, get_args

from newsroom.durations import parse_duration
from newsroom.errors import UsageError
from newsroom.moments import plain_time
from newsroom.spelling import suggestion
from storage.search.about import Copied
from storage.search.values import TAG, date_span, likely_tag
from storage.storable import storable_text

When = str | date  # a day, month or year, or an age such as "7d"; a date; a datetime, in UTC where it says no zone


class _Apart(TypedDict, total=False):
    portal: str | None  # the id of a portal
    language: str | None  # a tag; zh covers zh-Hans and zh-Hant
    unique: bool  # each story once: its likely source where that is found
    copied: Copied | None  # only likely originals, or only copies of them
    fold_han: bool  # traditional and simplified characters are the same


class Filters(_Apart, total=False):
    """What every question to the search index goes by beside the query; one that is left out filters nothing."""

    since: datetime | None  # published then or later
    until: datetime | None  # published before


class GivenFilters(_Apart, total=False):
    """The same, as whoever asks may give them."""

    since: When | None  # published then or later
    until: When | None  # published on that day, in that month or year, or earlier; before that time, if it is one


_INSTANTS = ("since", "until")
_WORDS = {"portal": "the id of a portal", "language": "a tag like zh or en"}
_WORD_CHARS = 1_000
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT", re.ASCII)
_LARGEST = 2**31 - 1
_FLAGS = ("unique", "fold_han")
_COPIED = get_args(Copied)
_NAMES = (*_WORDS, *_INSTANTS, "copied", *_FLAGS)
_TIMES = 'give a day, month or year ("2026-11-30", "2026-11", "2026"), an age ("7d"), a date or a datetime'


def given_filters(given: Mapping[str, Any]) -> Filters:
    """Filters as the search goes by them. Raises UsageError that says which there are, or what one may be."""
    for name in given:
        if name not in _NAMES:
            near = suggestion(name, _NAMES)
            raise UsageError(f'no filter is called "{name}"; there are {", ".join(_NAMES)}{near}')
    found = cast("Filters", {name: _filter(name, value) for name, value in given.items()})
    language, since, until = found.get("language"), found.get("since"), found.get("until")
    if language and not TAG.fullmatch(language):
        raise UsageError(f"language: {language!r} is not a tag like zh or en; did you mean {likely_tag(language)}?")
    if since and until and since >= until:
        raise UsageError(f"since and until: nothing lies between {plain_time(since)} and {plain_time(until)}")
    return found


def plain_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters as JSON values; times in ISO 8601."""
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in filters.items()
    }


def read_filters(plain: Mapping[str, Any]) -> Filters:
    """Filters as the search goes by them. Raises ValueError when `plain_filters` has not made `plain`."""
    try:
        return given_filters({name: _stored(name, value) for name, value in plain.items()})
    except UsageError as error:
        raise ValueError(str(error)) from None


def time_of(written: str, now: datetime, *, last: bool = False) -> datetime:
    """The UTC time at which a day, month or year begins, or with `last` ends; a time; or what was so long before `now`.

    Raises ValueError, with a sentence for people, when `written` says none of these.
    """
    if _CLOCK.match(written):
        try:
            return _in_utc(datetime.fromisoformat(written))
        except ValueError:
            raise ValueError(f"{written!r} is no time like 2026-03-05T10:00:00Z") from None
    if written[-1:].isalpha():
        try:
            return now - parse_duration(written)
        except (ValueError, OverflowError):
            raise ValueError(
                f"{written!r} is neither a day such as 2026-03-05, 2026-03 or 2026, nor a length of time such as 7d"
            ) from None
    found = date_span(written)[1 if last else 0]
    if found is None or ".." in written:
        raise ValueError(f"{written!r} is not one day, month or year")
    return found


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raises UsageError when `value` is none of `choices`."""
    if not isinstance(value, str) or value not in choices:
        *others, last = (f'"{each}"' for each in choices)
        near = suggestion(value, choices) if isinstance(value, str) else ""
        raise UsageError(f"{name}: {value!r} is not {', '.join(others)} or {last}{near}")


def check_number(name: str, value: Any, least: int) -> None:
    """Raises UsageError when `value` is no whole number from `least` to what both databases can count to."""
    try:
        is_right = least <= operator.index(value) <= _LARGEST
    except TypeError:
        is_right = False
    if not is_right:
        raise UsageError(f"{name}: {value!r} is no whole number from {least} to {_LARGEST:,}")


def _filter(name: str, value: Any) -> Any:
    if value is None:
        return value
    if name in _INSTANTS:
        return _instant(name, value)
    if name == "copied":
        check_choice(name, value, _COPIED)
    elif name in _FLAGS and not isinstance(value, bool):
        raise UsageError(f"{name}: {value!r} is not True or False")
    elif name in _WORDS and (not isinstance(value, str) or len(value) > _WORD_CHARS or storable_text(value) != value):
        raise UsageError(f"{name}: {value!r} is not {_WORDS[name]}")
    return value


def _instant(name: str, value: Any) -> datetime:
    try:
        if isinstance(value, datetime):
            return _in_utc(value)
        if isinstance(value, str | date):
            return time_of(str(value), datetime.now(UTC), last=name == "until")
    except ValueError as error:
        raise UsageError(f"{name}: {error}; {_TIMES}") from None
    except OverflowError:
        raise UsageError(f"{name}: {value} is not in the calendar of UTC; {_TIMES}") from None
    raise UsageError(f"{name}: {value!r} is no time; {_TIMES}")


def _in_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.utcoffset() is None else when.astimezone(UTC)


def _stored(name: str, value: Any) -> Any:
    if name not in _INSTANTS or not isinstance(value, str):
        return value
    when = datetime.fromisoformat(value)
    if when.tzinfo is None:
        raise ValueError(f"filter {name!r} is {value!r}, which says no zone")
    return when
