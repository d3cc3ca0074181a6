"""Which pages may be fetched now: what leasing asks, and what looking ahead asks.

A page is due when its time has come. A run may want only some of the due pages; the others stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, case, func, literal, null, or_, select

from newsroom.records import Role, State
from storage.dialect import table

ANNOUNCEMENTS = table("announcements")
HOSTS = table("hosts")
PAGES = table("pages")

SOURCE_DEPTH = 1  # links from the front page within which listings are read again by every run
READ = [State.DONE.value, State.REFUSED.value, State.FAILED.value]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the due pages a run is after: all of them, unless it says otherwise."""

    since: datetime | None = None  # articles that were announced as older wait for another run
    stored_only: bool = False  # articles that are stored, and nothing else
    announcing_only: bool = False  # feeds and sitemaps, and nothing else


ALL = Wanted()
Conditions = frozenset[str]


@dataclass(frozen=True, slots=True)
class DuePage:
    """A page that would be fetched."""

    url: str
    role: Role
    kind: str  # source | new | again


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run of a portal would find, by kind (source, new, again): nothing is leased by looking."""

    due: Mapping[str, int]
    held: Mapping[str, int]  # due, but their host asks to be left alone
    older: Mapping[str, int]  # due, but announced as older than the run wants
    later: Mapping[str, int]  # not due yet
    leased: int  # being fetched by another run
    held_until: datetime | None  # when the first of the hosts may be asked again
    next_due: datetime | None  # when the first of the later ones is due
    pages: Sequence[DuePage]  # the first of the due ones, in the order of leasing


class DuePages:
    """The due pages of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def to_lease(
        self, portal_id: str, limit: int, now: datetime, read_before: datetime, wanted: Wanted = ALL
    ) -> list[int]:
        """Ids of up to `limit` pages, locked: highest priority first, then oldest."""
        asked = {"portal": portal_id, "now": now, "most": limit, "since": wanted.since}
        waiting, revisits = _to_lease(_conditions(wanted))
        again = self._connection.execute(revisits, {**asked, "read_before": read_before})
        found = [*self._connection.execute(waiting, asked), *again]
        return [row.id for row in sorted(found, key=lambda row: (-row.priority, row.id))[:limit]]

    def next_due(self, portal_id: str, wanted: Wanted = ALL) -> datetime | None:
        """When the next new or failed page may be fetched, hosts' Retry-After included; None when none is waiting."""
        asked = {"portal": portal_id, "since": wanted.since}
        soonest: datetime | None = self._connection.scalar(_next(_conditions(wanted)), asked)
        return soonest

    def outlook(
        self,
        portal_id: str,
        now: datetime,
        *,
        read_before: datetime,
        wanted: Wanted = ALL,
        dead: Collection[str] = (),
        most: int = 100,
    ) -> Outlook:
        """What a run that begins `now` would find. It reads sources last read before `read_before` again.

        `dead` are owners of leases that are no longer alive; `most` is how many due pages are named.
        """
        standing, kind = _standing(now, read_before, wanted, dead), _kind()
        mine = [PAGES.c.portal_id == portal_id, *([_is_stored_article()] if wanted.stored_only else [])]
        asked = {"since": wanted.since}
        when = case((standing == "held", HOSTS.c.retry_after_utc), else_=PAGES.c.due_utc)
        counted = (
            select(
                standing.label("standing"),
                kind.label("kind"),
                func.count().label("number"),
                func.min(when, type_=PAGES.c.due_utc.type).label("soonest"),
            )
            .select_from(_with_hosts())
            .where(*mine)
            .group_by("standing", "kind")
        )
        named = (
            select(PAGES.c.url, PAGES.c.role, kind.label("kind"))
            .select_from(_with_hosts())
            .where(*mine, standing == "due")
            .order_by(PAGES.c.priority.desc(), PAGES.c.id)
            .limit(most)
        )
        rows = [row for row in self._connection.execute(counted, asked) if row.standing]
        pages = [DuePage(row.url, Role(row.role), row.kind) for row in self._connection.execute(named, asked)]
        return _outlook(rows, pages)


def woken(portal_id: str, before: datetime) -> ColumnElement[bool]:
    """Feeds, sitemaps and shallow listings that were last read before `before`: every run reads them again.

    Deeper listing pages are archives: what is new shows up on the shallow ones first.
    """
    return and_(PAGES.c.portal_id == portal_id, _is_stale_source(before))


def _is_stale_source(before: datetime) -> ColumnElement[bool]:
    return and_(
        PAGES.c.role != Role.ARTICLE.value,
        PAGES.c.depth <= SOURCE_DEPTH,
        PAGES.c.state.in_([State.DONE.value, State.FAILED.value]),
        or_(PAGES.c.fetched_utc.is_(None), PAGES.c.fetched_utc < before),
    )


# --- statements ---------------------------------------------------------------------------------------------------


@cache
def _to_lease(conditions: Conditions) -> tuple[Select[Any], Select[Any]]:
    """Two questions, for there are two indexes: waiting pages lie in the order of leasing, revisits by their time."""
    leasable = (
        select(PAGES.c.id, PAGES.c.priority)
        .select_from(_with_hosts())
        .where(PAGES.c.portal_id == bindparam("portal"), *(_CONDITIONS[name]() for name in conditions))
        .where(or_(HOSTS.c.retry_after_utc.is_(None), HOSTS.c.retry_after_utc <= bindparam("now")))
        .order_by(PAGES.c.priority.desc(), PAGES.c.id)
        .limit(bindparam("most"))
        .with_for_update(of=PAGES, skip_locked=True)
    )
    # coalesce keeps SQLite from choosing the index by time, and then sorting all that is due: 190 ms at 100,000 pages
    waiting = leasable.where(
        PAGES.c.state == State.DUE.value, func.coalesce(PAGES.c.due_utc, PAGES.c.due_utc) <= bindparam("now")
    )
    revisits = leasable.where(
        PAGES.c.state.in_(READ),
        PAGES.c.due_utc <= bindparam("now"),
        or_(PAGES.c.fetched_utc.is_(None), PAGES.c.fetched_utc < bindparam("read_before")),
    )
    return waiting, revisits


@cache
def _next(conditions: Conditions) -> Select[Any]:
    patient = HOSTS.c.retry_after_utc > PAGES.c.due_utc
    when = case((patient, HOSTS.c.retry_after_utc), else_=PAGES.c.due_utc)
    return (
        select(func.min(when, type_=PAGES.c.due_utc.type))
        .select_from(_with_hosts())
        .where(PAGES.c.portal_id == bindparam("portal"), PAGES.c.state == State.DUE.value)
        .where(PAGES.c.due_utc.is_not(None), *(_CONDITIONS[name]() for name in conditions))
    )


def _with_hosts() -> Any:
    return PAGES.outerjoin(HOSTS, HOSTS.c.host == PAGES.c.host)


def _conditions(wanted: Wanted) -> Conditions:
    """What a page must be to be wanted, by name."""
    asked = {"stored": wanted.stored_only, "announcing": wanted.announcing_only, "young": wanted.since is not None}
    return frozenset(name for name, is_asked in asked.items() if is_asked)


def _is_stored_article() -> ColumnElement[bool]:
    return and_(PAGES.c.role == Role.ARTICLE.value, PAGES.c.article_id.is_not(None), PAGES.c.fetched_utc.is_not(None))


def _is_older() -> ColumnElement[bool]:
    """Whether the latest date that a feed or sitemap gave an article lies before the parameter `since`."""
    published, lastmod = ANNOUNCEMENTS.c.published_utc, ANNOUNCEMENTS.c.lastmod_utc
    said = case((published.is_(None), lastmod), (lastmod > published, lastmod), else_=published)
    latest = (
        select(func.max(said, type_=published.type))
        .where(ANNOUNCEMENTS.c.page_id == PAGES.c.id)
        .correlate(PAGES)
        .scalar_subquery()
    )
    since = bindparam("since", type_=published.type)
    return and_(PAGES.c.role == Role.ARTICLE.value, func.coalesce(latest, since) < since)


_CONDITIONS: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "stored": _is_stored_article,
    "announcing": lambda: PAGES.c.role.in_([Role.FEED.value, Role.SITEMAP.value]),
    "young": lambda: ~_is_older(),
}


# --- looking ahead ------------------------------------------------------------------------------------------------


def _kind() -> ColumnElement[str]:
    return case((PAGES.c.role != Role.ARTICLE.value, "source"), (_is_stored_article(), "again"), else_="new")


def _standing(now: datetime, read_before: datetime, wanted: Wanted, dead: Collection[str]) -> ColumnElement[Any]:
    """due, held, older, later, leased; NULL for a page that no run will fetch by itself."""
    read = and_(
        PAGES.c.state.in_(READ),
        PAGES.c.due_utc <= now,
        or_(PAGES.c.fetched_utc.is_(None), PAGES.c.fetched_utc < read_before),
    )
    given_back = and_(
        PAGES.c.state == State.LEASED.value,
        or_(PAGES.c.lease_until_utc < now, PAGES.c.lease_owner.in_(list(dead))),
    )
    waiting = and_(PAGES.c.state == State.DUE.value, PAGES.c.due_utc <= now)
    due = or_(read, given_back, waiting, _is_stale_source(read_before))
    older = _is_older() if wanted.since is not None else literal(1) == literal(0)
    return case(
        (due, case((older, "older"), (HOSTS.c.retry_after_utc > now, "held"), else_="due")),
        (PAGES.c.state == State.LEASED.value, "leased"),
        (PAGES.c.due_utc > now, "later"),
        else_=null(),
    )


def _outlook(rows: Sequence[Row[Any]], pages: Sequence[DuePage]) -> Outlook:
    def counts(standing: str) -> dict[str, int]:
        return {row.kind: row.number for row in rows if row.standing == standing}

    def soonest(standing: str) -> datetime | None:
        return min((row.soonest for row in rows if row.standing == standing and row.soonest), default=None)

    return Outlook(
        due=counts("due"),
        held=counts("held"),
        older=counts("older"),
        later=counts("later"),
        leased=sum(counts("leased").values()),
        held_until=soonest("held"),
        next_due=soonest("later"),
        pages=pages,
    )
