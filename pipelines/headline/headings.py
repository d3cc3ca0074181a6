"""The h1 elements of a page: which may be its headline, and what they say without kicker, subtitle and date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from urllib.parse import urlsplit

from newsroom.urls import resolve
from pipelines.markup import Element, visible_text
from pipelines.text import one_line

_MAX_CHARS = 300
_LEVELS = 10  # of ancestors that are asked what the heading stands in
_OUTSIDE = frozenset({"nav", "footer", "aside", "dialog", "details"})
_OUTSIDE_ROLES = frozenset({"navigation", "dialog", "alertdialog", "contentinfo", "complementary"})
_LOGO = re.compile(r"(?:^|[\s_-])(?:site[_-]?(?:title|name|logo|branding)|logo|branding)(?:\s|$)", re.I)
_UNSEEN = re.compile(
    r"(?:visually|screen)-?(?:hidden|reader)|(?:^|[\s_-])(?:sr-only|aural|off-?screen|assistive)(?:[\s_-]|$)", re.I
)
_BODY = re.compile(r"(?:entry|post|article|story)[_-]?(?:content|body|text)|articlebody", re.I)
_INLINE = frozenset({"em", "i", "b", "strong", "u", "mark", "abbr", "sup", "sub", "q", "cite", "wbr", "font", "a"})
_EDGE = " \t\n\r\u00a0|:：-–—·•/»"


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading that the page may be called by."""

    text: str
    place: str  # "h1", "itemprop headline"
    shorter: tuple[str, ...] = ()  # without an element at its head or end: kicker, subtitle, date
    fault: str = ""  # why it is not the article's headline
    doubt: str = ""  # why it is the headline only where something else says so
    in_article: bool = False  # stands in <article> or <main>

    @property
    def wordings(self) -> tuple[str, ...]:
        """What the heading may be taken to say, longest first."""
        return (self.text, *self.shorter)


def read_headings(elements: Iterable[tuple[str, Element]], url: str) -> tuple[Heading, ...]:
    """The headings at `elements`, each given with the name of its place."""
    read = (_heading(element, place, url) for place, element in elements)
    return tuple(heading for heading in read if heading is not None)


def _heading(element: Element, place: str, url: str) -> Heading | None:
    text = one_line(visible_text(element))
    if not 2 <= len(text) <= _MAX_CHARS:
        return None
    around = list(_ancestors(element))
    inside = any(tag in ("article", "main") or role in ("article", "main") for tag, _, role in around)
    fault = _fault(element, around, text, url)
    return Heading(text, place, tuple(_without_edges(element)), fault, _doubt(around), inside)


def _ancestors(element: Element) -> Iterator[tuple[str, str, str]]:
    """Tag, class and id, and role of the element and of what it stands in."""
    node = element
    for _ in range(_LEVELS):
        if node is None or node.tag in ("body", "html"):
            return
        yield node.tag, f"{node.get('class') or ''} {node.get('id') or ''}", node.get("role") or ""
        node = node.getparent()


def _fault(element: Element, around: list[tuple[str, str, str]], text: str, url: str) -> str:
    for link in islice(chain(element.iterancestors("a"), element.iter("a")), 5):
        if _is_front(link.get("href"), url) and len(one_line(visible_text(link))) * 2 > len(text):
            return "links to the front page: the site's name"
    if any(_LOGO.search(names) for _, names, _ in around[:2]):
        return "stands where the site's name stands"
    for tag, names, role in around:
        if "breadcrumb" in names.lower():
            return ""
        if tag in _OUTSIDE or role in _OUTSIDE_ROLES:
            return f"stands outside the article: in {role or tag}"
    return ""


def _doubt(around: list[tuple[str, str, str]]) -> str:
    if any(_UNSEEN.search(names) for _, names, _ in around[:2]):
        return "hidden from readers"
    if any(tag in ("li", "ol", "ul", "nav") and "breadcrumb" in names.lower() for tag, names, _ in around):
        return "stands in the breadcrumbs"
    if any(_BODY.search(names) for _, names, _ in around[1:]):
        return "stands in the text"
    return ""


def _is_front(href: str | None, url: str) -> bool:
    """Whether a link leads to the front page of the site, or of the blog that the page is of."""
    target = resolve(url, href) if href and href.strip() not in ("#", "") else None
    if target is None:
        return False
    parts, own = urlsplit(target), [step for step in urlsplit(url).path.split("/") if step]
    steps = [step for step in parts.path.split("/") if step and not step.startswith("index.")]
    return not parts.query and not parts.fragment and (not steps or (own[:1] == steps and len(own) > 2))


def _without_edges(element: Element) -> Iterator[str]:
    """What remains when the first, the last, or both child elements are taken for kicker, subtitle or date."""
    pieces = list(_pieces(element))
    own = [number for number, (is_element, _) in enumerate(pieces) if not is_element]
    first, last = (own[0], own[-1]) if own else (len(pieces), -1)
    for start, end in ((1, len(pieces)), (0, len(pieces) - 1), (1, len(pieces) - 1)):
        if start >= end or start > first or end <= last or len(pieces) > 8:
            continue
        if kept := " ".join(text for _, text in pieces[start:end]).strip(_EDGE):
            yield kept


def _pieces(element: Element) -> Iterator[tuple[bool, str]]:
    """The element's own texts and its child elements' texts in order; separators and inline mark-up are no pieces."""
    for _ in range(_LEVELS):
        if len(element) != 1 or (element.text or "").strip() or (element[0].tail or "").strip():
            break
        element = element[0]
    if (element.text or "").strip(_EDGE):
        yield False, one_line(element.text)
    for child in element:
        if (said := one_line(visible_text(child))).strip(_EDGE):
            yield child.tag not in _INLINE, said
        if (child.tail or "").strip(_EDGE):
            yield False, one_line(child.tail)
