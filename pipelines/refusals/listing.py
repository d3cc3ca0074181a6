"""Is this page an article at all? Listings are told by their address, their data and their teasers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.clues import Clues
from pipelines.facts.metadata import is_article_type, is_listing_type
from pipelines.markup import Element
from pipelines.refusals.teasers import FEW_TEASERS, NO_SHARE, count_teasers, linked_share, teaser_share
from pipelines.refusals.walls import error_page, too_little, wall
from pipelines.text import unspaced_letters

_LISTING_PATH = re.compile(
    r"^/?$|/(?:index|default|home)\.\w{2,5}$|/(?:tags?|topics?|categor(?:y|ies)|sections?|authors?|archives?|search|themen|"
    r"rubrik|thema|list|page/\d+|latest|feed)(?:/[^/]*)?/?$",
    re.IGNORECASE,
)

# One or two short words, as sections have: /politik, /world/europe/
_SECTION_PATH = re.compile(r"(?:/[^\W\d_]{2,16}(?:-[^\W\d_]{2,12})?){1,2}/?")
_ARTICLE_ADDRESS = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])(?:[/-]|\d\d/)|\d{5,}|(?:[^\W_]+-){3,}[^\W_]+|[?&](?:id|p|article|aid)=\w+",
    re.IGNORECASE,
)
_LISTING_POINTS = 2.0
_NEVER_DOUBTED = -3.0  # address and data both say article
_MANY_TEASERS = 30
_SHORT_LINE = 40

_Sign = tuple[float, str]  # positive for a listing, negative for an article


@dataclass(frozen=True, slots=True)
class PageWords:
    """What was read from a page, before it is known to be an article."""

    clues: Clues
    title: str
    text: str
    url: str
    scripts: int = 0  # how many the page had


def not_an_article(tree: Element, page: PageWords, min_chars: int, *, live: bool = False) -> Rejected | None:
    """Why the page with this extracted text is not an article; None when it is one. Cheap evidence first.

    The many headings of a live blog do not make it a listing.
    """
    weight = length(_without_repeats(page.text))
    refusals: tuple[Callable[[], Rejected | None], ...] = (
        lambda: error_page(page.clues, page.title, page.text, weight),
        lambda: wall(tree, page.title, page.text, weight),
        lambda: too_little(tree, weight, min_chars, page.scripts),
        lambda: None if live else listing(tree, page.clues, page.text, page.url),
    )
    return next((refusal for refuse in refusals if (refusal := refuse()) is not None), None)


def _without_repeats(text: str) -> str:
    """`text` with each short line once: "Read more" forty times over is no article."""
    lines = text.split("\n")
    if len(set(lines)) == len(lines):
        return text
    long = (line for line in lines if len(line) >= _SHORT_LINE)
    return "\n".join([*long, *dict.fromkeys(line for line in lines if len(line) < _SHORT_LINE)])


def length(text: str) -> int:
    """The length of a text in Latin letters' worth: a CJK character says as much as three letters."""
    return len(text) + 2 * unspaced_letters(text)


def listing(tree: Element, clues: Clues, text: str, url: str) -> Rejected | None:
    """NO_ARTICLE when the page lists other pages: signs of a listing are weighed against signs of an article."""
    signs = [*_address_signs(url), *_data_signs(clues)]
    said = sum(weight for weight, _ in signs)
    if said <= _NEVER_DOUBTED:
        return None
    teasers = count_teasers(tree)
    if said <= 0 and teasers < FEW_TEASERS and _prose(text) >= 3:
        return None
    signs += _body_signs(tree, text, teasers)
    if sum(weight for weight, _ in signs) < _LISTING_POINTS:
        return None
    return Rejected(Reason.NO_ARTICLE, "a listing: " + ", ".join(name for weight, name in signs if weight > 0))


def _address_signs(url: str) -> list[_Sign]:
    parts = urlsplit(url)
    if parts.path in ("", "/") and not parts.query:
        return [(2.0, "front page address")]
    if _ARTICLE_ADDRESS.search(f"{parts.path}?{parts.query}"):
        return [(-1.0, "article address")]
    return [(1.0, "section address")] if _LISTING_PATH.search(parts.path) or _SECTION_PATH.fullmatch(parts.path) else []


def _data_signs(clues: Clues) -> list[_Sign]:
    og_type = (clues.first("og:type") or ("", ""))[0].lower()
    signs = [(1.0, "JSON-LD collection")] if is_listing_type(clues) else []
    if og_type == "website":
        signs.append((0.5, "og:type website"))
    node = clues.article_node
    if node is not None and "headline" in node and "datePublished" in node:
        signs.append((-2.0, "JSON-LD article"))
    elif is_article_type(clues):
        signs.append((-0.5, "og:type article"))
    return signs


def _body_signs(tree: Element, text: str, teasers: int) -> list[_Sign]:
    share = linked_share(tree, text)
    cards = teaser_share(tree, text) if text.count("\n") + 1 >= FEW_TEASERS else NO_SHARE
    if cards.share > (0.6 if cards.headed else 0.8) and cards.pages >= FEW_TEASERS:
        signs = [(3.5, f"{cards.share:.0%} of the text is teasers of {cards.pages} pages")]
    elif share > 0.2:
        signs = [(3.0 if share > 0.8 else 2.0 if share > 0.5 else 1.0, f"{share:.0%} of the text is links")]
    else:
        signs = []
    if teasers >= _MANY_TEASERS:
        signs.append((1.5, f"{teasers} teasers"))
    elif not cards.pages and _prose(text) >= 3:
        signs.append((-1.0, "paragraphs of prose"))
    return signs


def _prose(text: str) -> int:
    """Paragraphs that only running text has."""
    return sum(1 for line in text.split("\n") if len(line) > 66 and length(line) > 200)
