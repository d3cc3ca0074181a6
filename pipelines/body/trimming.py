"""Lines of a body that are not the article's words: repeated headings, bylines, links, promotions, credits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.body.places import Place, find_places
from pipelines.body.standfirst import find_standfirst
from pipelines.body.trimming_words import (
    ADVERTISEMENT,
    BYLINE,
    CONTRIBUTION,
    PHOTO_CREDIT,
    PROMOTION,
    RELATED_LABEL,
    SIGN_OFF,
    WRITER,
    says_only_when,
)
from pipelines.markup import Element
from pipelines.text import normalise_for_match

_HEAD_LINES = 8
_TAIL_LINES = 14
_LINK_LINE = 0.8
_LINK_WORDS = 4  # a linked line of fewer words may be a name in a list
_PROMO_WORDS = 45
_ENDS = (".", "!", "?", "…", "”", '"', "»", "“", "。", "！", "？", "」", "』")
_NOT_BODY = re.compile(
    r"twitter-tweet|instagram-media|tiktok-embed|fb-post|<fig(?:ure|caption)>"
    r"|author-?(?:bio|info|box|card)|about-the-author|(?<![a-z])comments?(?![a-z])",
    re.IGNORECASE,
)
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A body without what was not its own, and that: each line with the reason."""

    text: str
    taken: tuple[tuple[str, str], ...] = ()
    standfirst: str = ""  # put before the text


def trim(
    text: str, title: str, tree: Element, url: str, names: Sequence[str] = (), about: Sequence[str] = ()
) -> Trimmed:
    """`text` without lines that are not the article's words, led by its standfirst; all of it if nothing were left.

    `names` are those whom the page's data call its authors, `about` what they say that it is about.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    places = find_places(tree, lines, url, about)
    above = find_standfirst(about, places[len(lines) :], text, title)
    reasons = _reasons(lines, places[: len(lines)], title, names)
    kept = [line for line, reason in zip(lines, reasons, strict=True) if not reason]
    if not kept:
        return Trimmed(text)
    taken = tuple((line, reason) for line, reason in zip(lines, reasons, strict=True) if reason)
    return Trimmed("\n".join((above, *kept) if above else kept), taken, above)


def _reasons(lines: Sequence[str], places: Sequence[Place | None], title: str, names: Sequence[str]) -> list[str]:
    """For each line why it is taken out, "" for those that stay."""
    known = [_words(name) for name in names]
    reasons = [_anywhere(line, place) for line, place in zip(lines, places, strict=True)]
    for at, line in enumerate(lines[:_HEAD_LINES]):
        reasons[at] = reasons[at] or _at_head(line, title, known)
    _other_articles(places, title, reasons)
    _after_the_article(places, reasons)
    _labels_of_links(lines, places, reasons)
    _tail(lines, places, reasons, known)
    return reasons


def _anywhere(line: str, place: Place | None) -> str:
    size = len(line.split())
    if ADVERTISEMENT.fullmatch(line[:80]):
        return "advertisement's label"
    if place is not None and (reason := _by_place(size, place)):
        return reason
    if size <= _PROMO_WORDS and PROMOTION.match(line[:400]):
        return "promotion"
    if size <= 30 and PHOTO_CREDIT.match(line[:300]):
        return "photo credit"
    if RELATED_LABEL.match(line[:120]) and (size <= 5 or (place is not None and place.link_share >= 0.5)):
        return "related"
    return ""


def _by_place(size: int, place: Place) -> str:
    if place.inside and place.link_share >= _LINK_LINE and size >= _LINK_WORDS:
        return "nothing but a link"
    return f"in a block called {called}" if (called := _not_body(place.names)) else ""


@lru_cache(maxsize=512)  # most lines of an article stand in one block
def _not_body(names: str) -> str:
    match = _NOT_BODY.search(names)
    return match[0] if match else ""


def _at_head(line: str, title: str, known: Sequence[frozenset[str]]) -> str:
    size = len(line.split())
    if _repeats(line, title):
        return "the title again"
    if size <= 16 and says_only_when(line):
        return "date line"
    if size <= 14 and not line.endswith(_ENDS) and BYLINE.match(line):
        return "byline"
    return "author's name" if _names(line, known) else ""


def _names(line: str, known: Sequence[frozenset[str]]) -> bool:
    """A line of nothing but the authors' names."""
    said = _words(line) if known and len(line.split()) <= 8 else frozenset()
    return bool(said) and said <= frozenset().union(*known)


def _repeats(line: str, title: str) -> bool:
    if not title or len(line) > 2 * len(title) + 40:
        return False
    said, headline = normalise_for_match(line), normalise_for_match(title)
    # "kicker: headline"; in Chinese such a line is the wire's dateline or the original title.
    return bool(said) and (said == headline or (" " in headline and len(headline) >= 20 and headline in said))


def _words(text: str) -> frozenset[str]:
    return frozenset(normalise_for_match(text).split())


def _other_articles(places: Sequence[Place | None], title: str, reasons: list[str]) -> None:
    """Mark the lines of articles with a headline of their own that stand beside the one with this title."""
    homes = [next(place.element.iterancestors("article"), None) if place is not None else None for place in places]
    if len(articles := {home for home in homes if home is not None}) < 2:
        return
    headed = {home: ["".join(heading.itertext()) for heading in home.iter("h1")] for home in articles}
    ours = {home for home, headlines in headed.items() if any(_repeats(line, title) for line in headlines)}
    if not ours:
        return
    others = {home for home, headlines in headed.items() if headlines and home not in ours}
    others -= {home for home in others if ours.intersection(home.iterancestors())}
    for at, home in enumerate(homes):
        if home in others:
            reasons[at] = reasons[at] or "another article's"


def _after_the_article(places: Sequence[Place | None], reasons: list[str]) -> None:
    """Mark what comes after the last line of the container that holds most of the text.

    Not what is built as the lines in it are: that is the article too, in a container of its own.
    """
    alike = {_build(place) for place in places if place is not None and place.within}
    if not alike:
        return
    for at in range(len(places) - 1, -1, -1):
        place = places[at]
        if place is None or place.within or _build(place) in alike:
            return
        reasons[at] = reasons[at] or "after the article's container"


def _build(place: Place) -> tuple[str, str]:
    """How a line is built, as far as that tells it from others: its class and its parent's."""
    above = place.element.getparent()
    classes = (place.element.get("class") or "", (above.get("class") or "") if above is not None else "")
    return classes if any(classes) else (str(id(place.element)), "")


def _labels_of_links(lines: Sequence[str], places: Sequence[Place | None], reasons: list[str]) -> None:
    """Mark the short line that announces a list of links: "Also on this site:"."""
    for at in range(len(lines) - 1):
        if reasons[at] or reasons[at + 1] not in ("nothing but a link", "related"):
            continue
        place = places[at]
        heading = place is not None and place.element.tag in _HEADINGS
        if len(lines[at].split()) <= 8 and (heading or lines[at].endswith(":")):
            reasons[at] = "announces links"


def _tail(
    lines: Sequence[str], places: Sequence[Place | None], reasons: list[str], known: Sequence[frozenset[str]]
) -> None:
    """From the end upwards, mark what only closes an article, up to the first line of its own."""
    for at in range(len(lines) - 1, max(0, len(lines) - _TAIL_LINES), -1):
        if not reasons[at]:
            reasons[at] = _at_tail(lines[at], places[at], known)
        if not reasons[at]:
            return


def _at_tail(line: str, place: Place | None, known: Sequence[frozenset[str]]) -> str:
    size = len(line.split())
    if size <= 60 and CONTRIBUTION.match(line[:400]):
        return "who contributed"
    if size <= 12 and SIGN_OFF.fullmatch(line[:200]):
        return "sign-off"
    if size <= 80 and WRITER.search(line[:500]):
        return "about the writer"
    if size <= 16 and says_only_when(line):
        return "date line"
    if _names(line, known):
        return "author's name"
    if place is not None and place.element.tag in _HEADINGS:
        return "heading over nothing"
    return ""
