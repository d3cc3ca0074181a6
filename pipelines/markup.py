"""HTML text to an lxml tree, once a page, within bounds."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree, html

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.text import clean_text

Element = Any  # lxml.html.HtmlElement; lxml ships no types

MAX_CHARS = 20_000_000
MAX_TAGS = 250_000
MAX_ATTRIBUTES = 5_000  # of one tag; libxml2 needs time quadratic in their number
_LONG_TAG_CHARS = 10_000
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{_LONG_TAG_CHARS},}}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ATTRIBUTE = re.compile(r"[^\s=/\"'<>]+")
_DOCTYPE = re.compile(r"\s*<!doctype[^>]{0,1000}>", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}\?>")
_EMPTY_HTML_TAG = re.compile(r"(<html\b[^<>]{0,2000}?)\s*/>", re.IGNORECASE)


def parse(page: str) -> Element | Rejected | None:
    """The root of the parsed page, without comments; None when there is no element in it.

    Rejected(RESOURCE_LIMIT) for pages that would cost the parser more than a page may.
    """
    if refusal := too_much(page):
        return refusal
    page = clean_text(page)
    page = _XML_DECLARATION.sub("", page, count=1) if page.lstrip()[:5] == "<?xml" else page
    # libxml2 drops the head of pages with some doctypes: https://bugs.launchpad.net/lxml/+bug/1955915
    page = _DOCTYPE.sub("", page, count=1) if _DOCTYPE.match(page) else page
    page = _EMPTY_HTML_TAG.sub(r"\1>", page[:4096], count=1) + page[4096:]
    if "<" not in page:
        return None
    parser = html.HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return None


def too_much(page: str) -> Rejected | None:
    """A refusal for a page with more text, tags, or attributes on one tag than a real one has; linear time."""
    if len(page) > MAX_CHARS:
        return Rejected(Reason.RESOURCE_LIMIT, f"{len(page)} characters of HTML, at most {MAX_CHARS} are read")
    if (tags := page.count("<")) > MAX_TAGS:
        return Rejected(Reason.RESOURCE_LIMIT, f"{tags} tags, at most {MAX_TAGS} are read")
    for tag in _LONG_TAG.finditer(page):
        names = _ATTRIBUTE.findall(_QUOTED.sub(" ", tag[0]))
        if len(names) > MAX_ATTRIBUTES:
            return Rejected(Reason.RESOURCE_LIMIT, f"{len(names)} attributes on one tag, at most {MAX_ATTRIBUTES}")
    return None


def needs_fast(page: str) -> bool:
    """Thousands of paragraphs: the slower passes compare each with all others."""
    return page.count("<p") > 2_500


def visible_text(element: Element) -> str:
    """The text of an element and what is in it, without scripts and styles, on one line."""
    parts = [text for text in element.itertext("*") if text] if _has_hidden(element) is None else _visible(element)
    return " ".join(" ".join(parts).split())


def _has_hidden(element: Element) -> Element | None:
    return next(element.iter("script", "style", "noscript", "template"), None)


def _visible(element: Element) -> list[str]:
    if element.tag in ("script", "style", "noscript", "template"):
        return []
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.extend(_visible(child))
        parts.append(child.tail or "")
    return parts
