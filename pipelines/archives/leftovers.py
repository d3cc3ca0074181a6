"""What a killed import left: captures in our own WARC files that the database does not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.captures.files import find_file
from storage.captures.recover import RecoveredCapture, recover
from storage.captures.walk import read_record
from storage.corpus import Corpus
from storage.database import Database

PART_OF = "copydesk import"  # what the warcinfo record of a file says that an import writes


def take_up(database: Database, folder: Path, clock: Callable[[], datetime]) -> int:
    """Enter the captures that a killed import wrote and did not enter, without a page; how many.

    When their records come again, they are found and not written twice. Files of crawls are left to crawls.
    """
    with database.reading() as corpus:
        marks = corpus.captures.watermarks()
    taken = 0
    for found in recover(folder, marks, in_use=lambda name: not is_of_import(folder, name)):
        database.write(partial(_enter, found, clock()))
        taken += 1
    return taken


def is_of_import(folder: Path, name: str) -> bool:
    """Whether an import wrote this WARC file."""
    try:
        record, block = read_record(find_file(folder, name), 0)
    except ArchiveError:
        return False
    return record.type == "warcinfo" and f"isPartOf: {PART_OF}\r\n".encode() in block


def _enter(found: RecoveredCapture, now: datetime, corpus: Corpus) -> None:
    corpus.captures.put(found.capture, now)
    corpus.captures.mark({found.capture.address.file: found.committed_bytes}, now)
