"""What a person means by an id or an address: an article, or a page that the ledger knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsroom.reasons import Reason
from newsroom.urls import canonical_url
from storage.articles import StoredArticle
from storage.coverage import CoveredUrl
from storage.storable import storable_text

if TYPE_CHECKING:
    from storage.corpus import Corpus

MAX_HOPS = 8  # from an address to the one it stands for

# As the ledger words the address that a duplicate address stands for.
_STANDS_FOR = re.compile(r"(?:redirects to|address of|address is|page of|page \d+ of) (\S+)$")


@dataclass(frozen=True, slots=True)
class Found:
    """The article that was meant, if there is one, and the pages that were passed on the way to it."""

    article: StoredArticle | None
    pages: tuple[CoveredUrl, ...]


def look_up(corpus: Corpus, which: str) -> Found:
    """What `which` is: our id, the id an article was imported under, or any address that was met.

    An address that redirects, or is said to be another one of a page, leads to that page.
    """
    which = storable_text(which)
    is_number = which.isdecimal() and which.isascii() and len(which) < 19
    article = corpus.articles.get(int(which)) if is_number else None
    article = article or corpus.articles.by_source_id(which)
    if article is not None or "://" not in which:
        return Found(article, ())
    return _by_address(corpus, which)


def _by_address(corpus: Corpus, which: str) -> Found:
    pages: list[CoveredUrl] = []
    for _ in range(MAX_HOPS):
        url = canonical_url(which)
        if (article := corpus.articles.get(url)) is not None:
            return Found(article, tuple(pages))
        page = corpus.coverage.page(url) or corpus.coverage.captured_as(which)
        if page is None or page in pages:
            break
        pages.append(page)
        if page.article_id is not None:
            return Found(corpus.articles.get(page.article_id), tuple(pages))
        target = _STANDS_FOR.search(page.detail) if page.reason is Reason.DUPLICATE else None
        if target is None:
            break
        which = target[1]
    return Found(None, tuple(pages))
