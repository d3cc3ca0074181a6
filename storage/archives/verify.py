"""Look at an archive without taking anything in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.archives.files import Unread, archives_in
from storage.archives.reading import read_archive
from storage.archives.records import ArchivedRecord, Damage


@dataclass(slots=True)
class Verified:
    """What an archive holds, and what is wrong with it."""

    records: int = 0
    bad_digests: list[str] = field(default_factory=list)  # the records that state a digest that is not theirs
    torn_at: int | None = None  # the byte at which the first record begins that ends too early
    problems: list[str] = field(default_factory=list)  # everything wrong, each with its place


def iter_warc(path: Path | str) -> Iterator[ArchivedRecord | Damage]:
    """Every record of a WARC, ARC or WACZ file, and every place where it is damaged.

    Raises ArchiveError when `path` is no archive that can be read.
    """
    for archive in archives_in([Path(path)]):
        if isinstance(archive, Unread):
            raise ArchiveError(f"{archive.name}: {archive.why}")
        with archive.open() as file:
            yield from read_archive(file)


def verify_warc(path: Path | str) -> Verified:
    """Count the records of an archive, recompute their digests, and say where it is damaged; damage never raises."""
    found = Verified()
    try:
        for each in iter_warc(path):
            if isinstance(each, Damage):
                found.problems.append(f"record at byte {each.place} {each.problem}")
                if each.torn and found.torn_at is None:
                    found.torn_at = each.place.offset
                continue
            found.records += 1
            if each.block_ok is False or each.payload_ok is False:
                name = each.record_id or f"the record at byte {each.place}"
                found.bad_digests.append(name)
                part = "block" if each.block_ok is False else "payload"
                found.problems.append(f"record at byte {each.place}: its {part} does not have its digest")
    except ArchiveError as error:
        found.problems.append(str(error))
    return found
