"""The corpus for those who analyse it in Python: open it, ask, and get records; nothing is ever written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, Unpack

from newsroom.config import DATABASE_FILE
from newsroom.differences import Difference, compare
from newsroom.errors import UsageError
from storage.articles import StoredArticle
from storage.corpus import Corpus
from storage.database import open_database
from storage.exports import FIELDS, Slice
from storage.exports.choosing import chosen_ids
from storage.exports.fields import choose
from storage.history import History
from storage.lookup import look_up
from storage.search.answers import Answer, Hit
from storage.search.facets import Facets
from storage.search.filters import Filters, GivenFilters
from storage.search.histogram import Histogram, Period
from storage.search.paging import By


def open_corpus(url: str | Path, *, embargoed: bool = False) -> CorpusReader:
    """The corpus at `url`, to be read: a folder such as copydesk-data, an SQLite file, or a database URL.

    Raises StorageError when there is none, SchemaError when another version of copydesk made it.
    """
    return CorpusReader(_address(url), embargoed=embargoed)


class CorpusReader:
    """An open corpus. Every call sees the corpus as it is then; an iterator, as it was when it began.

    The filters that calls take are those of `storage.search.filters.GivenFilters`; whatever a call takes, UsageError
    says what is wrong with it, before anything is read. What is under an embargo is left out, unless the corpus was
    opened with `embargoed`.
    """

    def __init__(self, url: str, *, embargoed: bool = False) -> None:
        self._database = open_database(url)
        self._embargoed = embargoed

    # --- asking ---------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str = "",
        *,
        limit: int = 20,
        order: By = "relevance",
        after: str | None = None,
        **filters: Unpack[GivenFilters],
    ) -> Answer:
        """A page of the articles that match `query`, with snippets, their number, and `next` for the page behind it.

        Raises QueryError, with a caret under the place, when `query` does not parse.
        """
        with self._reading() as corpus:
            asked = _checked(corpus, query, filters, order)
            return corpus.search.search(query, limit=limit, order=order, after=after, **asked)

    def hits(self, query: str = "", *, order: By = "newest", **filters: Unpack[GivenFilters]) -> Iterator[Hit]:
        """Every article that matches `query`, with snippets; memory does not grow with their number."""
        with self._reading() as corpus:
            asked = _checked(corpus, query, filters, order)
        return self._hits(query, order, asked)

    def _hits(self, query: str, order: By, asked: Filters) -> Iterator[Hit]:
        with self._reading() as corpus:
            yield from corpus.search.iterate(query, order=order, **asked)

    def count(self, query: str = "", **filters: Unpack[GivenFilters]) -> int:
        """How many articles match `query`."""
        return self.search(query, limit=1, order="newest", **filters).total

    def facets(self, query: str = "", *, top: int = 10, **filters: Unpack[GivenFilters]) -> Facets:
        """The articles that match `query`, counted by portal, language, section, source, byline, month, kind, versions.

        The `top` most frequent values of each.
        """
        with self._reading() as corpus:
            return corpus.search.facets(query, top=top, **_checked(corpus, query, filters))

    def histogram(self, query: str = "", *, by: Period | None = None, **filters: Unpack[GivenFilters]) -> Histogram:
        """The articles that match `query` by the time they were published, and their share of all of that time.

        By year, month or day; by what suits the span when it is not said.
        """
        with self._reading() as corpus:
            return corpus.search.histogram(query, by=by, **_checked(corpus, query, filters))

    def unindexed(self) -> int:
        """How many articles an answer may miss, for they wait to be indexed; `copydesk db reindex` does it."""
        with self._reading() as corpus:
            return corpus.search.unindexed()

    # --- reading --------------------------------------------------------------------------------------------------

    def get(self, which: int | str, revision: int | None = None) -> StoredArticle | None:
        """An article by its id, the id it was imported with, or any of its addresses; None when there is none.

        With its current text, or that of the given revision. Raises Withheld when it is under an embargo, UsageError
        when it has no such revision.
        """
        with self._reading() as corpus:
            found = self._find(corpus, which)
            return corpus.revisions.of(found, revision) if found and revision is not None else found

    def texts(self, which: int | str) -> Iterator[StoredArticle]:
        """Every text that an article has had, oldest first; none when there is no such article."""
        with self._reading() as corpus:
            found = self._find(corpus, which)
        return self._texts(found) if found else iter(())

    def _texts(self, found: StoredArticle) -> Iterator[StoredArticle]:
        with self._reading() as corpus:
            for outline in corpus.revisions.outlines(found.id):
                yield corpus.revisions.of(found, outline.number)

    def history(self, which: int | str) -> History:
        """The life of an article, or of an address that was met: announced, captured, changed, copied, gone, back.

        Raises LookupError when there is no such article and no such address was ever met.
        """
        with self._reading() as corpus:
            found = look_up(corpus, str(which))
            if found.article is None and not found.pages:
                raise LookupError(f"{which}: no such article, and no address that was ever met; find it with search")
            return corpus.histories.tell(found, datetime.now(UTC))

    def diff(self, which: int | str, first: int, second: int) -> Difference:
        """What is different between two revisions of an article. Raises UsageError when it does not have both."""
        with self._reading() as corpus:
            found = self._find(corpus, which)
            if found is None:
                raise UsageError(f"{which}: no such article")
            before, after = (corpus.revisions.of(found, number) for number in (first, second))
        return compare(before.article, after.article)

    # --- taking out -----------------------------------------------------------------------------------------------

    def records(
        self,
        query: str = "",
        *,
        fields: Sequence[str] = FIELDS,
        every_revision: bool = False,
        typed: bool = False,
        **filters: Unpack[GivenFilters],
    ) -> Iterator[dict[str, Any]]:
        """The matching articles by id, as `copydesk export` writes them, a few at a time.

        `fields` names what is wanted of each. Values are plain JSON; with `typed`, times are datetimes. With
        `every_revision`, one record for each text.
        """
        chosen = Slice(None, choose(fields), every_revision)
        with self._reading() as corpus:
            asked = _checked(corpus, query, filters)
        return self._records(query, asked, chosen, typed=typed)

    def _records(self, query: str, asked: Filters, chosen: Slice, *, typed: bool) -> Iterator[dict[str, Any]]:
        with self._reading() as corpus:
            chosen = replace(chosen, ids=chosen_ids(corpus, query, asked))
            yield from corpus.slices.typed(chosen) if typed else corpus.slices.plain(chosen)

    # --- the connection -------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.close()

    def _reading(self) -> AbstractContextManager[Corpus]:
        return self._database.reading(embargoed=self._embargoed)

    @staticmethod
    def _find(corpus: Corpus, which: int | str) -> StoredArticle | None:
        found = look_up(corpus, str(which)).article
        if found is not None:
            corpus.rights.check(found.id)
        return found


def _checked(corpus: Corpus, query: str, filters: GivenFilters, order: By = "newest") -> Filters:
    """The filters as they are at the time of the call. Raises UsageError, or QueryError, when one cannot be asked."""
    asked = corpus.search.checked(query, filters, order)
    if (portal := asked.get("portal")) is not None:
        corpus.portals.check(portal)
    return asked


def _address(url: str | Path) -> str:
    """A database URL; that of the file in a corpus folder, or of a file, where a path is given."""
    if isinstance(url, str) and "://" in url:
        return url
    path = Path(url)
    return f"sqlite:///{path / DATABASE_FILE if path.is_dir() else path}"
