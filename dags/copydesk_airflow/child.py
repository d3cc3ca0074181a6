"""One command as a child process that never outlives its task.

Airflow's supervisor gives a task 5 s after its SIGTERM and then kills the task's process group. So the child has a
session of its own and gets exactly one SIGTERM (Scrapy takes a second one as "now"), 4 s of grace, then SIGKILL; and
when the task's process is killed outright, the kernel sends the child the SIGTERM.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

GRACE_S = 4.0
LINE_LIMIT = 4_000  # characters of one line that reach the log
REPORT_LIMIT_BYTES = 2 << 20  # of stdout that is kept to find the report in
_CHUNK_BYTES = 1 << 16
_TICK_S = 0.2
_PR_SET_PDEATHSIG = 1
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None  # looked up before any fork


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (negative for a signal), its report, and the last things it said."""

    code: int
    report: dict[str, Any] | list[Any]
    said: tuple[str, ...]


class Child:
    """A command that is run once, and can be stopped at any moment, from a signal handler too."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, command: Sequence[str], folder: Path, env: Mapping[str, str], log: Callable[[str], object]) -> Ended:
        """Start the command, hand each line it prints to `log`, and wait for its end.

        However this is left, by an exception such as Airflow's timeout too, the command and its group are gone.
        """
        self._process = subprocess.Popen(  # noqa: S603 - no shell; the command is a setting
            list(command), cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, preexec_fn=dying_with(os.getpid()),
        )  # fmt: skip
        try:
            if self._stopped:  # asked while the process was being made, when there was nothing to stop
                self._stop(self._process)
            output = _Output(log)
            _listen(self._process, output)
        finally:
            self._end(self._process)
        return Ended(self._process.returncode, output.report(), tuple(output.said))

    def stop(self) -> None:
        """Stop the command now, if it runs. Takes at most the grace; does nothing the second time."""
        first, self._stopped = not self._stopped, True
        if first and self._process is not None:
            self._stop(self._process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Leave nothing behind. The group is killed before its leader is reaped: until then nobody can have its id."""
        if not self._stopped:
            self._stopped = True
            self._stop(process)
        _signal(process, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        """SIGTERM, grace, SIGKILL.

        No Popen.wait() here: a signal handler may have interrupted one, which holds the lock that it needs.
        """
        if _has_ended(process):
            return
        _signal(process, signal.SIGTERM)
        end_s = time.monotonic() + GRACE_S
        while not _has_ended(process) and time.monotonic() < end_s:
            time.sleep(0.02)
        if not _has_ended(process):
            _signal(process, signal.SIGKILL)


def dying_with(parent: int) -> Callable[[], None]:
    """What a new child does first, so that it gets a SIGTERM when `parent` is gone, whatever killed that (Linux)."""

    def tell_the_kernel() -> None:
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it was gone before the kernel was told
                os._exit(128 + signal.SIGTERM)

    return tell_the_kernel


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the group, if it is there still."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses where only a zombie is left
            os.killpg(process.pid, number)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the command has ended, without reaping it."""
    if process.returncode is not None:
        return True
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # reaped by somebody else
        return True


def _listen(process: subprocess.Popen[bytes], output: _Output) -> None:
    """Read both streams until they are closed, or until the command has ended and has nothing left to say."""
    with selectors.DefaultSelector() as selector:
        for stream, take in ((process.stdout, output.from_stdout), (process.stderr, output.from_stderr)):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, take)
        while selector.get_map():
            ended = _has_ended(process)  # before reading: what it wrote is there to be read then
            ready = selector.select(0 if ended else _TICK_S)
            for key, _ in ready:
                _read(key.fileobj, key.data, selector)  # type: ignore[arg-type]
            if ended and not ready:  # a grandchild holds the pipes open
                break
    while not _has_ended(process):  # both streams closed, but it goes on
        time.sleep(_TICK_S / 4)
    output.close()


def _read(stream: IO[bytes], take: Callable[[bytes], None], selector: selectors.BaseSelector) -> None:
    try:
        chunk = os.read(stream.fileno(), _CHUNK_BYTES)
    except BlockingIOError:
        return
    if chunk:
        take(chunk)
    else:
        selector.unregister(stream)


@dataclass(slots=True)
class _Output:
    """What a command prints: lines for the log, cut to a bearable length, and the end of stdout for the report."""

    log: Callable[[str], object]
    said: deque[str] = field(default_factory=lambda: deque(maxlen=20))  # the last lines of stderr
    _stdout: bytearray = field(default_factory=bytearray)
    _lines: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})

    def from_stdout(self, chunk: bytes) -> None:
        """Data, and to the log."""
        self._stdout += chunk
        if len(self._stdout) > 2 * REPORT_LIMIT_BYTES:
            del self._stdout[:-REPORT_LIMIT_BYTES]
        self._split("stdout", chunk)

    def from_stderr(self, chunk: bytes) -> None:
        """To the log."""
        self._split("stderr", chunk)

    def close(self) -> None:
        """The command has ended: what stands without an end of line is a line, too."""
        for name in self._lines:
            self._split(name, b"\n")

    def report(self) -> dict[str, Any] | list[Any]:
        """The JSON of the last line of stdout, else of all of it; {} when there is none."""
        text = self._stdout[-REPORT_LIMIT_BYTES:].decode("utf-8", "replace").strip()
        for candidate in (text.rpartition("\n")[2], text):
            with suppress(ValueError, RecursionError):
                found = json.loads(candidate)
                if isinstance(found, dict | list):
                    return found
        return {}

    def _split(self, name: str, chunk: bytes) -> None:
        held = self._lines[name]
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            held += part[: LINE_LIMIT * 4]
            self._say(name, bytes(held))
            held.clear()
        held += rest[: max(0, LINE_LIMIT * 4 - len(held))]

    def _say(self, name: str, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if not text:
            return
        cut = text[:LINE_LIMIT] + (" …" if len(text) > LINE_LIMIT else "")
        if name == "stderr":
            self.said.append(cut[:500])
        self.log(cut)
