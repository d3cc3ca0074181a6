"""How far each archive of others has been read, so that an import goes on where it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from newsroom.errors import StorageError
from storage.archives.files import ArchiveFile
from storage.archives.records import START, Place
from storage.dialect import table, upsert
from storage.storable import storable_text

ARCHIVES = table("archives")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an archive has been read."""

    place: Place = START
    records: int = 0
    finished_utc: datetime | None = None


class Archives:
    """The archives of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, digest: str) -> Mark:
        """How far the archive with this digest has been read; the start of one that is new."""
        row = self._connection.execute(select(ARCHIVES).where(ARCHIVES.c.digest == digest)).first()
        return Mark(Place(row.next_offset, row.next_within), row.records, row.finished_utc) if row else Mark()

    def put(self, archive: ArchiveFile, mark: Mark, now: datetime, *, after: Mark) -> None:
        """Note how far it has been read, where that was `after` so far.

        Raises StorageError when it was not: another import reads the same archive.
        """
        values: dict[str, Any] = {
            "next_offset": mark.place.offset,
            "next_within": mark.place.within,
            "records": mark.records,
            "finished_utc": mark.finished_utc,
        }
        at = (ARCHIVES.c.next_offset == after.place.offset, ARCHIVES.c.next_within == after.place.within)
        known = update(ARCHIVES).where(ARCHIVES.c.digest == archive.digest, *at).values(values)
        if self._connection.execute(known).rowcount:
            return
        fresh = {"digest": archive.digest, "name": storable_text(archive.name), "file_bytes": archive.size}
        insert = upsert(self._connection, ARCHIVES).on_conflict_do_nothing()
        if after != Mark() or not self._connection.execute(insert, {**fresh, "first_utc": now, **values}).rowcount:
            raise StorageError(
                f"{archive.name}: another import is storing this archive; run this one again when that has ended"
            )
