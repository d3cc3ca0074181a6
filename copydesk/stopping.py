"""SIGTERM and Ctrl-C for a command that works in small committed steps: it stops behind the present one."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

HARD_STOP_S = 2.5  # a step that takes longer is left as a kill would leave it


class Stopping:
    """Listens for signals; use as a context manager, and ask between steps."""

    def __init__(self) -> None:
        self.number = 0  # of the signal that came; 0 for none
        self._before: dict[int, object] = {}

    def __call__(self) -> bool:
        """Whether to stop."""
        return bool(self.number)

    @property
    def exit_code(self) -> int:
        """What the command returns when a signal ended it."""
        return 128 + self.number

    def __enter__(self) -> Stopping:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *trouble: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            return
        self.number = number
        timer = threading.Timer(HARD_STOP_S, os._exit, [self.exit_code])
        timer.daemon = True
        timer.start()
