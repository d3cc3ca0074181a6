"""Rows of a page's blocks that hold a time each: where the entries of a live blog may be."""

from __future__ import annotations

import re
from copy import deepcopy

from lxml import etree
from lxml.html import Element as new_element

from pipelines.body.live_entries import SHORT_ELEMENTS, is_spoken_time, stamp_of
from pipelines.clues import Clues
from pipelines.markup import Element, visible_text

_STAMPED = etree.XPath("//body//*[self::time or @datetime]")
_SHORT = etree.XPath(SHORT_ELEMENTS.format("//body"))
_CLASSES = etree.XPath("//body//@class[contains(., 'live')]", smart_strings=False)
LIVE_NAME = re.compile(
    r"live[-_]?(?:blog|post|ticker|event|update|feed|stream|story|coverage|report|text|entry|entries|list|page)"
    r"|(?:^|[\s_-])(?:news)?ticker|newsblog|minute[-_]?by[-_]?minute|minuto[-_]a|diretta|zhibo|LiveBlogPosting|liveBlogUpdate",
    re.IGNORECASE,
)
_MAX_STAMPS = 3_000
_CLIMB = 8  # levels from a time up to the entry that it belongs to
_OWN_CHARS = 20  # of unlinked words make a block an entry, not a teaser


def find_rows(tree: Element, clues: Clues, named: bool) -> list[list[Element]]:
    """Every row of sibling elements that hold a time each, in document order.

    Times in words count only where the page is `named` a live one, or its classes speak of it.
    """
    told = list(clues.itemprops.get("liveblogupdate", ()))
    if len(told) > 1:
        return [told]
    stamps = (_STAMPED(tree) if named else list(tree.iter("time")))[:_MAX_STAMPS]
    if len(stamps) < 3 and (named or _is_marked(tree, clues)):
        stamps += [element for element in _SHORT(tree)[: 5 * _MAX_STAMPS] if is_spoken_time(element)][:_MAX_STAMPS]
    found: dict[Element, dict[Element, None]] = {}
    for stamp in stamps if len(stamps) > 1 else ():
        child = stamp
        for _, parent in zip(range(_CLIMB), stamp.iterancestors(), strict=False):
            found.setdefault(parent, {})[child] = None
            child = parent
    return [list(children) for children in found.values() if len(children) > 1]


def _is_marked(tree: Element, clues: Clues) -> bool:
    """Whether a class speaks of a live blog; not asked where the page's data call it an article of another kind."""
    return clues.article_node is None and any(LIVE_NAME.search(name[:500]) for name in _CLASSES(tree)[:200])


def entry_blocks(row: list[Element], least: int) -> list[Element] | None:
    """The blocks of a row, one an entry: those with the times, or each time with what follows it up to the next.

    None when fewer than `least`, or than two thirds of them, say anything of their own.
    """
    if _is_prose(row, least):
        return _with_unstamped(row)
    if any(len(visible_text(block)) > 3 * _OWN_CHARS for block in row):
        return None
    grouped = _grouped(row)
    return grouped if _is_prose(grouped, least) else None


def _is_prose(blocks: list[Element], least: int) -> bool:
    prose = sum(1 for block in blocks if _own_chars(block) >= _OWN_CHARS)
    return prose >= least and prose * 3 >= len(blocks) * 2


def _grouped(row: list[Element]) -> list[Element]:
    stamped = set(row)
    groups: list[Element] = []
    for sibling in row[0].getparent():
        if sibling in stamped:
            groups.append(new_element("div"))
        if groups:
            groups[-1].append(deepcopy(sibling))
    return groups


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
