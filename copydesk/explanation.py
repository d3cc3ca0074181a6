"""How an article's fields were found, for people: a block a field, wrapped to the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from copydesk.article_view import as_record, date_lines
from copydesk.output import NO_LIMIT, as_text, display_width
from newsroom.records import Article, Provenance

_INDENT = 17
_NAMES = {
    "title": "title",
    "original_title": "original_title",
    "byline": "authors",
    "source_name": "source",
    "editor": "editor",
    "published": "date",
    "modified": "modified",
    "text": "text",
    "language": "language",
    "section": "section",
    "tags": "tags",
    "description": "description",
    "site_name": "site_name",
    "lead_image": "image",
    "lead_image_caption": "image_caption",
}
_VALUE_CHARS = 300


def explanation(article: Article, width: int = NO_LIMIT) -> Iterator[str]:
    """For each field what it is, by which rule and from where, and each candidate that was turned down, with why.

    Lines take at most `width` columns.
    """
    dates = dict(date_lines(article))
    order = list(_NAMES)
    found = sorted(article.provenance, key=lambda name: (order.index(name) if name in order else len(order), name))
    for name in found:
        said = article.provenance[name]
        shown = _NAMES.get(name, name)
        value = dates.get(name) or _value(article, shown)
        yield from _block(shown, [value or "(none)", *_how(said)], width)


def _value(article: Article, name: str) -> str:
    if name == "text":
        return f"{len(article.text):,} characters, {article.word_count:,} words"
    value: Any = as_record(article).get(name)
    if name == "injected_links":
        value = [link.text for link in article.injected_links]
    if name == "language" and article.language_confidence is not None:
        return f"{article.language} ({article.language_confidence:.2f})"
    text = as_text(value)
    return text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 1] + "…"


def _how(said: Provenance) -> Iterator[str]:
    yield f"by {as_text(said.rule)}" + (f": {as_text(said.place)}" if said.place else "")
    for each in said.rejected:
        yield f"not {as_text(each.value)} ({as_text(each.why)})"


def _block(name: str, lines: list[str], width: int) -> Iterator[str]:
    """The name beside the first line; what a line has too much goes on below, two columns further in."""
    label = name
    for line in lines:
        for number, piece in enumerate(wrapped(line, max(20, width - _INDENT - 2))):
            yield f"{label:<{_INDENT}}{'  ' if number else ''}{piece}"
            label = ""


def wrapped(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` columns, broken at spaces, or anywhere where there is none."""
    pieces, piece = [], ""
    for word in text.split(" "):
        candidate = f"{piece} {word}" if piece else word
        while display_width(candidate) > width:
            if piece and display_width(word) <= width:
                pieces.append(piece)
                candidate = word
            else:
                cut = _columns(candidate, width)
                pieces.append(candidate[:cut])
                candidate = candidate[cut:]
            piece = ""
        piece = candidate
    return [*pieces, piece] if piece or not pieces else pieces


def _columns(text: str, width: int) -> int:
    """How many characters of `text` fit in `width` columns; at least one."""
    used = 0
    for number, character in enumerate(text):
        used += display_width(character)
        if used > width:
            return max(1, number)
    return len(text)
