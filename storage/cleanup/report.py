"""What a cleanup took away, or would take away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """How much of something."""

    rows: int = 0
    records: int = 0  # WARC records: an answer, and the request that belongs to it
    bytes: int = 0

    def add(self, rows: int = 0, records: int = 0, size: int = 0) -> None:
        """Count more."""
        self.rows += rows
        self.records += records
        self.bytes += size


@dataclass(slots=True)
class Report:
    """What a cleanup did; in a dry run, what it would do."""

    dry_run: bool
    captures: dict[tuple[str, str], Tally] = field(default_factory=dict)  # by portal and tier
    kept: Counter[str] = field(default_factory=Counter)  # expired captures that stay, by the reason
    held: int = 0  # captures and rows that stay because a hold covers them
    files: Counter[str] = field(default_factory=Counter)  # WARC files, by what happens to them
    freed_bytes: int = 0  # by which the WARC folder shrinks
    restored: int = 0  # captures taken back, because a crawl had come to refer to them
    pending_bytes: int = 0  # in files that wait for a running crawl to end
    verified_files: int = 0
    runs: int = 0
    quarantine: int = 0
    leases: int = 0  # pages whose leases were given back
    interrupted: int = 0  # runs of dead processes
    logs: Tally = field(default_factory=Tally)
    temporary: Tally = field(default_factory=Tally)
    orphans: Tally = field(default_factory=Tally)
    missing: list[str] = field(default_factory=list)  # files that captures lie in and that are not there
    strangers: list[str] = field(default_factory=list)  # files in the WARC folder that are not ours
    recoverable: list[str] = field(default_factory=list)  # files with captures that the next crawl takes in
    problems: list[str] = field(default_factory=list)  # damage that was met; nothing of it was touched
    database: dict[str, Any] = field(default_factory=dict)
    stopped: bool = False

    def tally(self, portal_id: str, tier: str) -> Tally:
        """Where captures of this portal and tier are counted."""
        return self.captures.setdefault((portal_id, tier), Tally())

    @property
    def is_empty(self) -> bool:
        """Whether nothing goes."""
        rows = sum(tally.rows for tally in self.captures.values()) + self.runs + self.quarantine
        litter = self.logs.rows + self.temporary.rows + self.orphans.rows
        return not (rows or litter or self.leases or self.interrupted or any(self.files[name] for name in _MOVES))

    @property
    def changed_tables(self) -> list[str]:
        """The tables in which rows changed or went."""
        files = any(self.files[name] for name in _MOVES) or self.orphans.rows
        changed = {
            "captures": files or self.runs,
            "warc_files": files,
            "pages": self.leases,
            "runs": self.runs or self.interrupted,
            "quarantine": self.quarantine,
        }
        return [name for name, is_changed in changed.items() if is_changed]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "dry_run": self.dry_run,
            "captures": {
                **_sum(self.captures),
                "by": [
                    {"portal": portal, "tier": tier, **_plain(tally)}
                    for (portal, tier), tally in sorted(self.captures.items())
                ],
                "restored": self.restored,
                "kept": {name: self.kept[name] for name in ("held", "referred", "unread", "leased", "waiting")},
            },
            "held": self.held,
            "files": {
                **{name: self.files[name] for name in (*_MOVES, "pending")},
                "freed_bytes": self.freed_bytes,
                "pending_bytes": self.pending_bytes,
                "verified": self.verified_files,
            },
            "runs": {"deleted": self.runs, "interrupted": self.interrupted},
            "quarantine": {"deleted": self.quarantine},
            "leases": {"freed": self.leases},
            **{
                name: {"deleted": tally.rows, "bytes": tally.bytes}
                for name, tally in (("logs", self.logs), ("temporary", self.temporary), ("orphans", self.orphans))
            },
            "missing": self.missing,
            "strangers": self.strangers,
            "recoverable": self.recoverable,
            "problems": self.problems,
            "database": self.database,
            "stopped": self.stopped,
        }


_MOVES = ("deleted", "rewritten", "finished", "leftovers")


def _plain(tally: Tally) -> dict[str, int]:
    return {"rows": tally.rows, "records": tally.records, "bytes": tally.bytes}


def _sum(tallies: Mapping[tuple[str, str], Tally]) -> dict[str, int]:
    total = Tally()
    for tally in tallies.values():
        total.add(tally.rows, tally.records, tally.bytes)
    return _plain(total)
