"""What happened around an article: who named it, who copied it, what was set aside, held, removed, decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from newsroom.moments import shown_time
from newsroom.reasons import Reason
from newsroom.records import Capture, CopyKind
from storage.dialect import slices, table
from storage.history.events import Event, Kind
from storage.holds import Hold, Holds, Scope
from storage.rights import Rights
from storage.storable import storable_url
from storage.stories import Stories

ANNOUNCEMENTS = table("announcements")
ARTICLES = table("articles")
COPIES = table("copies")
PAGES = table("pages")
QUARANTINE = table("quarantine")

MOST_COPIES = 500  # the first that were found


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One address in the ledger."""

    id: int
    url: str
    found_on: str | None
    discovered_utc: datetime
    reason: str | None
    detail: str


class Surroundings:
    """What one unit of work knows around articles and pages."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self._connection = connection
        self._rights = rights

    def pages(self, article_id: int | None, urls: Sequence[str]) -> list[LedgerPage]:
        """The pages that led to an article, and those with one of these addresses, in the order they were found."""
        wanted: ColumnElement[bool] = PAGES.c.url.in_([storable_url(url) for url in urls])
        if article_id is not None:
            wanted = or_(wanted, PAGES.c.article_id == article_id)
        names = ("id", "url", "found_on", "discovered_utc", "reason", "detail")
        query = select(*(PAGES.c[name] for name in names)).where(wanted)
        return [LedgerPage(*row) for row in self._connection.execute(query.order_by(PAGES.c.id))]

    def found(self, pages: Iterable[LedgerPage], main_url: str | None) -> Iterator[Event]:
        """When each address was met, and where."""
        for page in pages:
            on = f"found on {page.found_on}" if page.found_on else "found"
            also = "" if main_url in (None, page.url) else f" as {page.url}"
            why = f" ({page.detail})" if page.reason == Reason.DUPLICATE and page.detail else ""
            yield Event(page.discovered_utc, Kind.FOUND, f"{on}{also}{why}", url=page.url)

    def announced(self, page_ids: Sequence[int]) -> Iterator[Event]:
        """What feeds and sitemaps said, as they last said it."""
        for some in slices(page_ids):
            for row in self._connection.execute(select(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.page_id.in_(some))):
                until = row.last_seen_utc if row.last_seen_utc != row.first_seen_utc else None
                yield Event(row.first_seen_utc, Kind.ANNOUNCED, _announced(row), url=row.source_url, until=until)

    def set_aside(self, page_ids: Sequence[int]) -> Iterator[Event]:
        """When a page could not be read or stored, and when it could after all."""
        for some in slices(page_ids):
            for row in self._connection.execute(select(QUARANTINE).where(QUARANTINE.c.page_id.in_(some))):
                says = f"set aside at {row.stage}: {row.reason}{f' ({row.detail})' if row.detail else ''}"
                yield Event(row.created_utc, Kind.SET_ASIDE, says, url=row.url, capture=row.capture_id)
                if row.released_utc is not None:
                    yield Event(row.released_utc, Kind.RELEASED, "no longer set aside", url=row.url)

    def copies(self, article_id: int, may_name: ColumnElement[bool]) -> Iterator[Event]:
        """Which articles are copies of it, or it of them; of those that may not be named, only the id."""
        either = or_(COPIES.c.article_id == article_id, COPIES.c.other_id == article_id)
        for row in self._connection.execute(select(COPIES).where(either).order_by(COPIES.c.id).limit(MOST_COPIES)):
            other = row.other_id if row.article_id == article_id else row.article_id
            named = select(ARTICLES.c.url).where(ARTICLES.c.id == other, may_name)
            url = self._connection.scalar(named)
            yield Event(row.found_utc, Kind.COPY, _copied(row, article_id, other, url), url=url, other=other)

    def decisions(self, article_id: int) -> Iterator[Event]:
        """What curators said of it."""
        for each in Stories(self._connection, self._rights).decisions([article_id]):
            other = each.other_id if each.article_id == article_id else each.article_id
            said = "one story" if each.same else "not one story"
            says = f"decided to be {said} with article {other}{f': {each.note}' if each.note else ''}"
            yield Event(each.decided_utc, Kind.DECISION, says, other=other)

    def holds(
        self, article_id: int | None, portal_id: str | None, urls: Iterable[str], now: datetime
    ) -> Iterator[Event]:
        """Holds and embargoes that cover it."""
        addresses = list(urls)
        for hold in Holds(self._connection).list():
            if _covers(hold, article_id, portal_id, addresses):
                yield from _held(hold, now)


def removed(captures: Iterable[Capture]) -> Iterator[Event]:
    """When retention took captured pages away, and how many."""
    times = Counter(capture.removed_utc for capture in captures if capture.removed_utc is not None)
    for when, count in times.items():
        pages = "one captured page" if count == 1 else f"{count:,} captured pages"
        yield Event(when, Kind.REMOVED, f"retention removed {pages}; digests and texts stay", count=count)


def _announced(row: Row[tuple[object, ...]]) -> str:
    said = [
        f"“{row.title}”" if row.title else "",
        f"published {shown_time(row.published_utc, row.published_precision)}" if row.published_utc else "",
        f"last change {shown_time(row.lastmod_utc, None)}" if row.lastmod_utc else "",
    ]
    told = ", ".join(filter(None, said))
    return f"in {row.source_kind} {row.source_url}{f': {told}' if told else ''}"


def _copied(row: Row[tuple[object, ...]], article_id: int, other: int, url: str | None) -> str:
    name = f"article {other} ({url or 'withheld'})"
    if row.kind in (CopyKind.PASSAGE, CopyKind.COMPILATION):
        return f"has a {row.kind} in common with {name}"
    if row.article_id == article_id:
        return f"{row.kind} copy of {name}, decided by {row.decided_by}"
    return f"{name} is a {row.kind} copy of it, decided by {row.decided_by}"


def _covers(hold: Hold, article_id: int | None, portal_id: str | None, urls: Sequence[str]) -> bool:
    match hold.scope:
        case Scope.PORTAL:
            return hold.target == portal_id
        case Scope.ARTICLE:
            return article_id is not None and hold.target == str(article_id)
        case Scope.URL:
            return any(url.startswith(hold.target) for url in urls)


def _held(hold: Hold, now: datetime) -> Iterator[Event]:
    over = f" until {hold.until_utc:%Y-%m-%d %H:%MZ}" if hold.until_utc else ""
    name = f"{hold.kind} {hold.id}"
    yield Event(hold.created_utc, Kind.HOLD, f"{name} placed on {hold.scope} {hold.target}{over}: {hold.note}")
    if hold.released_utc is not None:
        yield Event(hold.released_utc, Kind.HOLD, f"{name} released")
    elif hold.until_utc is not None and hold.until_utc <= now:
        yield Event(hold.until_utc, Kind.HOLD, f"{name} ended")
