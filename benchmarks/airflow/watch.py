"""Which processes run below which, and how to kill some of them (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import tree

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_PRCTL = ctypes.CDLL(None).prctl  # looked up before any fork


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told from a later one of the same number by when it began."""

    pid: int
    began: int  # in clock ticks since the machine's start
    command: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether it has not ended; one that nobody has reaped yet has."""
        found = _stat(self.pid)
        return found is not None and found == (self.began, True)

    def signal(self, number: int) -> None:
        """Send it a signal, if it still is there."""
        if self.runs:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def keep_orphans() -> None:
    """Become the parent of whatever below this process loses its own, so that nothing can get away."""
    _PRCTL(_PR_SET_CHILD_SUBREAPER, 1)


def dying_with_us() -> Callable[[], None]:
    """What a new child does first, so that it is told to end when this process is gone, whatever killed that."""
    ours = os.getpid()

    def tell_the_kernel() -> None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != ours:
            os._exit(128 + signal.SIGTERM)

    return tell_the_kernel


def below(root: int) -> list[Process]:
    """`root` and all running processes below it."""
    return [found for pid in tree(root) if (found := _process(pid)) is not None]


def kill(root: int, spared: Iterable[Process]) -> int:
    """Kill -9 `root` and everything below it but `spared`, all at one moment; how many processes that were.

    They are stopped first: one that runs on could still start a child, or tidy up after one.
    """
    kept = {process.pid for process in spared}
    held: dict[int, Process] = {}
    while new := [each for each in below(root) if each.pid not in kept and each.pid not in held]:
        for each in new:
            each.signal(signal.SIGSTOP)
            held[each.pid] = each
    for each in held.values():
        each.signal(signal.SIGKILL)
    return len(held)


def end_all(root: int, limit_s: float) -> int:
    """End everything below `root` and not `root` itself: asked first, killed after `limit_s`; how many were killed."""
    for each in below(root)[1:]:
        each.signal(signal.SIGTERM)
    end = time.monotonic() + limit_s
    while (left := below(root)[1:]) and time.monotonic() < end:
        time.sleep(0.1)
    killed = set()
    while left:
        for each in left:
            each.signal(signal.SIGKILL)
            killed.add(each.pid)
        time.sleep(0.05)
        left = below(root)[1:]
    return len(killed)


def _stat(pid: int) -> tuple[int, bool] | None:
    """When a process began and whether it runs; None when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[19]), fields[0] not in ("Z", "X")


def _process(pid: int) -> Process | None:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    found = _stat(pid)
    return Process(pid, found[0], tuple(command.rstrip("\0").split("\0"))) if found and found[1] else None
