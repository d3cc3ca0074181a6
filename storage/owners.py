"""Who holds leases and says to be running: whether its process is alive, and what a dead one leaves behind."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Freed:
    """What dead owners held."""

    pages: int = 0  # leases given back
    runs: int = 0  # now interrupted


def is_dead(owner: str) -> bool:
    """Whether `owner` ("host:process:…") was a process of this machine that is gone; of others nobody can tell."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    return host == socket.gethostname() and not (pid.isdecimal() and _runs(int(pid)))


def dead_owners(corpus: Corpus) -> list[str]:
    """The owners of leases and running runs whose processes are gone."""
    return sorted(owner for owner in {*corpus.frontier.owners(), *corpus.runs.running_owners()} if is_dead(owner))


def free_dead(corpus: Corpus) -> Freed:
    """Give back what dead owners leased, and note that their runs were interrupted."""
    pages = runs = 0
    for owner in dead_owners(corpus):
        pages += corpus.frontier.release(owner)
        runs += corpus.runs.interrupt(owner)
    return Freed(pages, runs)


def _runs(pid: int) -> bool:
    if pid == os.getpid():
        return False  # a lease from before this process began: the number was used again
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
