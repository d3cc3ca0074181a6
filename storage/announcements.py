"""What feeds and sitemaps said of pages, kept even for pages never fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from newsroom.dates import ADDRESS_ORIGIN, FUTURE_TOLERANCE
from newsroom.records import Announcement, Article, Declined, Moment, Precision, Provenance
from storage.dialect import slices, table, upsert
from storage.storable import storable_text, storable_url

ANNOUNCEMENTS = table("announcements")


class Announcements:
    """The announcements of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(
        self, announcements: Sequence[Announcement], page_ids: Mapping[str, int], now: datetime
    ) -> dict[int, tuple[datetime, bool]]:
        """Insert or refresh one row a page and source; by page id: the lastmod, and whether it is newer than known."""
        rows: dict[tuple[int, str], dict[str, Any]] = {}
        for each in announcements:
            page_id = page_ids.get(storable_url(each.url))
            if page_id is not None:
                row = _row(page_id, each, now)
                rows[page_id, row["source_url"]] = row
        if not rows:
            return {}
        moved = self._lastmods(list(rows.values()))
        insert = upsert(self._connection, ANNOUNCEMENTS)
        said = ("source_kind", "raw_url", "title", "published_utc", "published_precision", "lastmod_utc", "language")
        refresh = insert.on_conflict_do_update(
            index_elements=["page_id", "source_url"],
            set_={name: insert.excluded[name] for name in (*said, "last_seen_utc")},
        )
        self._connection.execute(refresh, [rows[pair] for pair in sorted(rows)])
        return moved

    def _lastmods(self, rows: Sequence[dict[str, Any]]) -> dict[int, tuple[datetime, bool]]:
        known: dict[tuple[int, str], datetime | None] = {}
        for some in slices([row["page_id"] for row in rows if row["lastmod_utc"]]):
            query = select(ANNOUNCEMENTS.c.page_id, ANNOUNCEMENTS.c.source_url, ANNOUNCEMENTS.c.lastmod_utc)
            for each in self._connection.execute(query.where(ANNOUNCEMENTS.c.page_id.in_(some))):
                known[each.page_id, each.source_url] = each.lastmod_utc
        lastmods: dict[int, tuple[datetime, bool]] = {}
        for row in rows:
            lastmod, page_id = row["lastmod_utc"], row["page_id"]
            if lastmod is None:
                continue
            before = known.get((page_id, row["source_url"]))
            moved = before is not None and lastmod > before
            if page_id not in lastmods or lastmods[page_id] < (lastmod, moved):
                lastmods[page_id] = (lastmod, moved)
        return lastmods

    def of(self, page_id: int) -> list[Announcement]:
        """What was said of a page, oldest source first."""
        pages = table("pages")
        query = (
            select(ANNOUNCEMENTS, pages.c.url.label("page_url"))
            .join(pages, pages.c.id == ANNOUNCEMENTS.c.page_id)
            .where(ANNOUNCEMENTS.c.page_id == page_id)
            .order_by(ANNOUNCEMENTS.c.id)
        )
        return [_announcement(row) for row in self._connection.execute(query)]

    def published(self, urls: Sequence[str]) -> Moment | None:
        """When the first feed or sitemap that said so had one of these addresses published."""
        pages = table("pages")
        query = (
            select(ANNOUNCEMENTS, pages.c.url.label("page_url"))
            .join(pages, pages.c.id == ANNOUNCEMENTS.c.page_id)
            .where(pages.c.url.in_([storable_url(url) for url in urls]), ANNOUNCEMENTS.c.published_utc.is_not(None))
            .order_by(ANNOUNCEMENTS.c.id)
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return _announcement(row).published if row else None


def dated_as_announced(article: Article, published: Moment | None, fetched: datetime) -> Article:
    """`article`, published when it was announced to be, where its page shows no date but perhaps one in its address.

    An announced time more than a day after the page was fetched is not believed.
    """
    known = article.published
    if published is None or published.utc > fetched + FUTURE_TOLERANCE or (known and known.origin != ADDRESS_ORIGIN):
        return article
    rejected = (Declined(f"{known.utc:%Y-%m-%d}", "the address: only a day"),) if known else ()
    said = Provenance(published.origin, "announcement", rejected)
    return replace(article, published=published, provenance={**article.provenance, "published": said})


def _row(page_id: int, said: Announcement, now: datetime) -> dict[str, Any]:
    return {
        "page_id": page_id,
        "source_url": storable_url(said.source_url),
        "source_kind": said.source_kind,
        "raw_url": storable_text(said.raw_url),
        "title": storable_text(said.title) if said.title else None,
        "published_utc": said.published.utc if said.published else None,
        "published_precision": said.published.precision.value if said.published else None,
        "lastmod_utc": said.lastmod.utc if said.lastmod else None,
        "language": storable_text(said.language) if said.language else None,
        "first_seen_utc": now,
        "last_seen_utc": now,
    }


def _announcement(row: Row[Any]) -> Announcement:
    precision = Precision(row.published_precision) if row.published_precision else Precision.SECOND
    return Announcement(
        url=row.page_url,
        raw_url=row.raw_url,
        source_url=row.source_url,
        source_kind=row.source_kind,
        title=row.title,
        published=Moment(row.published_utc, precision, origin=row.source_kind) if row.published_utc else None,
        lastmod=Moment(row.lastmod_utc, origin=row.source_kind) if row.lastmod_utc else None,
        language=row.language,
    )
