"""Live blogs: pages whose body is a row of dated entries. The entries are kept apart, each led by its time, in the
order of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.body.live_entries import Entry, read_entry, squashed, told_entries, with_told
from pipelines.body.live_rows import LIVE_NAME, entry_blocks, find_rows
from pipelines.clues import Clues, types_of
from pipelines.markup import Element, visible_text
from pipelines.refusals.listing import length

_LIVE_TITLE = re.compile(
    r"\blive\b[\s-]*(?:blog|ticker|updates?|coverage|news|reaction|text|$)|^live\b\s*[:|–-]|[-–|:,]\s*live\b"
    r"|as it happened|newsblog|liveblog|liveticker|\ben\s+direct\b|\bdirett?a\b|\ben\s+(?:directo|vivo)\b"
    r"|minuto\s+a\s+minuto|ao\s+vivo|онлайн-трансляция|текстовая\s+трансляция|直播|實況|实况|ライブ|생중계",
    re.IGNORECASE,
)
_OTHERS_NAME = re.compile(
    r"comment|disqus|repl(?:y|ies)|discussion|forum|related|sidebar|teaser|recommend", re.IGNORECASE
)
_NAMES = ("class", "id", "itemtype", "itemprop", "data-component", "data-testid")
_LEAD_CHARS = 60


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
    best: tuple[list[Element], list[Element]] = ([], [])
    for row in find_rows(tree, clues, named):
        if len(row) > len(best[0]) and (blocks := _live_blocks(row, bool(nodes), named, told)):
            best = (row, blocks)
    if best[0]:
        blog = _from_row(*best, told)
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


def _live_blocks(row: list[Element], is_told: bool, named: bool, told: list[Entry]) -> list[Element] | None:
    """The entries in a row, when something says that it is a live blog: its names, the page's title or data."""
    around = [row[0], *(above for _, above in zip(range(4), row[0].iterancestors(), strict=False))]
    if any(_OTHERS_NAME.search(_names(element)) for element in around[:4]):
        return None
    marked = any(LIVE_NAME.search(_names(element)) for element in around)
    if not marked and not named:
        return None
    blocks = entry_blocks(row, 2 if is_told else 3)
    return blocks if blocks and (marked or not told or _tells(blocks, told)) else None


def _tells(blocks: list[Element], told: list[Entry]) -> bool:
    """Whether the blocks hold the headlines that the page's data give their entries."""
    inside = squashed(" ".join(visible_text(block) for block in blocks))
    heads = [key for entry in told if (key := squashed(entry.headline or entry.words[:60]))]
    return sum(head in inside for head in heads) * 2 >= len(heads) > 0


def _from_row(row: list[Element], blocks: list[Element], told: list[Entry]) -> LiveBlog:
    known = {key: entry for entry in told if (key := squashed(entry.headline or entry.words.split("\n")[0]))}
    entries = (with_told(read_entry(block), known) for block in blocks)
    before = squashed("".join(row[0].xpath("preceding::text()")))
    kept = tuple(entry for entry in entries if entry.headline or entry.words)
    parent = row[0].getparent()
    name = parent.get("id") or (parent.get("class") or "").split(" ")[0]
    return LiveBlog(kept, f"{len(kept)} entries in <{parent.tag}{f' {name}' if name else ''}>", before)


def _names(element: Element) -> str:
    return " ".join([str(element.tag), *(element.get(name) or "" for name in _NAMES)])[:500]
