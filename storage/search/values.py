"""What stands behind a field: from what was written to what is asked for, or why it cannot be read."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, timedelta

from storage.search.about import KINDS
from storage.search.tree import Between, Captured, InLanguage, InPortal, InStory, Node, OfKind

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_STORY = re.compile(r"\d{1,18}", re.ASCII)
_LIKELY = re.compile(r"(\d{4})\D{0,2}(\d{1,2})?\D{0,2}(\d{1,2})?\D?", re.ASCII)


def date_span(written: str) -> tuple[datetime | None, datetime | None]:
    """The UTC times that `2026`, `2026-03`, `2026-03-05` or `A..B` span: from, and up to but not including.

    None is an open end. Raises ValueError, with a sentence for people, when it is no date.
    """
    first, dots, last = written.partition("..")
    if not dots:
        return _span_of_day(first)
    since = _span_of_day(first)[0] if first else None
    until = _span_of_day(last)[1] if last else None
    if since is None and until is None:
        raise ValueError("a span needs a date on at least one side of ..")
    if since is not None and until is not None and since >= until:
        raise ValueError("the span ends before it begins")
    return since, until


def _span_of_day(written: str) -> tuple[datetime, datetime]:
    found = _DAY.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is not a date like 2026, 2026-03 or 2026-03-05")
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, 1 if month is None else month, 1 if day is None else day, tzinfo=UTC)
        if day is not None:
            return start, start + timedelta(days=1)
        if month is not None and month < 12:
            return start, start.replace(month=month + 1)
        return start, start.replace(year=start.year + 1, month=1)
    except (ValueError, OverflowError):
        raise ValueError(f"{written!r} is not in the calendar") from None


class WrongValue(ValueError):
    """Why a value cannot be read, and one that can."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.instead = instead


def read_value(field: str, value: str) -> Node:
    """What `field` asks for. Raises WrongValue."""
    if field == "portal":
        if not value:
            raise WrongValue("portal: needs an id or a name", '"name of it"')
        return InPortal(value)
    if field == "lang":
        if not TAG.fullmatch(value):
            raise WrongValue("lang: takes a tag like zh or en", likely_tag(value))
        return InLanguage(value.lower())
    if field == "kind":
        if value.lower() not in KINDS:
            near = difflib.get_close_matches(value.lower(), KINDS, 1)
            raise WrongValue(f"kind: takes {', '.join(KINDS)}", near[0] if near else "copy")
        return OfKind(value.lower())
    if field == "story":
        if not _STORY.fullmatch(value):
            raise WrongValue("story: takes the number of an article", "".join(re.findall("[0-9]", value))[:18] or "1")
        return InStory(int(value))
    value = value.replace("…", "..")
    try:
        span = date_span(value)
    except ValueError as error:
        raise WrongValue(f"{field}: {error}", _likely_span(value)) from None
    return Captured(*span, value) if field == "captured" else Between(*span, value)


def likely_tag(written: str) -> str:
    """A tag that was perhaps meant by `written`, which is none."""
    dashed = written.replace("_", "-").strip("-")
    if TAG.fullmatch(dashed):
        return dashed
    return "zh" if written[:2].lower() in {"ch", "zh", "中文", "漢語", "汉语"} else "en"


def _likely_span(written: str) -> str:
    """A span that was perhaps meant by `written`, which is none."""
    sides = [_likely_day(side) for side in written.split("..", 1)]
    for span in ("..".join(sides), "..".join(reversed(sides)), *filter(None, sides)):
        if _is_span(span):
            return span
    return "2026-03"


def _likely_day(written: str) -> str:
    found = _LIKELY.fullmatch(written.strip())
    days = ["-".join(filter(None, found.groups()[:parts])) for parts in (3, 2, 1)] if found else []
    return next(filter(_is_span, days), "")


def _is_span(written: str) -> bool:
    try:
        date_span(written)
    except ValueError:
        return False
    return True
