"""One article out of the pages it was published on: their texts in order, each word once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeVar

from newsroom.part_addresses import later_page
from newsroom.records import Article, Declined, Provenance
from pipelines.match_keys import match_keys
from pipelines.text import content_digest, normalise_for_match, one_line, paragraphs, word_count

T = TypeVar("T")

EDGE_LINES: Final = 6  # lines at either end of a page that may say again what another page says
SAME_SHARE: Final = 0.6  # of a page's lines' length: it says again what was read before
ALIKE: Final = 0.5  # of the shorter headline's pieces
_RUN: Final = 3
_MOST_REJECTED: Final = 5
# What the pager leaves in the text: "上一页 1 2 3 下一页", "Page 2 of 5", "(2)"
_PAGER_LINE: Final = re.compile(
    r"(?:\s|[\[\]()（）【】|/<>«»‹›←→.…·-]|\d{1,2}(?!\d)|上一?[页頁]|下一?[页頁]|首[页頁]|[尾末][页頁]|第|共|[页頁]|全文|余下"
    r"|次(?:の)?ページ(?:へ)?|前(?:の)?ページ(?:へ)?|ページ|previous|prev|next|first|last|pages?|of|seite|von|nächste|vorherige"
    r"|suivante?|précédente?|sur|página|siguiente|anterior|de)+\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LaterPart:
    """A later page that was read."""

    number: int
    url: str  # canonical
    article: Article


def why_not(first: Article, read: Sequence[LaterPart], part: LaterPart) -> str:
    """Why `part` does not carry on the article of which `first` and `read` are the pages so far; "" when it does."""
    known = _lines(first.text) | {line for each in read for line in _lines(each.article.text)}
    said = [(line, len(line)) for line in map(normalise_for_match, part.article.text.split("\n")) if line]
    again = sum(size for line, size in said if line in known)
    if again >= SAME_SHARE * sum(size for _, size in said):
        return "says again what the pages before it say"
    address = later_page(first.url, part.url)
    if (address and address.sure) or _same_headline(first, part.article):
        return ""
    return f"has another headline: {part.article.title[:80]}"


def join(first: Article, later: Sequence[LaterPart], missing: Sequence[Declined]) -> Article:
    """The whole article, under the first page's address. `missing` are pages that could not be had, and why.

    Fields that the first page leaves empty are taken from the later ones: the editor's name stands at the end.
    """
    texts = [first.text, *(each.article.text for each in later)]
    text = paragraphs("\n\n".join(filter(None, _each_once(texts, first.title))))
    found, rules = _filled(first, later), dict(first.provenance)
    keys = match_keys(text)
    rules.update({name: said for each in later for name, said in _borrowed(each, found, first)})
    evidence = rules["parts"].place if "parts" in rules else ""
    rules["parts"] = Provenance("pager", evidence, tuple(missing)[:_MOST_REJECTED])
    if later and "text" in rules:
        pages = ", ".join(str(each.number) for each in later)
        rules["text"] = replace(rules["text"], place=f"{rules['text'].place}; joined with page {pages}")
    return replace(
        first,
        **found,  # type: ignore[arg-type]
        text=text,
        parts=tuple(each.url for each in later),
        links=_merged([first.links, *(each.article.links for each in later)]),
        injected_links=_merged([first.injected_links, *(each.article.injected_links for each in later)]),
        word_count=word_count(text),
        content_digest=content_digest(first.title, text),
        match_digest=keys.digest,
        match_units=keys.units,
        later_pages=(),
        provenance=rules,
    )


# --- text -----------------------------------------------------------------------------------------------------------


def _each_once(texts: Sequence[str], title: str) -> list[str]:
    """The pages' texts without what the pager left, and without the lines that each page has at its head or end."""
    pages = [[line for line in text.split("\n") if not _is_pager(line)] for text in texts]
    headlines = {normalise_for_match(one_line(title))} - {""}
    heads = headlines | {_key(line) for line in _edge(pages[0], EDGE_LINES)}
    for page in pages[1:]:
        _drop_edge(page, 0, heads)
    for page, following in pairwise(pages):
        _drop_edge(page, -1, {_key(line) for line in _edge(following[::-1], EDGE_LINES)})
    return ["\n".join(page) for page in pages]


def _is_pager(line: str) -> bool:
    return 0 < len(line) <= 120 and _PAGER_LINE.match(line.strip()) is not None


def _drop_edge(page: list[str], end: int, known: set[str]) -> None:
    """Take lines that are `known` off one end of a page, whose own lines come after them."""
    while page and (not page[end].strip() or _key(page[end]) in known):
        page.pop(end)


def _edge(page: Sequence[str], count: int) -> list[str]:
    return [line for line in page if line.strip()][:count]


def _key(line: str) -> str:
    """A line as it is compared; what says too little to be compared is only itself."""
    return normalise_for_match(line) or line


def _lines(text: str) -> set[str]:
    return {line for line in map(normalise_for_match, text.split("\n")) if line}


def _merged(lists: Sequence[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(each for some in lists for each in some))


# --- headlines ------------------------------------------------------------------------------------------------------


def _same_headline(first: Article, part: Article) -> bool:
    """Whether a page's headline may be the article's; pages of one article often add a number or a heading."""
    if first.canonical_url == part.canonical_url or not first.title or not part.title:
        return True
    mine, theirs = _pieces(first.title), _pieces(part.title)
    return len(mine & theirs) >= ALIKE * max(1, min(len(mine), len(theirs)))


def _pieces(title: str) -> set[str]:
    """Runs of three characters: they serve every script."""
    letters = re.sub(r"[\d\s]+", "", normalise_for_match(title))
    return {letters[at : at + _RUN] for at in range(max(1, len(letters) - _RUN + 1))}


# --- other fields ---------------------------------------------------------------------------------------------------

_BORROWED: Final = ("byline", "editor", "source_name", "original_title", "published", "modified", "lead_image")


def _filled(first: Article, later: Sequence[LaterPart]) -> dict[str, object]:
    found = {}
    for name in _BORROWED:
        value = next((value for each in later if (value := getattr(each.article, name))), None)
        if not getattr(first, name) and value:
            found[name] = value
    return found


def _borrowed(part: LaterPart, found: dict[str, object], first: Article) -> list[tuple[str, Provenance]]:
    """Where the fields came from that this page gave."""
    mine = [name for name, value in found.items() if getattr(part.article, name) == value and not getattr(first, name)]
    said = ((name, part.article.provenance.get(name)) for name in mine)
    return [(name, replace(place, place=f"page {part.number}: {place.place}")) for name, place in said if place]
