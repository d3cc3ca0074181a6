"""HTML text to an lxml tree, once a page, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from lxml import etree, html

from newsroom.reasons import Reason
from newsroom.records import Rejected

Element = Any  # lxml.html.HtmlElement; lxml ships no types

MAX_CHARS = 20_000_000
MAX_TAGS = 250_000
MAX_ATTRIBUTES = 5_000  # of one tag; libxml2 needs time quadratic in their number
_LONG_TAG_BYTES = 10_000
_HEAD_BYTES = 4_096
_HELD = 50_000  # elements
_PARAGRAPHS = 2_500
_CONTROL_BYTES = bytes(byte for byte in range(32) if byte not in b"\t\n\r") + b"\x7f"
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_TAG = re.compile(rb"(?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+")
_ATTRIBUTE = re.compile(rb"[^\s=/\"'<>]+")
_HIDDEN_TAGS = ("script", "style", "noscript", "template")
_SEEN_TEXT = etree.XPath(
    ".//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]",
    smart_strings=False,
)
_SCRIPT = re.compile(rb"<(script|style)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_DOCTYPE = re.compile(rb"\s*<!doctype[^>]{0,1000}>", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,500}\?>")
_EMPTY_HTML_TAG = re.compile(rb"(<html\b[^<>]{0,2000}?)\s*/>", re.IGNORECASE)


def parse(page: str, utf8: bytes | None = None) -> Element | Rejected | None:
    """The root of the parsed page, without comments; None when there is no element in it.

    `utf8` is the page in UTF-8, if the caller has that. Rejected(RESOURCE_LIMIT) for pages that would cost the parser
    more than a page may.
    """
    if len(page) > MAX_CHARS:
        return Rejected(Reason.RESOURCE_LIMIT, f"{len(page)} characters of HTML, at most {MAX_CHARS} are read")
    # As bytes from here on: the parser asks for them, and one emoji makes each character of the page four bytes wide.
    source = (page.encode("utf-8", "replace") if utf8 is None else utf8).translate(None, _CONTROL_BYTES)
    if refusal := too_much(source):
        return refusal
    source = _with_plain_head(source)
    if b"<" not in source:
        return None
    try:
        return html.document_fromstring(source, parser=_parser())
    except (etree.ParserError, ValueError):
        return None


def _with_plain_head(source: bytes) -> bytes:
    """The page without the openings that libxml2 stumbles over.

    It drops the head of pages with some doctypes (https://bugs.launchpad.net/lxml/+bug/1955915), and ends the page at
    `<html/>`.
    """
    source = source.lstrip()
    head = source[:_HEAD_BYTES]
    for opening in (_XML_DECLARATION, _DOCTYPE):
        if found := opening.match(head):
            head = head[found.end() :]
    return _EMPTY_HTML_TAG.sub(rb"\1>", head, count=1) + source[_HEAD_BYTES:]


def _parser() -> Any:
    # huge_tree: else libxml2 ends the page at the 256th level (the 2,048th with it); our own bounds are above.
    parser = html.HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    # lxml.html asks a Python function for each element's class; one class for all saves a tenth of all later work.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    return parser


def too_much(source: bytes) -> Rejected | None:
    """A refusal for a page with more tags, or attributes on one tag, than a real one has; linear time."""
    if len(source) > MAX_TAGS and (tags := source.count(b"<")) > MAX_TAGS:
        return Rejected(Reason.RESOURCE_LIMIT, f"{tags} tags, at most {MAX_TAGS} are read")
    if (most := _most_attributes(source)) > MAX_ATTRIBUTES:
        return Rejected(Reason.RESOURCE_LIMIT, f"{most} attributes on one tag, at most {MAX_ATTRIBUTES}")
    return None


def _most_attributes(source: bytes) -> int:
    """The attributes of the longest tags; 0 when no tag has too many."""
    if max(map(_attributes, _long_pieces(source)), default=0) <= MAX_ATTRIBUTES:
        return 0
    # What looks like a tag may be code: `if (a<b …`. Only now is it worth taking the scripts out.
    return max(map(_attributes, _long_pieces(_SCRIPT.sub(b" ", source))), default=0)


def _attributes(piece: bytes) -> int:
    """The attributes of the tag that `piece` begins with, 0 when the tag is too short to have too many."""
    tag = _TAG.match(piece)
    assert tag is not None  # it may be empty
    if tag.end() < len(piece) and piece[tag.end()] != ord(">"):  # a quote that is never closed
        return len(_ATTRIBUTE.findall(_QUOTED.sub(b" ", piece)))
    return len(_ATTRIBUTE.findall(_QUOTED.sub(b" ", tag[0]))) if tag.end() >= _LONG_TAG_BYTES else 0


def _long_pieces(source: bytes) -> Iterator[bytes]:
    """What stands between two "<" and may be a tag of so many bytes; jumps from window to window."""
    start = 0
    while start + _LONG_TAG_BYTES <= len(source):
        last = source.rfind(b"<", start, start + _LONG_TAG_BYTES)
        if last >= 0:
            start = last + 1
            continue
        end = source.find(b"<", start + _LONG_TAG_BYTES)
        end = end if end >= 0 else len(source)
        if source[start : start + 1].isalpha():
            yield source[start:end]
        start = end + 1


def hold(tree: Element) -> list[Element]:
    """The elements of `tree`, to be held while it is read many times.

    lxml makes an object for an element whenever one is reached that nobody holds: a twentieth of an extraction.
    """
    return list(islice(tree.iter("*"), _HELD))


def needs_fast(elements: Sequence[Element]) -> bool:
    """Thousands of paragraphs: the slower passes compare each with all others."""
    return len(elements) > _PARAGRAPHS and sum(1 for element in elements if element.tag == "p") > _PARAGRAPHS


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
