"""The article that a person means: by our id, the id it was imported under, or any of its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.articles import StoredArticle
    from storage.corpus import Corpus


def find_article(corpus: Corpus, which: str, *, even_withheld: bool = False) -> StoredArticle:
    """The article called `which`. Raises UsageError that says why there is none, Withheld when it is embargoed."""
    from newsroom.errors import UsageError
    from newsroom.urls import canonical_url

    stored = corpus.articles.get(int(which)) if which.isdecimal() and which.isascii() and len(which) < 19 else None
    stored = stored or corpus.articles.by_source_id(which)
    if stored is None and "://" in which:
        url = canonical_url(which)
        stored = corpus.articles.get(url)
        page = corpus.frontier.page(url) if stored is None else None
        if page is not None and page.article_id is not None:
            stored = corpus.articles.get(page.article_id)
        elif page is not None:
            why = f"{page.reason.value} ({page.detail})" if page.reason and page.detail else page.reason or page.detail
            raise UsageError(f"{url}: not a stored article: {page.role}, {page.state}{f': {why}' if why else ''}")
    if stored is None:
        raise UsageError(f"{which}: no such article; find it with copydesk search")
    if not even_withheld:
        corpus.rights.check(stored.id)
    return stored
