"""Where each line of a text stood in its page: the element it came from, and what is around that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipelines.markup import Element

_ABSOLUTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_HEAD_CHARS = 12
_MOST_SHARE = 0.7  # of the text: what holds so much of it is the article's container
_LONGEST_LINE = 5_000
_LOOKED_AT = 60  # characters of an element's text, indentation included
_MOST_MATCHES = 8  # elements with one and the same text
_MOST_PIECES = 400  # of an element's text
_CLIMB = 8  # elements that one line's words may be wrapped in
_NEAR = 6  # elements above a line that say what it is


@dataclass(frozen=True, slots=True)
class Place:
    """One line's element in the page."""

    element: Element
    link_share: float  # of its characters, those that lead to another page
    inside: bool  # the links lead to pages of the same site
    names: str  # tags, classes and ids of the element and what wraps it, below the article's container
    within: bool  # in the container of most of the text


@dataclass(frozen=True, slots=True)
class _Page:
    holders: frozenset[Element]  # whatever holds most of the text
    container: Element | None  # the innermost of them
    host: str


def find_places(tree: Element, lines: Sequence[str], url: str, also: Sequence[str] = ()) -> list[Place | None]:
    """The place of each line, then of each text in `also`; None for what no single element says.

    Of several elements with the same words the one in the article's container counts, then the one with fewer links.
    """
    keys = [_squeeze(line.removeprefix("- ")) for line in (*lines, *also)]
    found = _elements(tree, keys)
    weights: dict[Element, int] = {}
    ours = keys[: len(lines)]
    for key in set(ours).intersection(found):
        for above in found[key][0].iterancestors():
            weights[above] = weights.get(above, 0) + len(key)
    most = _MOST_SHARE * sum(map(len, ours))
    holders = frozenset(element for element, weight in weights.items() if weight >= most)
    container = max(holders, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)
    page = _Page(holders, container, (urlsplit(url).hostname or "").removeprefix("www."))
    return [_place(key, found[key], page) if key in found else None for key in keys]


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _elements(tree: Element, keys: Sequence[str]) -> dict[str, list[Element]]:
    """For each key the elements whose text it is, in document order."""
    by_head: dict[str, set[str]] = {}
    for key in set(keys):
        for size in range(1, min(_HEAD_CHARS, len(key)) + 1) if len(key) <= _LONGEST_LINE else ():
            by_head.setdefault(key[:size], set()).add(key)
    longest = {head: max(map(len, begun)) for head, begun in by_head.items()}
    found: dict[str, list[Element]] = {}
    for element in tree.iter("*"):
        text = element.text
        if text and (head := _squeeze(text[:_LOOKED_AT])[:_HEAD_CHARS]) in by_head:
            for key, match in _matches(element, by_head[head], longest[head]).items():
                known = found.setdefault(key, [])
                if len(known) < _MOST_MATCHES and match not in known:
                    known.append(match)
    return found


def _matches(element: Element, keys: set[str], longest: int) -> dict[str, Element]:
    """The keys that the text of `element`, or of what it begins, is; with the outermost such element."""
    found: dict[str, Element] = {}
    for _ in range(_CLIMB):
        if (text := _text(element, longest)) is None:
            break
        if text in keys:
            found[text] = element
        above = element.getparent()
        if above is None or (above.text and above.text.strip()) or above[0] is not element:
            break
        element = above
    return found


def _text(element: Element, longest: int) -> str | None:
    """The element's text without white space; None when it is longer than any line."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece)
        size += len(piece) - piece.count(" ")
        if size > 2 * longest + 200 or len(pieces) > _MOST_PIECES:  # twice: line ends and tabs are not counted off
            return None
    text = _squeeze("".join(pieces))
    return text if len(text) <= longest else None


def _place(key: str, elements: list[Element], page: _Page) -> Place:
    places = [_described(key, element, page) for element in elements]
    return min(places, key=lambda place: (not place.within, place.link_share))


def _described(key: str, element: Element, page: _Page) -> Place:
    above = list(element.iterancestors())
    names = " ".join(_names(wrap) for wrap in (element, *(wrap for wrap in above[:_NEAR] if wrap not in page.holders)))
    share, inside = _links(key, element, above, page.host)
    return Place(element, share, inside, names, page.container in above)


def _names(element: Element) -> str:
    return f"<{element.tag}> {element.get('class') or ''} {element.get('id') or ''}"


def _links(key: str, element: Element, above: list[Element], host: str) -> tuple[float, bool]:
    """How much of a line is links to other pages, and whether all of those are the site's own."""
    if around := [wrap for wrap in (element, *above[:_NEAR]) if _leads_away(wrap)]:
        return 1.0, _is_inside(around[0], host)
    links = [link for link in element.iter("a") if _leads_away(link)]
    linked = sum(len(_squeeze("".join(link.itertext()))) for link in links)
    return min(1.0, linked / len(key)), all(_is_inside(link, host) for link in links)


def _is_inside(link: Element, host: str) -> bool:
    href = link.get("href").strip()
    if not _ABSOLUTE.match(href):
        return True
    try:
        there = (urlsplit(href).hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return bool(there) and (there == host or there.endswith("." + host) or host.endswith("." + there))


def _leads_away(element: Element) -> bool:
    """A link to another page; one to a place in this page is a table of contents or a footnote."""
    return element.tag == "a" and not (element.get("href") or "#").strip().startswith("#")
