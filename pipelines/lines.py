"""One line of an import: a JSON object to an Article, cleaned and digested as a page's would be. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsroom.dates import parse_when
from newsroom.han import with_script
from newsroom.portal_fields import portal_id
from newsroom.records import Article, Moment
from newsroom.urls import canonical_url, host_key
from pipelines.language import detect_language
from pipelines.match_keys import match_keys
from pipelines.text import content_digest, one_line, paragraphs, word_count

MAX_LINE_BYTES = 64 << 20
MAX_ID_CHARS = 500

_PORTAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"([a-z]{2,3})(-[A-Za-z0-9]{2,8}){0,3}", re.IGNORECASE)
# The names our own export uses mean the same, so that what was exported can be imported.
_OTHER_NAMES = {"published": "date", "lang": "language", "byline": "authors"}


@dataclass(frozen=True, slots=True)
class Seen:
    """When others captured an article, as far as they say so."""

    observed_utc: datetime | None = None  # this text
    first_utc: datetime | None = None
    last_utc: datetime | None = None
    gone_utc: datetime | None = None


NOT_SAID = Seen()


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """One article of an import."""

    number: int  # from 1
    source_id: str | None
    portal_id: str
    portal_name: str
    article: Article
    file: str = ""  # where an import is of several
    seen: Seen = NOT_SAID


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no article, and why."""

    number: int
    url: str  # "" when it has none
    problem: str
    file: str = ""  # where an import is of several


class _Fault(Exception):
    """What is wrong with a line."""


def read_line(raw: bytes, number: int, portal: str, now: datetime) -> ImportedLine | BadLine:
    """The article on one line `{id, url, title, text, published?, portal?, lang?, …}`.

    `portal` is where it goes when the line names none. Dates after `now` are not believed. Never raises.
    """
    return read_object(raw, number, portal, now, _as_it_is)


def read_object(
    raw: bytes, number: int, portal: str, now: datetime, renamed: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> ImportedLine | BadLine:
    """As `read_line`, for objects that `renamed` gives the names of a line."""
    url = ""
    try:
        said = renamed(_object(raw))
        url = _url(said)
        name = one_line(_text(said, "portal") or "") or portal
        source_id = _source_id(said.get("id"))
        article, seen = _article(said, url, now), _seen(said, now)
        return ImportedLine(number, source_id, _portal_id(name), name, article, seen=seen)
    except _Fault as fault:
        return BadLine(number, url, str(fault))


def _as_it_is(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return said


def _object(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > MAX_LINE_BYTES:
        raise _Fault(f"longer than {MAX_LINE_BYTES >> 20} MB")
    try:
        said = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _Fault(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise _Fault(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of thousands of digits
        raise _Fault(f"not JSON that can be read: {error}") from None
    if not isinstance(said, dict):
        raise _Fault(f"a JSON {type(said).__name__}, not an object")
    return said


def _field(said: Mapping[str, Any], name: str) -> Any:
    value = said.get(name)
    return said.get(_OTHER_NAMES[name]) if value is None and name in _OTHER_NAMES else value


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = _field(said, name)
    if value is None or isinstance(value, str):
        return value
    raise _Fault(f"{name}: a {type(value).__name__}, not text")


def _url(said: Mapping[str, Any]) -> str:
    url = canonical_url(_text(said, "url") or "")
    if not host_key(url):
        raise _Fault("url: missing" if not url else f"url: {url[:100]!r} is not an http(s) address")
    return url


def _source_id(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Fault(f"id: a {type(value).__name__}, not text or a whole number")
    source_id = str(value)
    if len(source_id) > MAX_ID_CHARS:
        raise _Fault(f"id: longer than {MAX_ID_CHARS} characters")
    return source_id


def portal_key(name: str) -> str:
    """`name` as a portal's id: itself when it can be one; "" when no letter or digit of it can."""
    return name if _PORTAL_ID.fullmatch(name) else portal_id(name)


def _portal_id(name: str) -> str:
    found = portal_key(name)
    if not found:
        raise _Fault(f"portal: {name[:100]!r} has no letter or digit that an id can have")
    return found


def _article(said: Mapping[str, Any], url: str, now: datetime) -> Article:
    title, text = one_line(_text(said, "title") or ""), paragraphs(_text(said, "text") or "")
    if not text:
        raise _Fault("text: missing or empty")
    language, confidence = _language(_text(said, "lang"), text)
    keys = match_keys(text)
    return Article(
        url=url,
        canonical_url=url,
        title=title,
        text=text,
        original_title=_line(said, "original_title"),
        byline=_lines(said, "byline"),
        source_name=_line(said, "source"),
        editor=_line(said, "editor"),
        published=_moment(said, "published", now),
        modified=_moment(said, "modified", now),
        language=language,
        language_confidence=confidence,
        section=_line(said, "section"),
        tags=_lines(said, "tags"),
        lead_image=_line(said, "image"),
        lead_image_caption=_line(said, "image_caption"),
        description=_line(said, "description"),
        site_name=_line(said, "site_name"),
        word_count=word_count(text),
        content_digest=content_digest(title, text),
        match_digest=keys.digest,
        match_units=keys.units,
        extractor="import",
    )


def _language(given: str | None, text: str) -> tuple[str | None, float | None]:
    """The language that the line gives; ours when it gives none, or only zh, which says too little."""
    tag = _LANGUAGE.fullmatch((given or "").strip().replace("_", "-"))
    if tag and tag[0].lower() not in ("zh", "und"):
        return _regular_tag(with_script(tag[0])), None
    found, confidence = detect_language(text)
    if tag and tag[1].lower() == "zh" and not found.startswith("zh"):
        return "zh", None
    return (found, confidence) if found != "und" else (None, None)


def _regular_tag(tag: str) -> str:
    """`zh-hans-cn` as `zh-Hans-CN`."""
    first, *rest = tag.split("-")
    styled = (part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part for part in rest)
    return "-".join([first.lower(), *styled])


def _moment(said: Mapping[str, Any], name: str, now: datetime) -> Moment | None:
    value = _field(said, name)
    if value is None or value == "" or isinstance(value, bool):
        return None
    if not isinstance(value, str | int | float):
        raise _Fault(f"{name}: a {type(value).__name__}, not a date")
    # A number is seconds or milliseconds since 1970, as parse_when reads digits.
    text = str(int(value)) if isinstance(value, float) and abs(value) < 1e15 else str(value)
    return parse_when(text, now=now, origin="import")


def _seen(said: Mapping[str, Any], now: datetime) -> Seen:
    """The times that our own export writes; what cannot be read as one is as good as not said."""
    if "first_seen" not in said and "observed" not in said:
        return NOT_SAID
    first, last = _instant(said, "first_seen", now), _instant(said, "last_seen", now)
    observed = _instant(said, "observed", now)
    if observed is None:  # an only text was there from the first; a later one, at the latest, when it was last seen
        observed = first if said.get("revision", 1) == 1 else last
    return Seen(observed, first, last, _instant(said, "gone", now))


def _instant(said: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    value = said.get(name)
    found = parse_when(value, now=now) if isinstance(value, str) else None
    return min(found.utc, now) if found else None


def _line(said: Mapping[str, Any], name: str) -> str | None:
    return one_line(_text(said, name) or "") or None


def _lines(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = _field(said, name)
    several = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    cleaned = (one_line(item) for item in several if isinstance(item, str))
    return tuple(item for item in cleaned if item)
