"""Article, listing or neither: what an address says before its page is read.

The portal file's rules come first, then the shape of the address, then where the link stood. A wrong "article" costs
one fetch, since the page is judged again when read; a wrong refusal loses a story. So only clear cases are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from newsroom import whatwg
from newsroom.reasons import Reason
from newsroom.records import Role
from newsroom.shape_words import (
    ARCHIVE_WORDS,
    ARTICLE_WORDS,
    CALENDAR_WORDS,
    CATEGORY_WORDS,
    FEED_WORDS,
    LISTING_WORDS,
    LOGIN_WORDS,
    MEDIA_TAILS,
    NEWS_WORDS,
    PAGE_NAMES,
    REDIRECT_WORDS,
    RETURN_NAMES,
    SEARCH_NAMES,
    SEARCH_WORDS,
    SERVICE_WORDS,
    SHARE_HOSTS,
    SHARE_WORDS,
    SHOP_WORDS,
    TAG_WORDS,
    TOP_SERVICE_WORDS,
)

MAX_PARAMETERS: Final = 6
MAX_SEGMENTS: Final = 14
MAX_URL_CHARS: Final = 2000
ARTICLE_SCORE: Final = 2

# Priorities: higher is fetched earlier.
ANNOUNCED, ALLOWED, LIKELY, LISTED, POSSIBLE, PAGED = 100, 90, 60, 50, 20, 10


@dataclass(frozen=True, slots=True)
class LinkContext:
    """Where on a page a link stood."""

    in_heading: bool = False
    in_nav: bool = False
    in_footer: bool = False
    in_article_list: bool = False
    has_image: bool = False
    text_chars: int = 0
    nofollow: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page is taken for; `reason` is set when it is not to be fetched at all."""

    role: Role
    reason: Reason | None
    priority: int
    why: str


@dataclass(frozen=True, slots=True)
class _Shape:
    """An address in the parts that tell: unescaped lower-case segments, the last one without its tail."""

    host: str
    segments: tuple[str, ...]
    stem: str
    tail: str
    parameters: tuple[tuple[str, str], ...]
    slash: bool


def judge(
    url: str,
    *,
    allow: Sequence[re.Pattern[str]] = (),
    deny: Sequence[re.Pattern[str]] = (),
    announced: bool = False,
    link: LinkContext | None = None,
) -> Verdict:
    """What the page at `url` (canonical) is taken for.

    `announced`: a feed or a sitemap named it, so it is an article unless it is clearly a service page or, since plain
    sitemaps name those too, a front or section page. With `allow` patterns, what matches none of them is never an
    article, but may still be a listing to find links on.
    """
    shape = _shape(url)
    if shape is None:
        return _refuse(Reason.UNSAFE, "not an http(s) address")
    for pattern in deny:
        if pattern.search(url):
            return _refuse(Reason.DENIED, f"matches deny {pattern.pattern}")
    for pattern in allow:
        if pattern.search(url):
            return Verdict(Role.ARTICLE, None, ALLOWED, f"matches allow {pattern.pattern}")
    refused = _service(shape) or _trap(shape, url)
    if refused:
        return _refuse(Reason.NOT_ARTICLE_URL, refused)
    verdict = _by_shape(shape, announced, link)
    if allow and verdict.role is Role.ARTICLE and verdict.reason is None:
        return _refuse(Reason.DENIED, "matches no allow pattern")
    return verdict


def article_score(url: str) -> int:
    """How much the address alone looks like an article's; `ARTICLE_SCORE` or more is a likely one."""
    shape = _shape(url)
    return 0 if shape is None else sum(points for points, _ in _signs(shape))


def _by_shape(shape: _Shape, announced: bool, link: LinkContext | None) -> Verdict:
    signs = _signs(shape)
    score = sum(points for points, _ in signs)
    only_slug = all(name == _SLUG for _, name in signs)
    listing = _listing(shape, score, only_slug)
    if listing and not (announced and (score >= ARTICLE_SCORE or listing.priority == PAGED)):
        return listing  # plain sitemaps name the front and section pages too
    if announced:
        return Verdict(Role.ARTICLE, None, ANNOUNCED, "announced by a feed or sitemap")
    why = ", ".join(name for _, name in signs)
    if score >= ARTICLE_SCORE and not (only_slug and link and _is_menu_entry(link)):
        return Verdict(Role.ARTICLE, None, LIKELY + min(score, 9), why)
    return _by_link(link, why or "plain path")


def _is_menu_entry(link: LinkContext) -> bool:
    """Whether a link's few words are a section's name rather than a headline."""
    return link.text_chars < 25 and not (link.in_heading or link.in_article_list or link.has_image)


def _by_link(link: LinkContext | None, why: str) -> Verdict:
    """An address that says little is taken for what its link looked like."""
    if link is None:
        return Verdict(Role.ARTICLE, None, POSSIBLE, why)
    if (
        link.in_heading
        or (link.in_article_list and link.text_chars >= 12)
        or (link.text_chars >= 40 and not link.in_nav)
    ):
        return Verdict(Role.ARTICLE, None, POSSIBLE + 20, f"{why}, linked as a headline")
    if link.in_footer:
        return _refuse(Reason.NOT_ARTICLE_URL, f"{why}, linked in the footer")
    if link.in_nav:
        return Verdict(Role.LISTING, None, LISTED, f"{why}, linked in the navigation")
    if link.in_article_list or (link.has_image and not link.text_chars):
        return Verdict(Role.ARTICLE, None, POSSIBLE, f"{why}, linked in a teaser")
    return Verdict(Role.LISTING, None, PAGED, f"{why}, short link text")


def _refuse(reason: Reason, why: str) -> Verdict:
    return Verdict(Role.ARTICLE, reason, 0, why)


# --- reading the address --------------------------------------------------------------------------------------------

_TAIL: Final = re.compile(r"\.([a-z][a-z0-9]{1,5}|mp[34]|7z)\Z")


def _shape(url: str) -> _Shape | None:
    parsed = whatwg.parse(url)
    if parsed is None:
        return None
    path = unquote(parsed.path).lower()
    segments = tuple(segment for segment in path.split("/") if segment)
    last = segments[-1] if segments else ""
    tail = _TAIL.search(last)
    parameters = tuple(_parameter(part) for part in (parsed.query or "").split("&") if part)
    return _Shape(
        host=parsed.host,
        segments=segments,
        stem=last[: tail.start()] if tail else last,
        tail=tail[1] if tail else "",
        parameters=parameters,
        slash=path.endswith("/"),
    )


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote(name).lower(), unquote(value).lower()


# --- pages that are never articles ----------------------------------------------------------------------------------

_ABOVE_SERVICES: Final = frozenset(
    "about service services info de en es fr it nl pt zh ja ko ru ar pl sv da no cs".split()  # noqa: SIM905
)
_YEAR_MONTH: Final = re.compile(r"(?:19|20)\d\d(?:[-/_]?(?:0?[1-9]|1[0-2])(?:[-/_]?\d\d?)?)?(?:/|\Z)")
_DIGITS: Final = re.compile(r"[\d\-_.:]+\Z")


def _service(shape: _Shape) -> str:
    """Why the address is a service page, or ""."""
    names = (*shape.segments[:-1], shape.stem) if shape.segments else ()
    if shape.tail in MEDIA_TAILS:
        return f"a .{shape.tail} file"
    if _is_feed(shape, names):
        return "a feed"
    if shape.host in SHARE_HOSTS and any(name in SHARE_WORDS for name in names):
        return "a link to share"
    if any(name in SEARCH_WORDS for name in names[:2]) and not _long_slug(names[-1]):
        return "a search page"
    if any(name in SEARCH_NAMES for name, _ in shape.parameters) and len(names) < 2:
        return "a search page"
    if any(name in RETURN_NAMES for name, _ in shape.parameters):
        return "a page on the way to another"
    if _is_calendar(names):
        return "a calendar"
    return _service_by_word(names)


def _service_by_word(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    last = names[-1]
    if last in LOGIN_WORDS or (names[0] in LOGIN_WORDS and not _long_slug(last)):
        return "an account page"
    if names[0] in REDIRECT_WORDS and len(names) <= 2 and not _long_slug(last):
        return "a redirecting link"
    if last in SERVICE_WORDS and len(names) <= 3:
        return f"a service page ({last})"
    if last in TOP_SERVICE_WORDS and (len(names) == 1 or (len(names) == 2 and names[0] in _ABOVE_SERVICES)):
        return f"a service page ({last})"
    if names[0] in SHOP_WORDS and not _long_slug(last):
        return "a shop page"
    if len(names) > 1 and any(name in TAG_WORDS for name in names[:-1]) and not _has_id_or_tail(last):
        return "a tag page"
    return ""


def _is_feed(shape: _Shape, names: tuple[str, ...]) -> bool:
    if shape.tail in {"rss", "atom", "rdf"} or (shape.tail == "xml" and names):
        return True
    return bool(names) and names[-1] in FEED_WORDS and not shape.parameters[1:]


def _is_calendar(names: tuple[str, ...]) -> bool:
    for at, name in enumerate(names):
        if name in CALENDAR_WORDS:
            rest = "/".join(names[at + 1 :])
            return not rest or bool(_YEAR_MONTH.match(rest)) or bool(_DIGITS.match(rest))
    return False


def _trap(shape: _Shape, url: str) -> str:
    """Why the address looks like one of an endless supply, or ""."""
    if len(url) > MAX_URL_CHARS:
        return f"longer than {MAX_URL_CHARS} characters"
    if len(shape.parameters) > MAX_PARAMETERS:
        return f"more than {MAX_PARAMETERS} parameters"
    if len(shape.segments) > MAX_SEGMENTS:
        return f"more than {MAX_SEGMENTS} path segments"
    repeated = max((shape.segments.count(segment) for segment in shape.segments), default=0)
    if repeated >= 3 or _repeats_a_pair(shape.segments):
        return "path segments repeat"
    names = [name for name, _ in shape.parameters]
    facets = sum(name.endswith("[]") or name.startswith(("filter", "facet", "sort", "order")) for name in names)
    return "facets" if facets >= 2 or len(names) - len(set(names)) >= 2 else ""


def _repeats_a_pair(segments: tuple[str, ...]) -> bool:
    pairs = list(pairwise(segments))
    return any(pair in pairs[at + 2 :] and not all(map(str.isdigit, pair)) for at, pair in enumerate(pairs))


# --- listings -------------------------------------------------------------------------------------------------------

_PAGE_SEGMENT: Final = re.compile(r"(?:page|seite|pagina|página|p|pg|str|sida|side|стр)[-_]?\d{1,5}\Z")
_INDEX: Final = re.compile(
    r"(?:index|default|home|main|list)(?:[-_]?(?:\d{1,3}|20\d\d(?:-\d{1,3})?|[a-z]|[a-z0-9]{20}))?\Z"
)
_DATE_ONLY: Final = re.compile(r"(?:199\d|20[0-3]\d)(?:[-_]?[01]?\d(?:[-_]?[0-3]?\d)?)?\Z")


def _listing(shape: _Shape, score: int, only_slug: bool) -> Verdict | None:
    """The verdict when the address is a front, section, archive or further page."""
    names = (*shape.segments[:-1], shape.stem) if shape.segments else ()
    telling = [(name, value) for name, value in shape.parameters if name not in {"lang", "language", "hl"}]
    if not names and not telling:
        return Verdict(Role.LISTING, None, LISTED + 5, "a front page")
    if score < ARTICLE_SCORE + 2 and any(
        name in PAGE_NAMES and value.isdigit() and value != "1" for name, value in telling
    ):
        return Verdict(Role.LISTING, None, PAGED, "a further page of a listing")
    if not names:
        return None
    last = names[-1]
    if _PAGE_SEGMENT.match(last) or (len(names) > 1 and names[-2] in PAGE_NAMES and last.isdigit()):
        return Verdict(Role.LISTING, None, PAGED, "a further page of a listing")
    if _INDEX.match(last) and not telling and not any(_has_digits(name) or _long_slug(name) for name in names[:-1]):
        return Verdict(Role.LISTING, None, LISTED, "an index page")
    if last in ARCHIVE_WORDS or all(
        _DATE_ONLY.match(name) or _DIGITS.match(name) for name in names if name != "archive"
    ):
        return Verdict(Role.LISTING, None, PAGED, "an archive page") if _only_dates(names) else None
    if telling or not (only_slug or score < ARTICLE_SCORE):
        return None
    below = len(names) == 3 and _long_slug(last)
    if len(names) <= 3 and names[0] in CATEGORY_WORDS and not _has_digits(last) and not below:
        return Verdict(Role.LISTING, None, LISTED, "a section page")
    return _section(names) if score < ARTICLE_SCORE else None


def _section(names: tuple[str, ...]) -> Verdict | None:
    if len(names) <= 3 and names[0] in LISTING_WORDS and not _long_slug(names[-1]) and not names[-1].isdigit():
        return Verdict(Role.LISTING, None, LISTED, "a section page")
    if len(names) <= 2 and names[-1] in NEWS_WORDS:
        return Verdict(Role.LISTING, None, LISTED, f"a section page ({names[-1]})")
    return None


def _only_dates(names: tuple[str, ...]) -> bool:
    """Whether the path is an archive's: words for it, or a year with at most a month and a day."""
    if names[-1] in ARCHIVE_WORDS:
        return True
    return bool(_DATE_ONLY.match(names[0])) and len(names) <= 3 and all(len(name) <= 2 for name in names[1:])


# --- articles -------------------------------------------------------------------------------------------------------

_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE: Final = re.compile(
    rf"(?:\A|[/_\-.])(?:(?:19|20)\d\d[/_\-.]?(?:[01]?\d|{_MONTHS})(?:[/_\-.]?[0-3]?\d)?|[0-3]?\d[/_\-.][01]?\d[/_\-.](?:19|20)\d\d)(?=[/_\-.]|\Z|\D)"
)
_LONG_ID: Final = re.compile(r"(?<![0-9a-z])(?:[a-z]{0,4}[-_]?)?\d{5,}(?![0-9])|\d{6,}")
_HEX_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{16,}")
_SLUG: Final = "long slug"
_ID_NAMES: Final = re.compile(
    r"(?:.*[-_]?id|id[-_]?.+|p|article|story|news|nid|aid|tid|sid|no|num|idx|seq|key|code|a|n)\Z"
)
_WORD_BREAK: Final = re.compile(r"[-_+.,:;!?() '’–]+")


def _signs(shape: _Shape) -> list[tuple[int, str]]:
    """What speaks for an article, with points."""
    if not shape.segments:
        return [(2, "id in the query")] if _id_parameter(shape) else []
    names = (*shape.segments[:-1], shape.stem)
    found = []
    if _DATE.search("/".join(names)) and not _only_dates(names):
        found.append((2, "date in the path"))
    if _long_slug(shape.stem) or (len(names) > 1 and _long_slug(names[-2]) and _has_digits(shape.stem)):
        found.append((2, _SLUG))
    if any(_LONG_ID.search(name) or _HEX_ID.search(name) for name in names[-2:]):
        found.append((2, "numeric id"))
    if shape.tail in {"html", "htm", "shtml", "phtml", "xhtml", "ece", "cms", "story", "article", "bhtml"}:
        found.append((2 if len(names) > 1 else 1, f".{shape.tail}"))
    if any(name in ARTICLE_WORDS for name in names[:-1]):
        found.append((2, "word for an article"))
    if _id_parameter(shape):
        found.append((2, "id in the query"))
    return found


def _id_parameter(shape: _Shape) -> bool:
    return any(_ID_NAMES.match(name) and _has_digits(value) for name, value in shape.parameters)


def _long_slug(name: str) -> bool:
    """Whether a path segment reads like a headline: three words or more, or a run of CJK."""
    words = [word for word in _WORD_BREAK.split(name) if word and not _has_digits(word)]
    if len(words) >= 3:
        return sum(map(len, words)) >= 12
    return any(word[0] > "\u2e80" and len(word) >= 8 for word in words)


def _has_digits(name: str) -> bool:
    return any(character.isdigit() for character in name)


def _has_id_or_tail(name: str) -> bool:
    return bool(_LONG_ID.search(name)) or _long_slug(name)
