"""Expired captures leave their WARC files.

A new file is whole, durable and verified before one transaction points to it and marks what went as removed; only then
is the old file deleted, and only when no crawl is left that began before: such a crawl may be writing a record that
refers to one that went. A kill between any two steps leaves a sound corpus and a leftover that the next cleanup ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError
from newsroom.records import Capture
from storage.captures.files import OWN_NAME, closed_name, held, sync_folder, warc_files
from storage.captures.rewrite import Rewritten, rewrite
from storage.captures.verify import verify_file
from storage.captures.walk import DamagedRecord, walk
from storage.cleanup.expiry import Expired, WarcFile
from storage.cleanup.judging import Action, FilePlan, Judge, Stays, weigh
from storage.cleanup.policy import Tier
from storage.cleanup.report import Report
from storage.corpus import Corpus
from storage.database import Database

TRIES = 3  # what refers to a file's records may change while it is written anew


@dataclass(slots=True)
class Removal:
    """One pass over the WARC files of a corpus."""

    database: Database
    folder: Path
    cutoffs: Mapping[tuple[str, Tier], datetime]
    software: str
    now: datetime
    report: Report
    look: Callable[[], None]  # called between small steps; may raise to stop
    progress: Callable[[int], None]  # told how many records have been looked at
    _records: int = 0
    _seen: dict[tuple[str, int, int], set[str]] = field(default_factory=dict)  # references by file, start and size

    def plan(self) -> None:
        """Count what would go. Nothing is changed."""
        with self.database.reading() as corpus:
            judge, gone = self._judge(corpus), set[int]()
            live_since = corpus.stale.live_since(self.now)
            for file in corpus.expiry.files(removed=True):
                if self._is_there(file.name) and not self._must_wait(file, live_since, file.removed_utc or self.now):
                    self.report.files["leftovers"] += 1
            for file in self._candidates(corpus):
                with self._settled(file) as path:
                    if path is not None:
                        plan = judge.file(corpus.expiry, file, gone)
                        gone |= plan.ids
                        self._count(plan, self._weighed(corpus, plan, path))
                        if plan.action is not Action.NOTHING:
                            self._must_wait(file, live_since, self.now)

    def run(self) -> None:
        """Take what has expired out of the files, the newest file first: what refers to a record goes before it."""
        with self.database.reading() as corpus:
            candidates = self._candidates(corpus)
        for file in candidates:
            self.look()
            with self._settled(file) as path:
                if path is not None:
                    self._take_out(file, path)

    def bury(self) -> None:
        """Delete the files that were given up, where nothing can refer to what was removed from them any more."""
        with self.database.reading() as corpus:
            retired = [file for file in corpus.expiry.files(removed=True) if self._is_there(file.name)]
        for file in retired:
            self.look()
            self.report.files["leftovers"] += self._bury(file, file.removed_utc or self.now)

    def _step(self) -> None:
        self.look()
        self._records += 1
        self.progress(self._records)

    # --- which files ----------------------------------------------------------------------------------------------

    def _candidates(self, corpus: Corpus) -> list[WarcFile]:
        if not self.cutoffs:
            return []
        old = corpus.expiry.files_older_than(max(self.cutoffs.values()))
        return [file for file in corpus.expiry.files() if file.id in old]

    @contextmanager
    def _settled(self, file: WarcFile) -> Iterator[Path | None]:
        """The file, locked, when it is one of ours, finished, and all of it is in the database; else None."""
        path = self.folder / file.name
        if not OWN_NAME.match(file.name) or not path.is_file():
            yield None
            return
        with held(path) as mine:
            yield path if mine and path.stat().st_size == file.committed_bytes else None

    def _is_there(self, name: str) -> bool:
        return bool(OWN_NAME.match(name)) and (self.folder / name).is_file()

    def _judge(self, corpus: Corpus) -> Judge:
        return Judge(self.cutoffs, corpus.holds.in_force(self.now), self._references_ahead(corpus), self.now)

    # --- one file -------------------------------------------------------------------------------------------------

    def _take_out(self, file: WarcFile, path: Path) -> None:
        for _ in range(TRIES):
            with self.database.reading() as corpus:
                plan = self._judge(corpus).file(corpus.expiry, file, ())
                weighed = self._weighed(corpus, plan, path)
            try:
                done = self._apply(plan, path)
            except ArchiveError as error:
                self.report.problems.append(str(error))
                return
            if done:
                break
        else:
            return  # whoever changes it so often is busy with it
        self._count(plan, weighed)
        if plan.action is not Action.NOTHING:
            self._bury(file, self.now)

    def _apply(self, plan: FilePlan, path: Path) -> bool:
        """Carry out a plan; False when it is no longer true."""
        if plan.action is Action.NOTHING:
            return True
        if plan.action is Action.DELETE:
            return self.database.write(lambda corpus: self._mark(corpus, plan, None))
        with self.database.reading() as corpus:
            taken = corpus.expiry.names()
            kept = [each for each in corpus.captures.in_file(plan.file.name) if each.id not in plan.ids]
        drop = frozenset(each.record_id for each in plan.going)
        new = rewrite(path, drop, taken=taken, software=self.software, now=self.now, look=self._step)
        named: Path | None = None
        try:
            _check(new, kept)
            named = new.take_name()
            done = self.database.write(lambda corpus: self._mark(corpus, plan, new))
        except BaseException:
            self._discard(new.part, named)
            raise
        if not done:
            self._discard(new.part, named)
        self.report.verified_files += done
        return done

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

    def _discard(self, part: Path, named: Path | None) -> None:
        """Take a new file away, unless the database points to it after all: a commit can be durable and unheard of."""
        part.unlink(missing_ok=True)
        if named is None:
            return
        with self.database.reading() as corpus:
            if named.name in corpus.expiry.names():
                return
        named.unlink(missing_ok=True)

    # --- files that were given up ---------------------------------------------------------------------------------

    def _bury(self, file: WarcFile, removed_utc: datetime) -> bool:
        """Delete a file that was given up; or leave it for the next time; or take it back. True when it is deleted."""
        path = self.folder / file.name
        with self.database.reading() as corpus:
            live_since = corpus.stale.live_since(self.now)
        if self._must_wait(file, live_since, removed_utc):
            return False
        if self.database.write(lambda corpus: self._take_back(corpus, file)):
            self.report.files["restored"] += 1
            return False
        path.unlink(missing_ok=True)
        sync_folder(self.folder)
        return True

    def _must_wait(self, file: WarcFile, live_since: datetime | None, removed_utc: datetime) -> bool:
        """Whether a crawl is left that began before the file was given up."""
        if live_since is None or live_since > removed_utc:
            return False
        self.report.files["pending"] += 1
        self.report.pending_bytes += (self.folder / file.name).stat().st_size
        return True

    def _take_back(self, corpus: Corpus, file: WarcFile) -> bool:
        """Take back what a revisit refers to that came when its original was being removed; whether there was any."""
        removed = corpus.expiry.removed_records(file.id)
        needed = {record for record, _ in corpus.expiry.referrers(removed)}
        needed |= self._references_ahead(corpus) & set(removed)
        if needed:
            corpus.expiry.restore(needed)
            corpus.expiry.retire(file.id, None)
        return bool(needed)

    def _references_ahead(self, corpus: Corpus) -> set[str]:
        """Record ids that revisits refer to which are in our files and not yet in the database."""
        marks = corpus.captures.watermarks()
        found: set[str] = set()
        for path in warc_files(self.folder):
            name = closed_name(path)
            if OWN_NAME.match(name):
                found |= self._references_behind(path, marks.get(name, 0))
        return found

    def _references_behind(self, path: Path, start: int) -> set[str]:
        try:
            size = path.stat().st_size
            if size <= start:
                return set()
            key = (closed_name(path), start, size)
            if key not in self._seen:
                self._seen[key] = _references(path, start)
            return self._seen[key]
        except (ArchiveError, FileNotFoundError):
            closed = path.with_name(closed_name(path))
            if path != closed and closed.exists():  # its writer has just closed it
                return self._references_behind(closed, start)
            raise

    # --- counting -------------------------------------------------------------------------------------------------

    def _weighed(self, corpus: Corpus, plan: FilePlan, path: Path) -> list[tuple[Expired, int, int]]:
        if plan.action is Action.NOTHING:
            return []
        return weigh(plan.going, corpus.expiry.ends(plan.file.id), _head_bytes(path))

    def _count(self, plan: FilePlan, weighed: list[tuple[Expired, int, int]]) -> None:
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


def _references(path: Path, start: int) -> set[str]:
    found: set[str] = set()
    try:
        for record in walk(path, start):
            if record.type == "revisit" and (original := record.header("WARC-Refers-To")):
                found.add(original)
    except DamagedRecord:
        pass  # being written, or torn: what is behind it is lost anyway
    return found


def _check(new: Rewritten, kept: list[Capture]) -> None:
    """Raise ArchiveError unless the new file holds every capture that stays, whole and with its digests."""
    lost = [each for each in kept if each.address.record_id not in new.offsets]
    moved = [_at(each, new) for each in kept if each.address.record_id in new.offsets]
    report = verify_file(new.part, moved)
    if lost or not report.ok:
        first = next(iter([*report.torn, *report.bad_digests, *report.missing]), None)
        what = f"{first.url}: {first.problem}" if first else f"{lost[0].url}: its record is not in the old file"
        raise ArchiveError(f"{new.name}: could not be verified, the old file stays ({what}); run copydesk verify")


def _at(capture: Capture, new: Rewritten) -> Capture:
    address = capture.address
    return replace(capture, address=replace(address, file=new.part.name, offset=new.offsets[address.record_id]))


def _head_bytes(path: Path) -> int:
    """Where the first record begins that is not about the file itself."""
    try:
        return next((record.offset for record in walk(path) if record.type != "warcinfo"), 0)
    except ArchiveError:
        return 0
