"""The frontier and ledger: which pages are to be fetched when, by whom, and what became of each.

A page that has a `due_utc` is fetched when that time has come, whatever its state: articles and sources come back
for a revisit, a refusal for another try. A page without one is finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, func, select, update

from newsroom.reasons import Reason
from newsroom.records import Announcement, Candidate, Outcome, Page, Role, State
from newsroom.urls import host_key
from storage.announcements import Announcements
from storage.dialect import slices, table, upsert
from storage.due import ALL, DuePages, Wanted, woken
from storage.storable import is_long_url, storable_text, storable_url

PAGES = table("pages")

FREE = [State.DUE.value, State.DONE.value, State.REFUSED.value, State.FAILED.value]  # all but leased
REVIVABLE = {Reason.OVER_BUDGET.value, Reason.NOT_ARTICLE_URL.value}
# Refusals that an answer has to come for
ANSWERED = frozenset(Reason) - {
    Reason.OFF_SITE,
    Reason.UNSAFE,
    Reason.DENIED,
    Reason.NOT_ARTICLE_URL,
    Reason.DUPLICATE,
    Reason.ROBOTS,
    Reason.OVER_BUDGET,
    Reason.RIGHTS,
    Reason.FAILED,
    Reason.QUARANTINED,
}

_BY_URL = select(PAGES).where(PAGES.c.url.in_(bindparam("urls", expanding=True)))
_NEEDED = ("id", "portal_id", "url", "role", "state", "reason", "depth", "priority", "fetched_utc", "article_id")
_KNOWN = select(*(PAGES.c[name] for name in _NEEDED)).where(PAGES.c.url.in_(bindparam("urls", expanding=True)))
_EVER = timedelta(days=36_500)
_SET = update(PAGES).where(PAGES.c.id == bindparam("which"))


class Frontier:
    """The pages of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcements = Announcements(connection)
        self._due = DuePages(connection)

    # --- entering -----------------------------------------------------------------------------------------------

    def add(self, portal_id: str, candidates: Iterable[Candidate], now: datetime) -> int:
        """Enter the candidates that are new; the number of them.

        A known page keeps its state. Exceptions: one refused by its address alone is revived by a candidate that
        is not refused; a waiting one takes the higher priority; one that another portal never stored changes hands.
        """
        wanted = _best_of_each(candidates)
        known = self._rows(list(wanted))
        fresh = [_new_row(portal_id, url, each, now) for url, each in wanted.items() if url not in known]
        for url, row in known.items():
            self._meet_again(portal_id, row, wanted[url], now)
        if not fresh:
            return 0
        fresh.sort(key=lambda row: str(row["url"]))  # one order for all writers: no deadlock on the unique index
        insert = upsert(self._connection, PAGES).on_conflict_do_nothing(index_elements=["url"])
        return len(self._connection.execute(insert.returning(PAGES.c.id), fresh).all())

    def announce(
        self,
        portal_id: str,
        announcements: Sequence[Announcement],
        verdicts: Mapping[str, Candidate],
        now: datetime,
    ) -> int:
        """Keep what a feed or sitemap said, and enter its pages with their verdicts (by URL); the number new.

        A stored article whose announced lastmod is newer than our fetch becomes due. An announcement without
        a verdict is kept when its page is known.
        """
        new = self.add(portal_id, verdicts.values(), now)
        rows = self._rows([storable_url(each.url) for each in announcements])
        changed = self._announcements.keep(announcements, {url: row.id for url, row in rows.items()}, now)
        stale = [
            row.id
            for row in rows.values()
            if row.state == State.DONE.value and row.role == Role.ARTICLE.value and _is_stale(row, changed.get(row.id))
        ]
        for ids in slices(stale):
            self._connection.execute(
                update(PAGES).where(PAGES.c.id.in_(ids)).values(state=State.DUE.value, due_utc=now)
            )
        return new

    def _rows(self, urls: Sequence[str]) -> dict[str, Row[Any]]:
        found: dict[str, Row[Any]] = {}
        for some in slices(urls):
            found.update((row.url, row) for row in self._connection.execute(_KNOWN, {"urls": list(some)}))
        return found

    def _meet_again(self, portal_id: str, row: Row[Any], candidate: Candidate, now: datetime) -> None:
        if candidate.reason is not None or row.state == State.LEASED.value:
            return
        if row.portal_id != portal_id:
            if row.article_id is None:
                values = _new_row(portal_id, row.url, candidate, now)
                del values["discovered_utc"]
                self._set(row.id, **values, etag=None, last_modified=None, fetched_utc=None, status=None)
        elif row.state == State.REFUSED.value and row.reason in REVIVABLE and row.fetched_utc is None:
            self._set(row.id, **_new_row(portal_id, row.url, candidate, now))
        elif row.state == State.DUE.value and candidate.priority > row.priority:
            role = candidate.role.value if row.fetched_utc is None else row.role
            depth = min(candidate.depth, row.depth)
            self._set(row.id, priority=candidate.priority, role=role, depth=depth)

    def _set(self, page_id: int, **values: Any) -> None:
        self._connection.execute(_SET, {"which": page_id, **values})

    def wake_sources(self, portal_id: str, before: datetime, now: datetime) -> int:
        """Make feeds, sitemaps and shallow listings due that were last read before `before`; the number of them."""
        values = {"state": State.DUE.value, "due_utc": now, "attempts": 0}
        return self._connection.execute(update(PAGES).where(woken(portal_id, before)).values(values)).rowcount

    def wake(self, urls: Sequence[str], now: datetime) -> int:
        """Make pages that have been read due again; the number of them."""
        read = and_(PAGES.c.url.in_([storable_url(url) for url in urls]), PAGES.c.state == State.DONE.value)
        return self._connection.execute(update(PAGES).where(read).values(state=State.DUE.value, due_utc=now)).rowcount

    def give_up_links(self, portal_id: str, found_on: str, detail: str) -> int:
        """Refuse the links of a page that wait to be fetched and that nobody announced; the number of them.

        They come back when a feed, a sitemap or a later reading of a listing names them.
        """
        announced = exists().where(table("announcements").c.page_id == PAGES.c.id)
        waiting = and_(
            PAGES.c.portal_id == portal_id,
            PAGES.c.state == State.DUE.value,
            PAGES.c.role.in_([Role.ARTICLE.value, Role.LISTING.value]),
            PAGES.c.found_on == storable_text(found_on),
            PAGES.c.fetched_utc.is_(None),
            ~announced,
        )
        values = {"state": State.REFUSED.value, "reason": Reason.OVER_BUDGET.value, "detail": detail, "due_utc": None}
        return self._connection.execute(update(PAGES).where(waiting).values(values)).rowcount

    # --- leasing ------------------------------------------------------------------------------------------------

    def lease(
        self,
        portal_id: str,
        owner: str,
        limit: int,
        now: datetime,
        lease_s: float = 300,
        read_before: datetime | None = None,
        wanted: Wanted = ALL,
    ) -> list[Page]:
        """Up to `limit` due pages, now `owner`'s for `lease_s`: highest priority first, then oldest.

        With `read_before`, revisits are only of pages last fetched before that time: a run reads no page twice.
        `wanted` narrows what is leased. Skips hosts that asked to be left alone. No page is leased twice at a time,
        whoever asks.
        """
        ids = self._due.to_lease(portal_id, limit, now, read_before or now + _EVER, wanted)
        if not ids:
            return []
        taken = (
            update(PAGES)
            .where(PAGES.c.id.in_(ids))
            .values(state=State.LEASED.value, lease_owner=owner, lease_until_utc=now + timedelta(seconds=lease_s))
        )
        self._connection.execute(taken)
        rows = self._connection.execute(select(PAGES).where(PAGES.c.id.in_(ids)))
        return sorted((_page(row) for row in rows), key=lambda page: (-page.priority, page.id))

    def renew(self, owner: str, now: datetime, lease_s: float = 300) -> int:
        """Lengthen all leases of `owner`; how many it holds."""
        mine = and_(PAGES.c.state == State.LEASED.value, PAGES.c.lease_owner == owner)
        values = {"lease_until_utc": now + timedelta(seconds=lease_s)}
        return self._connection.execute(update(PAGES).where(mine).values(values)).rowcount

    def release(self, owner: str) -> int:
        """Give back what `owner` leased and did not settle; the number of pages."""
        mine = and_(PAGES.c.state == State.LEASED.value, PAGES.c.lease_owner == owner)
        return self._connection.execute(update(PAGES).where(mine).values(_UNLEASED)).rowcount

    def reclaim(self, now: datetime) -> int:
        """Make pages due again whose lease has lapsed; the number of them."""
        lapsed = and_(PAGES.c.state == State.LEASED.value, PAGES.c.lease_until_utc < now)
        return self._connection.execute(update(PAGES).where(lapsed).values(_UNLEASED)).rowcount

    def owners(self) -> list[str]:
        """Who holds leases: after a crash, `release` those that are no longer alive."""
        held = select(PAGES.c.lease_owner).where(PAGES.c.state == State.LEASED.value).distinct()
        return [owner for owner in self._connection.scalars(held.order_by(PAGES.c.lease_owner)) if owner]

    # --- settling -----------------------------------------------------------------------------------------------

    def settle(self, outcome: Outcome, now: datetime, article_id: int | None = None) -> None:
        """Record what became of a leased page: its state and reason, validators and next visit.

        DUE means one more failed try, due at `next_due_utc`. Validators are kept on a 304 that gives none, and on
        a failed try; otherwise they are those of the outcome. An outcome's page may name another `fetch_url`.
        """
        page, reason = outcome.page, outcome.reason
        if outcome.state in {State.DUE, State.DONE}:
            reason = None
        elif reason is None and outcome.state is State.FAILED:
            reason = Reason.FAILED
        elif reason is None:
            raise ValueError(f"{page.url}: {outcome.state} without a reason")
        values: dict[str, Any] = {
            "state": outcome.state.value,
            "reason": reason.value if reason else None,
            "detail": storable_text(outcome.detail)[:1000],
            "fetch_url": storable_text(page.fetch_url),
            "attempts": page.attempts + 1 if outcome.state in {State.DUE, State.FAILED} else 0,
            "due_utc": outcome.next_due_utc or (now if outcome.state is State.DUE else None),
            "lease_owner": None,
            "lease_until_utc": None,
        }
        if outcome.capture:
            values["fetched_utc"] = outcome.capture.fetched_utc
            values["status"] = outcome.capture.status
        elif outcome.state is State.DONE or reason in ANSWERED:  # captures are off
            values["fetched_utc"] = now
        if outcome.etag or outcome.last_modified or not (outcome.not_modified or outcome.state is State.DUE):
            values["etag"] = storable_text(outcome.etag) if outcome.etag else None
            values["last_modified"] = storable_text(outcome.last_modified) if outcome.last_modified else None
        if article_id is not None:
            values["article_id"] = article_id
        self._set(page.id, **values)

    def lead(self, page_id: int, article_id: int) -> None:
        """Note which article a page leads to, where nothing has said so yet; its state stays."""
        unknown = update(PAGES).where(PAGES.c.id == page_id, PAGES.c.article_id.is_(None))
        self._connection.execute(unknown.values(article_id=article_id))

    def settle_canonical(
        self, portal_id: str, candidate: Candidate, article_id: int, next_due_utc: datetime | None, now: datetime
    ) -> None:
        """Mark an article's canonical address as read when the article came from another address of it.

        A canonical page that is being fetched, or has been, is left to its own outcome.
        """
        self.add(portal_id, [candidate], now)
        unread = and_(
            PAGES.c.url == storable_url(candidate.url),
            PAGES.c.state != State.LEASED.value,
            PAGES.c.fetched_utc.is_(None),
        )
        read = {"state": State.DONE.value, "reason": None, "detail": "", "article_id": article_id}
        times = {"due_utc": next_due_utc, "fetched_utc": now}
        self._connection.execute(update(PAGES).where(unread).values({**read, **times}))

    # --- looking ------------------------------------------------------------------------------------------------

    def page(self, url: str) -> Page | None:
        """The page with this canonical URL."""
        row = self._connection.execute(_BY_URL, {"urls": [storable_url(url)]}).first()
        return _page(row) if row else None

    def page_by_id(self, page_id: int) -> Page | None:
        """The page with this id."""
        row = self._connection.execute(select(PAGES).where(PAGES.c.id == page_id)).first()
        return _page(row) if row else None

    def next_due(self, portal_id: str, wanted: Wanted = ALL) -> datetime | None:
        """When the next new or failed page may be fetched, hosts' Retry-After included; None when none is waiting.

        Revisits do not count: a run does not wait for them.
        """
        return self._due.next_due(portal_id, wanted)

    def due_count(self, portal_id: str, now: datetime) -> int:
        """How many pages could be fetched now."""
        return self._connection.scalar(_count().where(*_due(portal_id, now))) or 0

    def leased_count(self, owner: str) -> int:
        """How many pages `owner` holds."""
        held = (PAGES.c.state == State.LEASED.value, PAGES.c.lease_owner == owner)
        return self._connection.scalar(_count().where(*held)) or 0


_UNLEASED: dict[str, Any] = {"state": State.DUE.value, "lease_owner": None, "lease_until_utc": None}


def _count() -> Select[int]:
    return select(func.count()).select_from(PAGES)


def _due(portal_id: str, now: datetime) -> tuple[Any, ...]:
    return (PAGES.c.portal_id == portal_id, PAGES.c.state.in_(FREE), PAGES.c.due_utc <= now)


def _is_stale(row: Row[Any], lastmod: tuple[datetime, bool] | None) -> bool:
    """Whether an announced lastmod (its time, and whether it is later than last announced) asks for a fetch."""
    if lastmod is None or row.fetched_utc is None:
        return False
    when, moved = lastmod
    # a lastmod by day may lie before our fetch of the same day: then it counts when it has moved
    return when > row.fetched_utc or (moved and when.date() >= row.fetched_utc.date())


def _best_of_each(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    best: dict[str, Candidate] = {}
    for each in candidates:
        if is_long_url(each.url) and each.reason is None:
            each = replace(each, reason=Reason.NOT_ARTICLE_URL, detail=f"address of {len(each.url)} characters")
        url = storable_url(each.url)
        known = best.get(url)
        if known is None or (each.reason is None, each.priority) > (known.reason is None, known.priority):
            best[url] = each
    return best


def _new_row(portal_id: str, url: str, candidate: Candidate, now: datetime) -> dict[str, Any]:
    refused = candidate.reason is not None
    fetch_url = storable_text(candidate.fetch_url)
    return {
        "portal_id": portal_id,
        "url": url,
        "fetch_url": fetch_url,
        "host": host_key(fetch_url)[:500],
        "role": candidate.role.value,
        "state": (State.REFUSED if refused else State.DUE).value,
        "reason": candidate.reason.value if candidate.reason else None,
        "detail": storable_text(candidate.detail)[:1000],
        "depth": candidate.depth,
        "redirects": candidate.redirects,
        "priority": candidate.priority,
        "found_on": storable_text(candidate.found_on) if candidate.found_on else None,
        "discovered_utc": now,
        "due_utc": None if refused else now,
        "attempts": 0,
    }


def _page(row: Row[Any]) -> Page:
    return Page(
        id=row.id,
        portal_id=row.portal_id,
        url=row.url,
        fetch_url=row.fetch_url,
        role=Role(row.role),
        state=State(row.state),
        depth=row.depth,
        redirects=row.redirects,
        attempts=row.attempts,
        priority=row.priority,
        found_on=row.found_on,
        etag=row.etag,
        last_modified=row.last_modified,
        reason=Reason(row.reason) if row.reason else None,
        detail=row.detail,
        due_utc=row.due_utc,
        fetched_utc=row.fetched_utc,
        article_id=row.article_id,
    )
