"""Teasers: pieces of a page that speak of another page and link there. What listings are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipelines.markup import Element
from pipelines.text import one_line

FEW_TEASERS = 8
_HEADINGS = ("h2", "h3", "h4", "h5")
_CLIMB = 8
_CARD_CHARS = 700  # more is no teaser
_MOST_CARDS = 400
_LINK_CHARS = 8  # a headline has more; in Chinese as well
_STANDFIRST_CHARS = 40
_LINE_CHARS = 12  # shorter lines stand in many places


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a text stands in teasers, and of how many other pages."""

    share: float
    pages: int
    headed: bool = True  # the teasers begin with a heading


NO_SHARE = Share(0.0, 0)


def linked_share(tree: Element, text: str) -> float:
    """How much of the extracted text stands in lines that are, or lie within, the texts of links."""
    linked = "\n".join(one_line(" ".join(a.itertext())) for a in tree.iter("a"))
    lines = [one_line(line).strip("-| ") for line in text.split("\n") if line.strip()]
    total = sum(len(line) for line in lines)
    return sum(len(line) for line in lines if len(line) > _LINE_CHARS and line in linked) / total if total else 0.0


def teaser_share(tree: Element, text: str) -> Share:
    """How much of the extracted text stands in cards: a heading and what is around it, with one address among them.

    On a page with few headings, a link that stands alone is the start of a card.
    """
    headed = sum(1 for _ in islice(tree.iter(*_HEADINGS), FEW_TEASERS)) == FEW_TEASERS
    lines = [key for line in text.split("\n") if (key := _squashed(line).strip("-|"))]
    cards = list(_cards(tree, headed))
    joined = "\n".join(words for _, words in cards)
    inside = [line for line in lines if len(line) > _LINE_CHARS // 2 and line in joined]
    total = sum(map(len, lines))
    if not total or sum(map(len, inside)) * 4 < total:
        return NO_SHARE
    told = [line for line in inside if len(line) > _LINE_CHARS]
    pages = {target for target, words in cards if any(line in words for line in told)}
    return Share(sum(map(len, inside)) / total, len(pages), headed)


def count_teasers(tree: Element) -> int:
    """Articles within the page, and headings that are links."""
    articles = sum(1 for part in tree.iter("article") if part.find(".//a") is not None)
    return articles + sum(
        1 for head in tree.iter("h2", "h3", "h4") if head.getparent().tag == "a" or head.find(".//a") is not None
    )


def _cards(tree: Element, headed: bool) -> Iterator[tuple[str, str]]:
    """The address and the words of each card, without white space."""
    known: dict[Element, tuple[str, str] | None] = {}
    seen: set[Element] = set()
    starts = tree.iter(*_HEADINGS) if headed else filter(_stands_alone, tree.iter("a"))
    for _, start in zip(range(_MOST_CARDS), starts, strict=False):
        place, card, element = start, None, start
        for _ in range(_CLIMB):
            if element is None or element.tag in ("body", "html") or (found := _read(element, known)) is None:
                break
            place, card, element = element, found, element.getparent()
        if card is not None and card[0] and place not in seen and (headed or _says_more(card[1], start)):
            seen.add(place)
            yield card


def _stands_alone(link: Element) -> bool:
    """Whether a link is a line of its own, not words of a sentence."""
    parent = link.getparent()
    if parent is None or (parent.text or "").strip() or (link.tail or "").strip():
        return False
    return len(link) > 0 or len(link.text or "") >= _LINK_CHARS


def _says_more(words: str, link: Element) -> bool:
    """Whether a card has words beside its link: a bare list of links is counted by `linked_share`."""
    return len(words) >= len(_squashed("".join(link.itertext()))) + _STANDFIRST_CHARS


def _read(element: Element, known: dict[Element, tuple[str, str] | None]) -> tuple[str, str] | None:
    """The one address in an element ("" when it has none) and its words; None when it is more than one teaser."""
    if element not in known:
        known[element] = _read_anew(element)
    return known[element]


def _read_anew(element: Element) -> tuple[str, str] | None:
    target = element.get("href") or "" if element.tag == "a" else ""
    for link in element.iter("a"):
        address = (link.get("href") or "").partition("#")[0]
        if not address or address.startswith(("javascript:", "mailto:", "tel:")):
            continue
        if target and address != target:
            return None
        target = address
    words = _squashed("".join(element.itertext()))
    return (target, words) if len(words) <= _CARD_CHARS else None


def _squashed(text: str) -> str:
    return "".join(text.split())
