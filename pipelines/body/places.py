"""Where each line of a text stood in its page: the element it came from, and what is around that."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipelines.markup import Element

_ABSOLUTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_HEAD_CHARS = 12
_MOST_SHARE = 0.7  # of the text: what holds so much of it is the article's container
_LONGEST_LINE = 5_000
_LOOKED_AT = 60  # characters of an element's text, indentation included
_MOST_ALIKE = 100  # lines that begin alike
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
class _Around:
    """What is above the lines of one parent."""

    link: Element | None  # that leads to another page and is around all of them
    names: str
    within: bool


def find_places(tree: Element, lines: Sequence[str], url: str, also: Sequence[str] = ()) -> list[Place | None]:
    """The place of each line, then of each text in `also`; None for what no single element says.

    Of several elements with the same words the one in the article's container counts, then the one with fewer links.
    """
    keys = [_squeeze(line.removeprefix("- ")) for line in (*lines, *also)]
    found = _elements(tree, keys)
    ours = keys[: len(lines)]
    first = [(key, found[key][0]) for key in dict.fromkeys(ours) if key in found]
    holders, container = _holders(first, sum(map(len, ours)))
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    seen: dict[Element, _Around] = {}
    places: list[Place | None] = []
    for key in keys:
        here = [
            _place(key, element, _around(element, seen, holders, container), host) for element in found.get(key, ())
        ]
        places.append(min(here, key=lambda place: (not place.within, place.link_share), default=None))
    return places


def _holders(ours: Sequence[tuple[str, Element]], chars: int) -> tuple[frozenset[Element], Element | None]:
    """Every element that holds most of the text's `chars`, and the innermost of them."""
    by_parent: dict[Element, int] = {}
    for key, element in ours:
        if (parent := element.getparent()) is not None:
            by_parent[parent] = by_parent.get(parent, 0) + len(key)
    weights: dict[Element, int] = {}
    for parent, weight in by_parent.items():
        for above in (parent, *parent.iterancestors()):
            weights[above] = weights.get(above, 0) + weight
    holders = [element for element, weight in weights.items() if weight >= _MOST_SHARE * chars]
    innermost = max(holders, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)
    return frozenset(holders), innermost


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _elements(tree: Element, keys: Sequence[str]) -> dict[str, list[Element]]:
    """For each key the elements whose text it is, in document order."""
    ordered = sorted({key for key in keys if 0 < len(key) <= _LONGEST_LINE})
    begins = {key[0] for key in ordered}
    found: dict[str, list[Element]] = {}
    for element in tree.iter("*"):
        text = element.text
        if not text or (text := text[:_LOOKED_AT].lstrip())[:1] not in begins:
            continue
        for key, match in _matches(element, _begun_by(_squeeze(text)[:_HEAD_CHARS], ordered)).items():
            known = found.setdefault(key, [])
            if len(known) < _MOST_MATCHES and match not in known:
                known.append(match)
    return found


def _begun_by(head: str, ordered: Sequence[str]) -> Sequence[str]:
    """The keys that begin with `head`."""
    first = bisect_left(ordered, head)
    end = bisect_left(ordered, head + "\U0010ffff", first)
    return ordered[first : min(end, first + _MOST_ALIKE)]


def _matches(element: Element, keys: Sequence[str]) -> dict[str, Element]:
    """Those of the sorted `keys` that are the text of `element` or of what it begins; with the outermost such one."""
    found: dict[str, Element] = {}
    if not keys:
        return found
    longest = max(map(len, keys))
    for _ in range(_CLIMB):
        if (text := _text(element, longest)) is None:
            break
        if (at := bisect_left(keys, text)) < len(keys) and keys[at] == text:
            found[text] = element
        above = element.getparent()
        if above is None or (above.text and above.text.strip()) or above[0] is not element:
            break
        element = above
    return found


def _text(element: Element, longest: int) -> str | None:
    """The element's text without white space; None when it is longer than any line."""
    if not len(element):  # as with most lines
        text = _squeeze(element.text or "")
        return text if len(text) <= longest else None
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece)
        size += len(piece) - piece.count(" ")
        if size > 2 * longest + 200 or len(pieces) > _MOST_PIECES:  # twice: line ends and tabs are not counted off
            return None
    text = _squeeze("".join(pieces))
    return text if len(text) <= longest else None


def _around(
    element: Element, seen: dict[Element, _Around], holders: frozenset[Element], container: Element | None
) -> _Around:
    parent = element.getparent()
    if parent not in seen:
        above = list(element.iterancestors())
        link = next((wrap for wrap in above[:_NEAR] if _leads_away(wrap)), None)
        names = " ".join(_names(wrap) for wrap in above[:_NEAR] if wrap not in holders)
        seen[parent] = _Around(link, names, container in above)
    return seen[parent]


def _place(key: str, element: Element, around: _Around, host: str) -> Place:
    links, linked = [], 0
    if around.link is not None:
        links, linked = [around.link], len(key)
    elif len(element) or element.tag == "a":
        links = [link for link in element.iter("a") if _leads_away(link)]
        linked = sum(len(_squeeze("".join(link.itertext()))) for link in links)
    inside = all(_is_inside(link, host) for link in links)
    return Place(element, min(1.0, linked / len(key)), inside, f"{_names(element)} {around.names}", around.within)


def _names(element: Element) -> str:
    return f"<{element.tag}> {element.get('class') or ''} {element.get('id') or ''}"


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
