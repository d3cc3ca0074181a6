"""The hits of a question page by page: newest first, or the best of the newest before the rest by date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from storage.search.candidates import Bounds, Candidates, Newest
from storage.search.counting import count
from storage.search.cursor import Cursor, Order, read_cursor
from storage.search.question import Question
from storage.search.ranking import inverse_frequency, mean_chars, ranked

RANKED = 500  # as many of the newest hits are ordered by relevance; older ones follow by date
_WINDOW = 2 * RANKED  # of a later page: articles that were changed since the first one may have joined it

By = Literal["relevance", "newest"]
Scored = tuple[float, int]  # score and article id; 0.0 for those that go by date alone


@dataclass(frozen=True, slots=True)
class Page:
    """Some hits in order, how many there are in all, and where to go on."""

    hits: list[Scored]
    total: int
    next: str | None


def pages(question: Question, order: By) -> ByDate:
    """The pages of `question` in this order; without words to rank by, relevance is the date."""
    return ByRelevance(question, order) if order == "relevance" and question.phrases else ByDate(question, order)


class ByDate:
    """Newest first."""

    def __init__(self, question: Question, order: By) -> None:
        self._question = question
        self._known_by = question.known_by(order)

    def page(self, limit: int, after: str | None) -> Page:
        """Up to `limit` hits, 0 for all, from the first or behind where `after` says."""
        cursor = read_cursor(after, self._known_by, len(self._question.phrases)) if after else None
        if cursor:
            return self._behind(cursor, limit)
        found = self._question.newest(_one_more(limit), Bounds())
        return self._dated(found.articles, limit, found.total, found.ceiling)

    def every(self) -> Iterator[Scored]:
        """Every hit."""
        for _, article_id in self._question.every(Bounds()):
            yield 0.0, article_id

    def _behind(self, cursor: Cursor, limit: int) -> Page:
        """The page behind a place that goes by date."""
        at, article_id = cursor.last
        found = self._question.newest(_one_more(limit), Bounds(cursor.ceiling, below=(int(at), article_id)))
        return self._dated(found.articles, limit, found.total, cursor.ceiling)

    def _dated(self, articles: Candidates, limit: int, total: int, ceiling: int | None, before: int = 0) -> Page:
        """A page of `articles`, of which some may be too many for `limit` less those that come `before` them."""
        room = limit - before if limit else len(articles)
        shown = articles.first(room)
        more = len(articles) > room and len(shown)
        following = self._place(ceiling, shown.last(), None) if more else None
        return Page([(0.0, article_id) for article_id in shown.ids], total, following)

    def _place(self, ceiling: int | None, last: tuple[float, int], order: Order | None) -> str:
        """Where to go on behind `last`; `ceiling` is the first page's, None on the first page itself."""
        ceiling = self._question.ceiling() if ceiling is None else ceiling
        return Cursor(ceiling, last, order).written(self._known_by)


class ByRelevance(ByDate):
    """The best first among the newest; then the rest, newest first."""

    def page(self, limit: int, after: str | None) -> Page:
        """As `ByDate.page`. What the first page was ordered by travels with the cursor, so that pages join."""
        cursor = read_cursor(after, self._known_by, len(self._question.phrases)) if after else None
        if cursor and cursor.order is None:
            return self._behind(cursor, limit)
        if cursor and cursor.order:
            found = self._question.newest(_WINDOW, Bounds(cursor.ceiling, floor=cursor.order.floor), to_rank=True)
            best, _ = self._ranked(found, cursor.order)
            score, article_id = cursor.last
            left = [hit for hit in best if (-hit[0], -hit[1]) > (-score, -article_id)]
            return self._joined(left, cursor.order, limit, found.total, cursor.ceiling, None)
        found = self._question.newest(RANKED + 1, Bounds(), to_rank=True)
        best, order = self._ranked(found._replace(articles=found.articles.first(RANKED)), None, _one_more(limit))
        rest = found.articles.behind(RANKED) if 0 < limit <= RANKED or found.total <= RANKED else None
        return self._joined(best, order, limit, found.total, found.ceiling, rest)

    def every(self) -> Iterator[Scored]:
        """Every hit."""
        found = self._question.newest(RANKED, Bounds(), to_rank=True)
        best, order = self._ranked(found, None)
        yield from best
        if found.total > len(found.articles):
            for _, article_id in self._question.every(Bounds(below=order.floor)):
                yield 0.0, article_id

    def _joined(
        self,
        best: list[Scored],
        order: Order,
        limit: int,
        total: int,
        ceiling: int | None,
        rest: Candidates | None,
    ) -> Page:
        """A page of `best`, and behind it of `rest`, which is looked up when it is not given."""
        if limit and len(best) > limit:
            shown = best[:limit]
            return Page(shown, total, self._place(ceiling, shown[-1], order))
        if rest is None:
            rest = self._question.newest(_one_more(limit), Bounds(ceiling, below=order.floor)).articles
        page = self._dated(rest, limit, total, ceiling, before=len(best))
        if page.next is None and best and len(rest) and not page.hits:  # the page ends where the ranked ones do
            return Page(best, total, self._place(ceiling, best[-1], order))
        return Page([*best, *page.hits], total, page.next)

    def _ranked(self, found: Newest, order: Order | None, most: int | None = None) -> tuple[list[Scored], Order]:
        """What was found, the best first, up to `most`; by `order`, or by what the articles are themselves."""
        question, articles = self._question, found.articles
        holding = question.holding(found.total)
        times = count(question.connection, question.phrases, articles, max(holding))
        if order is None:
            floor = articles.last() if len(articles) else (0, 0)
            order = Order(floor, mean_chars(articles), self._rarity(holding))
        return ranked(articles, times, order.mean_chars, order.rarity, most), order

    def _rarity(self, holding: Sequence[int]) -> tuple[float, ...]:
        if len(holding) == 1:
            return (1.0,)  # nothing to weigh it against
        pieces = self._question.pieces()
        return tuple(inverse_frequency(number, pieces) for number in holding)


def _one_more(limit: int) -> int | None:
    """One more than is shown, which tells whether there is a next page; None for no limit."""
    return limit + 1 if limit else None
