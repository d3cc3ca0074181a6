"""The engine: trafilatura finds the body on the parsed tree. Its sole home."""

from __future__ import annotations

import logging
from copy import copy

import trafilatura
from lxml.etree import XPath
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Document, Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

from pipelines.markup import Element

EXTRACTOR = "trafilatura"
EXTRACTOR_VERSION: str = trafilatura.__version__

# They say with a warning what we say with a reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_LINKED_TEXT = XPath("//a//text() | //script/text() | //noscript//text() | //title/text() | //option//text()")
_SURE_CHARS = 500  # below, trafilatura wants a second opinion anyway
_ESCALATION_CHARS = 3_000  # below, trafilatura tries again when it has less than a fifth of the page
_UNCLEAN = (
    "aside",
    "audio",
    "button",
    "fieldset",
    "figure",
    "footer",
    "iframe",
    "input",
    "label",
    "link",
    "nav",
    "noscript",
    "object",
    "option",
    "select",
    "svg",
    "time",
)


def body_text(tree: Element, url: str, *, fast: bool) -> str:
    """The article's words, a line a paragraph; "" when there are none. The tree is left as it was.

    trafilatura's first pass, and its whole cascade (readability, justext, a second try with recall) only where
    that could change the answer: the page has twice as much running text as the first pass found, or more.
    """
    sure = _first_pass(tree, url)
    if sure is not None:
        return sure
    document = trafilatura.bare_extraction(
        tree, url=url or None, fast=fast, include_comments=False, with_metadata=False
    )
    return document.text or "" if isinstance(document, Document) else ""


def _first_pass(tree: Element, url: str) -> str | None:
    """What the cascade's first stage finds, when no later stage would do otherwise; else None."""
    if _is_forum(tree):
        return None
    options = Extractor(output_format="python", comments=False, url=url or None)
    page = prune_unwanted_nodes(copy(tree), [*RAW_TREE_PRUNE_XPATH, *REMOVE_COMMENTS_AND_LISTS_XPATH])
    all_chars, running_chars = _page_chars(page)
    found, text = extract_content(convert_tags(tree_cleaning(page, options), options, url or None), options)
    size = len(text)
    if size < _SURE_CHARS or running_chars > 2 * size:
        return None
    if size < _ESCALATION_CHARS and size * 5 < all_chars:
        return None
    if _is_deficient(found):
        return None
    return str(xmltotxt(found, options.formatting))


def _is_forum(tree: Element) -> bool:
    return any("DiscussionForumPosting" in (script.text or "") for script in tree.iter("script"))


def _page_chars(page: Element) -> tuple[int, int]:
    """The characters of the page's text, and of what is not links: as much as any other reader could find."""
    everything = len(" ".join(page.text_content().split()))
    linked = len(" ".join("".join(_LINKED_TEXT(page)).split()))
    return everything, everything - linked


def _is_deficient(found: Element) -> bool:
    """No paragraphs, more tables than paragraphs, or controls in the text: trafilatura asks readability then."""
    paragraphs = sum(1 for paragraph in found.iter("p") if paragraph.text or len(paragraph))
    tables = sum(1 for _ in found.iter("table"))
    return not paragraphs or tables > paragraphs or next(found.iter(*_UNCLEAN), None) is not None
