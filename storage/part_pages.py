"""The later pages of articles in the ledger: each is refused as a page of its article, and none becomes an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from newsroom.part_addresses import as_part, may_be_part
from newsroom.reasons import Reason
from newsroom.records import Candidate, Outcome, Page, Part, Role, State
from storage.dialect import table
from storage.frontier import Frontier
from storage.storable import storable_text, storable_url

ARTICLES = table("articles")
PAGES = table("pages")
REVISIONS = table("revisions")


class PartPages:
    """The later pages of one unit of work."""

    def __init__(self, connection: Connection, frontier: Frontier) -> None:
        self._connection = connection
        self._frontier = frontier

    def judged(self, outcome: Outcome) -> Outcome:
        """`outcome`; without its article where that is a page of another, or lacks pages that the stored text has."""
        if outcome.article is None:
            return outcome
        if joined_to := self._joined_to(outcome.page):
            detail = as_part(joined_to, outcome.page.url)
            return replace(outcome, article=None, state=State.REFUSED, reason=Reason.DUPLICATE, detail=detail)
        missing = {part.url for part in outcome.parts if part.reason not in (None, Reason.DUPLICATE)}
        if missing and outcome.page.article_id and not missing.isdisjoint(self._parts_of(outcome.page.article_id)):
            # Nobody cut the text: a page of it could not be had.
            return replace(outcome, article=None, not_modified=True, detail=f"{outcome.detail}; the stored text stays")
        return outcome

    def settle(self, portal_id: str, part: Part, first: Page, article_id: int, now: datetime) -> int | None:
        """Refuse the address of a later page of the article on `first`, known or not; its row's id.

        One that is being fetched keeps its lease, and learns by its `article_id` whose page it is.
        """
        if part.reason is None:
            return None
        joined = part.reason is Reason.DUPLICATE
        detail = part.detail if joined else f"page {part.number} of {first.url}: {part.detail}"
        entered = Candidate(part.url, part.url, Role.ARTICLE, first.url, 0, first.depth + 1, part.reason, detail)
        self._frontier.add(portal_id, [entered], now)
        row = self._connection.execute(select(PAGES).where(PAGES.c.url == storable_url(part.url))).one()
        if row.role != Role.ARTICLE.value and row.fetched_utc is not None:
            return None  # a listing that has been read stays one
        values: dict[str, Any] = {"article_id": article_id} if joined else {}
        if row.state != State.LEASED.value:
            values |= {"state": State.REFUSED.value, "reason": part.reason.value, "due_utc": None}
            values["detail"] = storable_text(detail)[:1000]
            if part.capture:
                values |= {"fetched_utc": part.capture.fetched_utc, "status": part.capture.status}
        if values:
            self._connection.execute(update(PAGES).where(PAGES.c.id == row.id).values(values))
        return int(row.id)

    def _joined_to(self, page: Page) -> str | None:
        """The article that has been joined from this page since it was leased."""
        if page.article_id is not None or not may_be_part(page.url):
            return None
        mine = select(ARTICLES.c.url).join(PAGES, PAGES.c.article_id == ARTICLES.c.id).where(PAGES.c.id == page.id)
        return self._connection.scalar(mine)

    def _parts_of(self, article_id: int) -> tuple[str, ...]:
        """The later pages that the article's current text was joined from."""
        current = REVISIONS.join(ARTICLES, ARTICLES.c.revision_id == REVISIONS.c.id)
        query = select(REVISIONS.c.parts).select_from(current).where(ARTICLES.c.id == article_id)
        return tuple(self._connection.scalar(query) or ())
