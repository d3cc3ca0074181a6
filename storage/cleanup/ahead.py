"""What answers refer to that are in our WARC files and not yet in the database: written just now, or before a crash."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.captures.files import OWN_NAME, closed_name, warc_files
from storage.captures.walk import DamagedRecord, walk
from storage.corpus import Corpus


@dataclass(frozen=True, slots=True)
class References:
    """The record ids that revisits behind the watermarks refer to; what was read once is remembered."""

    folder: Path
    _read: dict[tuple[str, int, int], set[str]] = field(default_factory=dict)  # by file, start and size

    def ahead(self, corpus: Corpus) -> set[str]:
        """Those of this moment."""
        marks = corpus.captures.watermarks()
        found: set[str] = set()
        for path in warc_files(self.folder):
            name = closed_name(path)
            if OWN_NAME.match(name):
                found |= self._behind(path, marks.get(name, 0))
        return found

    def _behind(self, path: Path, start: int) -> set[str]:
        try:
            size = path.stat().st_size
            if size <= start:
                return set()
            key = (closed_name(path), start, size)
            if key not in self._read:
                self._read[key] = _references(path, start)
            return self._read[key]
        except (ArchiveError, FileNotFoundError):
            closed = path.with_name(closed_name(path))
            if path != closed and closed.exists():  # its writer has just closed it
                return self._behind(closed, start)
            raise


def _references(path: Path, start: int) -> set[str]:
    found: set[str] = set()
    try:
        for record in walk(path, start):
            if record.type == "revisit" and (original := record.header("WARC-Refers-To")):
                found.add(original)
    except DamagedRecord:
        pass  # being written, or torn: what is behind it is lost anyway
    return found
