"""References to what the corpus holds, with the capture that each text was read from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from storage.articles import StoredArticle
from storage.citations.record import Citation, cited
from storage.exports.reading import BATCH, Slice

if TYPE_CHECKING:
    from storage.corpus import Corpus


def citation(corpus: Corpus, stored: StoredArticle, revision: int | None, archive: str | None) -> Citation:
    """The reference to an article, or to an earlier text of it. Raises UsageError when there is no such text."""
    text = stored if revision is None else corpus.revisions.of(stored, revision)
    capture = corpus.captures.get(text.capture_id) if text.capture_id is not None else None
    portal = corpus.portals.get(text.portal_id)
    return cited(text, portal.name if portal else text.portal_id, capture, archive)


def citations(corpus: Corpus, chosen: Slice, archive: str | None) -> Iterator[Citation]:
    """References to the current texts of a slice's articles, in its order, in constant memory."""
    names = {portal.id: portal.name for portal in corpus.portals.list()}
    ids = corpus.slices.article_ids(chosen)
    while batch := list(islice(ids, BATCH)):
        texts = list(corpus.articles.iterate(ids=batch))
        captures = corpus.captures.some([text.capture_id for text in texts if text.capture_id is not None])
        for text in texts:
            yield cited(text, names[text.portal_id], captures.get(text.capture_id or 0), archive)
