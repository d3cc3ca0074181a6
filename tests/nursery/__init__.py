"""Commands without their start: forked from a process that has imported copydesk once.

A crawl in a test is a process of its own, with its own signals, memory and end. Half of its CPU would go into imports,
the same each time. What a start itself does is seen elsewhere: by test_cli.py, by the demo and by `make airflow`. Nor
do extraction workers start anew: see readers.py, and test_workers.py for their start.
"""

from __future__ import annotations

import atexit
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.nursery.asking import ask, connect

ROOT = Path(__file__).parents[2]
_ASKED_OF_A_START = tuple(inspect.signature(subprocess.Popen._execute_child).parameters)[2:]  # type: ignore[attr-defined]


class Forked(subprocess.Popen[str]):
    """`python -m copydesk WORDS`, a child of ours in a session of its own; stdin is empty."""

    def __init__(self, words: Iterable[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        pipe = subprocess.PIPE
        super().__init__(list(words), cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True)

    def _execute_child(self, args: list[str], *others: Any) -> None:
        """What Popen calls to have a program started, here by the nursery."""
        named = dict(zip(_ASKED_OF_A_START, others, strict=False))
        ends = os.open(os.devnull, os.O_RDONLY), named["c2pwrite"], named["errwrite"]
        with connect(open_nursery()[0]) as nursery:
            self.pid = ask(nursery, args, str(named["cwd"]), dict(named["env"]), ends)
        self._child_created = True
        for end in ends:
            os.close(end)


def of_readers() -> str:
    """Where the nursery of this test process listens for extraction workers."""
    return open_nursery()[1]


@cache
def open_nursery(python: str | Path = sys.executable) -> tuple[str, str]:
    """Where one listens for commands and for extraction workers, until this process ends."""
    folder = tempfile.mkdtemp(prefix="copydesk-nursery-")
    doors = f"{folder}/commands", f"{folder}/readers"
    command = [python, "-W", "ignore", "-m", "tests.nursery.serving", *doors]
    nursery = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    assert nursery.stdout.readline() == b"ready\n"
    nursery.stdout.close()

    def close() -> None:
        nursery.stdin.close()  # type: ignore[union-attr]
        nursery.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(close)
    return doors
