"""The coverage ledger: every URL found or announced is stored, read, waiting, or has one reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Case, ColumnElement, Connection, Select, and_, case, exists, func, null, or_, select

from newsroom.reasons import Reason
from newsroom.records import Role, State
from storage.dialect import table
from storage.storable import storable_url

CAPTURES = table("captures")
PAGES = table("pages")
ANNOUNCEMENTS = table("announcements")

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """How many URLs came to one end."""

    portal_id: str
    state: str  # stored | read | waiting | refused | failed
    reason: Reason | None  # None for stored and read
    count: int


@dataclass(frozen=True, slots=True)
class CoveredUrl:
    """What became of one URL."""

    portal_id: str
    url: str
    role: Role
    state: str  # stored | read | waiting | refused | failed
    reason: Reason | None
    detail: str
    found_on: str | None
    status: int | None
    fetched_utc: datetime | None
    due_utc: datetime | None
    article_id: int | None


class Coverage:
    """The ledger as one unit of work sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, portal_id: str | None = None, *, announced_only: bool = False) -> list[CoverageRow]:
        """URLs by portal, state and reason; with `announced_only`, those that a feed or sitemap named."""
        state, reason = _state().label("standing"), _reason().label("why")
        query = (
            select(PAGES.c.portal_id, state, reason, func.count().label("number"))
            .where(*_scope(portal_id, announced_only))
            .group_by(PAGES.c.portal_id, state, reason)
            .order_by(PAGES.c.portal_id, state, func.count().desc(), reason)
        )
        return [
            CoverageRow(row.portal_id, row.standing, Reason(row.why) if row.why else None, row.number)
            for row in self._connection.execute(query)
        ]

    def urls(
        self,
        portal_id: str | None = None,
        *,
        state: str | None = None,
        reason: Reason | None = None,
        announced_only: bool = False,
    ) -> Iterator[CoveredUrl]:
        """Each URL with what became of it, in the order they were found; constant memory."""
        query = _standing().where(*_scope(portal_id, announced_only)).order_by(PAGES.c.id).limit(_BATCH)
        if state:
            query = query.where(_state() == state)
        if reason:
            query = query.where(_reason() == reason.value)
        last = 0
        while rows := self._connection.execute(query.where(PAGES.c.id > last)).all():
            yield from map(_covered, rows)
            last = rows[-1].id

    def page(self, url: str) -> CoveredUrl | None:
        """What became of one canonical URL; None when nobody has named it."""
        row = self._connection.execute(_standing().where(PAGES.c.url == storable_url(url))).first()
        return _covered(row) if row else None

    def captured_as(self, url: str) -> CoveredUrl | None:
        """What became of the page that was last requested as `url`, in whatever form that is."""
        asked = CAPTURES.c.url == storable_url(url)
        query = _standing().join(CAPTURES, CAPTURES.c.page_id == PAGES.c.id).where(asked)
        row = self._connection.execute(query.order_by(CAPTURES.c.id.desc()).limit(1)).first()
        return _covered(row) if row else None

    def led_to(self, article_id: int) -> list[CoveredUrl]:
        """The addresses that led to an article, in the order they were found."""
        query = _standing().where(PAGES.c.article_id == article_id).order_by(PAGES.c.id)
        return [_covered(row) for row in self._connection.execute(query)]


def _standing() -> Select[Any]:
    return select(PAGES, _state().label("standing"), _reason().label("why"))


def _scope(portal_id: str | None, announced_only: bool) -> list[ColumnElement[bool]]:
    scope: list[ColumnElement[bool]] = []
    if portal_id is not None:
        scope.append(PAGES.c.portal_id == portal_id)
    if announced_only:
        scope.append(exists().where(ANNOUNCEMENTS.c.page_id == PAGES.c.id))
    return scope


def _is_stored() -> ColumnElement[bool]:
    doubled = PAGES.c.reason == Reason.DUPLICATE.value
    return and_(PAGES.c.article_id.is_not(None), or_(PAGES.c.reason.is_(None), ~doubled))


def _is_read() -> ColumnElement[bool]:
    answered = and_(PAGES.c.fetched_utc.is_not(None), PAGES.c.role != Role.ARTICLE.value, PAGES.c.reason.is_(None))
    return or_(PAGES.c.state == State.DONE.value, answered)


def _is_waiting() -> ColumnElement[bool]:
    return and_(PAGES.c.state.in_([State.DUE.value, State.LEASED.value]), PAGES.c.reason.is_(None))


def _state() -> Case[Any]:
    """Stored once is stored, even while the page is being fetched again or the site says it is gone."""
    return case(
        (_is_stored(), "stored"),
        (_is_read(), "read"),
        (_is_waiting(), "waiting"),
        (PAGES.c.state.in_([State.DUE.value, State.LEASED.value]), "refused"),
        else_=PAGES.c.state,
    )


def _reason() -> Case[Any]:
    """A waiting page has its reason too: the last run's budget was spent, or its tries so far have failed."""
    return case(
        (or_(_is_stored(), _is_read()), null()),
        (and_(_is_waiting(), PAGES.c.attempts > 0), Reason.FAILED.value),
        (_is_waiting(), Reason.OVER_BUDGET.value),
        else_=PAGES.c.reason,
    )


def _covered(row: Any) -> CoveredUrl:
    detail = row.detail
    if row.standing == "waiting" and not detail:
        detail = "waiting (to be tried again)" if row.attempts else "waiting (over budget of last run)"
    return CoveredUrl(
        portal_id=row.portal_id,
        url=row.url,
        role=Role(row.role),
        state=row.standing,
        reason=Reason(row.why) if row.why else None,
        detail=detail,
        found_on=row.found_on,
        status=row.status,
        fetched_utc=row.fetched_utc,
        due_utc=row.due_utc,
        article_id=row.article_id,
    )
