"""Expired captures in the tables: which there are, what still refers to them, and how they are marked as removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, exists, func, or_, select, update

from newsroom.reasons import Reason
from newsroom.records import State
from storage.cleanup.policy import Tier
from storage.dialect import insert_one, slices, table

CAPTURES = table("captures")
EXTRACTIONS = table("extractions")
FILES = table("warc_files")
PAGES = table("pages")
QUARANTINE = table("quarantine")
REVISIONS = table("revisions")
RUNS = table("runs")

KEPT = CAPTURES.c.removed_utc.is_(None)
PORTAL = func.coalesce(PAGES.c.portal_id, RUNS.c.portal_id)

# A later page of an article: its text stands in the article's, but the revision names the first page's capture.
_IS_PART = and_(
    PAGES.c.reason == Reason.DUPLICATE.value,
    PAGES.c.article_id.is_not(None),
    or_(PAGES.c.detail.like("page % of %"), PAGES.c.detail.like("a later page of %")),
    CAPTURES.c.status == 200,
    CAPTURES.c.revisit_of.is_(None),
)
_IS_UNREAD = or_(
    and_(
        PAGES.c.state.in_([State.DUE.value, State.LEASED.value]),
        or_(PAGES.c.fetched_utc.is_(None), PAGES.c.fetched_utc < CAPTURES.c.fetched_utc),
        ~exists().where(EXTRACTIONS.c.capture_id == CAPTURES.c.id),
    ),
    exists().where(QUARANTINE.c.capture_id == CAPTURES.c.id, QUARANTINE.c.released_utc.is_(None)),
)
_READ_BY = select(func.min(REVISIONS.c.article_id)).where(REVISIONS.c.capture_id == CAPTURES.c.id).scalar_subquery()
_MOVE = (
    update(CAPTURES)
    .where(CAPTURES.c.record_id == bindparam("which"), CAPTURES.c.warc_file_id == bindparam("old"))
    .values(warc_file_id=bindparam("new"), warc_offset=bindparam("offset"))
)


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file as the database knows it."""

    id: int
    name: str
    committed_bytes: int
    removed_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Expired:
    """A capture that has been kept long enough."""

    id: int
    record_id: str
    portal_id: str
    tier: Tier
    overdue: timedelta  # since when it may go
    urls: tuple[str | None, ...]
    articles: tuple[int | None, ...]
    offset: int
    length: int
    is_unread: bool
    leased_by: str | None
    leased_until_utc: datetime | None


class Expiry:
    """The captures and WARC files of one unit of work, as cleanup looks at them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- looking ------------------------------------------------------------------------------------------------

    def files(self, *, removed: bool = False) -> list[WarcFile]:
        """The WARC files of the corpus; with `removed`, those that were given up instead."""
        given_up = FILES.c.removed_utc.is_not(None) if removed else FILES.c.removed_utc.is_(None)
        query = select(FILES.c.id, FILES.c.name, FILES.c.committed_bytes, FILES.c.removed_utc).where(given_up)
        return [WarcFile(*row) for row in self._connection.execute(query.order_by(FILES.c.id))]

    def names(self) -> set[str]:
        """The name of every WARC file there ever was."""
        return set(self._connection.scalars(select(FILES.c.name)))

    def files_with_captures(self) -> set[int]:
        """The ids of files in which a kept capture lies."""
        return set(self._connection.scalars(select(CAPTURES.c.warc_file_id).where(KEPT).distinct()))

    def files_older_than(self, cutoff: datetime) -> list[int]:
        """The ids of files with a kept capture that was fetched before `cutoff`; that with the newest capture first."""
        query = select(CAPTURES.c.warc_file_id).where(KEPT).group_by(CAPTURES.c.warc_file_id)
        newest = func.max(CAPTURES.c.fetched_utc).desc()
        old = query.having(func.min(CAPTURES.c.fetched_utc) < cutoff).order_by(newest, CAPTURES.c.warc_file_id.desc())
        return list(self._connection.scalars(old))

    def kept_count(self, file_id: int) -> int:
        """How many kept captures lie in a file."""
        query = select(func.count()).select_from(CAPTURES).where(CAPTURES.c.warc_file_id == file_id, KEPT)
        return self._connection.scalar(query) or 0

    def expired(self, file_id: int, cutoffs: Mapping[tuple[str, Tier], datetime]) -> list[Expired]:
        """The kept captures of a file that were fetched before the cut-off of their portal and tier, by offset."""
        if not cutoffs:
            return []
        portals = sorted({portal for portal, _ in cutoffs})
        rows = self._connection.execute(
            _candidates()
            .where(
                CAPTURES.c.warc_file_id == file_id,
                CAPTURES.c.fetched_utc < max(cutoffs.values()),
                KEPT,
                PORTAL.in_(portals),
            )
            .order_by(CAPTURES.c.warc_offset)
        )
        found = ((row, Tier.EVIDENCE if row.read_by is not None or row.is_part else Tier.OTHER) for row in rows)
        return [
            _expired(row, tier, cutoff)
            for row, tier in found
            if (cutoff := cutoffs.get((row.portal_id, tier))) and row.fetched_utc < cutoff
        ]

    def ends(self, file_id: int) -> list[int]:
        """Where each answer in a file ends, in order."""
        end = CAPTURES.c.warc_offset + CAPTURES.c.warc_length
        return list(self._connection.scalars(select(end).where(CAPTURES.c.warc_file_id == file_id).order_by(end)))

    def referrers(self, record_ids: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Which of these records a kept revisit refers to, and the id of that revisit's capture."""
        for some in slices(record_ids):
            query = select(CAPTURES.c.revisit_of, CAPTURES.c.id).where(CAPTURES.c.revisit_of.in_(some), KEPT)
            yield from ((row.revisit_of, row.id) for row in self._connection.execute(query))

    def addresses(self, record_ids: Sequence[str]) -> dict[str, str | None]:
        """By record id, the file in which a record lies now; None when it was removed. Unknown ones are left out."""
        found: dict[str, str | None] = {}
        for some in slices(record_ids):
            query = select(CAPTURES.c.record_id, CAPTURES.c.removed_utc, FILES.c.name).join(
                FILES, FILES.c.id == CAPTURES.c.warc_file_id
            )
            for row in self._connection.execute(query.where(CAPTURES.c.record_id.in_(some))):
                found[row.record_id] = None if row.removed_utc else row.name
        return found

    def removed_records(self, file_id: int) -> list[str]:
        """The record ids of the captures that were removed and lay in this file."""
        query = select(CAPTURES.c.record_id).where(CAPTURES.c.warc_file_id == file_id, ~KEPT)
        return list(self._connection.scalars(query.order_by(CAPTURES.c.id)))

    # --- changing -----------------------------------------------------------------------------------------------

    def remove(self, capture_ids: Sequence[int], now: datetime) -> None:
        """Note that these captures were removed. Their rows stay: address, digest and time are the proof."""
        for some in slices(capture_ids):
            self._connection.execute(update(CAPTURES).where(CAPTURES.c.id.in_(some)).values(removed_utc=now))

    def restore(self, record_ids: Collection[str]) -> None:
        """Take removed captures back."""
        for some in slices(sorted(record_ids)):
            self._connection.execute(update(CAPTURES).where(CAPTURES.c.record_id.in_(some)).values(removed_utc=None))

    def retire(self, file_id: int, now: datetime) -> None:
        """Note that a WARC file is given up."""
        self._connection.execute(update(FILES).where(FILES.c.id == file_id).values(removed_utc=now))

    def move(self, old: int, name: str, size: int, moved: Mapping[str, int], now: datetime) -> int:
        """Enter the file `name` of `size` bytes, with the captures of the file `old` at new offsets, by record id."""
        row = {"name": name, "opened_utc": now, "closed_utc": now, "committed_bytes": size}
        new = insert_one(self._connection, FILES, row)
        if moved:
            places = [{"which": each, "old": old, "new": new, "offset": offset} for each, offset in moved.items()]
            self._connection.execute(_MOVE, places)
        return new


def _candidates() -> Select[Any]:
    return (
        select(
            CAPTURES.c.id,
            CAPTURES.c.record_id,
            CAPTURES.c.url,
            CAPTURES.c.fetched_utc,
            CAPTURES.c.warc_offset,
            CAPTURES.c.warc_length,
            PAGES.c.url.label("page_url"),
            PAGES.c.article_id,
            case((PAGES.c.state == State.LEASED.value, PAGES.c.lease_owner)).label("lease_owner"),
            PAGES.c.lease_until_utc,
            PORTAL.label("portal_id"),
            func.coalesce(_IS_PART, False).label("is_part"),
            func.coalesce(_IS_UNREAD, False).label("is_unread"),
            _READ_BY.label("read_by"),
        )
        .select_from(CAPTURES)
        .outerjoin(PAGES, PAGES.c.id == CAPTURES.c.page_id)
        .outerjoin(RUNS, RUNS.c.id == CAPTURES.c.run_id)
    )


def _expired(row: Row[Any], tier: Tier, cutoff: datetime) -> Expired:
    return Expired(
        id=row.id,
        record_id=row.record_id,
        portal_id=row.portal_id,
        tier=tier,
        overdue=cutoff - row.fetched_utc,
        urls=(row.url, row.page_url),
        articles=(row.article_id, row.read_by),
        offset=row.warc_offset,
        length=row.warc_length,
        is_unread=bool(row.is_unread),
        leased_by=row.lease_owner,
        leased_until_utc=row.lease_until_utc,
    )
