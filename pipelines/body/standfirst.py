"""The paragraph between headline and story that says what it is about, where the body was found without it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.body.places import Place
from pipelines.clues import Clues
from pipelines.text import word_count

_LEAST_WORDS = 12  # a shorter one is a kicker or a label
_MOST_CHARS = 1_000
_LINKED = 0.5
_ELSEWHERE = frozenset(("head", "title", "h1", "nav", "footer", "aside", "button", "option", "figure", "noscript"))
_NOT_WORDS = re.compile(r"[\W_]+")


def described(clues: Clues) -> tuple[str, ...]:
    """What the page's data say that the article is about: a reader sees it as well where it is the standfirst."""
    node = clues.article_node or {}
    said = [node.get("description")]
    for name in ("og:description", "description", "twitter:description"):
        said += clues.meta.get(name, ())
    texts = (text for text in said if isinstance(text, str) and len(text) <= _MOST_CHARS)
    return tuple(dict.fromkeys(text for text in texts if word_count(text) >= _LEAST_WORDS))


def find_standfirst(texts: Sequence[str], places: Sequence[Place | None], text: str, title: str) -> str:
    """The first of `texts` that stands on the page on its own, but in neither body nor title; "" when none does."""
    for said, place in zip(texts, places, strict=True):
        if place is not None and _stands_alone(place):
            words = _words(said)
            return "" if words in _words(text) or words in _words(title) else said
    return ""


def _stands_alone(place: Place) -> bool:
    wraps = (place.element, *place.element.iterancestors())
    return place.link_share < _LINKED and not any(wrap.tag in _ELSEWHERE for wrap in wraps)


def _words(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()
