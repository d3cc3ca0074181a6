"""What a crawl did, counted as it goes, and whether it met what the portal expects."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Outcome, Role, State
from storage.corpus import IngestResult

BLOCKING = frozenset({Reason.ROBOTS, Reason.BLOCKED})
ENOUGH_PAGES = 10  # fewer article pages of a run that saw only part of the portal say nothing of the portal


@dataclass(slots=True)
class CrawlStats:
    """Counts of one run of one portal."""

    portal_id: str
    kind: str = "crawl"  # crawl | revisit
    fetched: int = 0  # answers, of every kind
    bytes: int = 0  # bodies as sent
    article_pages: int = 0  # answers with status 200 to requests for articles
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    copies: int = 0  # found to be copies of other articles
    discovered: int = 0  # URLs entered in the frontier
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    failed: Counter[str] = field(default_factory=Counter)  # given up, by reason
    retries: int = 0
    started_s: float = field(default_factory=time.monotonic)
    finished_s: float | None = None

    @property
    def seconds(self) -> float:
        """How long the run has taken."""
        return (self.finished_s or time.monotonic()) - self.started_s

    def answered(self, body_bytes: int) -> None:
        """An answer came, whatever it says."""
        self.fetched += 1
        self.bytes += body_bytes

    def settled(self, outcome: Outcome, result: IngestResult) -> None:
        """An outcome is committed."""
        self.discovered += result.discovered
        if result.quarantined:
            self.refused[Reason.QUARANTINED.value] += 1
            self.article_pages += outcome.page.role is Role.ARTICLE
            return
        if outcome.state is State.DUE:
            self.retries += 1
        elif outcome.state is State.REFUSED and outcome.reason:
            self.refused[outcome.reason.value] += 1
        elif outcome.state is State.FAILED and outcome.reason:
            self.failed[outcome.reason.value] += 1
        if outcome.page.role is Role.ARTICLE and outcome.capture is not None and outcome.state is not State.DUE:
            self.article_pages += outcome.reason is not Reason.DUPLICATE
        if outcome.article is not None:
            self.new += result.new
            self.changed += result.changed and not result.new
            self.unchanged += not result.changed and not result.new
            self.copies += len(result.copies)
        elif outcome.not_modified and outcome.page.role is Role.ARTICLE:
            self.unchanged += 1

    def as_dict(self) -> dict[str, Any]:
        """For the run's row and for `--json`."""
        return {
            "portal": self.portal_id,
            "kind": self.kind,
            "fetched": self.fetched,
            "bytes": self.bytes,
            "discovered": self.discovered,
            "article_pages": self.article_pages,
            "articles": {
                "new": self.new,
                "changed": self.changed,
                "unchanged": self.unchanged,
                "copies": self.copies,
                "rejected": sum(self.refused.values()),
            },
            "refused": dict(sorted(self.refused.items())),
            "failed": dict(sorted(self.failed.items())),
            "retries": self.retries,
            "seconds": round(self.seconds, 2),
            "pages_per_s": round(self.fetched / max(self.seconds, 0.001), 2),
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """Exit code of a run, and the sentence that explains it."""

    exit_code: int
    message: str = ""


def judge_run(portal: Portal, stats: CrawlStats, *, is_narrowed: bool = False) -> Judgement:
    """0 when the run met what the portal expects, 5 when the portal refused us, 3 when it fell short.

    A run that looked again at stored articles, or one that was narrowed by a limit or an age, is not asked for new
    articles, and its share of articles counts only from `ENOUGH_PAGES` article pages on.
    """
    stored, pages = stats.new + stats.changed + stats.unchanged, stats.article_pages
    if stats.kind == "revisit":
        pages -= stats.refused[Reason.GONE.value]  # that an article is gone is what a revisit is there to find out
    refusals = sum(stats.refused[r.value] + stats.failed[r.value] for r in BLOCKING)
    lost = sum(stats.failed.values()) + sum(stats.refused.values())
    if not stored and refusals and refusals * 2 >= lost:
        return Judgement(5, f"{portal.id}: 0 articles; {refusals} pages refused to us (robots.txt, 401, 403, 429)")
    if not stored and sum(stats.failed.values()) * 2 >= max(1, stats.fetched):
        return Judgement(3, f"{portal.id}: 0 articles; most pages failed ({_most(stats.failed)})")
    if pages < ENOUGH_PAGES and (is_narrowed or stats.kind == "revisit"):
        return Judgement(0)
    if not stored and (pages or stats.refused[Reason.QUARANTINED.value]):
        return Judgement(3, f"{portal.id}: 0 articles, although {pages} pages were fetched ({_most(stats.refused)})")
    least = portal.expect.yield_min
    if least is not None and pages and stored / pages < least:
        share = f"{stored / pages:.0%} of {pages} article pages gave an article"
        return Judgement(3, f"{portal.id}: {share}; expected {least:.0%}")
    return Judgement(0)


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{count} × {reason}" for reason, count in counts.most_common(2)) or "no reason recorded"
