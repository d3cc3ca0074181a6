"""HTML text to an lxml tree, once a page, within bounds."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from lxml import etree, html

from newsroom.reasons import Reason
from newsroom.records import Rejected

Element = Any  # lxml.html.HtmlElement; lxml ships no types

MAX_CHARS = 20_000_000
MAX_TAGS = 250_000
MAX_ATTRIBUTES = 5_000  # of one tag; libxml2 needs time quadratic in their number
_LONG_TAG_CHARS = 10_000
_HELD = 50_000  # elements
_CONTROL_BYTES = bytes(byte for byte in range(32) if byte not in b"\t\n\r") + b"\x7f"
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_TAG = re.compile(r"(?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+")
_ATTRIBUTE = re.compile(r"[^\s=/\"'<>]+")
_HIDDEN_TAGS = ("script", "style", "noscript", "template")
_SEEN_TEXT = etree.XPath(
    ".//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]",
    smart_strings=False,
)
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]{0,1000}>", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}\?>")
_EMPTY_HTML_TAG = re.compile(r"(<html\b[^<>]{0,2000}?)\s*/>", re.IGNORECASE)


def parse(page: str) -> Element | Rejected | None:
    """The root of the parsed page, without comments; None when there is no element in it.

    Rejected(RESOURCE_LIMIT) for pages that would cost the parser more than a page may.
    """
    if refusal := too_much(page):
        return refusal
    page = _XML_DECLARATION.sub("", page, count=1) if page.lstrip()[:5] == "<?xml" else page
    # libxml2 drops the head of pages with some doctypes: https://bugs.launchpad.net/lxml/+bug/1955915
    page = _DOCTYPE.sub("", page, count=1) if _DOCTYPE.match(page) else page
    page = _EMPTY_HTML_TAG.sub(r"\1>", page[:4096], count=1) + page[4096:]
    if "<" not in page:
        return None
    source = page.encode("utf-8", "replace").translate(None, _CONTROL_BYTES)
    try:
        return html.document_fromstring(source, parser=_parser())
    except (etree.ParserError, ValueError):
        return None


def _parser() -> Any:
    # huge_tree: else libxml2 ends the page at the 256th level (the 2,048th with it); our own bounds are above.
    parser = html.HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    # lxml.html asks a Python function for each element's class; one class for all saves a tenth of all later work.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    return parser


def too_much(page: str) -> Rejected | None:
    """A refusal for a page with more text, tags, or attributes on one tag than a real one has; linear time."""
    if len(page) > MAX_CHARS:
        return Rejected(Reason.RESOURCE_LIMIT, f"{len(page)} characters of HTML, at most {MAX_CHARS} are read")
    if (tags := page.count("<")) > MAX_TAGS:
        return Rejected(Reason.RESOURCE_LIMIT, f"{tags} tags, at most {MAX_TAGS} are read")
    if (most := _most_attributes(page)) > MAX_ATTRIBUTES:
        return Rejected(Reason.RESOURCE_LIMIT, f"{most} attributes on one tag, at most {MAX_ATTRIBUTES}")
    return None


def _most_attributes(page: str) -> int:
    """The attributes of the longest tags; 0 when no tag has too many."""
    if not _has_long_piece(page) or max(map(_attributes, _long_pieces(page)), default=0) <= MAX_ATTRIBUTES:
        return 0
    # What looks like a tag may be code: `if (a<b …`. Only now is it worth taking the scripts out.
    return max(map(_attributes, _long_pieces(_SCRIPT.sub(" ", page))), default=0)


def _attributes(piece: str) -> int:
    """The attributes of the tag that `piece` begins with, 0 when the tag is too short to have too many."""
    tag = _TAG.match(piece)
    assert tag is not None  # it may be empty
    if tag.end() < len(piece) and piece[tag.end()] != ">":  # a quote that is never closed
        return len(_ATTRIBUTE.findall(_QUOTED.sub(" ", piece)))
    return len(_ATTRIBUTE.findall(_QUOTED.sub(" ", tag[0]))) if tag.end() >= _LONG_TAG_CHARS else 0


def _has_long_piece(page: str) -> bool:
    """Whether anywhere so many characters go by without "<" or ">"; jumps from window to window."""
    at = 0
    while at < len(page):
        end = at + _LONG_TAG_CHARS
        last = page.rfind("<", at, end)
        if last < 0 and page.find(">", at, end) < 0:
            return True
        at = last + 1 if last >= 0 else end
    return False


def _long_pieces(page: str) -> list[str]:
    return [piece for piece in page.split("<") if len(piece) >= _LONG_TAG_CHARS and piece[0].isalpha()]


def hold(tree: Element) -> list[Element]:
    """The elements of `tree`, to be held while it is read many times.

    lxml makes an object for an element whenever one is reached that nobody holds: a twentieth of an extraction.
    """
    return list(islice(tree.iter("*"), _HELD))


def needs_fast(page: str) -> bool:
    """Thousands of paragraphs: the slower passes compare each with all others."""
    return page.count("<p") > 2_500


def visible_text(element: Element) -> str:
    """The text of an element and what is in it, without scripts and styles, on one line."""
    if not len(element) and element.tag not in _HIDDEN_TAGS:
        return " ".join((element.text or "").split())
    hidden = next(element.iter(_HIDDEN_TAGS), None) is not None
    return " ".join(" ".join(_SEEN_TEXT(element) if hidden else element.itertext("*")).split())


def drop_hidden(tree: Element) -> int:
    """Take out what is never text, once its clues are read: later passes copy the tree several times.

    Returns how many scripts there were: a page of scripts and no words is one that a browser has to draw.
    """
    scripts = 0
    for element in list(tree.iter("script", "style", "svg", "template")):
        if element.tag == "script":
            if "ld+json" in (element.get("type") or "").lower():
                continue
            scripts += 1
        if element.getparent() is not None:
            element.drop_tree()
    return scripts
