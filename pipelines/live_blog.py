"""Live blogs: pages whose body is a row of dated entries. The entries are kept apart, each led by its time, in the
order of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from pipelines.clues import Clues, types_of
from pipelines.listing import length
from pipelines.live_entries import Entry, is_spoken_time, read_entry, squashed, stamp_of, told_entries, with_told
from pipelines.markup import Element, visible_text

_STAMPED = etree.XPath("//body//*[self::time or @datetime]")
_SHORT = etree.XPath(
    "//body//*[self::span or self::div or self::p or self::a or self::strong or self::b][not(*)][string-length() < 61]"
)
_MAX_STAMPS = 3_000
_CLIMB = 8  # levels from a time up to the entry that it belongs to
_LIVE_TITLE = re.compile(
    r"\blive\b[\s-]*(?:blog|ticker|updates?|coverage|news|reaction|text|$)|^live\b\s*[:|–-]|[-–|:,]\s*live\b"
    r"|as it happened|newsblog|liveblog|liveticker|\ben\s+direct\b|\bdirett?a\b|\ben\s+(?:directo|vivo)\b"
    r"|minuto\s+a\s+minuto|ao\s+vivo|онлайн-трансляция|текстовая\s+трансляция|直播|實況|实况|ライブ|생중계",
    re.IGNORECASE,
)
_LIVE_NAME = re.compile(
    r"live[-_]?(?:blog|post|ticker|event|update|feed|stream|story|coverage|report|text|entry|entries|list|page)"
    r"|(?:^|[\s_-])(?:news)?ticker|newsblog|minute[-_]?by[-_]?minute|minuto[-_]a|diretta|zhibo|LiveBlogPosting|liveBlogUpdate",
    re.IGNORECASE,
)
_OTHERS_NAME = re.compile(
    r"comment|disqus|repl(?:y|ies)|discussion|forum|related|sidebar|teaser|recommend", re.IGNORECASE
)
_NAMES = ("class", "id", "itemtype", "itemprop", "data-component", "data-testid")
_LEAD_CHARS = 60
_OWN_CHARS = 20  # of unlinked words make a block an entry, not a teaser


@dataclass(frozen=True, slots=True)
class LiveBlog:
    """The entries of a live blog, and where they stand."""

    entries: tuple[Entry, ...]
    place: str
    before: str | None  # all text of the page before the first entry, without white space; None when not known


def find_live_blog(tree: Element, clues: Clues, title: str, text: str) -> LiveBlog | None:
    """The live blog on the page, if its data, its markup or its title say that it is one and its entries are found.

    `text` is what the engine read: a ticker beside an article is not in it, and is not the article.
    """
    nodes = [node for node in clues.json_ld if "LiveBlogPosting" in types_of(node)]
    told = [entry for node in nodes for entry in told_entries(node.get("liveBlogUpdate"))]
    named = bool(nodes) or _LIVE_TITLE.search(title[:300]) is not None
    rows = [row for row in _rows(_stamps(tree, named)) if _is_live(row, bool(nodes), named, told)]
    if row := max(rows, key=len, default=None):
        blog = _from_row(row, told)
        return blog if nodes or _is_body(blog, text) else None
    return _from_data(told, text)


def lead_of(text: str, blog: LiveBlog) -> str:
    """The lines of `text` that stand before the first entry."""
    said = {squashed(line) for entry in blog.entries for line in (entry.headline, *entry.words.split("\n"))}
    lines = (line for line in text.split("\n") if (key := squashed(line)) and key not in said and _leads(line, blog))
    return "\n".join(lines)


def with_entries(lead: str, blog: LiveBlog) -> str:
    """The lead, then the entries."""
    return "\n\n".join(part for part in (lead, *(entry.shown() for entry in blog.entries)) if part)


def _leads(line: str, blog: LiveBlog) -> bool:
    """Whether a line stands before the entries; where their place is not known, only running text does."""
    return length(line) >= _LEAD_CHARS if blog.before is None else squashed(line) in blog.before


def _from_data(told: list[Entry], text: str) -> LiveBlog | None:
    """The entries of the JSON-LD, where they say more than the page shows: many sites cut them short there."""
    if sum(1 for entry in told if entry.words) < 2 or sum(len(entry.words) for entry in told) < len(text):
        return None
    return LiveBlog(tuple(told), "JSON-LD liveBlogUpdate", None)


def _is_body(blog: LiveBlog, text: str) -> bool:
    """Whether the entries are what the engine read, or outweigh it."""
    if sum(len(entry.words) for entry in blog.entries) > 2 * len(text):
        return True
    read = squashed(text)
    found = sum(1 for entry in blog.entries if squashed((entry.words or entry.headline).split("\n")[0]) in read)
    return found * 2 >= len(blog.entries)


def _stamps(tree: Element, named: bool) -> list[Element]:
    """The elements with a time; those with only a clock in words where the page is said to be live."""
    stamps = (_STAMPED(tree) if named else list(tree.iter("time")))[:_MAX_STAMPS]
    if named and len(stamps) < 3:
        stamps += [element for element in _SHORT(tree)[: 5 * _MAX_STAMPS] if is_spoken_time(element)][:_MAX_STAMPS]
    return stamps if len(stamps) > 1 else []


def _rows(stamps: list[Element]) -> list[list[Element]]:
    """Every row of sibling elements that hold a time each, in document order."""
    found: dict[Element, dict[Element, None]] = {}
    for stamp in stamps:
        child = stamp
        for _, parent in zip(range(_CLIMB), stamp.iterancestors(), strict=False):
            found.setdefault(parent, {})[child] = None
            child = parent
    return [list(children) for children in found.values() if len(children) > 1]


def _is_live(row: list[Element], is_told: bool, named: bool, told: list[Entry]) -> bool:
    if any(_OTHERS_NAME.search(_names(element)) for element in _around(row[0], 3)):
        return False
    marked = any(_LIVE_NAME.search(_names(element)) for element in _around(row[0], 4))
    if not marked and not named:
        return False
    prose = sum(1 for block in row if _own_chars(block) >= _OWN_CHARS)
    if prose < (2 if is_told else 3) or prose * 3 < len(row) * 2:
        return False
    return marked or not told or _tells(row, told)


def _tells(row: list[Element], told: list[Entry]) -> bool:
    """Whether the blocks hold the headlines that the page's data give their entries."""
    inside = squashed(" ".join(visible_text(block) for block in row))
    heads = [key for entry in told if (key := squashed(entry.headline or entry.words[:60]))]
    return sum(head in inside for head in heads) * 2 >= len(heads) > 0


def _from_row(row: list[Element], told: list[Entry]) -> LiveBlog:
    known = {key: entry for entry in told if (key := squashed(entry.headline or entry.words.split("\n")[0]))}
    entries = (with_told(read_entry(block), known) for block in _with_unstamped(row))
    before = squashed("".join(row[0].xpath("preceding::text()")))
    kept = tuple(entry for entry in entries if entry.headline or entry.words)
    parent = row[0].getparent()
    name = parent.get("id") or (parent.get("class") or "").split(" ")[0]
    return LiveBlog(kept, f"{len(kept)} entries in <{parent.tag}{f' {name}' if name else ''}>", before)


def _with_unstamped(row: list[Element]) -> list[Element]:
    """The row, and the blocks of the same kind among its siblings that give no time."""
    kinds = {(block.tag, block.get("class")) for block in row if block.get("class")}
    stamped = set(row)
    return [
        block
        for block in row[0].getparent()
        if block in stamped or ((block.tag, block.get("class")) in kinds and stamp_of(block) is None)
    ]


def _own_chars(block: Element) -> int:
    linked = sum(len(visible_text(link)) for link in block.iter("a"))
    return len(visible_text(block)) - linked


def _around(block: Element, levels: int) -> list[Element]:
    return [block, *(above for _, above in zip(range(levels), block.iterancestors(), strict=False))]


def _names(element: Element) -> str:
    return " ".join([str(element.tag), *(element.get(name) or "" for name in _NAMES)])[:500]
