"""Articles by the hundred, as an import brings them: the same rows as one at a time, in a tenth of the statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from newsroom.records import Article, Copy
from storage.articles import ARTICLES, REVISIONS, Articles, Stored
from storage.dialect import slices
from storage.fingerprints import Fingerprints, StoredUnits
from storage.revision_rows import digests, revision_row
from storage.search.writer import IndexWriter
from storage.storable import storable, storable_record, storable_text, storable_url


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article on its way in, with when it was seen elsewhere, as far as that is known."""

    portal_id: str
    article: Article
    source_id: str | None = None
    observed_utc: datetime | None = None  # when this text was captured
    first_seen_utc: datetime | None = None  # when the article was first captured
    last_seen_utc: datetime | None = None
    gone_utc: datetime | None = None

    def times(self, now: datetime) -> tuple[datetime, datetime, datetime]:
        """When the article was first seen, last seen, and had this text."""
        observed = self.observed_utc or self.first_seen_utc or now
        return min(self.first_seen_utc or observed, observed), max(self.last_seen_utc or observed, observed), observed


@dataclass(frozen=True, slots=True)
class _Key:
    """An arrival with what it is known by."""

    place: int  # in the batch
    arrival: Arrival
    url: str
    content_digest: str
    match_digest: str


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has a text now; the least one had it first."""

    first_seen_utc: datetime
    article_id: int
    revision_id: int

    @property
    def order(self) -> tuple[datetime, int]:
        return (self.first_seen_utc, self.article_id)


class ArticleBatches:
    """The batches of one unit of work."""

    def __init__(
        self, connection: Connection, articles: Articles, index: IndexWriter, fingerprints: Fingerprints
    ) -> None:
        self._connection = connection
        self._articles = articles
        self._index = index
        self._fingerprints = fingerprints

    def store(self, arrivals: Sequence[Arrival], now: datetime) -> list[Stored]:
        """Store `arrivals`; what came of each, in their order.

        A text that the article has had before, in any revision, changes nothing, unless the arrival says when it was
        captured: an import as such observes no return.
        """
        keys = [_keyed(place, arrival) for place, arrival in enumerate(arrivals)]
        known = _known(self._connection, [key.url for key in keys])
        texts = _texts(self._connection, list(known.values()))
        fresh = {key.url: key for key in reversed(keys) if key.url not in known}  # the first of each URL
        results = self._store_new(sorted(fresh.values(), key=lambda key: key.place), now)
        for url, key in fresh.items():
            stored = results[key.place]
            known[url] = stored.article_id
            texts[(stored.article_id, key.content_digest)] = stored.revision_id
        for key in keys:
            if key.place not in results:
                results[key.place] = self._store_again(key, known[key.url], texts, now)
        named = [(key.arrival.source_id, results[key.place].article_id) for key in keys if key.arrival.source_id]
        self._articles.note_source_ids(named)
        return [results[place] for place in range(len(arrivals))]

    def _store_again(self, key: _Key, article_id: int, texts: dict[tuple[int, str], int], now: datetime) -> Stored:
        """An arrival whose article is there already: a text of its own, or one that is known."""
        arrival = key.arrival
        revision_id = texts.get((article_id, key.content_digest))
        if revision_id is not None and arrival.observed_utc is None:
            if key.arrival.source_id:  # perhaps crawled before it was imported
                nameless = update(ARTICLES).where(ARTICLES.c.id == article_id, ARTICLES.c.source_id.is_(None))
                self._connection.execute(nameless.values(source_id=storable_text(key.arrival.source_id)))
            return Stored(article_id, revision_id, new=False, changed=False)
        observed = arrival.observed_utc or now
        stored = self._articles.store(arrival.portal_id, arrival.article, observed, source_id=arrival.source_id)
        texts[(article_id, key.content_digest)] = stored.revision_id
        return stored

    def _store_new(self, fresh: Sequence[_Key], now: datetime) -> dict[int, Stored]:
        if not fresh:
            return {}
        holders = _holders(self._connection, {key.match_digest for key in fresh if key.match_digest})
        article_ids = _insert(self._connection, ARTICLES, [_article_row(key, now) for key in fresh])
        rows = [
            revision_row(
                key.arrival.article,
                article_id,
                1,
                key.arrival.times(now)[2],
                None,
                key.content_digest,
                key.match_digest,
            )
            for key, article_id in zip(fresh, article_ids, strict=True)
        ]
        revision_ids = _insert(self._connection, REVISIONS, rows)
        _point(self._connection, article_ids)
        said = [key.arrival.article for key in fresh]
        self._index.put_new(list(zip(article_ids, revision_ids, said, strict=True)))
        units = [
            StoredUnits(revision_id, article_id, key.arrival.article.match_units)
            for key, article_id, revision_id in zip(fresh, article_ids, revision_ids, strict=True)
            if key.arrival.article.match_units
        ]
        self._fingerprints.enter(units)
        results = {}
        for key, article_id, revision_id in zip(fresh, article_ids, revision_ids, strict=True):
            copies = tuple(
                _copies(holders, key.match_digest, _Holder(key.arrival.times(now)[0], article_id, revision_id))
            )
            for copy in copies:
                self._articles.relate(copy, now)
            results[key.place] = Stored(article_id, revision_id, new=True, changed=True, copies=copies)
        return results


def _keyed(place: int, arrival: Arrival) -> _Key:
    article = storable_record(arrival.article)
    url = storable_url(article.canonical_url or article.url)
    return _Key(place, replace(arrival, article=article), url, *digests(article))


def _known(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """By URL, the article."""
    found: dict[str, int] = {}
    for some in slices(urls):
        query = select(ARTICLES.c.url, ARTICLES.c.id).where(ARTICLES.c.url.in_(some))
        found |= {row.url: row.id for row in connection.execute(query)}
    return found


def _texts(connection: Connection, article_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """By article and content digest, the revision that has the text."""
    found: dict[tuple[int, str], int] = {}
    for some in slices(article_ids):
        query = select(REVISIONS.c.article_id, REVISIONS.c.content_digest, REVISIONS.c.id)
        rows = connection.execute(query.where(REVISIONS.c.article_id.in_(some)).order_by(REVISIONS.c.id))
        found |= {(row.article_id, row.content_digest): row.id for row in rows}
    return found


def _insert(connection: Connection, into: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert `rows`; their ids, in the same order."""
    statement = insert(into).returning(into.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, list(rows)))


def _article_row(key: _Key, now: datetime) -> dict[str, Any]:
    article, source_id = key.arrival.article, key.arrival.source_id
    first_seen_utc, last_seen_utc, _ = key.arrival.times(now)
    return {
        "portal_id": key.arrival.portal_id,
        "url": key.url,
        "source_id": storable_text(source_id) if source_id else None,
        "revision_count": 1,
        "first_seen_utc": first_seen_utc,
        "last_seen_utc": last_seen_utc,
        "gone_utc": key.arrival.gone_utc,
        "published_utc": article.published.utc if article.published else None,
        "language": article.language,
        "section": article.section,
        "source_name": article.source_name,
        "byline": storable(article.byline),
    }


def _point(connection: Connection, article_ids: Sequence[int]) -> None:
    """Make each article's only revision its current one."""
    of_article = select(REVISIONS.c.id).where(REVISIONS.c.article_id == ARTICLES.c.id).scalar_subquery()
    for some in slices(article_ids):
        connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(some)).values(revision_id=of_article))


def _holders(connection: Connection, match_digests: set[str]) -> dict[str, _Holder]:
    """By match digest, the earliest article whose current text has it."""
    found: dict[str, _Holder] = {}
    for some in slices(sorted(match_digests)):
        query = (
            select(REVISIONS.c.match_digest, ARTICLES.c.first_seen_utc, ARTICLES.c.id, ARTICLES.c.revision_id)
            .join(ARTICLES, ARTICLES.c.revision_id == REVISIONS.c.id)
            .where(REVISIONS.c.match_digest.in_(some))
        )
        for row in connection.execute(query):
            _hold(found, row.match_digest, _Holder(row.first_seen_utc, row.id, row.revision_id))
    return found


def _hold(found: dict[str, _Holder], digest: str, holder: _Holder) -> None:
    earliest = found.get(digest)
    if earliest is None or holder.order < earliest.order:
        found[digest] = holder


def _copies(holders: dict[str, _Holder], match_digest: str, mine: _Holder) -> Iterator[Copy]:
    """The relation of `mine` to the earliest other article with its text."""
    if not match_digest:
        return
    other = holders.get(match_digest)
    _hold(holders, match_digest, mine)
    if other is None:
        return
    earlier, later = sorted((mine, other), key=lambda holder: holder.order)
    evidence = {
        "match_digest": match_digest,
        "revision_id": later.revision_id,
        "other_revision_id": earlier.revision_id,
    }
    yield Copy(later.article_id, earlier.article_id, "identical", 1.0, evidence)
