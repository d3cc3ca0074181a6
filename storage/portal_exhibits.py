"""The page that shows what is wrong with a portal, with the address of its capture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from newsroom.portal_history import Exhibit, Shown
from newsroom.records import Role, State
from storage.dialect import table
from storage.portal_health import ARTICLES, CAPTURES, PAGES, QUARANTINE, REVISIONS, RUNS, crawled, has_field

FILES = table("warc_files")


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page as it can be looked up: in the ledger, in the captures table, in the WARC file."""

    url: str
    page_id: int | None
    capture_id: int | None
    warc: str | None  # file@offset; None when nothing was captured, or it was removed since
    missing: str  # what it lacks, or why it was refused


class PortalExhibits:
    """The exhibits of one unit of work, of what happened from `since` to `now`."""

    def __init__(self, connection: Connection, since: datetime, now: datetime) -> None:
        self._connection, self._since, self._now = connection, since, now

    def find(self, portal_id: str, exhibit: Exhibit) -> ShownPage | None:
        """The newest page of the portal that shows what `exhibit` says; None when there is none any more."""
        detail = exhibit.detail
        match exhibit.shown:
            case Shown.WITHOUT_FIELD:
                return self._article(portal_id, ~has_field(detail), f"no {detail}")
            case Shown.SHORT:
                return self._article(portal_id, REVISIONS.c.word_count < int(detail))
            case Shown.LONG:
                return self._article(portal_id, REVISIONS.c.word_count > int(detail))
            case Shown.NEWEST:
                return self._article(portal_id)
            case Shown.SOURCE:
                return self._source(portal_id)
            case Shown.REFUSED:
                return self._refused(portal_id, detail)
            case Shown.ERROR_ANSWER:
                return self._error_answer(portal_id)
            case Shown.GIVEN_UP:
                return self._given_up(portal_id)
            case Shown.QUARANTINED:
                return self._quarantined(portal_id)
        return None

    def _article(
        self, portal_id: str, condition: ColumnElement[bool] | None = None, missing: str = ""
    ) -> ShownPage | None:
        query = (
            select(ARTICLES.c.id, ARTICLES.c.url, REVISIONS.c.capture_id, REVISIONS.c.word_count)
            .join(REVISIONS, REVISIONS.c.id == ARTICLES.c.revision_id)
            .where(ARTICLES.c.portal_id == portal_id, crawled(), *([] if condition is None else [condition]))
            .where(ARTICLES.c.first_seen_utc > self._since, ARTICLES.c.first_seen_utc <= self._now)
            .order_by(ARTICLES.c.first_seen_utc.desc(), ARTICLES.c.id.desc())
        )
        row = self._connection.execute(query.limit(1)).first()
        if row is None:
            return None
        of_article = select(PAGES.c.id).where(PAGES.c.article_id == row.id)
        page_id = self._connection.scalar(of_article.order_by((PAGES.c.url == row.url).desc(), PAGES.c.id).limit(1))
        return self._shown(row.url, page_id, row.capture_id, missing or f"{row.word_count:,} words")

    def _source(self, portal_id: str) -> ShownPage | None:
        sources = [role.value for role in Role if role is not Role.ARTICLE]
        query = select(PAGES).where(PAGES.c.portal_id == portal_id, PAGES.c.role.in_(sources))
        read = query.where(PAGES.c.fetched_utc.is_not(None)).order_by(PAGES.c.fetched_utc.desc(), PAGES.c.id)
        return self._page(read, lambda page: f"{page.role} read last, HTTP {page.status}")

    def _refused(self, portal_id: str, reason: str) -> ShownPage | None:
        ended = [State.REFUSED.value, State.FAILED.value]
        query = select(PAGES).where(PAGES.c.portal_id == portal_id, PAGES.c.state.in_(ended), PAGES.c.reason == reason)
        query = query.where(PAGES.c.fetched_utc > self._since).order_by(PAGES.c.fetched_utc.desc(), PAGES.c.id)
        return self._page(query, _why)

    def _given_up(self, portal_id: str) -> ShownPage | None:
        query = select(PAGES).where(PAGES.c.portal_id == portal_id, PAGES.c.state == State.FAILED.value)
        when = func.coalesce(PAGES.c.due_utc, PAGES.c.fetched_utc, PAGES.c.discovered_utc)  # when it is tried again
        return self._page(query.order_by(when.desc(), PAGES.c.id), _why)

    def _error_answer(self, portal_id: str) -> ShownPage | None:
        mine = select(RUNS.c.id).where(RUNS.c.portal_id == portal_id, RUNS.c.started_utc > self._since)
        query = select(CAPTURES).where(CAPTURES.c.run_id.in_(mine), CAPTURES.c.status >= 400)
        row = self._connection.execute(query.order_by(CAPTURES.c.id.desc()).limit(1)).first()
        return self._shown(row.url, row.page_id, row.id, f"HTTP {row.status}") if row else None

    def _quarantined(self, portal_id: str) -> ShownPage | None:
        query = (
            select(QUARANTINE)
            .join(PAGES, PAGES.c.id == QUARANTINE.c.page_id)
            .where(PAGES.c.portal_id == portal_id, QUARANTINE.c.created_utc > self._since)
            .order_by(QUARANTINE.c.id.desc())
        )
        row = self._connection.execute(query.limit(1)).first()
        return self._shown(row.url, row.page_id, row.capture_id, _why(row)) if row else None

    def _page(self, query: Select[Any], missing: Any) -> ShownPage | None:
        """The first page of `query`, with the last answer it gave."""
        page = self._connection.execute(query.limit(1)).first()
        return self._shown(page.url, page.id, None, missing(page)) if page else None

    def _shown(self, url: str, page_id: int | None, capture_id: int | None, missing: str) -> ShownPage:
        if capture_id is None and page_id is not None:
            newest = select(func.max(CAPTURES.c.id)).where(CAPTURES.c.page_id == page_id)
            capture_id = self._connection.scalar(newest)
        return ShownPage(url, page_id, capture_id, self._warc(capture_id), missing)

    def _warc(self, capture_id: int | None) -> str | None:
        query = select(FILES.c.name, CAPTURES.c.warc_offset).join(FILES, FILES.c.id == CAPTURES.c.warc_file_id)
        row = self._connection.execute(
            query.where(CAPTURES.c.id == capture_id, CAPTURES.c.removed_utc.is_(None))
        ).first()
        return f"{row.name}@{row.warc_offset}" if row else None


def _why(row: Any) -> str:
    return f"{row.reason}: {row.detail}" if row.detail else str(row.reason)
