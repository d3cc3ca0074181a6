"""Ask the nursery for a command. As a program of its own, `asking.py SOCKET WORDS` stands in for `copydesk WORDS`."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys

MESSAGE_BYTES = 1 << 17
_PR_SET_CHILD_SUBREAPER = 36


def ask(nursery: socket.socket, words: list[str], cwd: str, env: dict[str, str], ends: tuple[int, int, int]) -> int:
    """Process id of a new process with these `ends` as its stdin, stdout and stderr.

    It is a child of ours where the nursery is; else how it ended is what the nursery says next.
    """
    request = {"words": words, "cwd": cwd, "env": env, "parent": os.getpid()}
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what is orphaned now is ours to wait for
    try:
        return hand_in(nursery, request, ends)
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def hand_in(nursery: socket.socket, request: dict[str, object], ends: tuple[int, int, int]) -> int:
    """The process id that the nursery answers."""
    socket.send_fds(nursery, [json.dumps(request).encode()], ends)
    answer = nursery.recv(MESSAGE_BYTES)
    if not answer:
        raise RuntimeError("the nursery has ended")
    return int(answer)


def connect(path: str) -> socket.socket:
    """A connection to the nursery, for one process."""
    nursery = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    nursery.connect(path)
    return nursery


def main() -> int:
    """Run a command to its end, passing signals on; its exit code, with 128 for a signal as in a shell."""
    here = os.getcwd()  # noqa: PTH109 - pathlib would be a third of what this imports
    nothing = os.open(os.devnull, os.O_RDONLY)
    with connect(sys.argv[1]) as nursery:
        pid = ask(nursery, sys.argv[2:], here, dict(os.environ), (nothing, 1, 2))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda given, _frame: os.kill(pid, given))
        code = int(nursery.recv(MESSAGE_BYTES))
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
