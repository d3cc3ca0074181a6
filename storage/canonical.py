"""Whether to believe a page that says its article lives at another address.

Some systems put one rel=canonical on every page, or leave an old one in a template. What a portal announces in its
feeds and sitemaps, and what is already stored at the claimed address, speak against such a claim.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, exists, select

from newsroom.records import Article, Page
from storage.dialect import table
from storage.storable import storable_text, storable_url

ANNOUNCEMENTS = table("announcements")
ARTICLES = table("articles")
PAGES = table("pages")
REVISIONS = table("revisions")

LONG_WORD = 4  # letters
UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
SAME_ENOUGH = 0.5  # share of the shorter text's runs of characters that both texts hold
RUN = 8


def believable(connection: Connection, page: Page, article: Article) -> bool:
    """Whether `article`, read from `page`, may be filed under the canonical address it names."""
    claimed = urlsplit(article.canonical_url)
    own = urlsplit(page.url)
    if (claimed.hostname, claimed.path) == (own.hostname, own.path):
        return True  # they differ by a query or by http and https only
    if headline_share(own.path, article.title) > 0.5 > 2 * headline_share(claimed.path, article.title):
        return False  # our address tells this headline, the claimed one tells another
    held = _text_at(connection, article.canonical_url)
    if held is not None:
        return alike(held, storable_text(article.text))
    return not _announced(connection, page.url) or _announced(connection, article.canonical_url)


def headline_share(path: str, title: str) -> float:
    """The share of the headline's longer Latin words that an address tells; 0 when the headline has none."""
    address = unquote(path).casefold()
    words = {word for word in re.findall(r"\w+", title.casefold()) if len(_without_marks(word)) >= LONG_WORD}
    told = sum(any(spelling in address for spelling in _spellings(word)) for word in words)
    return told / len(words) if words else 0.0


def _spellings(word: str) -> tuple[str, ...]:
    """How slugs write a word: as it is, with marks off, with umlauts written out, with foreign letters left out."""
    written_out = word.translate(UMLAUTS)
    return word, _without_marks(word), written_out, word.encode("ascii", "ignore").decode() or word


def _without_marks(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def alike(left: str, right: str) -> bool:
    """Whether two texts are one article's: half of the shorter one's runs of eight characters are in the other."""
    first, second = _runs(left), _runs(right)
    least = min(len(first), len(second))
    return left == right or (least > 0 and len(first & second) >= SAME_ENOUGH * least)


def _runs(text: str) -> set[str]:
    return {text[start : start + RUN] for start in range(len(text) - RUN + 1)}


def _text_at(connection: Connection, url: str) -> str | None:
    joined = ARTICLES.join(REVISIONS, REVISIONS.c.id == ARTICLES.c.revision_id)
    query = select(REVISIONS.c.text).select_from(joined).where(ARTICLES.c.url == storable_url(url))
    return connection.scalar(query)


def _announced(connection: Connection, url: str) -> bool:
    said = exists().where(PAGES.c.url == storable_url(url), ANNOUNCEMENTS.c.page_id == PAGES.c.id)
    return bool(connection.scalar(select(said)))
