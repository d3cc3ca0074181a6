"""Extraction workers without their start: forked from a process that has imported what a worker does, and no more.

A `Reader` takes the place of what `pipelines.workers._start` gives. It is what a worker always is, its limits and its
death with its parent included; only its imports, a second of CPU, were done before.
"""

from __future__ import annotations

import os
import socket
import subprocess
from typing import BinaryIO

from pipelines.workers import Limits
from tests.nursery.asking import MESSAGE_BYTES, connect, hand_in


class Reader:
    """A worker's process, with as much of `subprocess.Popen` as its pool uses."""

    def __init__(self, path: str, limits: Limits) -> None:
        ours, theirs = os.pipe(), os.pipe()
        self.stdin: BinaryIO = os.fdopen(ours[1], "wb", buffering=0)  # its pool closes it
        self.stdout: BinaryIO = os.fdopen(theirs[0], "rb", buffering=0)
        self._nursery = connect(path)
        words = [str(limits.cpu_s), str(limits.memory_mb)]
        request = {"words": words, "cwd": "/", "env": dict(os.environ), "parent": 0}
        self.pid = hand_in(self._nursery, request, (ours[0], theirs[1], 2))
        for end in (ours[0], theirs[1]):
            os.close(end)
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, which the nursery tells."""
        if self.returncode is None:
            self._nursery.settimeout(timeout)
            try:
                self.returncode = int(self._nursery.recv(MESSAGE_BYTES) or -9)
            except TimeoutError:
                raise subprocess.TimeoutExpired("a worker", timeout or 0) from None
            self._nursery.close()
        return self.returncode

    def kill(self) -> None:
        """End it at once."""
        if self.returncode is None:
            self._nursery.shutdown(socket.SHUT_WR)
