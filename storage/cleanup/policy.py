"""How long each kind of thing is kept: raw captures by portal and tier, runs, quarantine, logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from newsroom.config import Config
from newsroom.portals import Portal
from newsroom.retention import expired_before, parse_retention
from storage.portals import KnownPortal


class Tier(StrEnum):
    """What a capture is to the corpus."""

    EVIDENCE = "evidence"  # the text of an article was read from it
    OTHER = "other"  # feeds, sitemaps, listings, unchanged answers, refused pages


@dataclass(frozen=True, slots=True)
class Policy:
    """How long things are kept; None is for ever."""

    captures: Mapping[tuple[str, Tier], timedelta] = field(default_factory=dict)  # what is not named is kept for ever
    runs: timedelta | None = None
    quarantine: timedelta | None = None
    logs: timedelta | None = None

    def cutoffs(self, now: datetime) -> Mapping[tuple[str, Tier], datetime]:
        """By portal and tier, the time before which captures have expired."""
        found = {key: expired_before(kept, now) for key, kept in self.captures.items()}
        return {key: cutoff for key, cutoff in found.items() if cutoff is not None}


def policy_of(config: Config, portals: Iterable[Portal], known: Iterable[KnownPortal]) -> tuple[Policy, list[str]]:
    """What portal files and settings say; and of which portals without a file nothing can be made out.

    A portal without a file is treated as its file last said. Where that says nothing, its captures are kept for ever.
    """
    spans: dict[str, tuple[timedelta | None, timedelta | None]] = {}
    unclear: list[str] = []
    for each in known:
        try:
            spans[each.id] = _spans(each.definition)
        except ValueError as error:
            unclear.append(f"{each.id}: its retention in the database cannot be read ({error}); kept for ever")
    for portal in portals:
        spans[portal.id] = (portal.kept_for(is_evidence=True), portal.kept_for(is_evidence=False))
    policy = Policy(
        {
            (portal_id, tier): kept
            for portal_id, both in spans.items()
            for tier, kept in zip(Tier, both, strict=True)
            if kept is not None
        },
        runs=parse_retention(config.keep_runs),
        quarantine=parse_retention(config.keep_quarantine),
        logs=parse_retention(config.keep_logs),
    )
    return policy, unclear


def _spans(definition: Mapping[str, Any]) -> tuple[timedelta | None, timedelta | None]:
    """The two retentions of a portal's stored definition, which may be of an earlier version, or empty."""
    evidence = parse_retention(definition.get("retention"))
    other = definition.get("retention_other")
    return evidence, evidence if other is None else parse_retention(other)
