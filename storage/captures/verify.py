"""Check every WARC file against itself and against the captures that the database knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from newsroom.errors import ArchiveError
from newsroom.records import Capture
from storage.captures.files import OWN_NAME, closed_name, held, warc_files
from storage.captures.repair import cut_torn_tail, next_member
from storage.captures.walk import DamagedRecord, WalkedRecord, walk

PROGRESS_EVERY = 1000  # records

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at one place in one file."""

    file: str
    offset: int
    problem: str
    url: str = ""


@dataclass(slots=True)
class Report:
    """What a verification saw."""

    files: int = 0
    records: int = 0
    read_bytes: int = 0
    torn: list[Finding] = field(default_factory=list)  # records that are not whole, at the end or in the middle
    bad_digests: list[Finding] = field(default_factory=list)  # bytes or database disagree with a digest
    missing: list[Finding] = field(default_factory=list)  # captures, or originals of revisits, that are not there
    unreferenced: int = 0  # whole answers that the database does not know; the next crawl takes them in
    retired: list[str] = field(default_factory=list)  # files that cleanup has given up and that wait to be deleted
    cut_bytes: int = 0  # torn tails removed by repair
    live: list[str] = field(default_factory=list)  # files being written now: read, but only their captures are judged

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged or missing; a torn tail that was cut off counts as mended."""
        return not (self.torn or self.bad_digests or self.missing)


class _Claim(NamedTuple):
    """What the database says lies at an offset."""

    record_id: str
    length: int
    payload_digest: str | None  # None: a 304, which has no payload
    url: str


class _Ledger:
    """The captures still to be found, by file and offset."""

    def __init__(self, captures: Iterable[Capture]) -> None:
        self.claims: dict[str, dict[int, _Claim]] = {}
        self._records: set[str] = set()
        self._originals: dict[str, Finding] = {}
        for capture in captures:
            where = capture.address
            digest = None if capture.status == 304 else capture.payload_digest
            claim = _Claim(where.record_id, where.length, digest, capture.url)
            self.claims.setdefault(where.file, {})[where.offset] = claim
            self._records.add(where.record_id)
            if capture.revisit_of:
                problem = f"refers to {capture.revisit_of}, which no capture is"
                self._originals[capture.revisit_of] = Finding(where.file, where.offset, problem, capture.url)

    def take(self, file: str, offset: int) -> _Claim | None:
        """The claim on the record at `offset`, which is thereby found."""
        return self.claims.get(file, {}).pop(offset, None)

    def is_claimed_from(self, file: str, offset: int) -> bool:
        """Whether a capture is said to lie at `offset` or behind it."""
        return any(claimed >= offset for claimed in self.claims.get(file, {}))

    def claims_left(self) -> Iterator[Finding]:
        """The captures that no file held."""
        for file, claims in sorted(self.claims.items()):
            for offset, claim in sorted(claims.items()):
                yield Finding(file, offset, f"no whole record {claim.record_id} here", claim.url)

    def not_found(self) -> Iterator[Finding]:
        """The captures that no file held, and the originals that are no captures."""
        yield from self.claims_left()
        for record_id, finding in self._originals.items():
            if record_id not in self._records:
                yield finding


def verify(
    folder: Path,
    captures: Iterable[Capture],
    *,
    retired: Collection[str] = (),
    repair: bool = False,
    progress: Progress = lambda file, records: None,
) -> Report:
    """Recompute every digest in `folder` and look for every capture.

    With `repair`, torn tails of our own files are cut, unless a capture is said to lie there. A file held by a live
    process is never changed; one of the `retired`, of which the corpus holds nothing any more, is not even read.
    `progress` is told the file and its records so far. Memory: about 300 bytes a capture.
    """
    report = Report()
    ledger = _Ledger(captures)
    for path in warc_files(folder):
        if closed_name(path) in retired:
            report.retired.append(closed_name(path))
            continue
        with held(path) as mine:
            # Not ours and gone: its writer has just closed it.
            there = path if mine or path.exists() else folder / closed_name(path)
            _FileCheck(there, ledger, report, live=not mine, repair=repair and mine).run(progress)
    report.missing.extend(ledger.not_found())
    return report


def verify_file(path: Path, captures: Iterable[Capture]) -> Report:
    """Recompute every digest of one file, and look for the captures that are to lie in it. Nothing is changed."""
    report = Report()
    ledger = _Ledger(captures)
    _FileCheck(path, ledger, report, live=False, repair=False).run(lambda file, records: None)
    report.missing.extend(ledger.claims_left())
    return report


@dataclass(slots=True)
class _FileCheck:
    """The verification of one file."""

    path: Path
    ledger: _Ledger
    report: Report
    live: bool
    repair: bool
    name: str = field(init=False)
    records: int = 0

    def __post_init__(self) -> None:
        self.name = closed_name(self.path)

    def run(self, progress: Progress) -> None:
        """Judge every record, going on behind a damaged one where the next begins."""
        self.report.files += 1
        if self.live:
            self.report.live.append(self.name)
        offset: int | None = 0
        while offset is not None:
            try:
                for record in walk(self.path, offset, check=True):
                    self._judge(record)
                    self.records += 1
                    if self.records % PROGRESS_EVERY == 0:
                        progress(self.name, self.records)
                offset = None
            except DamagedRecord as damage:
                offset = self._damaged(damage)
            except ArchiveError as error:
                self._note(self.report.torn, offset or 0, str(error))
                offset = None
        progress(self.name, self.records)

    def _judge(self, record: WalkedRecord) -> None:
        self.report.records += 1
        self.report.read_bytes += record.length
        claim = None
        if record.type in {"response", "revisit"}:
            claim = self.ledger.take(self.name, record.offset)
            if claim is None and not self.live:
                self.report.unreferenced += 1
        if record.block_ok is False or record.payload_ok is False:
            part = "payload" if record.block_ok else "block"
            self._note(self.report.bad_digests, record.offset, f"its {part} does not have its digest", record.url)
        if claim:
            self._compare(record, claim)

    def _compare(self, record: WalkedRecord, claim: _Claim) -> None:
        if (record.record_id, record.length) != (claim.record_id, claim.length):
            problem = f"{record.record_id} of {record.length} bytes, not {claim.record_id} of {claim.length}"
            self._note(self.report.missing, record.offset, problem, claim.url)
        elif claim.payload_digest and record.header("WARC-Payload-Digest") != claim.payload_digest:
            problem = f"its payload digest is not {claim.payload_digest}, as the database says"
            self._note(self.report.bad_digests, record.offset, problem, claim.url)

    def _damaged(self, damage: DamagedRecord) -> int | None:
        """Report or cut; where to go on, or None when nothing follows."""
        behind = next_member(self.path, damage.offset)
        if behind is None and self.live:
            return None  # it is being written at this moment
        is_spare = damage.torn and behind is None and not self.ledger.is_claimed_from(self.name, damage.offset)
        if self.repair and is_spare and OWN_NAME.match(self.name):
            self.report.cut_bytes += cut_torn_tail(self.path, damage.offset)
        else:
            self._note(self.report.torn, damage.offset, damage.problem)
        return behind

    def _note(self, findings: list[Finding], offset: int, problem: str, url: str | None = None) -> None:
        findings.append(Finding(self.name, offset, problem, url or ""))
