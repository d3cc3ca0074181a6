"""After a crash: what reached the WARC files but not the database."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsroom.errors import ArchiveError
from newsroom.records import Capture, WarcAddress
from storage.captures.files import (
    OPEN_SUFFIX,
    OWN_NAME,
    closed_name,
    finish_file,
    has_twin,
    held,
    sync_folder,
    warc_files,
)
from storage.captures.layout import sha256
from storage.captures.reader import StoredResponse, parse_response
from storage.captures.repair import cut_torn_tail
from storage.captures.walk import WalkedRecord, read_record, walk
from storage.captures.writer import content_type


@dataclass(frozen=True, slots=True)
class RecoveredCapture:
    """A capture found behind the watermark, with the answer it holds (a revisit without its payload)."""

    capture: Capture
    response: StoredResponse

    @property
    def committed_bytes(self) -> int:
        """The watermark of its file once it and all before it are in the database."""
        return self.capture.address.offset + self.capture.address.length


def recover(
    folder: Path, committed: Mapping[str, int], in_use: Callable[[str], bool] = lambda name: False
) -> Generator[RecoveredCapture]:
    """Every capture behind the watermarks `committed` (bytes by file name), in the order they were written.

    Looks at our own files that no live process holds: cuts the torn tail, makes the rest durable, gives what it holds,
    and takes `.open` off the name once the caller has come for the next file. `in_use` names files to leave alone,
    for folders shared with machines whose locks we cannot see. An open file beside a closed one of its name, as two
    backups in one folder leave it, is left alone. A watermark may be behind the truth: then captures come again, with
    the record id they had, until the caller has raised it to their `committed_bytes`.
    """
    for path in warc_files(folder):
        name = closed_name(path)
        if OWN_NAME.match(name) and not in_use(name) and not has_twin(path) and _has_more(path, committed.get(name, 0)):
            with held(path) as mine:
                if mine:
                    yield from _settle(path, committed.get(name, 0))


def capture_of(record: WalkedRecord, response: StoredResponse, file: str) -> Capture:
    """The capture that the writer returned when it wrote `record` to `file`."""
    is_payload_elsewhere = record.type == "revisit" and response.status != 304
    return Capture(
        url=response.url,
        fetched_utc=response.fetched_utc,
        status=response.status,
        content_type=content_type(response.headers),
        payload_digest=(is_payload_elsewhere and record.header("WARC-Payload-Digest")) or sha256(response.body),
        payload_bytes=_stated_length(response) if is_payload_elsewhere else len(response.body),
        address=WarcAddress(file, record.offset, record.length, record.record_id),
        revisit_of=response.revisit_of,
        truncated=response.truncated,
        notes=response.notes,
    )


def _has_more(path: Path, committed_bytes: int) -> bool:
    try:
        return path.name.endswith(OPEN_SUFFIX) or path.stat().st_size > committed_bytes
    except FileNotFoundError:  # its writer, or another recovery, has just renamed it
        return False


def _settle(path: Path, start: int) -> Iterator[RecoveredCapture]:
    cut_torn_tail(path, start)
    _sync(path)  # kill -9 leaves records in the page cache: the database must not get ahead of them
    yield from _captures_behind(path, start)
    if not path.name.endswith(OPEN_SUFFIX):
        return
    if path.stat().st_size:
        finish_file(path)
    else:
        path.unlink()
        sync_folder(path.parent)


def _captures_behind(path: Path, start: int) -> Iterator[RecoveredCapture]:
    for record in walk(path, start):
        if record.type in {"response", "revisit"}:
            response = parse_response(*read_record(path, record.offset))
            if response:
                yield RecoveredCapture(capture_of(record, response, closed_name(path)), response)


def _sync(path: Path) -> None:
    try:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}; check the disk, then start again") from error


def _stated_length(response: StoredResponse) -> int:
    text = response.header("Content-Length") or ""
    return int(text) if text.isascii() and text.isdigit() else 0
