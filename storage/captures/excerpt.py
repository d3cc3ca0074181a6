"""Single records out of WARC files: an answer with its request, as the gzip members they are."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from newsroom.errors import ArchiveError
from newsroom.records import WarcAddress
from storage.captures import layout
from storage.captures.files import find_file
from storage.captures.pieces import GZIP_MAGIC
from storage.captures.walk import DamagedRecord, WalkedRecord, open_warc, read_record

_REQUEST_BYTES = 1 << 16  # how far before an answer its request may begin


def members(folder: Path, address: WarcAddress) -> list[bytes]:
    """The request that belongs to the answer at `address`, where it lies right beside it, and the answer.

    Bytes are as in the file; a record of a file that is not compressed is made a gzip member. Raises ArchiveError
    when the answer is missing, damaged or another one.
    """
    path = find_file(folder, address.file)
    if not path.exists():
        path = find_file(folder, address.file)  # its writer may just have closed it
    answer, _ = read_record(path, address.offset)
    if answer.record_id != address.record_id:
        raise ArchiveError(
            f"{path}: the record at byte {address.offset} is {answer.record_id}, not {address.record_id}; "
            "run copydesk verify"
        )
    with open_warc(path) as file:
        asked = _request_before(file, path, answer) or _request_after(path, answer)
        return [_member(file, record) for record in (asked, answer) if record is not None]


def _member(file: BinaryIO, record: WalkedRecord) -> bytes:
    file.seek(record.offset)
    data = file.read(record.length)
    return data if data.startswith(GZIP_MAGIC) else layout.compress([data])


def _request_before(file: BinaryIO, path: Path, answer: WalkedRecord) -> WalkedRecord | None:
    """The request whose member ends where the answer begins: our files have it there."""
    start = max(0, answer.offset - _REQUEST_BYTES)
    file.seek(start)
    before = file.read(answer.offset - start)
    at = len(before)
    while (at := before.rfind(GZIP_MAGIC, 0, at + len(GZIP_MAGIC) - 1)) >= 0:
        found = _whole(path, start + at)  # the same three bytes may stand inside a member
        if found is not None and found.end == answer.offset:
            return found if _is_request_for(found, answer) else None
    return None


def _request_after(path: Path, answer: WalkedRecord) -> WalkedRecord | None:
    found = _whole(path, answer.end)
    return found if found is not None and _is_request_for(found, answer) else None


def _whole(path: Path, offset: int) -> WalkedRecord | None:
    try:
        return read_record(path, offset)[0]
    except DamagedRecord:
        return None


def _is_request_for(record: WalkedRecord, answer: WalkedRecord) -> bool:
    return record.type == "request" and record.header("WARC-Concurrent-To") == answer.record_id
