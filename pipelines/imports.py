"""What every import does: its run, its portals, and what it sets aside."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import datetime

from newsroom.reasons import Reason
from storage.corpus import Corpus

STAGE = "import"


def start_run(corpus: Corpus, portal_id: str, version: str, now: datetime) -> int:
    """Enter the run of an import into `portal_id`; its id."""
    enter_portal(corpus, portal_id, portal_id, now)
    owner = f"{socket.gethostname()}:{os.getpid()}:import"
    return corpus.runs.start(portal_id, owner=owner, version=version, now=now, kind=STAGE)


def run_stats(source: str, counts: Mapping[str, object]) -> dict[str, object]:
    """What a run keeps of an import from `source`."""
    return {"kind": STAGE, "import": source, **counts}


def finish_run(corpus: Corpus, run_id: int, state: str, stats: Mapping[str, object], now: datetime) -> None:
    """Note how an import ended."""
    corpus.runs.finish(run_id, state=state, exit_code=0 if state == "done" else 1, stats=stats, now=now)


def enter_portal(
    corpus: Corpus,
    portal_id: str,
    name: str,
    now: datetime,
    home: str | None = None,
    definition: Mapping[str, object] | None = None,
) -> None:
    """Enter a portal that is new; one that is known stays as it is."""
    if corpus.portals.get(portal_id) is None:
        corpus.portals.put(portal_id, name=name, home=home, definition=definition or {}, now=now)


def set_aside(corpus: Corpus, url: str, detail: str, now: datetime) -> None:
    """Quarantine something that cannot be imported, once."""
    if not corpus.quarantine.holds(STAGE, detail):
        corpus.quarantine.put(url, stage=STAGE, reason=Reason.QUARANTINED, detail=detail, now=now)
