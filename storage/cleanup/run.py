"""One cleanup from its first step to its last: the same steps are counted in a dry run and done in a real one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from newsroom.config import Config
from newsroom.errors import StorageError
from newsroom.retention import expired_before
from storage.cleanup.ahead import References
from storage.cleanup.anew import Anew
from storage.cleanup.burial import Burial
from storage.cleanup.litter import WarcLitter, old_logs, temporary_files
from storage.cleanup.policy import Policy
from storage.cleanup.removal import Removal
from storage.cleanup.report import Report, Tally
from storage.cleanup.stale import RUNS_AT_ONCE
from storage.cleanup.upkeep import merge_index, tend, would_merge_index, would_vacuum
from storage.corpus import Corpus
from storage.database import Database
from storage.dialect import slices
from storage.owners import dead_owners, free_dead

LOCK_NAME = "cleanup.lock"


class Stopped(Exception):
    """Somebody asked to stop; what is done is done."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller decides about one cleanup."""

    really: bool = False  # else a dry run
    vacuum: bool = False
    stopping: Callable[[], bool] = lambda: False
    progress: Callable[[int, str], None] = lambda records, beside: None  # records looked at, and what is done else


def clean(database: Database, config: Config, policy: Policy, software: str, now: datetime, choices: Choices) -> Report:
    """Clean the corpus up, or say what that would take away.

    Every step is committed before the next begins, so it can be stopped or killed at any moment; another cleanup goes
    on from there. Raises StorageError when another cleanup is at work.
    """
    report = Report(dry_run=not choices.really)
    cleanup = _Cleanup(database, config, policy, software, now, choices, report)
    if not choices.really:
        cleanup.count()
        return report
    with _alone(config.home):
        try:
            cleanup.run()
        except Stopped:
            report.stopped = True
    return report


@dataclass(slots=True)
class _Cleanup:
    database: Database
    config: Config
    policy: Policy
    software: str
    now: datetime
    choices: Choices
    report: Report
    records: int = 0  # looked at

    def count(self) -> None:
        """Count what would go. Nothing is changed."""
        report = self.report
        with self.database.reading() as corpus:
            dead = dead_owners(corpus)
            report.leases = corpus.stale.dead_leases(dead, self.now)
            report.interrupted = corpus.stale.dead_runs(dead)
            burial, removal = self._warc()
            burial.count(corpus)
            removal.count(corpus)
        self._litter().run(dry=True)
        report.runs, report.quarantine = len(self._old_runs()), len(self._old_quarantine())
        for tally, paths in self._old_files():
            for path in paths:
                tally.add(1, 0, path.stat().st_size)
        report.database = {
            "vacuumed": self.choices.vacuum or would_vacuum(self.database),
            "index_merged": would_merge_index(self.database),
        }

    def run(self) -> None:
        """Do it, in an order in which no step changes what a later one was counted to find."""
        report = self.report
        self._delete_runs()
        self._delete_quarantine()
        report.leases, report.interrupted = self.database.write(self._free)
        for step in self._warc():
            step.run()
        self._litter().run(dry=False)
        for tally, paths in self._old_files():
            for path in paths:
                self._look()
                tally.add(1, 0, path.stat().st_size)
                path.unlink(missing_ok=True)
        if is_scattered := would_merge_index(self.database):
            for _ in merge_index(self.database):
                self._look()
                self.choices.progress(self.records, ", merging the search index")
        self._look()
        with self.database.reading() as corpus:
            is_crawled = corpus.stale.live_since(self.now) is not None
        done = tend(self.database, report.changed_tables, vacuum=self.choices.vacuum, is_crawled=is_crawled)
        report.database = {**done, "index_merged": is_scattered}

    # --- steps ----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.choices.stopping():
            raise Stopped

    def _free(self, corpus: Corpus) -> tuple[int, int]:
        freed = free_dead(corpus)
        return freed.pages + corpus.frontier.reclaim(self.now), freed.runs

    def _litter(self) -> WarcLitter:
        return WarcLitter(self.database, self.config.warc_folder, self.now, self.report, self._look)

    def _warc(self) -> tuple[Burial, Removal]:
        folder, report = self.config.warc_folder, self.report

        def look() -> None:
            self._look()
            self.records += 1
            self.choices.progress(self.records, "")

        references = References(folder)
        anew = Anew(self.database, self.software, self.now, look)
        burial = Burial(self.database, folder, self.now, report, self._look, references, anew)
        cutoffs = self.policy.cutoffs(self.now)
        return burial, Removal(self.database, folder, cutoffs, self.now, report, self._look, references, anew, burial)

    def _old_files(self) -> Iterator[tuple[Tally, Iterator[Path]]]:
        before = expired_before(self.policy.logs, self.now)
        if before is not None:
            yield self.report.logs, old_logs(self.config.log_folder, before)
        yield self.report.temporary, temporary_files(self.config.home, self.now)

    def _old_runs(self) -> Sequence[int]:
        before = expired_before(self.policy.runs, self.now)
        if before is None:
            return ()
        with self.database.reading() as corpus:
            free, held = corpus.stale.runs(before, corpus.holds.in_force(self.now))
        self.report.held += held
        return free

    def _old_quarantine(self) -> Sequence[int]:
        before = expired_before(self.policy.quarantine, self.now)
        if before is None:
            return ()
        with self.database.reading() as corpus:
            free, held = corpus.stale.quarantine(before, corpus.holds.in_force(self.now))
        self.report.held += held
        return free

    def _delete_runs(self) -> None:
        for some in slices(self._old_runs(), RUNS_AT_ONCE):
            self._look()
            self.database.write(partial(_delete_runs, some))
            self.report.runs += len(some)

    def _delete_quarantine(self) -> None:
        for some in slices(self._old_quarantine()):
            self._look()
            self.database.write(partial(_delete_quarantine, some))
            self.report.quarantine += len(some)


def _delete_runs(ids: Sequence[int], corpus: Corpus) -> None:
    corpus.stale.delete_runs(ids)


def _delete_quarantine(ids: Sequence[int], corpus: Corpus) -> None:
    corpus.stale.delete_quarantine(ids)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Be the only cleanup of this corpus; the lock goes with the process."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(f"{home}: {error.strerror}; check the path and its permissions") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(f"{home}: another cleanup is at work; try again when it has ended") from None
        yield
    finally:
        os.close(descriptor)
