"""How a run begins: its row, its place behind earlier runs, and the sources that it reads again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from newsroom.config import version
from newsroom.portals import Portal
from newsroom.records import Candidate
from spiders.assignment import Assignment
from storage.corpus import Corpus


def enter_run(
    corpus: Corpus, portal: Portal, assignment: Assignment, owner: str, now: datetime
) -> tuple[int, datetime]:
    """Enter the portal and a run of it; the run's id, and since when pages count as read by it."""
    definition = portal.model_dump(mode="json")
    corpus.portals.put(portal.id, name=portal.name, home=portal.home, definition=definition, now=now)
    begun = begun_utc(corpus, portal.id, assignment.kind, now)
    run_id = corpus.runs.start(portal.id, owner=owner, version=version(), now=now, kind=assignment.kind)
    return run_id, begun


def begun_utc(corpus: Corpus, portal_id: str, kind: str, now: datetime) -> datetime:
    """Now; or when the last run of this kind began, if that was cut short: what it has read is not read again."""
    earlier = corpus.runs.latest(portal_id, kind)
    return earlier.started_utc if earlier is not None and earlier.state == "interrupted" else now


def begin_run(
    corpus: Corpus, portal_id: str, roots: Iterable[Candidate] | None, read_before: datetime, now: datetime
) -> None:
    """Take back leases that lapsed, and make the sources due; without `roots`, no source is read."""
    corpus.frontier.reclaim(now)
    if roots is not None:
        corpus.frontier.add(portal_id, roots, now)
        corpus.frontier.wake_sources(portal_id, read_before, now)
