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
SHOWN_CHARS = 60  # of a value that is left out

_PORTAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"([a-z]{2,3})(-[A-Za-z0-9]{2,8}){0,3}", re.IGNORECASE)
# The names our own export uses mean the same, so that what was exported can be imported.
_OTHER_NAMES = {"published": "date", "lang": "language", "byline": "authors"}


_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """When others captured an article, as far as they say so."""

    observed_utc: datetime | None = None  # this text
    first_utc: datetime | None = None
    last_utc: datetime | None = None
    gone_utc: datetime | None = None


NOT_SAID = Seen()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A value of a good line that cannot be understood."""

    field: str
    value: str  # as JSON, its beginning


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
    left_out: tuple[LeftOut, ...] = ()


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

    `portal` is where it goes when the line names none. Dates after `now` are not believed. A line is bad for its id,
    url, title or text alone; another value that cannot be understood is left out of the article. Never raises.
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
        source_id = _source_id(said.get("id"))
        fields = _Fields(said, now)
        article, seen = _article(said, url, fields), _seen(fields)
        name = _portal_name(fields) or portal
        return ImportedLine(number, source_id, portal_key(name), name, article, "", seen, tuple(fields.left_out))
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
    except RecursionError:
        raise _Fault("not JSON that can be read: nested too deeply") from None
    except ValueError:
        raise _Fault("not JSON that can be read: a number of too many digits") from None
    if not isinstance(said, dict):
        raise _Fault(f"{_kind(said)}, not an object")
    return said


def _kind(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a number"


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(said: Mapping[str, Any], name: str) -> str:
    """A text that the line must have; "" when it has none."""
    value = said.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise _Fault(f"{name}: {_kind(value)}, not text")


class _Fields:
    """The fields that a line may have; a value that cannot be understood is left out, and noted."""

    def __init__(self, said: Mapping[str, Any], now: datetime) -> None:
        self._said = said
        self._now = now
        self.left_out: list[LeftOut] = []

    def __contains__(self, name: str) -> bool:
        return name in self._said

    def get(self, name: str) -> Any:
        return self._said.get(self._called(name))

    def text(self, name: str) -> str | None:
        value = self.get(name)
        if isinstance(value, str):
            return value
        if value is not None:
            self.leave_out(name, value)
        return None

    def line(self, name: str) -> str | None:
        return one_line(self.text(name) or "") or None

    def lines(self, name: str) -> tuple[str, ...]:
        value = self.get(name)
        several = value if isinstance(value, list) else [value]
        for each in several:
            if not isinstance(each, str | None):  # one stands for all: a hostile list may have millions
                self.leave_out(name, each)
                break
        cleaned = (one_line(each) for each in several if isinstance(each, str))
        return tuple(each for each in cleaned if each)

    def moment(self, name: str) -> Moment | None:
        value = self.get(name)
        found = _moment(value, self._now)
        if found is None and not _is_nothing(value):
            self.leave_out(name, value)
        return found

    def instant(self, name: str) -> datetime | None:
        value = self.get(name)
        found = parse_when(value, now=self._now) if isinstance(value, str) else None
        if found is None and not _is_nothing(value):
            self.leave_out(name, value)
        return min(found.utc, self._now) if found else None

    def leave_out(self, name: str, value: Any) -> None:
        self.left_out.append(LeftOut(self._called(name), _beginning(value)))

    def _called(self, name: str) -> str:
        other = _OTHER_NAMES.get(name)
        return other if other and self._said.get(name) is None and self._said.get(other) is not None else name


def _beginning(value: Any) -> str:
    """A value as JSON, as far as it can be shown."""
    said = ""
    try:
        for piece in _JSON.iterencode(value[:SHOWN_CHARS] if isinstance(value, str) else value):
            said += piece[: SHOWN_CHARS + 1]
            if len(said) > SHOWN_CHARS:
                break
    except RecursionError:  # writing goes a little less deep than reading
        said = _kind(value)
    return said if len(said) <= SHOWN_CHARS else said[: SHOWN_CHARS - 1] + "…"


def _url(said: Mapping[str, Any]) -> str:
    url = canonical_url(_text(said, "url"))
    if not host_key(url):
        raise _Fault("url: missing" if not url else f"url: {url[:100]!r} is not an http(s) address")
    return url


def _source_id(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Fault(f"id: {_kind(value)}, not text or a whole number")
    source_id = str(value)
    if len(source_id) > MAX_ID_CHARS:
        raise _Fault(f"id: longer than {MAX_ID_CHARS} characters")
    return source_id


def portal_key(name: str) -> str:
    """`name` as a portal's id: itself when it can be one; "" when no letter or digit of it can."""
    return name if _PORTAL_ID.fullmatch(name) else portal_id(name)


def _portal_name(fields: _Fields) -> str | None:
    name = fields.line("portal")
    if name is None or portal_key(name):
        return name
    fields.leave_out("portal", name)
    return None


def _article(said: Mapping[str, Any], url: str, fields: _Fields) -> Article:
    title, text = one_line(_text(said, "title")), paragraphs(_text(said, "text"))
    if not text:
        raise _Fault("text: missing or empty")
    language, confidence = _language(_language_said(fields), text)
    keys = match_keys(text)
    return Article(
        url=url,
        canonical_url=url,
        title=title,
        text=text,
        original_title=fields.line("original_title"),
        byline=fields.lines("byline"),
        source_name=fields.line("source"),
        editor=fields.line("editor"),
        published=fields.moment("published"),
        modified=fields.moment("modified"),
        language=language,
        language_confidence=confidence,
        section=fields.line("section"),
        tags=fields.lines("tags"),
        lead_image=fields.line("image"),
        lead_image_caption=fields.line("image_caption"),
        description=fields.line("description"),
        site_name=fields.line("site_name"),
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


def _language_said(fields: _Fields) -> str | None:
    given = fields.line("lang")
    if given is None or _LANGUAGE.fullmatch(given.replace("_", "-")):
        return given
    fields.leave_out("lang", given)
    return None


def _moment(value: Any, now: datetime) -> Moment | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    # A number is seconds or milliseconds since 1970, as parse_when reads digits.
    text = str(int(value)) if isinstance(value, float) and abs(value) < 1e15 else str(value)
    return parse_when(text, now=now, origin="import")


def _seen(fields: _Fields) -> Seen:
    """The times that our own export writes."""
    if "first_seen" not in fields and "observed" not in fields:
        return NOT_SAID
    first, last, observed = fields.instant("first_seen"), fields.instant("last_seen"), fields.instant("observed")
    if observed is None:  # an only text was there from the first; a later one, at the latest, when it was last seen
        observed = first if fields.get("revision") in (None, 1) else last
    return Seen(observed, first, last, fields.instant("gone"))
