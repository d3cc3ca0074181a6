"""Files that nobody needs: old logs, leftovers of writes that were killed, WARC files that nothing lies in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from newsroom.errors import ArchiveError
from storage.captures.files import (
    OPEN_SUFFIX,
    OWN_NAME,
    PART_SUFFIX,
    closed_name,
    finish_file,
    has_twin,
    held,
    sync_folder,
    warc_files,
)
from storage.captures.repair import cut_torn_tail, next_member
from storage.captures.rewrite import ANSWERS
from storage.captures.walk import DamagedRecord, walk
from storage.cleanup.report import Report
from storage.corpus import Corpus
from storage.database import Database

# An export is `.NAME.PID.part` until it is whole, a portal file `.NAME.toml.` with eight letters behind.
TEMPORARY = re.compile(r"^\..+(\.\d+\.part|\.toml\.[a-z0-9_]{8})$")
TEMPORARY_KEPT = timedelta(days=1)  # whoever still writes such a file has touched it since


def old_logs(folder: Path, before: datetime) -> Iterator[Path]:
    """Files below the folder of logs that nobody has written to since `before`."""
    yield from (path for path in _files(folder) if _is_older(path, before))


def temporary_files(home: Path, now: datetime) -> Iterator[Path]:
    """Old files in `home` that an export or a portal file was being written to when it was killed."""
    for path in _files(home):
        if TEMPORARY.match(path.name) and _is_older(path, now - TEMPORARY_KEPT):
            yield path


def _files(folder: Path) -> Iterator[Path]:
    """Plain files below `folder`; no link is followed."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in sorted(folder.iterdir()):
            if path.is_symlink():
                continue
            if path.is_dir():
                yield from _files(path)
            elif path.is_file():
                yield path


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


@dataclass(slots=True)
class WarcLitter:
    """The WARC folder beside the database: files of dead processes, files that nothing lies in, files not there."""

    database: Database
    folder: Path
    now: datetime
    report: Report
    look: Callable[[], None]

    def run(self, *, dry: bool) -> None:
        """Finish and delete what is to be, unless `dry`, and report what a person should see."""
        with self.database.reading() as corpus:
            known = {file.name: file for file in corpus.expiry.files()}
            retired = corpus.captures.retired()
            used = corpus.expiry.files_with_captures()
        names = set()
        for path in warc_files(self.folder):
            self.look()
            name = closed_name(path)
            names.add(name)
            if not OWN_NAME.match(name):
                self.report.strangers.append(name)
            elif name not in retired:
                file = known.get(name)
                is_used = file is not None and file.id in used
                with held(path) as mine:
                    if mine:
                        self._examine(path, file.committed_bytes if file else 0, is_used=is_used, dry=dry)
        self.report.missing += sorted(name for name, file in known.items() if file.id in used and name not in names)
        for path in self._parts():
            self.report.temporary.add(1, 0, path.stat().st_size)
            if not dry:
                path.unlink()

    def _examine(self, path: Path, committed_bytes: int, *, is_used: bool, dry: bool) -> None:
        """One file that no live process holds."""
        try:
            if has_twin(path):
                self._examine_twin(path, dry=dry)
            elif self._answers(path, committed_bytes if is_used else 0, is_used=is_used):
                if path.name.endswith(OPEN_SUFFIX) or path.stat().st_size > committed_bytes:
                    self.report.recoverable.append(closed_name(path))
            elif not is_used:
                self.report.orphans.add(1, 0, path.stat().st_size)
                if not dry:
                    self._delete(path)
            elif path.name.endswith(OPEN_SUFFIX):
                self.report.files["finished"] += 1
                if not dry:
                    self._finish(path, committed_bytes)
        except ArchiveError as error:
            self.report.problems.append(str(error))

    def _examine_twin(self, path: Path, *, dry: bool) -> None:
        """An open file beside a closed one of its name, which is the one that the corpus reads."""
        if path.stat().st_size:
            self.report.problems.append(f"{path}: {closed_name(path)} is there as well; keep the longer of the two")
        else:
            self.report.orphans.add(1, 0, 0)
            if not dry:
                path.unlink()

    def _answers(self, path: Path, start: int, *, is_used: bool) -> bool:
        """Whether there is an answer from byte `start` on that the corpus has nowhere else."""
        found = []
        try:
            found = [record.record_id for record in walk(path, start) if record.type in ANSWERS]
        except DamagedRecord as damage:
            if damage.offset != start or not damage.torn or next_member(path, damage.offset) is not None:
                return True  # for recovery, or a person, to look at
        if is_used:
            return bool(found)
        with self.database.reading() as corpus:
            lies_in = corpus.expiry.addresses(found)
        name = closed_name(path)
        return not all(each in lies_in and self._is_elsewhere(lies_in[each], name) for each in found)

    def _is_elsewhere(self, file: str | None, here: str) -> bool:
        """Whether a record was removed, or lies in another file, which is there."""
        return file is None or (file != here and (self.folder / file).is_file())

    def _delete(self, path: Path) -> None:
        def give_up(corpus: Corpus) -> None:
            for file in corpus.expiry.files():
                if file.name == closed_name(path):
                    corpus.expiry.retire(file.id, self.now)

        self.database.write(give_up)
        path.unlink()
        sync_folder(self.folder)

    def _finish(self, path: Path, committed_bytes: int) -> None:
        """What the writer's process did not live to do: cut what is torn, take `.open` off the name."""
        cut_torn_tail(path, committed_bytes)
        size, name = path.stat().st_size, closed_name(path)
        finish_file(path)

        def note(corpus: Corpus) -> None:
            corpus.captures.mark({name: size}, self.now)
            corpus.captures.close_file(name, self.now)

        self.database.write(note)

    def _parts(self) -> Iterator[Path]:
        """New files that a killed cleanup had not finished; the one that runs now is not among them."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.glob(f"*{PART_SUFFIX}")):
            if OWN_NAME.match(path.name.removesuffix(PART_SUFFIX)):
                with held(path) as mine:
                    if mine:
                        yield path
