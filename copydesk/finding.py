"""The article that a person means: by our id, the id it was imported under, or any of its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.articles import StoredArticle
    from storage.corpus import Corpus


def find_article(corpus: Corpus, which: str, *, even_withheld: bool = False) -> StoredArticle:
    """The article called `which`. Raises UsageError that says why there is none, Withheld when it is embargoed."""
    from newsroom.errors import UsageError
    from storage.lookup import look_up

    found = look_up(corpus, which)
    if found.article is None and found.pages:
        page = found.pages[-1]
        why = f"{page.reason.value} ({page.detail})" if page.reason and page.detail else page.reason or page.detail
        raise UsageError(
            f"{page.url}: not a stored article: {page.role}, {page.state}{f': {why}' if why else ''}; "
            f"see copydesk history {page.url}"
        )
    if found.article is None:
        raise UsageError(f"{which}: no such article; find it with copydesk search")
    if not even_withheld:
        corpus.rights.check(found.article.id)
    return found.article
