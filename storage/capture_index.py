"""The captures table: where in the WARC files each answer lies, and how far each file is accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, or_, select, union, update

from newsroom.records import Capture, State, WarcAddress
from storage.dialect import insert_new, slices, table, upsert
from storage.storable import storable, storable_text, storable_url

CAPTURES = table("captures")
FILES = table("warc_files")
PAGES = table("pages")
EXTRACTIONS = table("extractions")
REVISIONS = table("revisions")
RUNS = table("runs")

KEPT = CAPTURES.c.removed_utc.is_(None)

_BATCH = 500
_BY_RECORD = select(CAPTURES.c.id).where(CAPTURES.c.record_id == bindparam("record_id"))
_MARK = (
    update(FILES)
    .where(FILES.c.id == bindparam("which"), FILES.c.committed_bytes < bindparam("offset"))
    .values(committed_bytes=bindparam("offset"))
)
_FILE_ID = select(FILES.c.id).where(FILES.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class KnownPayload:
    """An earlier capture that holds a payload."""

    record_id: str
    url: str
    fetched_utc: datetime


@dataclass(frozen=True, slots=True)
class PendingCapture:
    """A capture whose page was never settled: to be processed from the WARC."""

    capture: Capture
    page_id: int
    run_id: int | None


class CaptureIndex:
    """The captures of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._files: dict[str, int] = {}

    def file_id(self, name: str, now: datetime) -> int:
        """The id of a WARC file, entered when it is new."""
        known = self._files.get(name) or self._connection.scalar(_FILE_ID, {"name": name})
        if known is None:
            fresh = {"name": name, "opened_utc": now, "committed_bytes": 0}
            self._connection.execute(upsert(self._connection, FILES).on_conflict_do_nothing(), fresh)
            known = self._connection.scalar(_FILE_ID, {"name": name})
        if known is None:
            raise LookupError(f"{name}: the row of this WARC file is gone")
        self._files[name] = known
        return known

    def put(self, capture: Capture, now: datetime, *, page_id: int | None = None, run_id: int | None = None) -> int:
        """Enter a capture; its id. A record that is there already is not entered twice."""
        row = _row(capture, self.file_id(capture.address.file, now), page_id, run_id)
        entered = self._connection.execute(insert_new(self._connection, CAPTURES, "record_id"), row).first()
        if entered is not None:
            return int(entered.id)
        known: int = self._connection.execute(_BY_RECORD, {"record_id": capture.address.record_id}).scalar_one()
        return known

    def known(self, payload_digest: str) -> KnownPayload | None:
        """The first kept capture that holds this payload itself, whole; for `revisit` records."""
        query = (
            select(CAPTURES.c.record_id, CAPTURES.c.url, CAPTURES.c.fetched_utc)
            .where(
                CAPTURES.c.payload_digest == payload_digest,
                CAPTURES.c.revisit_of.is_(None),
                CAPTURES.c.truncated.is_(None),
                KEPT,
            )
            .order_by(CAPTURES.c.id)
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return KnownPayload(*row) if row else None

    def attach(self, capture_id: int, page_id: int, run_id: int | None) -> None:
        """Give a capture that belongs to no page yet to its page."""
        alone = update(CAPTURES).where(CAPTURES.c.id == capture_id, CAPTURES.c.page_id.is_(None))
        self._connection.execute(alone.values(page_id=page_id, run_id=run_id))

    def at(self, url: str, fetched_utc: datetime) -> list[tuple[Capture, int | None]]:
        """The captures of a URL at a time, each with its page, if it has one."""
        same = (CAPTURES.c.url == storable_url(url), CAPTURES.c.fetched_utc == fetched_utc)
        return [(_capture(row), row.page_id) for row in self._connection.execute(_captures().where(*same))]

    # --- files --------------------------------------------------------------------------------------------------

    def watermarks(self) -> dict[str, int]:
        """By file name, the offset up to which every record is in the table."""
        rows = self._connection.execute(select(FILES.c.name, FILES.c.committed_bytes).order_by(FILES.c.name))
        return {row.name: row.committed_bytes for row in rows}

    def mark(self, marks: Mapping[str, int], now: datetime) -> None:
        """Raise watermarks; one never goes back."""
        for name, offset in marks.items():
            mark = {"which": self.file_id(name, now), "offset": offset}
            self._connection.execute(_MARK, mark)

    def retired(self) -> set[str]:
        """Names of the WARC files that cleanup has given up; one may still be there until it can be deleted."""
        return set(self._connection.scalars(select(FILES.c.name).where(FILES.c.removed_utc.is_not(None))))

    def close_file(self, name: str, now: datetime) -> None:
        """Note that a WARC file is finished."""
        closed = update(FILES).where(FILES.c.id == self.file_id(name, now), FILES.c.closed_utc.is_(None))
        self._connection.execute(closed.values(closed_utc=now))

    # --- looking ------------------------------------------------------------------------------------------------

    def get(self, capture_id: int) -> Capture | None:
        """The capture with this id."""
        row = self._connection.execute(_captures().where(CAPTURES.c.id == capture_id)).first()
        return _capture(row) if row else None

    def by_record(self, record_id: str) -> Capture | None:
        """The kept capture with this WARC-Record-ID, such as the one a revisit refers to."""
        row = self._connection.execute(_captures().where(CAPTURES.c.record_id == record_id, KEPT)).first()
        return _capture(row) if row else None

    def removed(self, record_id: str) -> Capture | None:
        """The capture with this WARC-Record-ID that retention has removed."""
        row = self._connection.execute(_captures().where(CAPTURES.c.record_id == record_id, ~KEPT)).first()
        return _capture(row) if row else None

    def by_url(self, url: str) -> list[Capture]:
        """What was captured of a URL, oldest first; also what retention has removed since."""
        query = _captures().where(CAPTURES.c.url == storable_url(url)).order_by(CAPTURES.c.id)
        return [_capture(row) for row in self._connection.execute(query)]

    def some(self, capture_ids: Sequence[int]) -> dict[int, Capture]:
        """Captures by their ids."""
        return {
            row.id: _capture(row)
            for ids in slices(capture_ids)
            for row in self._connection.execute(_captures().where(CAPTURES.c.id.in_(ids)))
        }

    def by_pages(self, page_ids: Sequence[int]) -> list[Capture]:
        """What pages answered, oldest first; also what retention has removed since."""
        found: dict[int, Capture] = {}
        for some in slices(page_ids):
            rows = self._connection.execute(_captures().where(CAPTURES.c.page_id.in_(some)))
            found |= {row.id: _capture(row) for row in rows}
        return [found[each] for each in sorted(found)]

    def by_article(self, article_id: int) -> list[Capture]:
        """The captures that an article was read from, or whose page led to it, oldest first; also removed ones."""
        return self.by_articles([article_id]).get(article_id, [])

    def by_articles(self, article_ids: Sequence[int]) -> dict[int, list[Capture]]:
        """By article, its captures as `by_article` has them; articles without any are left out."""
        found: dict[int, list[Capture]] = {}
        for ids in slices(article_ids):
            read = select(REVISIONS.c.article_id, REVISIONS.c.capture_id).where(REVISIONS.c.article_id.in_(ids))
            led = select(PAGES.c.article_id, CAPTURES.c.id.label("capture_id")).join(
                PAGES, PAGES.c.id == CAPTURES.c.page_id
            )
            both = union(read, led.where(PAGES.c.article_id.in_(ids))).subquery()
            query = _captures().join(both, both.c.capture_id == CAPTURES.c.id).add_columns(both.c.article_id)
            for row in self._connection.execute(query.order_by(CAPTURES.c.id)):
                found.setdefault(row.article_id, []).append(_capture(row))
        return found

    def articles_of(self, capture: Capture) -> set[int]:
        """The articles that a capture was read for, or whose page led to them."""
        read = select(REVISIONS.c.article_id).where(REVISIONS.c.capture_id == capture.id)
        led = select(PAGES.c.article_id).join(CAPTURES, CAPTURES.c.page_id == PAGES.c.id)
        led = led.where(CAPTURES.c.id == capture.id, PAGES.c.article_id.is_not(None))
        return set(self._connection.scalars(union(read, led)))

    def in_file(self, name: str) -> list[Capture]:
        """The kept captures that lie in a WARC file, in its order."""
        query = _captures().where(FILES.c.name == name, KEPT).order_by(CAPTURES.c.warc_offset)
        return [_capture(row) for row in self._connection.execute(query)]

    def all(self) -> Iterator[Capture]:
        """Every kept capture in the order of entry, a few at a time."""
        last = 0
        while rows := self._connection.execute(
            _captures().where(CAPTURES.c.id > last, KEPT).order_by(CAPTURES.c.id).limit(_BATCH)
        ).all():
            yield from map(_capture, rows)
            last = rows[-1].id

    def unprocessed(self) -> list[PendingCapture]:
        """Captures that were entered without their outcome (after a crash), newest of each page, oldest first.

        What another portal's run captured, before the page changed hands, had its outcome there.
        """
        unread = and_(
            PAGES.c.state.in_([State.DUE.value, State.LEASED.value]),
            or_(PAGES.c.fetched_utc.is_(None), PAGES.c.fetched_utc < CAPTURES.c.fetched_utc),
            ~exists().where(EXTRACTIONS.c.capture_id == CAPTURES.c.id),
            ~exists().where(RUNS.c.id == CAPTURES.c.run_id, RUNS.c.portal_id != PAGES.c.portal_id),
            KEPT,
        )
        query = _captures().join(PAGES, PAGES.c.id == CAPTURES.c.page_id).where(unread).order_by(CAPTURES.c.id)
        newest = {row.page_id: row for row in self._connection.execute(query)}
        return [PendingCapture(_capture(row), row.page_id, row.run_id) for row in newest.values()]


def _captures() -> Select[Any]:
    return select(CAPTURES, FILES.c.name.label("file")).join(FILES, FILES.c.id == CAPTURES.c.warc_file_id)


def _row(capture: Capture, file_id: int, page_id: int | None, run_id: int | None) -> dict[str, Any]:
    return {
        "page_id": page_id,
        "run_id": run_id,
        "url": storable_url(capture.url),
        "fetched_utc": capture.fetched_utc,
        "status": capture.status,
        "content_type": storable_text(capture.content_type) if capture.content_type else None,
        "payload_digest": capture.payload_digest,
        "payload_bytes": capture.payload_bytes,
        "warc_file_id": file_id,
        "warc_offset": capture.address.offset,
        "warc_length": capture.address.length,
        "record_id": capture.address.record_id,
        "revisit_of": capture.revisit_of,
        "truncated": capture.truncated,
        "notes": storable(dict(capture.notes)),
    }


def _capture(row: Row[Any]) -> Capture:
    return Capture(
        url=row.url,
        fetched_utc=row.fetched_utc,
        status=row.status,
        content_type=row.content_type,
        payload_digest=row.payload_digest,
        payload_bytes=row.payload_bytes,
        address=WarcAddress(row.file, row.warc_offset, row.warc_length, row.record_id),
        revisit_of=row.revisit_of,
        truncated=row.truncated,
        notes=row.notes,
        id=row.id,
        removed_utc=row.removed_utc,
    )
