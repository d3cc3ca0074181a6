"""The filters of a search, by their names; and as JSON values, so that a question can be kept and asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypedDict, get_args

Copied = Literal["originals", "copies"]


class Filters(TypedDict, total=False):
    """What every question to the search index takes beside the query; one that is left out filters nothing."""

    portal: str | None  # the id of a portal
    language: str | None  # a tag; zh covers zh-Hans and zh-Hant
    since: datetime | None  # published then or later
    until: datetime | None  # published before
    unique: bool  # each story once: its likely source where that is found
    copied: Copied | None  # only likely originals, or only copies of them
    fold_han: bool  # traditional and simplified characters are the same


_INSTANTS = ("since", "until")
_WORDS = ("portal", "language")
_FLAGS = ("unique", "fold_han")
_COPIED = get_args(Copied)


def plain_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters as JSON values; times in ISO 8601."""
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in filters.items()
    }


def read_filters(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Filters as the search takes them. Raises ValueError when `plain_filters` has not made `plain`."""
    return {name: _filter(name, value) for name, value in plain.items()}


def _filter(name: str, value: Any) -> Any:
    if value is None or (name in _WORDS and isinstance(value, str)) or (name in _FLAGS and isinstance(value, bool)):
        return value
    if name in _INSTANTS and isinstance(value, str) and (when := datetime.fromisoformat(value)).tzinfo:
        return when
    if name == "copied" and value in _COPIED:
        return value
    raise ValueError(f"filter {name!r} is {value!r}")
