"""One entry of a live blog: its time as the page writes it, its headline, its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from pipelines.clues import types_of
from pipelines.markup import Element, visible_text
from pipelines.selectors import block_text
from pipelines.text import one_line

_MAX_ENTRIES = 1_000
_ISO = re.compile(
    r"\s*(\d{4}-\d\d-\d\d)[T ]\s?(\d\d:\d\d)(?::\d\d)?(?:[.,]\d{1,9})?\s?(?:(Z|UTC|GMT)|([+-]\d\d):?(\d\d))?\s*",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}\s?[:.h]\s?\d\d(?!\d)|(?<!\d)\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
_TIME_NAME = re.compile(r"(?:^|[\s_-])(?:time|date|datetime|timestamp|pubdate|clock|uhrzeit|zeit|hora|heure|ora)", re.I)
_STAMP_CHARS = 60
# Where a time in words may stand; to be preceded by the place to look in.
SHORT_ELEMENTS = (
    "{}//*[self::span or self::div or self::p or self::a or self::strong or self::b or self::dt or self::td]"
    "[not(*)][string-length() < 61]"
)
_STAMPS = etree.XPath(
    "descendant-or-self::*[self::time or @datetime or @itemprop = 'datePublished'] | " + SHORT_ELEMENTS.format(".")
)
_NOT_WORDS = frozenset(
    {"figure", "figcaption", "aside", "nav", "form", "button", "video", "audio", "iframe", "svg", "script", "style"}
)
_NOT_WORDS_NAME = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|social|caption|credits?|author|byline|newsletter|promo|related|advert\w*|ad|tags|"
    r"reactions?|visually-hidden|sr-only)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ADDRESS_LINE = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated piece of a live blog; "" for what it does not say."""

    when: str
    headline: str
    words: str  # a line a paragraph

    def shown(self) -> str:
        """The time on a line of its own, then the headline, then the words."""
        return "\n".join(part for part in (self.when, self.headline, self.words) if part)


def stamp_of(block: Element) -> Element | None:
    """The element with the time of a block: <time>, a `datetime`, or a few words that hold a clock and are named so."""
    spoken: Element | None = None
    for element in _STAMPS(block):
        if element.tag == "time" or element.get("datetime") or element.get("itemprop"):
            return element
        if spoken is None and is_spoken_time(element):
            spoken = element
    return spoken


def is_spoken_time(element: Element) -> bool:
    """Whether an element is a time of day by its text, and by its name or because it says nothing else."""
    text = element.text or ""
    if len(text) > _STAMP_CHARS or not (clock := _CLOCK.search(text)):
        return False
    rest = len("".join(text.split())) - len("".join(clock[0].split()))
    return rest <= 5 or _TIME_NAME.search(element.get("class") or "") is not None


def read_entry(block: Element) -> Entry:
    """The entry in one block of the page, without its controls, captions and signature."""
    copy = deepcopy(block)
    copy.tail = None
    stamp = stamp_of(copy)
    when = _written(stamp) if stamp is not None else ""
    heading = _heading(copy)
    for element in [*([stamp] if stamp is not None else []), *_silent(copy)]:
        if element is not heading and element.getparent() is not None and not _holds(element, heading):
            element.drop_tree()
    headline = visible_text(heading) if heading is not None else ""
    lines = block_text(copy).split("\n")
    if headline and headline in lines[:4]:
        lines = lines[lines.index(headline) + 1 :]  # before it: the writer, the place, "pinned"
    return Entry(when, headline, "\n".join(_own_words(lines, copy)))


def told_entries(updates: object) -> list[Entry]:
    """The entries that JSON-LD's `liveBlogUpdate` gives, in its order."""
    nodes = updates if isinstance(updates, list) else [updates]
    return [_told(node) for node in nodes[:_MAX_ENTRIES] if isinstance(node, dict) and types_of(node)]


def with_told(entry: Entry, told: Mapping[str, Entry]) -> Entry:
    """The entry with its full date, where the page shows only a clock and the data have the same headline."""
    known = told.get(squashed(entry.headline or entry.words.split("\n")[0]))
    if known is None or not known.when or entry.when[:4].isdigit():
        return entry
    return replace(entry, when=known.when)


def squashed(text: str) -> str:
    """`text` without white space, as two renderings of one line agree."""
    return "".join(text.split())


def _written(stamp: Element) -> str:
    """`2026-03-04 14:05 +01:00` from a machine's time; else the words that the page shows."""
    for value in (stamp.get("datetime") or stamp.get("content") or "", visible_text(stamp)):
        if len(value) <= _STAMP_CHARS and (said := _ISO.fullmatch(value)):
            return _iso(said)
    seen = visible_text(stamp)
    return (
        one_line(seen) if len(seen) <= _STAMP_CHARS and _CLOCK.search(seen) else one_line(stamp.get("datetime") or "")
    )


def _iso(said: re.Match[str]) -> str:
    utc = said[3] or (said[4] and said[4][1:] + said[5] == "0000")
    zone = " UTC" if utc else f" {said[4]}:{said[5]}" if said[4] else ""
    return f"{said[1]} {said[2]}{zone}"


def _heading(block: Element) -> Element | None:
    for element in block.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        if visible_text(element):
            return element
    return None


def _silent(block: Element) -> list[Element]:
    return [
        element
        for element in block.iter("*")
        if element is not block
        and (
            element.tag in _NOT_WORDS
            or _NOT_WORDS_NAME.search(element.get("class") or "")
            or (element.tag not in ("p", "li") and not len(element) and is_spoken_time(element))
        )
    ]


def _holds(element: Element, heading: Element | None) -> bool:
    return heading is not None and any(above is element for above in heading.iterancestors())


def _own_words(lines: Iterable[str], block: Element) -> list[str]:
    """The lines that are not an address, nor the text of one link, nor a signature with its time at either end."""
    linked = {visible_text(link) for link in block.iter("a")}
    kept = [line for line in lines if line not in linked and not _ADDRESS_LINE.fullmatch(line)]
    while kept and _is_signature(kept[-1]):
        kept.pop()
    while len(kept) > 1 and _is_signature(kept[0]):
        kept.pop(0)
    return kept


def _is_signature(line: str) -> bool:
    """A name and a time: short, with a clock, and no sentence."""
    return (
        len(line) <= _STAMP_CHARS and _CLOCK.search(line) is not None and line[-1].isalnum() and len(line.split()) < 8
    )


def _told(node: Mapping[str, object]) -> Entry:
    published = node.get("datePublished")
    stamp = _ISO.fullmatch(published[:_STAMP_CHARS]) if isinstance(published, str) else None
    return Entry(_iso(stamp) if stamp else "", _plain(node.get("headline")), _plain(node.get("articleBody")))


def _plain(value: object) -> str:
    """Text of a JSON-LD value, which may hold markup and entities."""
    if not isinstance(value, str) or not value.strip():
        return ""
    if "<" not in value and "&" not in value:
        return "\n".join(one_line(line) for line in value.split("\n") if line.strip())
    parts = etree.fromstring(f"<div>{value[:100_000]}</div>", etree.HTMLParser())
    body = parts.find("body") if parts is not None else None
    return block_text(body) if body is not None else ""
