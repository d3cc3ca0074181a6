"""The two that fork: `serving.py COMMANDS READERS` says "ready" when it listens at both, and ends when its stdin does.

It imports what extraction workers need and forks one that serves those at READERS; then it imports what commands need.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.nursery.asking import MESSAGE_BYTES

_PR_SET_PDEATHSIG = 1
OF_A_READER = ("pipelines.worker_process",)
OF_A_COMMAND = (
    "alembic.command",
    "alembic.config",
    "copydesk.commands.cleanup",
    "copydesk.commands.copies",
    "copydesk.commands.crawl",
    "copydesk.commands.export",
    "copydesk.commands.extract",
    "copydesk.commands.health",
    "copydesk.commands.portal",
    "copydesk.commands.portal_add",
    "copydesk.commands.portal_test",
    "copydesk.commands.process",
    "copydesk.counting",
    "copydesk.logs",
    "copydesk.main",
    "copydesk.health_view",
    "copydesk.outlook_view",
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
    "tests.nursery.readers",
)


def door(path: str) -> socket.socket:
    """Where requests come in; they wait there until they are served."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.bind(path)
    made.listen()
    return made


def bring_in(names: tuple[str, ...]) -> None:
    """Import what the forked ones need."""
    for name in names:
        importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process with threads is not to be forked"
    gc.collect()
    gc.freeze()


def serve(open_door: socket.socket) -> None:
    """Fork a process for each request; returns only in such a process, with sys.argv as it was asked for."""
    with open_door:
        while open_door in select.select([open_door, 0], [], [])[0]:
            asked, _ = open_door.accept()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            with asked:
                if _fork(asked):
                    return
    os._exit(0)


def _fork(asked: socket.socket) -> bool:
    """Read a request and fork; whether this is the new process.

    The process between the two ends at once where our parent asked: the new one becomes a child of his. For others it
    stays, and tells them how the new one ended.
    """
    message, ends, _, _ = socket.recv_fds(asked, MESSAGE_BYTES, 3)
    request = json.loads(message)
    is_parent = request["parent"] == os.getppid()
    told, tell = os.pipe()
    between = os.fork()
    if between:
        os.close(tell)
        if is_parent:
            os.waitpid(between, 0)
        asked.send(os.read(told, 32))
        for end in (told, *ends):
            os.close(end)
        return False
    between = os.getpid()
    pid = os.fork()
    if pid:
        if not is_parent:
            for end in (tell, *ends):
                os.close(end)
            _see_to(pid, asked)
        os._exit(0)
    os.close(told)
    os.setsid()
    while os.getppid() != (request["parent"] if is_parent else between):
        time.sleep(0.0005)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # nothing is left of tests that were killed
    _become(request, ends)
    os.write(tell, str(os.getpid()).encode())
    os.close(tell)
    return True


def _see_to(pid: int, asked: socket.socket) -> None:
    """Wait for a process and tell how it ended; kill it when nobody is there any more to be told."""
    ended = os.pidfd_open(pid)
    if asked in select.select([ended, asked], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(BrokenPipeError):
        asked.send(str(code).encode())


def _become(request: Mapping[str, Any], ends: list[int]) -> None:
    for wanted, ours in enumerate(ends):
        os.dup2(ours, wanted)
        os.close(ours)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115 - those before took the old ones for seekable
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.argv = ["copydesk", *request["words"]]


def main(commands: str, readers: str) -> None:
    """Serve both; in a process that was asked for, be it."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's library would start a thread a core
    for_commands, for_readers = door(commands), door(readers)
    os.write(1, b"ready\n")
    bring_in(OF_A_READER)
    if os.fork() == 0:
        for_commands.close()
        serve(for_readers)
        read()
    else:
        for_readers.close()
        bring_in(OF_A_COMMAND)
        serve(for_commands)
        run(readers)


def read() -> None:
    """Be an extraction worker."""
    from pipelines.worker_process import main

    main(os.getppid(), float(sys.argv[1]), int(sys.argv[2]))


def run(readers: str) -> None:
    """Be a command, whose workers come from `readers`."""
    from copydesk.main import main
    from pipelines import workers
    from tests.nursery.readers import Reader

    workers._start = lambda limits: Reader(readers, limits)  # type: ignore[assignment, return-value]
    main()


if __name__ == "__main__":
    main(*sys.argv[1:])
