"""What the import of archives came to: every record is in exactly one of its counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

PROBLEMS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at one place of one archive; a file that is none has no place."""

    archive: str
    place: str
    problem: str

    def __str__(self) -> str:
        at = f" at byte {self.place}" if self.place else ""
        return f"{self.archive}: {'record' + at + ' ' if at else ''}{self.problem}"


@dataclass(slots=True)
class ArchiveReport:
    """Counts of records, and the first problems."""

    archives: int = 0
    records: int = 0
    new: int = 0  # articles
    changed: int = 0  # texts that their articles did not have
    unchanged: int = 0  # pages that say what was known
    already: int = 0  # records that are in the corpus, or were left out before
    refused: Counter[str] = field(default_factory=Counter)  # pages without an article, by reason
    left_out: Counter[str] = field(default_factory=Counter)  # records that are no pages, by kind
    bad: int = 0
    unread: int = 0  # files that are no archives
    copies: int = 0  # articles found to be copies of others
    read_bytes: int = 0
    problems: list[Problem] = field(default_factory=list)
    run_id: int | None = None  # of a dry run there is none
    set_aside_in: set[str] = field(default_factory=set)  # how the places begin of what is in the quarantine

    def note(self, problem: Problem) -> None:
        """Keep a problem to be shown, if it is among the first."""
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(problem)

    def copy(self) -> ArchiveReport:
        """A report that may be counted on without this one."""
        return replace(
            self,
            refused=Counter(self.refused),
            left_out=Counter(self.left_out),
            problems=list(self.problems),
            set_aside_in=set(self.set_aside_in),
        )

    def counts(self) -> dict[str, Any]:
        """The numbers alone. `records` is the sum of all between it and `copies`, without `unread`, which are files."""
        return {
            "archives": self.archives,
            "unread_files": self.unread,
            "records": self.records,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "already": self.already,
            "refused": self.refused.total(),
            "left_out": self.left_out.total(),
            "bad": self.bad,
            "copies": self.copies,
            "refused_by_reason": dict(sorted(self.refused.items())),
            "left_out_by_kind": dict(sorted(self.left_out.items())),
        }

    @property
    def good(self) -> int:
        """Records that were of use."""
        return self.new + self.changed + self.unchanged + self.already + self.refused.total()
