"""From a question to the articles of a slice, and to those that had to stay behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from newsroom.errors import SchemaError

if TYPE_CHECKING:
    from storage.corpus import Corpus


def chosen_ids(corpus: Corpus, query: str, filters: Mapping[str, Any]) -> list[int] | None:
    """The ids of the articles that a search finds, in their order; None for all of them.

    Raises SchemaError while articles wait to be indexed: a slice that lacks some of what was asked for looks whole.
    """
    if not query.strip() and not any(filters.values()):
        return None
    if query.strip() and (waiting := corpus.search.unindexed()):
        raise SchemaError(
            f"export: {waiting} articles are not in the search index yet, and would be missing from the slice; "
            "run `copydesk db reindex`"
        )
    return sorted(corpus.search.ids(query, **filters))


def count_withheld(corpus: Corpus, query: str, filters: Mapping[str, Any]) -> int:
    """How many articles the search would find if nothing were under an embargo, beside those it finds."""
    if not corpus.rights.is_withholding:
        return 0
    with corpus.rights.only_withheld():
        return corpus.search.search(query, **{**filters, "unique": False}, limit=1, order="newest").total
