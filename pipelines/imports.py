"""What every import does: its run, its portals, and what it sets aside."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from newsroom.errors import BelowExpectation, CopydeskError
from newsroom.records import Run
from storage.corpus import Corpus
from storage.quarantine import IMPORT, Quarantined


def start_run(corpus: Corpus, portal_id: str, version: str, now: datetime) -> int:
    """Enter the run of an import into `portal_id`; its id."""
    enter_portal(corpus, portal_id, portal_id, now)
    owner = f"{socket.gethostname()}:{os.getpid()}:import"
    return corpus.runs.start(portal_id, owner=owner, version=version, now=now, kind=IMPORT)


def run_stats(source: str, counts: Mapping[str, object], beginnings: Collection[str]) -> dict[str, object]:
    """What a run keeps of an import from `source`, which sets aside what lies in places with these `beginnings`."""
    kept = sorted(beginnings) if len(beginnings) <= MAX_BEGINNINGS else None
    return {"kind": IMPORT, "import": source, **counts, BEGINNINGS: kept}


MAX_BEGINNINGS = 100  # kept with a run; with more of them, time alone tells what is of the run
BEGINNINGS = "set_aside_in"
# file: record at byte 12 …; file:12: …; file: …
_DETAIL = re.compile(
    r"(?P<file>.*?)(?:: record at byte (?P<byte>[\d+]+) |:(?P<line>\d+): |: )(?P<reason>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """One thing that a run left in the quarantine."""

    file: str | None  # of an import; what comes of a capture has none
    place: str | None  # line 12, byte 88123; None: the file as a whole
    reason: str
    url: str | None
    set_aside_utc: datetime


def set_aside_by(corpus: Corpus, run: Run) -> Iterator[SetAside]:
    """What is in the quarantine of a run, oldest first."""
    kept = run.stats.get(BEGINNINGS) if run.stats.get("kind") == IMPORT else []
    for each in corpus.quarantine.of_run(run, kept if isinstance(kept, list) else None):
        yield _taken_apart(each)


def _taken_apart(held: Quarantined) -> SetAside:
    url, found = held.url or None, _DETAIL.fullmatch(held.detail) if held.stage == IMPORT else None
    if found is None:
        return SetAside(None, None, held.detail, url, held.created_utc)
    line, byte = found["line"], found["byte"]
    place = f"line {line}" if line else f"byte {byte}" if byte else None
    return SetAside(found["file"], place, found["reason"], url, held.created_utc)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an import ended; it has failed until it says otherwise."""

    state: str = "failed"
    exit_code: int = CopydeskError.exit_code


INTERRUPTED = Ending("interrupted")
GAVE_UP = Ending("failed", BelowExpectation.exit_code)


def done(*, is_good: bool) -> Ending:
    """How an import ends that read everything, where something of it was good or nothing was."""
    return Ending("done", 0 if is_good else BelowExpectation.exit_code)


def finish_run(corpus: Corpus, run_id: int, ending: Ending, stats: Mapping[str, object], now: datetime) -> None:
    """Note how an import ended."""
    corpus.runs.finish(run_id, state=ending.state, exit_code=ending.exit_code, stats=stats, now=now)


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
