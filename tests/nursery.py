"""Commands without their start: forked from a process that has imported copydesk once.

A crawl in a test is a process of its own, with its own signals, memory and end. Half of its CPU would go into imports,
the same each time. What a start itself does is seen elsewhere: by test_cli.py, by the demo and by the DAGs.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import inspect
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MESSAGE_BYTES = 1 << 17
_ASKED_OF_A_START = tuple(inspect.signature(subprocess.Popen._execute_child).parameters)[2:]  # type: ignore[attr-defined]
_PR_SET_CHILD_SUBREAPER = 36
IMPORTED = (
    "alembic.command",
    "alembic.config",
    "copydesk.commands.cleanup",
    "copydesk.commands.crawl",
    "copydesk.commands.extract",
    "copydesk.commands.portal_add",
    "copydesk.commands.portal_test",
    "copydesk.commands.process",
    "copydesk.counting",
    "copydesk.logs",
    "copydesk.main",
    "copydesk.output",
    "copydesk.page_sources",
    "copydesk.progress",
    "pipelines.match",
    "psycopg",
    "scrapy.core.engine",
    "scrapy.core.scheduler",
    "scrapy.downloadermiddlewares.httpproxy",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.extensions.closespider",
    "scrapy.extensions.feedexport",
    "scrapy.logformatter",
    "scrapy.pqueues",
    "scrapy.squeues",
    "scrapy.statscollectors",
    "spiders.crawl",
    "spiders.exchange",
    "spiders.portal_trial",
    "spiders.proxies",
    "spiders.reprocess",
    "spiders.site_survey",
    "spiders.whole_pages",
    "sqlalchemy.dialects.postgresql.psycopg",
    "storage.captures",
    "storage.cleanup.run",
)


class Forked(subprocess.Popen[str]):
    """`python -m copydesk WORDS`, a child of ours; stdin is empty."""

    def __init__(self, words: Iterable[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        pipe = subprocess.PIPE
        super().__init__(list(words), cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)

    def _execute_child(self, args: list[str], *others: Any) -> None:
        """What Popen calls to have a program started, here by the nursery."""
        named = dict(zip(_ASKED_OF_A_START, others, strict=False))
        request = {"words": args, "cwd": str(named["cwd"]), "env": dict(named["env"])}
        pipes = named["c2pwrite"], named["errwrite"]
        self.pid = _nursery().fork(request, *pipes)
        self._child_created = True
        for end in pipes:
            os.close(end)


class _Nursery:
    """The process that forks, and the socket on which it is asked to."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-W", "ignore", "-m", "tests.nursery"]
        # numpy's library starts a thread a core, and a process with threads is not to be forked.
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        with theirs:
            self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=theirs, stdout=subprocess.DEVNULL)
        atexit.register(self.close)

    def fork(self, request: Mapping[str, Any], out: int, err: int) -> int:
        """Process id of a new command, which writes to `out` and `err`."""
        with _orphans_are_ours():
            socket.send_fds(self._socket, [json.dumps(request).encode()], [out, err])
            answer = self._socket.recv(MESSAGE_BYTES)
        if not answer:
            raise RuntimeError(f"the nursery has ended with {self._process.wait()}")
        return int(answer)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def _nursery() -> _Nursery:
    return _Nursery()


@contextmanager
def _orphans_are_ours() -> Iterator[None]:
    """A process whose parent ends in the block becomes our child, to be waited for like any other."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


# --- inside the process that forks --------------------------------------------------------------------------------


def _serve() -> None:
    """Fork a command for each request until nobody is there to ask; returns only in the process of a command."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process with threads is not to be forked"
    with socket.socket(fileno=os.dup(0)) as asked:
        while True:
            message, pipes, _, _ = socket.recv_fds(asked, MESSAGE_BYTES, 2)
            if not message:
                os._exit(0)
            told, tell = os.pipe()
            between = os.fork()
            if not between:
                if os.fork():
                    os._exit(0)
                os.close(told)
                break
            os.waitpid(between, 0)  # its child is an orphan now: that of whoever asked
            os.close(tell)
            asked.send(os.read(told, 32))
            for end in (told, *pipes):
                os.close(end)
    _become(json.loads(message), *pipes)
    os.write(tell, str(os.getpid()).encode())
    os.close(tell)


def _become(request: Mapping[str, Any], out: int, err: int) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, wanted in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(ours, wanted)
        os.close(ours)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115 - those before took the old ones for seekable
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.argv = ["copydesk", *request["words"]]


if __name__ == "__main__":
    _serve()
    from copydesk.main import main

    main()
