"""The fields of a portal file: names, defaults, limits and help text, in one place.

`docs/portal-files.md` and `portals/portal.schema.json` are checked against these models. A field's name here is
its key in the file; lengths of time without a unit in the name are in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from newsroom.durations import DURATION_PATTERN, format_duration, parse_duration
from newsroom.retention import FOREVER, parse_retention, show_retention
from newsroom.spelling import suggestion


def _check_url(text: str) -> str:
    """An absolute http(s) address with a host and without a user name."""
    if any(character <= " " for character in text):
        raise ValueError(f"{text!r} holds a space or a control character")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{text!r} is not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        hint = "" if "://" in text else f'; write "https://{text.lstrip("/")}"'
        raise ValueError(f"{text!r} is not an http:// or https:// address{hint}")
    if _host_of(text) is None:
        raise ValueError(f"{host!r} is not a host name")
    if parts.username is not None:
        raise ValueError("an address must not hold a user name or password")
    return text if parts.path else parts._replace(path="/").geturl()


def _check_proxy(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise ValueError('a proxy is written "http://host:port"')
    return text


def _check_host(text: str) -> str:
    if not re.fullmatch(r"[^\s/?#@]+", text):
        raise ValueError(
            f'{text!r} is not a host; write "m.example.org" or "example.org:8080", without http:// and path'
        )
    return text.lower()


def _check_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{text!r} is not a time zone name") from None
    except KeyError:
        hint = suggestion(text, available_timezones()) or '; write a name such as "Asia/Shanghai" or "UTC"'
        raise ValueError(f"{text!r} is not a time zone{hint}") from None
    return text


def _check_line(text: str) -> str:
    """Text that will travel in an HTTP header: one printable line."""
    if not text.strip() or not text.isprintable():
        raise ValueError("must be one line of printable text, and not empty")
    return text.strip()


def _compile(value: object) -> re.Pattern[str]:
    if isinstance(value, re.Pattern):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text; write a regular expression in single quotes")
    try:
        return re.compile(value)
    except re.error as error:
        at = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise ValueError(f"'{value}' is not a regular expression: {error.msg}{at}") from None


def _check_selector(text: str) -> str:
    """A CSS selector, checked for what newsroom can check: not empty, brackets in pairs."""
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", text)
    if not text.strip() or bare.count("[") != bare.count("]") or bare.count("(") != bare.count(")"):
        raise ValueError(f"{text!r} is not a CSS selector")
    return text.strip()


def _parse_other_retention(value: object) -> timedelta | str | None:
    return value if value is None or value == FOREVER else parse_duration(value)


def _show_other_retention(value: timedelta | str | None) -> str | None:
    return format_duration(value) if isinstance(value, timedelta) else value


_DURATION_SCHEMA = {"type": "string", "pattern": DURATION_PATTERN}
Url = Annotated[str, AfterValidator(_check_url)]
Host = Annotated[str, AfterValidator(_check_host)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_check_line)]
Selector = Annotated[str, Field(max_length=500), AfterValidator(_check_selector)]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
_RETENTION_SCHEMA: dict[str, Any] = {"anyOf": [{"const": FOREVER}, _DURATION_SCHEMA]}
Retention = Annotated[
    timedelta | None,
    BeforeValidator(parse_retention),
    PlainSerializer(show_retention, return_type=str),
    WithJsonSchema(_RETENTION_SCHEMA),
]
OtherRetention = Annotated[
    timedelta | Literal["forever"] | None,
    BeforeValidator(_parse_other_retention),
    PlainSerializer(_show_other_retention, return_type=str | None),
    WithJsonSchema(_RETENTION_SCHEMA),
]
Regex = Annotated[
    re.Pattern[str],
    BeforeValidator(_compile),
    PlainSerializer(lambda pattern: pattern.pattern, return_type=str),
    WithJsonSchema({"type": "string", "format": "regex"}),
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


class SourceKind(StrEnum):
    """What a source address leads to."""

    FEED = "feed"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news-sitemap"
    LISTING = "listing"
    HOMEPAGE = "homepage"


class Source(_Table):
    """One place where the portal announces its articles."""

    kind: SourceKind = Field(
        description="What the address leads to: feed (RSS, Atom, JSON Feed), sitemap (or sitemap index), "
        "news-sitemap, listing (section or archive page, with its further pages) or homepage."
    )
    url: Url | None = Field(
        default=None, description="Its address; a relative one starts from home. Only kind homepage may leave it out."
    )

    @model_validator(mode="after")
    def _needs_url(self) -> Source:
        if self.url is None and self.kind is not SourceKind.HOMEPAGE:
            raise ValueError(f'a source of kind "{self.kind}" needs a url')
        return self


class Articles(_Table):
    """Which addresses are articles. Rules are regular expressions, searched for anywhere in the canonical URL."""

    allow: tuple[Regex, ...] = Field(
        default=(),
        description="If not empty, only addresses that match one of these are articles. Others may still be listings.",
    )
    deny: tuple[Regex, ...] = Field(
        default=(), description="Addresses that match one of these are never fetched; wins over allow."
    )
    min_chars: int = Field(
        default=200, ge=0, description="Pages with less body text (in characters) than this are refused."
    )


class Fetch(_Table):
    """How to ask the portal's servers."""

    delay: float = Field(default=1.0, ge=0, le=3600, description="Seconds between two requests to one host.")
    concurrency: int = Field(default=2, ge=1, le=64, description="Requests to one host at the same time.")
    obey_robots: bool = Field(default=True, description="Keep to robots.txt.")
    obey_crawl_delay: bool = Field(
        default=True, description="Wait as long as robots.txt's Crawl-delay asks, when that is longer than delay."
    )
    user_agent: Line | None = Field(
        default=None, description="User-Agent header for this portal; default: the configuration's."
    )
    max_pages: int = Field(default=500, ge=1, description="Pages fetched in one run at most, sources included.")
    max_depth: int = Field(
        default=10, ge=0, description="Links followed away from a source at most; 0 reads only what the sources name."
    )
    allow_private: bool = Field(
        default=False, description="Allow private and loopback addresses for this portal's hosts (intranets, tests)."
    )
    proxy: Annotated[str, AfterValidator(_check_proxy)] | None = Field(
        default=None,
        description="HTTP proxy for every request of this portal; default: the http_proxy and https_proxy variables.",
    )
    timeout_s: float = Field(
        default=30.0, gt=0, le=3600, description="Seconds one request may take, from connecting to the last byte."
    )
    max_bytes: int = Field(
        default=33_554_432, ge=1024, description="Largest answer in bytes, as sent and as unpacked (32 MiB)."
    )
    verify_tls: bool = Field(default=True, description="Refuse servers whose TLS certificate does not check out.")


class Select(_Table):
    """CSS selectors for pages that the extractor reads wrongly. What is not named is extracted as usual."""

    valid_from: date | None = Field(
        default=None,
        description="First day of this layout; pages captured earlier use the rule before it. Default: since ever.",
    )
    title: Selector | None = Field(default=None, description="Element that holds the headline.")
    body: Selector | None = Field(default=None, description="Element that holds the article's text.")
    byline: Selector | None = Field(default=None, description="Elements that hold the authors' names.")
    published: Selector | None = Field(default=None, description="Element that holds the publication date.")
    remove: tuple[Selector, ...] = Field(default=(), description="Elements to drop before reading.")


class Expect(_Table):
    """What a normal run brings; a run below it ends with exit code 3."""

    articles_per_day: tuple[int, ...] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="Fewest and most new articles on a normal day, such as [5, 400].",
    )
    yield_min: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Smallest share of the fetched article pages that must end up stored, from 0 to 1.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Expect:
        if self.articles_per_day and not 0 <= self.articles_per_day[0] <= self.articles_per_day[1]:
            raise ValueError("articles_per_day is [fewest, most]")
        return self


_LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$"


class Portal(_Table):
    """One news portal: where it announces its articles and how to treat it. Only `home` is required."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="Short name for commands and tables; default: the file's name without .toml.",
    )
    name: str = Field(min_length=1, max_length=300, description="Name for people; default: the host of home.")
    home: Url = Field(description="Front page. The only field that is required.")
    enabled: bool = Field(default=True, description="Take part in crawl --all and in schedules.")
    language: str | None = Field(
        default=None, pattern=_LANGUAGE, description='BCP 47 tag such as "en" or "zh-Hans"; for short texts only.'
    )
    timezone: Annotated[str, AfterValidator(_check_zone)] | None = Field(
        default=None, description='Zone of dates that name none, such as "Asia/Shanghai"; default: UTC.'
    )
    hosts: tuple[Host, ...] = Field(
        default=(), description="More hosts that belong to the portal, besides the host of home."
    )
    contact: Line | None = Field(
        default=None,
        description="E-mail or page that the user agent names for this portal; default: the configuration's.",
    )
    schedule: Duration = Field(default=timedelta(minutes=30), description="How often to look for new articles.")
    revisit: tuple[Duration, ...] = Field(
        default=(timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7)),
        description="When to look at an article again for edits, counted from its first capture; [] for never.",
    )
    retention: Retention = Field(
        default=None,
        description="How long the raw captures that the text of articles was read from are kept, "
        'such as "365d", or "forever".',
    )
    retention_other: OtherRetention = Field(
        default=None,
        description="How long all other raw captures are kept: feeds, sitemaps, listings, unchanged and refused "
        "pages; default: as retention.",
    )
    tags: tuple[Line, ...] = Field(default=(), description="Words to choose portals by.")
    sources: tuple[Source, ...] = Field(
        default=(),
        description="Where articles are announced. Without any, they are discovered: "
        "robots.txt, front page, usual places.",
    )
    articles: Articles = Field(default=Articles(), description="Which addresses are articles.")
    fetch: Fetch = Field(default=Fetch(), description="How to ask the portal's servers: pace, limits, identity.")
    select: tuple[Select, ...] = Field(
        default=(),
        description="Selectors for when the extractor is wrong: one [select], or a [[select]] for each layout.",
    )
    expect: Expect = Field(default=Expect(), description="What a normal run brings, to notice one that did not.")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Derive id and name, resolve the sources' addresses, and read one [select] as a list of one."""
        if not isinstance(data, Mapping):
            return data
        filled = dict(data)
        home = filled.get("home")
        host = _host_of(home) if isinstance(home, str) else None
        # Without a usable home the file is refused; then it must not also be refused for id and name.
        filled.setdefault("id", portal_id(host or "") or "portal")
        filled.setdefault("name", host or filled["id"])
        if isinstance(home, str):
            filled["sources"] = _resolved(filled.get("sources", ()), home)
        if isinstance(filled.get("select"), Mapping | Select):
            filled["select"] = (filled["select"],)
        return filled

    @model_validator(mode="after")
    def _one_select_a_day(self) -> Portal:
        days = [rule.valid_from for rule in self.select]
        if len(set(days)) < len(days):
            raise ValueError("each [[select]] needs its own valid_from (one may leave it out)")
        return self

    def kept_for(self, *, is_evidence: bool) -> timedelta | None:
        """How long a raw capture is kept, None for ever; `is_evidence` when an article's text was read from it."""
        if is_evidence or self.retention_other is None:
            return self.retention
        return self.retention_other if isinstance(self.retention_other, timedelta) else None

    def select_on(self, day: date) -> Select | None:
        """The selectors for a page captured on `day`: those with the latest `valid_from` that is not after it."""
        begun = [rule for rule in self.select if rule.valid_from is None or rule.valid_from <= day]
        return max(begun, key=lambda rule: rule.valid_from or date.min, default=None)


def portal_id(text: str) -> str:
    """`text` (a host or a file name) as an id: lower case, `www.` dropped, all else than letters and digits a hyphen.

    Empty when nothing is left.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("www."))
    return slug.strip("-")[:100]


def _host_of(url: str) -> str | None:
    """The host of `url` with its port, in ASCII."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return f"{host}:{port}" if port else host


def _resolved(sources: Any, home: str) -> Any:
    """The sources with their relative addresses made absolute; anything odd is left for validation to name."""
    if not isinstance(sources, list | tuple):
        return sources
    return [_resolved_one(source, home) for source in sources]


def _resolved_one(source: Any, home: str) -> Any:
    url = source.get("url") if isinstance(source, Mapping) else None
    if not isinstance(url, str) or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url):
        return source
    try:
        return {**source, "url": urljoin(home, url)}
    except ValueError:
        return source
