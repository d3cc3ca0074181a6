"""The engine: trafilatura finds the body on the parsed tree. Its sole home."""

from __future__ import annotations

import logging
import re
from copy import copy
from dataclasses import dataclass
from functools import lru_cache

import trafilatura
from lxml.etree import XPath
from lxml.html import Element as new_element
from trafilatura.baseline import baseline, html2txt
from trafilatura.external import compare_extraction, justext_rescue
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import JUSTEXT_LANGUAGES, MANUALLY_CLEANED, Document, Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import (
    BODY_XPATH,
    OVERALL_DISCARD_XPATH,
    RAW_TREE_PRUNE_XPATH,
    REMOVE_COMMENTS_AND_LISTS_XPATH,
)

from newsroom.records import Provenance
from pipelines.body.chinese import chinese_body
from pipelines.body.containers import joined_containers
from pipelines.body.tables import without_layout
from pipelines.body.verdicts import Remembered
from pipelines.language import detect_language
from pipelines.markup import Element, visible_text

EXTRACTOR = "trafilatura"
CHINESE = "running text"
EXTRACTOR_VERSION: str = trafilatura.__version__

# They say with a warning what we say with a reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_LINKED_TEXT = XPath(
    "//a//text() | //script/text() | //noscript//text() | //title/text() | //option//text()", smart_strings=False
)
_CLEANED = frozenset(MANUALLY_CLEANED)
# Of what cleaning takes out, the elements that hold most of the text; a form may hold a whole page.
_UNREAD = ("a", "aside", "button", "figure", "footer", "head", "label", "nav", "noscript", "option", "script")
_UNREAD_TEXT = XPath(" | ".join(f"//{tag}//text()" for tag in _UNREAD), smart_strings=False)
# A word of each of the engine's expressions for article bodies: what has none of them is not worth asking about.
_BODY_WORD = re.compile(
    "content|body|post|entry|text|story|main|article|primary|column|single|container|cell", re.IGNORECASE
)
_PRUNED = [*RAW_TREE_PRUNE_XPATH, Remembered(REMOVE_COMMENTS_AND_LISTS_XPATH, ("class", "id"))]
_LOOKED_AT = ("class", "id", "role", "style", "aria-hidden", "data-component", "data-lp-replacement-content")
# What the engine looks for in every page, and half the cost of its first pass. It reads the list at each call.
OVERALL_DISCARD_XPATH[:] = [Remembered(OVERALL_DISCARD_XPATH, _LOOKED_AT)]
_LEFT_OUT = 1.3  # times as much running text on the page as was found
_SURE_CHARS = 500  # below, trafilatura wants a second opinion anyway
_ESCALATION_CHARS = 3_000  # below, trafilatura tries again when it has less than a fifth of the page
_WORTH_A_TRY = 1.4  # what is tried again must come to 1.5 times as much
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


@dataclass(frozen=True, slots=True)
class Body:
    """The article's words, a line a paragraph ("" when there are none), how they were found, and the lines beside."""

    text: str
    found_by: Provenance
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


def find_body(tree: Element, url: str, *, fast: bool) -> Body:
    """The body by running text where the page is Chinese, by trafilatura elsewhere."""
    if chinese := chinese_body(tree):
        return Body(chinese.text, Provenance(CHINESE, chinese.place), chinese.before, chinese.behind)
    return Body(body_text(tree, url, fast=fast), Provenance(EXTRACTOR, "fast" if fast else "balanced"))


def body_text(tree: Element, url: str, *, fast: bool) -> str:
    """The article's words, a line a paragraph; "" when there are none. The tree is left as it was.

    trafilatura's first pass, and the rest of its cascade (readability, justext, a second try with recall) only where
    that could change the answer: the page has twice as much running text as the first pass found, or more.
    """
    if fast or _is_forum(tree):
        return _defaults(tree, url, fast=fast)
    options = Extractor(output_format="python", comments=False, url=url or None)
    first = _from_container(tree, options)
    if first is not None:
        chars = _page_chars(tree)
        if chars[1] > _LEFT_OUT * len(first[1]) and (whole := joined_containers(tree, first[1])) is not None:
            tree, first = whole, _from_container(whole, options) or first
        if _is_most(tree, *first, *chars):
            return _written(*first, options)
    # Cleaned first: what is left to prune is half the tree, and pruning is the dearest step.
    page = prune_unwanted_nodes(tree_cleaning(copy(tree), options), _PRUNED)
    all_chars, running_chars = _page_chars(page)
    found, text = first or extract_content(convert_tags(page, options, url or None), options)
    if not _is_sure(found, len(text), all_chars, running_chars):
        found, text = _cascade(prune_unwanted_nodes(copy(tree), _PRUNED), found, text, options)
    return _written(found, text, options)


def _written(found: Element, text: str, options: Extractor) -> str:
    return str(xmltotxt(without_layout(found), options.formatting)) if text else ""


def _from_container(tree: Element, options: Extractor) -> tuple[Element, str] | None:
    """What the engine makes of the element that it would choose, without the rest of the page; None when too little.

    The engine's cost grows with the tree it is given, and the article's own element is a fifth of most pages.
    """
    container = _container(tree)
    if container is None:
        return None
    page, body = new_element("html"), new_element("body")
    page.append(body)
    body.append(copy(container))
    body[0].tail = None
    page = prune_unwanted_nodes(tree_cleaning(page, options), _PRUNED)
    found, text = extract_content(convert_tags(page, options, options.url), options)
    # Below, the engine gathers stray paragraphs from the whole page.
    return (found, text) if len(text) >= options.min_extracted_size else None


def _is_most(tree: Element, found: Element, text: str, everything: int, running: int) -> bool:
    """Whether the uncleaned page leaves no doubt, whatever cleaning may take out: `_is_sure` without cleaning."""
    size = len(text)
    if running > 2 * size or size * 5 < everything:
        unread = len(" ".join("".join(_UNREAD_TEXT(tree)).split()))
        everything, running = everything - unread, min(running, everything - unread)
    return _is_sure(found, size, everything, running)


def _container(tree: Element) -> Element | None:
    """The element that the engine would take for the article's: the first that its first fitting expression finds."""
    best, chosen = len(BODY_XPATH), None
    for element in tree.iter("article", "div", "main", "section"):
        look = element.get
        rank = _rank(element.tag, look("class"), look("id"), look("itemprop"), look("role"))
        if rank < best:
            best, chosen = rank, element
            if not rank:
                break
    if chosen is None or any(above.tag in _CLEANED for above in chosen.iterancestors()):
        return None
    return chosen


def _rank(tag: str, *attributes: str | None) -> int:
    """Which of the engine's expressions for article bodies is the first to find an element with these attributes."""
    if tag in ("div", "section") and not any(value and _BODY_WORD.search(value) for value in attributes):
        return len(BODY_XPATH)
    return _rank_asked(tag, *attributes)


@lru_cache(maxsize=8_192)  # the pages of a site have the same classes
def _rank_asked(tag: str, *attributes: str | None) -> int:
    page = new_element("html")
    names = ("class", "id", "itemprop", "role")
    page.append(new_element(tag, {name: value for name, value in zip(names, attributes, strict=True) if value}))
    return next((number for number, expression in enumerate(BODY_XPATH) if expression(page)), len(BODY_XPATH))


def _defaults(tree: Element, url: str, *, fast: bool) -> str:
    document = trafilatura.bare_extraction(
        tree, url=url or None, fast=fast, include_comments=False, with_metadata=False
    )
    if not isinstance(document, Document) or not document.text:
        return ""
    return str(xmltotxt(without_layout(document.body), include_formatting=False))


def _is_sure(found: Element, size: int, all_chars: int, running_chars: int) -> bool:
    """Whether no later stage of the cascade would do otherwise than the first."""
    if size < _SURE_CHARS or running_chars > 2 * size:
        return False
    little = size < _ESCALATION_CHARS and size * 5 < all_chars and running_chars > _WORTH_A_TRY * size
    return not little and not _is_deficient(found)


def _cascade(page: Element, found: Element, text: str, options: Extractor) -> tuple[Element, str]:
    """The stages behind the first, as trafilatura.core.trafilatura_sequence has them, without a second first one."""
    options.lang = _language_for_justext(page, text)
    found, text = compare_extraction(tree_cleaning(copy(page), options), copy(page), found, text, options)
    if len(text) < options.min_extracted_size:
        rescued, rescued_text, size = baseline(page)
        if size > len(text):
            found, text = rescued, rescued_text
    if 0 < len(text) < _ESCALATION_CHARS and len(text) * 5 < len(html2txt(page)):
        return _escalated(page, found, text, options)
    return found, text


def _language_for_justext(page: Element, text: str) -> str:
    """A language whose commonest words justext knows: the page's, else English.

    Without one it takes the words of all, 27 MB of them, and hashes them for each page.
    """
    declared = (page.get("lang") or "").strip().lower()[:2]
    if declared in JUSTEXT_LANGUAGES:
        return declared
    told = detect_language(text or visible_text(page))[0]
    return told if told in JUSTEXT_LANGUAGES else "en"


def _escalated(page: Element, found: Element, text: str, options: Extractor) -> tuple[Element, str]:
    """A second try with recall, and justext's, for a short text that is little of its page."""
    eager = copy(options)
    eager.focus = "recall"
    cleaned = tree_cleaning(copy(page), eager)
    backup = copy(cleaned)
    retried = extract_content(convert_tags(cleaned, eager, options.url), eager)
    retried = compare_extraction(backup, copy(page), *retried, eager)
    other = justext_rescue(copy(page), options)
    if len(other[1]) > max(len(retried[1]), 2 * len(text)):
        return other
    if len(retried[1]) >= options.min_extracted_size and len(retried[1]) > 1.5 * len(text):
        return retried
    return found, text


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
