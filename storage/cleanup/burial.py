"""WARC files that were given up are deleted once nothing can refer any more to what was removed from them.

A crawl that began before may have looked an original up that was removed a moment later. So a file waits until no such
crawl is left; what one has come to refer to is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.captures.files import OWN_NAME, sync_folder
from storage.captures.rewrite import Rewritten
from storage.cleanup.ahead import References
from storage.cleanup.anew import Anew
from storage.cleanup.expiry import WarcFile
from storage.cleanup.report import Report
from storage.corpus import Corpus
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Burial:
    """The files that were given up, of one cleanup."""

    database: Database
    folder: Path
    now: datetime
    report: Report
    look: Callable[[], None]
    references: References
    anew: Anew

    def count(self, corpus: Corpus) -> None:
        """Count what would be deleted. Nothing is changed."""
        live_since = corpus.stale.live_since(self.now)
        for file in self._there(corpus):
            if not self.waits(file, live_since, file.removed_utc or self.now):
                self.report.files["leftovers"] += 1

    def run(self) -> None:
        """Delete what an earlier cleanup gave up and could not delete."""
        with self.database.reading() as corpus:
            live_since = corpus.stale.live_since(self.now)
            files = [
                file for file in self._there(corpus) if not self.waits(file, live_since, file.removed_utc or self.now)
            ]
        damaged: set[int] = set()
        while any(self._take_back(file, damaged) for file in files):
            pass  # what is taken back may itself refer to something
        for file in files:
            self.look()
            if file.id not in damaged:
                self._delete(file)
                self.report.files["leftovers"] += 1

    def bury(self, file: WarcFile) -> None:
        """Delete a file that was given up just now, unless it has to wait."""
        with self.database.reading() as corpus:
            live_since = corpus.stale.live_since(self.now)
        damaged: set[int] = set()
        if not self.waits(file, live_since, self.now):
            self._take_back(file, damaged)
            if not damaged:
                self._delete(file)

    def waits(self, file: WarcFile, live_since: datetime | None, removed_utc: datetime) -> bool:
        """Whether a crawl is left that began before the file was given up; if so, the file is counted."""
        if live_since is None or live_since > removed_utc:
            return False
        self.report.files["pending"] += 1
        self.report.pending_bytes += (self.folder / file.name).stat().st_size
        return True

    def _there(self, corpus: Corpus) -> list[WarcFile]:
        given_up = corpus.expiry.files(removed=True)
        return [file for file in given_up if OWN_NAME.match(file.name) and (self.folder / file.name).is_file()]

    def _delete(self, file: WarcFile) -> None:
        (self.folder / file.name).unlink(missing_ok=True)
        sync_folder(self.folder)

    def _take_back(self, file: WarcFile, damaged: set[int]) -> int:
        """Put what is referred to after all into a file of its own; the number of captures."""
        if file.id in damaged:
            return 0
        with self.database.reading() as corpus:
            removed = corpus.expiry.removed_records(file.id)
            needed = {record for record, _ in corpus.expiry.referrers(removed)}
            needed |= self.references.ahead(corpus).intersection(removed)
            captures = [capture for record in sorted(needed) if (capture := corpus.captures.removed(record))]
        if not needed:
            return 0

        def commit(corpus: Corpus, new: Rewritten) -> bool:
            corpus.expiry.move(file.id, new.name, new.size, new.offsets, self.now)
            corpus.expiry.restore(needed)
            return True

        try:
            self.anew.write(self.folder / file.name, _all_but(needed), captures, commit)
        except ArchiveError as error:
            damaged.add(file.id)
            self.report.problems.append(str(error))
            return 0
        self.report.restored += len(needed)
        return len(needed)


def _all_but(kept: Collection[str]) -> Callable[[str], bool]:
    return lambda record_id: record_id not in kept
