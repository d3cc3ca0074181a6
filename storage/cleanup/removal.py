"""Expired captures leave their WARC files.

A new file is whole, durable and verified before one transaction points to it and marks what went as removed; only then
is the old file deleted. A kill between any two steps leaves a sound corpus and a leftover that the next cleanup ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.captures.files import OWN_NAME, held
from storage.captures.rewrite import Rewritten
from storage.captures.walk import walk
from storage.cleanup.ahead import References
from storage.cleanup.anew import Anew
from storage.cleanup.burial import Burial
from storage.cleanup.expiry import Expired, WarcFile
from storage.cleanup.judging import Action, FilePlan, Judge, Stays, weigh
from storage.cleanup.policy import Tier
from storage.cleanup.report import Report
from storage.corpus import Corpus
from storage.database import Database

TRIES = 3  # what refers to a file's records may change while it is written anew

Weighed = list[tuple[Expired, int, int]]


@dataclass(frozen=True, slots=True)
class Removal:
    """One pass over the WARC files of a corpus; `look` is called between small steps, and may raise to stop."""

    database: Database
    folder: Path
    cutoffs: Mapping[tuple[str, Tier], datetime]
    now: datetime
    report: Report
    look: Callable[[], None]
    references: References
    anew: Anew
    burial: Burial

    def count(self, corpus: Corpus) -> None:
        """Count what would go. Nothing is changed."""
        judge, gone = self._judge(corpus), set[int]()
        live_since = corpus.stale.live_since(self.now)
        for file in self._candidates(corpus):
            with self._settled(file) as path:
                if path is not None:
                    plan = judge.file(corpus.expiry, file, gone)
                    gone |= plan.ids
                    self._count(plan, _weighed(corpus, plan, path))
                    if plan.action is not Action.NOTHING:
                        self.burial.waits(file, live_since, self.now)

    def run(self) -> None:
        """Take what has expired out of the files, the newest first: so what refers to a record goes before it."""
        with self.database.reading() as corpus:
            candidates = self._candidates(corpus)
        for file in candidates:
            self.look()
            with self._settled(file) as path:
                if path is not None:
                    self._take_out(file, path)

    def _candidates(self, corpus: Corpus) -> list[WarcFile]:
        if not self.cutoffs:
            return []
        files = {file.id: file for file in corpus.expiry.files()}
        old = corpus.expiry.files_older_than(max(self.cutoffs.values()))
        return [files[file_id] for file_id in old if file_id in files]

    @contextmanager
    def _settled(self, file: WarcFile) -> Iterator[Path | None]:
        """The file, locked, when it is one of ours, finished, and all of it is in the database; else None."""
        path = self.folder / file.name
        if not OWN_NAME.match(file.name) or not path.is_file():
            yield None
            return
        with held(path) as mine:
            yield path if mine and path.stat().st_size == file.committed_bytes else None

    def _judge(self, corpus: Corpus) -> Judge:
        return Judge(self.cutoffs, corpus.holds.in_force(self.now), self.references.ahead(corpus), self.now)

    # --- one file -------------------------------------------------------------------------------------------------

    def _take_out(self, file: WarcFile, path: Path) -> None:
        try:
            done = next((done for _ in range(TRIES) if (done := self._try(file, path))), None)
        except ArchiveError as error:
            self.report.problems.append(str(error))
            return
        if done is None:
            return  # whoever changes it so often is busy with it
        plan, weighed = done
        self._count(plan, weighed)
        if plan.action is not Action.NOTHING:
            self.burial.bury(file)

    def _try(self, file: WarcFile, path: Path) -> tuple[FilePlan, Weighed] | None:
        """Plan and carry out; None when the plan was no longer true in the end, and nothing was changed."""
        with self.database.reading() as corpus:
            plan = self._judge(corpus).file(corpus.expiry, file, ())
            weighed = _weighed(corpus, plan, path)
            ids = plan.ids
            stay = [each for each in corpus.captures.in_file(file.name) if each.id not in ids]
        if plan.action is Action.REWRITE:
            drop = frozenset(each.record_id for each in plan.going)
            done = self.anew.write(path, drop.__contains__, stay, lambda corpus, new: self._mark(corpus, plan, new))
            self.report.verified_files += done
        else:
            done = plan.action is Action.NOTHING or self.database.write(lambda corpus: self._mark(corpus, plan, None))
        return (plan, weighed) if done else None

    def _mark(self, corpus: Corpus, plan: FilePlan, new: Rewritten | None) -> bool:
        """The transaction: captures that stay point to the new file, the others are removed, the old file given up."""
        fresh = self._judge(corpus).file(corpus.expiry, plan.file, ())
        if (fresh.ids, fresh.action) != (plan.ids, plan.action):
            return False
        if new is not None:
            corpus.expiry.move(plan.file.id, new.name, new.size, new.offsets, self.now)
        corpus.expiry.remove(sorted(plan.ids), self.now)
        corpus.expiry.retire(plan.file.id, self.now)
        return True

    def _count(self, plan: FilePlan, weighed: Weighed) -> None:
        for reason, number in plan.stays.items():
            self.report.kept[reason.value] += number
        self.report.held += plan.stays[Stays.HELD]
        if plan.action is Action.NOTHING:
            return
        self.report.files[plan.action.value] += 1
        for each, records, size in weighed:
            self.report.tally(each.portal_id, each.tier.value).add(1, records, size)
        is_whole = plan.action is Action.DELETE
        self.report.freed_bytes += plan.file.committed_bytes if is_whole else sum(size for *_, size in weighed)


def _weighed(corpus: Corpus, plan: FilePlan, path: Path) -> Weighed:
    if plan.action is Action.NOTHING:
        return []
    return weigh(plan.going, corpus.expiry.ends(plan.file.id), _head_bytes(path))


def _head_bytes(path: Path) -> int:
    """Where the first record begins that is not about the file itself."""
    try:
        return next((record.offset for record in walk(path) if record.type != "warcinfo"), 0)
    except ArchiveError:
        return 0
