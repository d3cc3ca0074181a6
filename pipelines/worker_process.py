"""The inside of one extraction worker: reads jobs from a pipe, keeps its own limits, writes answers to a pipe.

Started by `pipelines.workers` as a process of its own, so that a poison page can be killed alone.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import math
import os
import pickle
import resource
import signal
import struct
import sys
from typing import BinaryIO

from pipelines import extract as extract  # imported at the start, so that no page pays for it

HEADER = struct.Struct("!I")
_PR_SET_PDEATHSIG = 1

READY = b"ready"  # the first message: imports are done, the clock of a page may start
DONE, MEMORY, ERROR = "done", "memory", "error"


def read_frame(pipe: BinaryIO) -> bytes | None:
    """One length-prefixed message; None at the end of the pipe."""
    head = pipe.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    (size,) = HEADER.unpack(head)
    frame = pipe.read(size)
    return frame if len(frame) == size else None


def write_frame(pipe: BinaryIO, frame: bytes) -> None:
    """Send one length-prefixed message."""
    pipe.write(HEADER.pack(len(frame)) + frame)
    pipe.flush()


def main(parent: int, cpu_limit_s: float, memory_limit_mb: int) -> None:
    """Answer jobs until the pipe ends. stdout carries answers only: whatever a library prints goes to stderr."""
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit(resource.RLIMIT_AS, memory_limit_mb << 20)
    _limit(resource.RLIMIT_CORE, 0)
    gc.freeze()  # what is imported stays: looking it through took 50 ms, at every 200th page
    # A page leaves hardly a cycle behind: at the usual 700 the collector takes 0.4 ms of each and finds nothing.
    gc.set_threshold(10_000)
    gc.enable()  # it was off while modules were imported
    write_frame(answers, READY)
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        _allow_cpu(cpu_limit_s)
        write_frame(answers, _answer(frame))


def _answer(frame: bytes) -> bytes:
    """A pickled (kind, value, resident MB)."""
    try:
        module, name, arguments, options = pickle.loads(frame)  # noqa: S301 - our own parent wrote it
        function = getattr(importlib.import_module(module), name)
        return pickle.dumps((DONE, function(*arguments, **options), _resident_mb()))
    except MemoryError:
        return pickle.dumps((MEMORY, "", _resident_mb()))
    except Exception as error:  # the door of the process: one bad page costs one page
        return pickle.dumps((ERROR, f"{type(error).__name__}: {error}"[:500], _resident_mb()))


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died while we were starting
        os._exit(1)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _allow_cpu(seconds: float) -> None:
    """SIGXCPU ends the process that many CPU seconds from now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds))


def _resident_mb() -> float:
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - read at every page
            return int(statm.read().split()[1]) * resource.getpagesize() / (1 << 20)
    except (OSError, IndexError, ValueError):
        return 0.0
