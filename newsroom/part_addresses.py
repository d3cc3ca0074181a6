"""Addresses of the pages of one article: which address is page 2 of which, as far as the addresses say.

`story_2.html`, `story-p2.html`, `/story/2/`, `/story/seite-2`, `story.html?page=2`. An address alone proves nothing:
`/town-fair-2/` may be the second page of `/town-fair/`, or next year's fair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from newsroom import whatwg
from newsroom.urls import canonical_url

MAX_PAGES: Final = 20  # of one article, the first one included

_WORDS: Final = "pages?|pg|p|pn|seite|pagina|página|strona|str|sida|side|sayfa|стр"
_MARK_CHARS: Final = 24
_MARK: Final = re.compile(r"(?P<sep>[-_,.~]{1,2})(?P<number>\d{1,2})\Z")
_WORD_MARK: Final = re.compile(
    rf"[-_,.~]{{1,2}}(?:(?P<page>{_WORDS})|[a-z]{{1,8}})[-_,.=]?(?P<number>\d{{1,2}})\Z", re.I
)
_SEGMENT: Final = re.compile(rf"(?:(?P<word>{_WORDS})[-_]?)?(?P<number>\d{{1,2}})\Z", re.I)
_WORD: Final = re.compile(rf"(?:{_WORDS})\Z", re.I)
_NAMES: Final = frozenset(
    "page p pg pn pageno page_no pagenum page_num pagenumber currentpage seite pagina strona sida side sayfa".split()  # noqa: SIM905
)
_TAIL: Final = re.compile(r"\.(?:s?html?|xhtml|phtml|php\d?|aspx?|jspx?|cfm|cms|ece|do)\Z", re.I)
_INDEX: Final = re.compile(r"/(?:index|default)\Z", re.I)
_NUMBER: Final = re.compile(r"\d{1,2}\Z")
_MAYBE: Final = re.compile(r"(?<!\d)\d{1,2}(?:\.[a-z]{1,6})?/?(?:[?&#]|\Z)", re.I)


@dataclass(frozen=True, slots=True)
class PartAddress:
    """An address read as a page of a whole."""

    whole: str  # what `whole_address` says of the article
    number: int
    sure: bool  # the address itself says "page"; else it may as well be another article
    step: bool = False  # a bare number after a slash: an identifier, unless the whole is known


def whole_address(url: str) -> str:
    """What all spellings of a page's address have in common: no scheme, `www.`, extension or last slash.

    "" when `url` is not http(s).
    """
    return _read(url)[0]


def part_addresses(url: str) -> tuple[PartAddress, ...]:
    """Every way in which `url` may be the address of a page of an article; the front page is none."""
    return _read(url)[1]


@lru_cache(maxsize=256)  # a pager names a page several times, and all its pages with the same first one
def _read(url: str) -> tuple[str, tuple[PartAddress, ...]]:
    parsed = whatwg.parse(canonical_url(url))
    if parsed is None:
        return "", ()
    stem = _stem(parsed.path)
    found = [*_in_query(parsed, stem), *_in_path(parsed, stem)]
    return _whole(parsed, stem, parsed.query or ""), tuple(one for one in found if one.number > 0 and "/" in one.whole)


def may_be_part(address: str) -> bool:
    """Whether an address, absolute or not, may name a page of something: a glance, for the many that do not."""
    return _MAYBE.search(address) is not None


def later_page(first: str, link: str) -> PartAddress | None:
    """`link` as a later page of the article that begins at `first`; None when the addresses do not say so."""
    named_one = [each.whole for each in part_addresses(first) if each.number == 1 and each.sure and not each.step]
    wholes = (whole_address(first), *named_one)
    return next((each for each in part_addresses(link) if each.number > 1 and each.whole in wholes), None)


def _whole(parsed: whatwg.ParsedUrl, stem: str, query: str) -> str:
    port = "" if parsed.port is None else f":{parsed.port}"
    path = _INDEX.sub("", stem).rstrip("/")
    return f"{parsed.host.removeprefix('www.')}{port}{path}{'?' if query else ''}{query}"


def _stem(path: str) -> str:
    return _TAIL.sub("", path.rstrip("/"))


def _in_query(parsed: whatwg.ParsedUrl, stem: str) -> list[PartAddress]:
    """`?page=2`"""
    parts = (parsed.query or "").split("&")
    found = []
    for at, part in enumerate(parts):
        name, _, value = part.partition("=")
        if name.lower() in _NAMES and _NUMBER.match(value):
            rest = "&".join(parts[:at] + parts[at + 1 :])
            found.append(PartAddress(_whole(parsed, stem, rest), int(value), sure=True))
    return found


def _in_path(parsed: whatwg.ParsedUrl, stem: str) -> list[PartAddress]:
    """`/story_2.html`, `/story/2/`, `/story/page/2`"""
    above, _, last = stem.rpartition("/")
    query = parsed.query or ""
    if segment := _SEGMENT.match(last):
        number, named = int(segment["number"]), bool(segment["word"])
        further, _, word = above.rpartition("/")
        if not named and _WORD.match(word):
            return [PartAddress(_whole(parsed, _stem(further), query), number, sure=True)]
        return [PartAddress(_whole(parsed, _stem(above), query), number, sure=True, step=not named)]
    marks = (_WORD_MARK.search(last[-_MARK_CHARS:]), _MARK.search(last[-_MARK_CHARS:]))
    return [
        PartAddress(_whole(parsed, f"{above}/{_TAIL.sub('', before)}", query), int(mark["number"]), _is_sure(mark))
        for mark in marks
        if mark and (before := last[: -len(mark[0])])
    ]


def _is_sure(mark: re.Match[str]) -> bool:
    said = mark.groupdict()
    return "_" in said["sep"] if "sep" in said else bool(said["page"])


def as_part(first: str, url: str) -> str:
    """What the ledger says of a later page of the article at `first`: "page 2 of https://…"."""
    read = later_page(first, url)
    return f"page {read.number} of {first}" if read else f"a later page of {first}"
