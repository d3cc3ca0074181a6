"""Articles and their revisions: what the newsroom said, and when it said something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from newsroom.records import Article, Copy, Provenance
from storage.dialect import insert_new, insert_one, slices, table, upsert
from storage.fingerprints import Fingerprints, StoredUnits
from storage.late_texts import SAME_TIME, LateTexts
from storage.revision_rows import digests, provenance_of, read_article, revision_row
from storage.search.writer import IndexWriter
from storage.storable import storable, storable_record, storable_text, storable_url

ARTICLES = table("articles")
REVISIONS = table("revisions")
COPIES = table("copies")
SOURCE_IDS = table("source_ids")

# What an article's row repeats of its current revision, so that counting and filtering need not read texts.
ABOUT_CURRENT = ("published_utc", "language", "section", "source_name", "byline")

_BATCH = 200
_BY_URL = select(ARTICLES).where(ARTICLES.c.url == bindparam("wanted")).with_for_update()
_SET = update(ARTICLES).where(ARTICLES.c.id == bindparam("which"))
_TEXT = select(REVISIONS.c.content_digest, REVISIONS.c.observed_utc).where(REVISIONS.c.id == bindparam("which"))
_SAME_TEXT = (
    select(ARTICLES.c.id, ARTICLES.c.first_seen_utc, ARTICLES.c.revision_id)
    .join(REVISIONS, and_(REVISIONS.c.article_id == ARTICLES.c.id, REVISIONS.c.id == ARTICLES.c.revision_id))
    .where(REVISIONS.c.match_digest == bindparam("digest"), ARTICLES.c.id != bindparam("mine"))
    # Not by the index of first_seen_utc: as there mostly is none, that would be to look at every article.
    .order_by(func.coalesce(ARTICLES.c.first_seen_utc, ARTICLES.c.first_seen_utc), ARTICLES.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing an article came to."""

    article_id: int
    revision_id: int
    new: bool  # an article not seen before
    changed: bool  # a text other than the current one; True for a new article
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with its current revision."""

    id: int
    portal_id: str
    url: str
    source_id: str | None
    revision_id: int
    revision_number: int
    revision_count: int
    capture_id: int | None
    first_seen_utc: datetime
    last_seen_utc: datetime
    observed_utc: datetime  # when the current text was first captured
    gone_utc: datetime | None
    article: Article


class Articles:
    """The articles of one unit of work."""

    def __init__(self, session: Session, index: IndexWriter, fingerprints: Fingerprints) -> None:
        self._session = session
        self._connection = session.connection()
        self._index = index
        self._fingerprints = fingerprints

    # --- storing ------------------------------------------------------------------------------------------------

    def store(
        self,
        portal_id: str,
        article: Article,
        observed_utc: datetime,
        *,
        capture_id: int | None = None,
        source_id: str | None = None,
    ) -> Stored:
        """Store `article` under its canonical URL, with its search rows and its exact copies.

        The current text again changes only `last_seen_utc`. A text that was there before, but is not the current
        one, is a revision of its own: a return is history. One observed before the current text takes its place
        among the earlier ones.
        """
        article = storable_record(article)
        url = storable_url(article.canonical_url or article.url)
        content_digest, match_digest = digests(article)
        entered = self._enter(portal_id, url, source_id, observed_utc)
        new, row = entered is not None, entered or self._connection.execute(_BY_URL, {"wanted": url}).one()
        seen = _seen(row, observed_utc)
        if source_id and not row.source_id:  # crawled before it was imported
            seen["source_id"] = storable_text(source_id)
        if source_id:
            self.note_source_ids([(source_id, row.id)])
        current = self._text_of(row.revision_id)
        if current is not None and observed_utc < current.observed_utc:
            self._see_earlier(row, seen, observed_utc)
            late = LateTexts(self._connection)
            placed = late.place(row.id, article, observed_utc, capture_id, content_digest, match_digest)
            if placed.inserted and article.match_units:
                self._fingerprints.enter([StoredUnits(placed.revision_id, row.id, article.match_units)])
            return Stored(row.id, placed.revision_id, new=False, changed=placed.inserted)
        if current is not None and current.content_digest == content_digest:
            self._set(row.id, seen)
            return Stored(row.id, row.revision_id, new=False, changed=False)
        number = row.revision_count + 1
        revision = revision_row(article, row.id, number, observed_utc, capture_id, content_digest, match_digest)
        revision_id = insert_one(self._connection, REVISIONS, revision)
        about = {name: revision[name] for name in ABOUT_CURRENT}
        self._set(row.id, {**seen, **about, "revision_id": revision_id, "revision_count": number})
        if row.revision_id is None:
            self._index.put_new([(row.id, revision_id, article)])
        else:
            self._index.put(row.id, revision_id, article)
        if article.match_units:
            self._fingerprints.enter([StoredUnits(revision_id, row.id, article.match_units)])
        copies = self._note_copies(row, revision_id, match_digest, observed_utc)
        return Stored(row.id, revision_id, new, changed=True, copies=copies)

    def _see_earlier(self, row: Row[Any], seen: dict[str, Any], observed_utc: datetime) -> None:
        """Note that an article was there at a time before its current text."""
        if row.first_seen_utc - observed_utc < SAME_TIME:
            self._set(row.id, seen)
        else:
            self._set(row.id, {**seen, "first_seen_utc": observed_utc})
            self._index.redate(row.id)

    def _enter(self, portal_id: str, url: str, source_id: str | None, observed_utc: datetime) -> Row[Any] | None:
        """A new article's row; None when there is one already."""
        fresh = {
            "portal_id": portal_id,
            "url": url,
            "source_id": storable_text(source_id) if source_id else None,
            "revision_count": 0,
            "first_seen_utc": observed_utc,
            "last_seen_utc": observed_utc,
        }
        return self._connection.execute(insert_new(self._connection, ARTICLES, "url"), fresh).first()

    def _text_of(self, revision_id: int | None) -> Any:
        return self._connection.execute(_TEXT, {"which": revision_id}).first() if revision_id is not None else None

    def _set(self, article_id: int, values: dict[str, Any]) -> None:
        self._connection.execute(_SET, {"which": article_id, **values})

    def _note_copies(self, row: Row[Any], revision_id: int, match_digest: str, now: datetime) -> tuple[Copy, ...]:
        """Relate the article to the earliest other one that now says exactly the same."""
        if not match_digest:
            return ()
        other = self._connection.execute(_SAME_TEXT, {"digest": match_digest, "mine": row.id}).first()
        if other is None:
            return ()
        mine, theirs = (row.first_seen_utc, row.id, revision_id), (other.first_seen_utc, other.id, other.revision_id)
        earlier, later = sorted([mine, theirs])
        evidence = {"match_digest": match_digest, "revision_id": later[2], "other_revision_id": earlier[2]}
        copy = Copy(later[1], earlier[1], "identical", 1.0, evidence)
        self.relate(copy, now)
        return (copy,)

    def relate(self, copy: Copy, now: datetime) -> None:
        """Keep a relation between two articles; the newest evidence of a kind replaces the older."""
        values = {**asdict(copy), "evidence": storable(dict(copy.evidence)), "found_utc": now}
        related = upsert(self._connection, COPIES).on_conflict_do_update(
            index_elements=["article_id", "other_id", "kind"],
            set_={"score": copy.score, "evidence": values["evidence"]},
        )
        self._connection.execute(related, values)

    def note_source_ids(self, ids: Sequence[tuple[str, int]]) -> None:
        """Keep the ids under which articles were imported; what is known stays."""
        rows = [{"source_id": storable_text(source_id), "article_id": article_id} for source_id, article_id in ids]
        if rows:
            self._connection.execute(upsert(self._connection, SOURCE_IDS).on_conflict_do_nothing(), rows)

    def see(self, article_id: int, now: datetime) -> None:
        """Note that the article was there, unchanged."""
        row = self._connection.execute(select(ARTICLES).where(ARTICLES.c.id == article_id)).one()
        self._set(article_id, _seen(row, now))

    def mark_gone(self, article_id: int, now: datetime) -> None:
        """Note that the site says the article does not exist; the first time counts."""
        gone = update(ARTICLES).where(ARTICLES.c.id == article_id, ARTICLES.c.gone_utc.is_(None))
        self._connection.execute(gone.values(gone_utc=now))

    # --- looking ------------------------------------------------------------------------------------------------

    def find(self, url: str) -> int | None:
        """The id of the article with this canonical URL."""
        return self._connection.scalar(select(ARTICLES.c.id).where(ARTICLES.c.url == storable_url(url)))

    def get(self, key: int | str) -> StoredArticle | None:
        """An article by its id or canonical URL, with where each of its fields came from."""
        which = ARTICLES.c.id == key if isinstance(key, int) else ARTICLES.c.url == storable_url(key)
        row = self._connection.execute(_current().where(which)).first()
        return _stored_article(row, provenance_of(self._connection, row.revision_id)) if row else None

    def by_source_id(self, source_id: str) -> StoredArticle | None:
        """The first article that was imported under this id."""
        named = select(SOURCE_IDS.c.article_id).where(SOURCE_IDS.c.source_id == source_id)
        query = _current().where(ARTICLES.c.id.in_(named)).order_by(ARTICLES.c.id).limit(1)
        row = self._connection.execute(query).first()
        return _stored_article(row, {}) if row else None

    def count(self) -> int:
        """How many articles there are."""
        return self._connection.scalar(select(func.count()).select_from(ARTICLES)) or 0

    def iterate(
        self,
        *,
        ids: Sequence[int] | None = None,
        portal: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[StoredArticle]:
        """Articles by id, or in the order of `ids`; `since` and `until` bound the publication time. Constant memory."""
        wanted = _filtered(portal, language, since, until)
        if ids is not None:
            for some in slices(ids, _BATCH):
                rows = self._connection.execute(wanted.where(ARTICLES.c.id.in_(some)))
                found = {row.id: row for row in rows}
                yield from (_stored_article(found[each], {}) for each in some if each in found)
            return
        last = 0
        while batch := self._connection.execute(
            wanted.where(ARTICLES.c.id > last).order_by(ARTICLES.c.id).limit(_BATCH)
        ).all():
            yield from (_stored_article(row, {}) for row in batch)
            last = batch[-1].id


def _seen(row: Row[Any], when: datetime) -> dict[str, Any]:
    """What the row of an article says once it has been seen at that time."""
    is_gone = row.gone_utc is not None and row.gone_utc > when
    return {"last_seen_utc": max(row.last_seen_utc, when), "gone_utc": row.gone_utc if is_gone else None}


def _current() -> Select[Any]:
    mine = ("id", "portal_id", "url", "source_id", "revision_id", "revision_count")
    times = ("first_seen_utc", "last_seen_utc", "gone_utc")
    text = [column for column in REVISIONS.c if column.name not in {"id", "article_id"}]
    joined = ARTICLES.join(REVISIONS, REVISIONS.c.id == ARTICLES.c.revision_id)
    return select(*(ARTICLES.c[name] for name in (*mine, *times)), *text).select_from(joined)


def _filtered(portal: str | None, language: str | None, since: datetime | None, until: datetime | None) -> Select[Any]:
    query = _current()
    if portal:
        query = query.where(ARTICLES.c.portal_id == portal)
    if language:
        query = query.where(ARTICLES.c.language == language)
    if since:
        query = query.where(ARTICLES.c.published_utc >= since)
    if until:
        query = query.where(ARTICLES.c.published_utc < until)
    return query


def _stored_article(row: Row[Any], provenance: dict[str, Provenance]) -> StoredArticle:
    return StoredArticle(
        id=row.id,
        portal_id=row.portal_id,
        url=row.url,
        source_id=row.source_id,
        revision_id=row.revision_id,
        revision_number=row.number,
        revision_count=row.revision_count,
        capture_id=row.capture_id,
        first_seen_utc=row.first_seen_utc,
        last_seen_utc=row.last_seen_utc,
        observed_utc=row.observed_utc,
        gone_utc=row.gone_utc,
        article=read_article(row, provenance),
    )
