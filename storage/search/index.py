"""The search index as the corpus asks it: a query in, articles in order out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Unpack, get_args

from sqlalchemy.orm import Session

from newsroom.errors import UsageError
from storage.dialect import plain_rows
from storage.rights import Rights
from storage.search.answers import Answer, Hit, snippet, title_marks
from storage.search.candidates import Bounds
from storage.search.counting import have_no_case
from storage.search.facets import Facets, count_facets
from storage.search.filters import Filters, GivenFilters, check_choice, check_number, given_filters
from storage.search.finding import Finder, Finders
from storage.search.histogram import Histogram, Period, count_by_date
from storage.search.paging import By, Scored, pages
from storage.search.question import Question
from storage.search.rebuilding import unindexed

BATCH = 100  # hits read at a time, however many there are
_SETTING = {  # for whoever asks
    "sqlite": "PRAGMA cache_size = -32000",  # KB; those who only write do with less
    # With the value for turning discs, PostgreSQL reads all pieces rather than look some hundred up. And what it costs
    # to unpack a vector it does not know: it would look through all of them for a word that most pieces have.
    "postgresql": "SELECT set_config('random_page_cost', '1.1', true), set_config('enable_seqscan', 'off', true)",
}

_HITS = (
    "SELECT a.id, a.source_id, a.url, r.title, a.portal_id, a.language, a.published_utc, a.first_seen_utc, "
    "r.published_precision, a.revision_count, a.gone_utc, r.text, c.is_plain "
    "FROM articles AS a JOIN revisions AS r ON r.id = a.revision_id "
    "LEFT JOIN chunks AS c ON c.article_id = a.id AND c.position = 0 WHERE a.id {}"
)
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY (%s)"}


class SearchIndex:
    """The reading side of the index of one unit of work."""

    def __init__(self, session: Session, rights: Rights) -> None:
        self._connection = session.connection()
        self._rights = rights
        self._connection.exec_driver_sql(_SETTING[self._connection.dialect.name])

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        order: By = "relevance",
        after: str | None = None,
        **filters: Unpack[GivenFilters],
    ) -> Answer:
        """A page of the articles that match `query` (see `storage.search.query`) and every filter that is given.

        `limit` 0 is all. Relevance is BM25 over the newest 500; what is older follows by date. `after` is `next` of
        the page before: what was there when the first page was made then comes once, in the same order, whatever is
        stored meanwhile; an article that was changed meanwhile may move, and no other with it. Raises QueryError,
        with a caret, when `query` does not parse; UsageError when `after` was not given for it, or when an argument or
        a filter is none.
        """
        check_number("limit", limit, 0)
        if not isinstance(after, str | None):
            raise UsageError(f"after: {after!r} is not `next` of an answer")
        question = self._question(query, filters, order)
        page = pages(question, order).page(limit, after)
        return Answer(tuple(self._hits(question, page.hits)), page.total, question.searched_for, page.next)

    def iterate(self, query: str, *, order: By = "newest", **filters: Unpack[GivenFilters]) -> Iterator[Hit]:
        """Every hit of `query`, as `search` finds them, without ever holding more than a batch of texts."""
        question = self._question(query, filters, order)
        return self._hits(question, pages(question, order).every())

    def ids(self, query: str, **filters: Unpack[GivenFilters]) -> list[int]:
        """The ids alone of what `iterate` finds, newest first."""
        return [article_id for _, article_id in self._question(query, filters).every(Bounds())]

    def unindexed(self) -> int:
        """How many articles a search may miss, for they wait to be indexed; `copydesk db reindex` does it."""
        return unindexed(self._connection)

    def facets(self, query: str, *, top: int = 10, **filters: Unpack[GivenFilters]) -> Facets:
        """How many of the articles that `search` finds there are by portal, language, …; `top` values of each."""
        check_number("top", top, 1)
        return count_facets(self._question(query, filters), top)

    def histogram(self, query: str, *, by: Period | None = None, **filters: Unpack[GivenFilters]) -> Histogram:
        """How many of the articles that `search` finds were published when; by what suits their span if not `by`.

        Beside each number stands that of all articles of the period that the filters admit, whatever they say.
        """
        if by is not None:
            check_choice("by", by, get_args(Period))
        return count_by_date(self._question(query, filters), by)

    def checked(self, query: str, filters: GivenFilters, order: By = "newest") -> Filters:
        """The filters as a search goes by them now. Raises what a search with this query and order would."""
        self._question(query, filters, order)
        return given_filters(filters)

    def _question(self, query: str, filters: GivenFilters, order: By = "newest") -> Question:
        if not isinstance(query, str):
            raise UsageError(f'query: {query!r} is no text; "" finds every article')
        check_choice("order", order, get_args(By))
        return Question(self._connection, self._rights, query, given_filters(filters))

    def _hits(self, question: Question, scored: Iterable[Scored]) -> Iterator[Hit]:
        finders = Finders(question.phrases)
        caseless = have_no_case(question.phrases)
        remaining = iter(scored)
        dialect = self._connection.dialect.name
        hits = _HITS.format(_AMONG[dialect])
        while batch := list(islice(remaining, BATCH)):
            ids = [one for _, one in batch]
            rows = plain_rows(self._connection, hits, [json.dumps(ids) if dialect == "sqlite" else ids])
            known = {row[0]: row for row in rows}
            for score, one in batch:
                row = known[one]
                yield _hit(row, score, finders.of(row[5]), caseless)


def _hit(row: Sequence[Any], score: float, finders: Sequence[Finder], caseless: bool) -> Hit:
    article_id, source_id, url, title, portal_id, language, published, first_seen, precision, *rest = row
    versions, gone, text, is_plain = rest
    passage, marks = snippet(text, finders, plain=bool(is_plain), caseless=caseless)
    return Hit(
        article_id=article_id,
        source_id=source_id,
        url=url,
        title=title,
        portal_id=portal_id,
        language=language,
        published_utc=published and _utc(published),
        first_seen_utc=_utc(first_seen),
        snippet=passage,
        score=score,
        marks=marks,
        title_marks=title_marks(title, finders, plain=bool(is_plain), caseless=caseless),
        published_precision=precision,
        versions=versions,
        gone_utc=gone and _utc(gone),
    )


def _utc(given: datetime | str) -> datetime:
    """A time as either driver gives it."""
    return datetime.fromisoformat(f"{given}Z") if isinstance(given, str) else given.astimezone(UTC)
