"""A WARC file without some of its records: what stays is copied byte for byte into a new file."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from newsroom.errors import ArchiveError
from storage.captures import layout
from storage.captures.files import PART_SUFFIX, begin_file, finish_file, refused
from storage.captures.walk import WalkedRecord, open_warc, walk

COPY_BYTES = 1 << 20
ANSWERS = frozenset({"response", "revisit"})


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A whole, durable file under its preliminary name."""

    part: Path
    size: int
    offsets: Mapping[str, int]  # of the answers in it, by record id
    dropped_records: int
    dropped_bytes: int

    @property
    def name(self) -> str:
        """What it is called once it is named."""
        return self.part.name.removesuffix(PART_SUFFIX)

    def take_name(self) -> Path:
        """Give the file its name, durably; where it lies now."""
        return finish_file(self.part)


def rewrite(
    path: Path,
    goes: Callable[[str], bool],
    *,
    taken: Collection[str],
    software: str,
    now: datetime,
    look: Callable[[], None] = lambda: None,
) -> Rewritten:
    """Copy every record of `path` but the answers whose id `goes`, and the requests and metadata that are theirs.

    The new file lies beside the old one, under a name that is not among the `taken`; it begins with a warcinfo record
    that names the old one, whose own follows. The bytes of kept records stay as they are, so their digests and lengths
    do. `look` is called before each record, and may raise. Raises ArchiveError when a record is damaged or the disk
    refuses; then, as after anything that `look` raises, there is no new file.
    """
    try:
        name, descriptor = begin_file(path.parent, now, PART_SUFFIX, taken)
    except OSError as error:
        raise refused(path.parent, error) from error
    part = path.with_name(name + PART_SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as out:
            done = _copy(path, goes, out, part, _warcinfo(path, part, software, now), look)
            out.flush()
            os.fsync(out.fileno())
        return done
    except OSError as error:
        part.unlink(missing_ok=True)
        raise refused(part, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _copy(
    path: Path, goes: Callable[[str], bool], out: BinaryIO, part: Path, head: bytes, look: Callable[[], None]
) -> Rewritten:
    offsets: dict[str, int] = {}
    dropped_records = dropped_bytes = 0
    size = out.write(head)
    with open_warc(path) as source:
        for record in walk(path):
            look()
            if _is_out(record, goes):
                dropped_records += 1
                dropped_bytes += record.length
                continue
            if record.type in ANSWERS:
                offsets[record.record_id] = size
            _copy_bytes(source, record, out)
            size += record.length
    return Rewritten(part, size, offsets, dropped_records, dropped_bytes)


def _is_out(record: WalkedRecord, goes: Callable[[str], bool]) -> bool:
    if record.type in ANSWERS:
        return goes(record.record_id)
    if record.type in {"request", "metadata"}:
        named = (record.header("WARC-Concurrent-To"), record.header("WARC-Refers-To"))
        return any(goes(each) for each in named if each)
    return False


def _copy_bytes(source: BinaryIO, record: WalkedRecord, out: BinaryIO) -> None:
    source.seek(record.offset)
    left = record.length
    while left:
        piece = source.read(min(left, COPY_BYTES))
        if not piece:
            raise ArchiveError(f"{source.name}: became shorter while it was read; check the disk")
        left -= out.write(piece)


def _warcinfo(old: Path, part: Path, software: str, now: datetime) -> bytes:
    name = part.name.removesuffix(PART_SUFFIX)
    said = f"records of {old.name} that were kept when others had expired; bytes unchanged"
    info = {"software": software, "format": "WARC File Format 1.1", "description": said}
    return layout.warcinfo(name, now, info).data
