"""What is new in a saved search: articles and texts that match now and have not been shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.articles import StoredArticle
from storage.dialect import slices, table
from storage.saved.searches import SavedSearch
from storage.search.answers import snippet
from storage.search.finding import Finders
from storage.search.index import SearchIndex
from storage.search.tree import wanted_phrases

ARTICLES = table("articles")
REVISIONS = table("revisions")


@dataclass(frozen=True, slots=True)
class Match:
    """An article that matches, by its current text."""

    revision_id: int
    article_id: int
    is_new: bool  # its text has not been shown


@dataclass(frozen=True, slots=True)
class Fresh:
    """An article with what is to be told of it."""

    stored: StoredArticle
    is_changed: bool  # the article was there when the search was last run, with another text
    is_new: bool  # not shown before
    snippet: str
    marks: tuple[tuple[int, int], ...]  # where the matches are in `snippet`


class News:
    """What one saved search finds in one unit of work."""

    def __init__(self, connection: Connection, index: SearchIndex, saved: SavedSearch) -> None:
        self._connection = connection
        self._saved = saved
        self._matches = self._newest_first(index)

    @property
    def fresh(self) -> list[Match]:
        """Those whose text has not been shown, the newest text first."""
        return [match for match in self._matches if match.is_new]

    def recent(self, count: int) -> list[Match]:
        """Those that have not been shown, and of the others as many of the newest as make `count` in all."""
        others = count - sum(match.is_new for match in self._matches)
        found = []
        for match in self._matches:
            others -= not match.is_new
            if match.is_new or others >= 0:
                found.append(match)
        return found

    def tell(self, matches: Sequence[Match], articles: Iterator[StoredArticle]) -> Iterator[Fresh]:
        """`matches` with their articles, which come in the same order."""
        earlier = self._earlier([match.article_id for match in matches])
        finders = Finders(list(wanted_phrases(self._saved.tree)))
        by_article = {match.article_id: match for match in matches}
        for stored in articles:
            match = by_article[stored.id]
            passage, marks = snippet(stored.article.text, finders.of(stored.article.language))
            was_shown = any(each in self._saved.seen for each in earlier[stored.id] if each != match.revision_id)
            was_there = stored.revision_number > 1 and self._was_there(stored, match)
            yield Fresh(stored, was_shown or was_there, match.is_new, passage, marks)

    def _was_there(self, stored: StoredArticle, match: Match) -> bool:
        """Whether it was there with another text; of one that was shown before it is not known by which run."""
        if not match.is_new:
            return stored.first_seen_utc <= self._saved.created_utc < stored.observed_utc
        return self._saved.run_utc is not None and stored.first_seen_utc <= self._saved.run_utc

    def _newest_first(self, index: SearchIndex) -> list[Match]:
        current = (ARTICLES.c.revision_id, ARTICLES.c.id)
        found = [
            Match(revision_id, article_id, revision_id not in self._saved.seen)
            for some in slices(index.ids(self._saved.query, **self._saved.filters))
            for revision_id, article_id in self._connection.execute(select(*current).where(ARTICLES.c.id.in_(some)))
        ]
        return sorted(found, key=lambda match: -match.revision_id)

    def _earlier(self, article_ids: Sequence[int]) -> dict[int, list[int]]:
        """By article, the ids of all its texts."""
        found: dict[int, list[int]] = defaultdict(list)
        for some in slices(article_ids):
            query = select(REVISIONS.c.article_id, REVISIONS.c.id).where(REVISIONS.c.article_id.in_(some))
            for article_id, revision_id in self._connection.execute(query):
                found[article_id].append(revision_id)
        return found
