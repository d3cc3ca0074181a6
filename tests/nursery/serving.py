"""The process that forks: it imports what its children need, says "ready", and ends when its stdin does.

`serving.py SOCKET READERS` forks commands, whose extraction workers are forked by the one at READERS;
`serving.py READERS` is that one.
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


def serve(path: str, imported: tuple[str, ...]) -> None:
    """Fork a process for each request; returns only in such a process, with sys.argv as it was asked for."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's library would start a thread a core
    for name in imported:
        importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process with threads is not to be forked"
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(path)
        door.listen()
        os.write(1, b"ready\n")
        while door in select.select([door, 0], [], [])[0]:
            asked, _ = door.accept()
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


def run_a_command(path: str, readers: str) -> None:
    """Serve commands; then, in each, run it."""
    serve(path, OF_A_COMMAND)
    from copydesk.main import main
    from pipelines import workers
    from tests.nursery.readers import Reader

    workers._start = lambda limits: Reader(readers, limits)  # type: ignore[assignment, return-value]
    main()


def run_a_reader(path: str) -> None:
    """Serve extraction workers; then, in each, answer its pool."""
    serve(path, OF_A_READER)
    from pipelines.worker_process import main

    main(os.getppid(), float(sys.argv[1]), int(sys.argv[2]))


if __name__ == "__main__":
    (run_a_command if len(sys.argv) > 2 else run_a_reader)(*sys.argv[1:])
