"""The links within an article's text, as against those around it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import XPath

from newsroom.urls import resolve
from pipelines.markup import Element

MAX_LINKS = 200
_MAX_HREF_CHARS = 2_000
_START_CHARS = 60  # of a paragraph: enough to know it by
_STRING = XPath("string()", smart_strings=False)
_BLOCKS = frozenset({"p", "li", "td", "blockquote", "dd", "figcaption", "div", "section", "article", "body"})


def body_links(tree: Element, text: str, url: str) -> tuple[str, ...]:
    """The addresses that paragraphs of `text` link to, resolved against the page's base, in its order; each once."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    flat = " ".join(filter(None, lines))
    base = _base(tree, url)
    found: dict[str, None] = {}
    for href in dict.fromkeys(_hrefs(tree, flat, frozenset(lines))):
        if address := resolve(base, href):
            found[address] = None
        if len(found) >= MAX_LINKS:
            break
    return tuple(found)


def _hrefs(tree: Element, flat: str, lines: frozenset[str]) -> Iterator[str]:
    blocks: dict[Element, bool] = {}
    for link in tree.iter("a"):
        href = (link.get("href") or "").strip()
        if not href or href[0] == "#" or len(href) > _MAX_HREF_CHARS or not _stands_in(link, flat):
            continue
        block = next((above for above in link.iterancestors() if above.tag in _BLOCKS), tree)
        if block not in blocks:
            blocks[block] = _is_part(" ".join(_STRING(block).split()), flat, lines)
        if blocks[block]:
            yield href


def _stands_in(link: Element, flat: str) -> bool:
    """Whether the text has the words of a link. Most links of a page are asked this, so the cheap signs come first."""
    begins = (link.text or "").strip()
    if begins not in flat:
        return False
    if not len(link):
        return begins != ""
    words = " ".join(_STRING(link).split())
    return words != "" and words in flat


def _is_part(block: str, flat: str, lines: frozenset[str]) -> bool:
    """Whether the text of a block is one of the article's lines, or begins as something in them does."""
    return block in lines or (len(block) >= _START_CHARS and block[:_START_CHARS] in flat)


def _base(tree: Element, url: str) -> str:
    declared = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return (resolve(url, declared.strip()) if declared else None) or url
