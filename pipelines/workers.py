"""Extraction in worker processes that can be killed: a page that eats CPU, memory or time costs only itself."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from newsroom.errors import CopydeskError
from newsroom.reasons import Reason
from newsroom.records import Article, Rejected

T = TypeVar("T")

EXTRACT = ("pipelines.extract", "extract")  # by name: this process need not import it
_HEADER_BYTES = 4
_PIPE_BYTES = 1 << 20  # most pages in one go
_START_S = 60
_BOOT = (
    "import gc, sys; gc.disable(); sys.path[:] = {path!r}; from pipelines.worker_process import main; "
    "main({parent}, {cpu_limit_s!r}, {memory_limit_mb})"
)


class PoolClosed(CopydeskError):
    """The pool was closed while a page was being read; the page was not judged."""


class WorkerCannotStart(CopydeskError):
    """A worker ended before it took a page: the installation is at fault, not the page."""


class _Breach(Exception):
    """A worker went over a limit or died; the message says which."""

    def __init__(self, detail: str, reason: Reason = Reason.RESOURCE_LIMIT) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may cost, and how long one worker lives."""

    cpu_s: float = 10
    memory_mb: int = 1024  # address space of a worker
    wall_s: float = 20
    pages: int = 2000  # then a fresh worker takes over
    resident_mb: int = 150  # likewise: what a large page took is given back


@dataclass(frozen=True, slots=True)
class PageBytes:
    """One page to be read; `options` are keyword arguments of `pipelines.extract.extract`."""

    body: bytes
    url: str
    content_type: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


class _Worker:
    """One process and the pipes to it; used by one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._pages = 0
        self._ready = False
        self._lock = threading.Lock()  # start and kill may come from different threads
        self._closed = False

    def read(self, page: PageBytes) -> Article | Rejected:
        """The page's article, or why not. Raises _Breach when it took the worker down."""
        arguments = (page.body, page.url, page.content_type)
        found: Article | Rejected = self.call(EXTRACT, arguments, page.options)
        return found

    def call(self, function: tuple[str, str], arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """What the function (module, name) gives; Rejected(QUARANTINED) when it raises.

        Raises _Breach when it took the worker down.
        """
        process = self._running()
        self._await_start(process)
        job = pickle.dumps((*function, arguments, dict(options)))
        deadline = time.monotonic() + self._limits.wall_s
        try:
            _send(process, job, deadline)
            kind, value, resident_mb = pickle.loads(_receive(process, deadline))  # noqa: S301 - our own worker wrote it
        except TimeoutError:
            self.kill()
            raise _Breach(f"more than {self._limits.wall_s:g} s") from None
        except (EOFError, BrokenPipeError, ConnectionError):
            raise self._post_mortem(process) from None
        self._pages += 1
        if kind == "memory" or self._pages >= self._limits.pages or resident_mb > self._limits.resident_mb:
            self.kill()
        if kind == "memory":
            raise _Breach(f"more than {self._limits.memory_mb} MB of memory")
        if kind == "error":
            return Rejected(Reason.QUARANTINED, str(value))
        return value

    def _await_start(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for a new worker's imports: they are not the page's time."""
        if self._ready:
            return
        try:
            _receive(process, time.monotonic() + _START_S)
        except (TimeoutError, EOFError):
            error = self._post_mortem(process)
            if isinstance(error, PoolClosed):
                raise error from None
            raise WorkerCannotStart(
                f"no extraction worker can be started: {error}; see the traceback above, or run `copydesk doctor`"
            ) from None
        self._ready = True

    def kill(self) -> None:
        """End the process at once; the next page gets a new one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close_quietly(pipe)

    def close(self) -> None:
        """End the process for good."""
        self._closed = True
        self.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise PoolClosed("the extraction pool is closed")
            if self._process is None:
                self._process, self._pages, self._ready = _start(self._limits), 0, False
            return self._process

    def _post_mortem(self, process: subprocess.Popen[bytes]) -> Exception:
        try:
            code = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = None
        self.kill()
        if self._closed:
            return PoolClosed("the extraction pool was closed while the page was being read")
        if code is not None and -code in (signal.SIGXCPU, signal.SIGKILL):
            return _Breach(
                f"more than {self._limits.cpu_s:g} s of CPU" if -code == signal.SIGXCPU else "killed by the system"
            )
        return _Breach(f"the worker ended with {code}", Reason.QUARANTINED)


class ExtractionPool:
    """`workers` processes that read pages; `await run(…)` from an event loop, `submit(…)` from threads."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        cpu_limit_s: float = 10,
        memory_limit_mb: int = 1024,
        wall_limit_s: float = 20,
        recycle_after: int = 2000,
    ) -> None:
        self.workers = workers or available_cores()
        limits = Limits(cpu_limit_s, memory_limit_mb, wall_limit_s, recycle_after)
        self._idle = [_Worker(limits) for _ in range(self.workers)]
        self._all = tuple(self._idle)
        # A worker dies with the thread that started it (PR_SET_PDEATHSIG), so threads live as long as the pool.
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="extraction")
        self._pending = 0
        self._counting = threading.Lock()

    @property
    def waiting(self) -> int:
        """Pages handed in that no worker has taken up yet."""
        return max(0, self._pending - self.workers)

    async def run(
        self, body: bytes, url: str, content_type: str | None = None, options: Mapping[str, Any] | None = None
    ) -> Article | Rejected:
        """Read one page in a worker; `options` are keyword arguments of `pipelines.extract.extract`.

        A page that breaks a limit is tried once more with `fast=True`; then it is Rejected(RESOURCE_LIMIT), or
        Rejected(QUARANTINED) when the worker crashed. Raises PoolClosed when the pool is closed meanwhile.
        """
        return await asyncio.wrap_future(self.submit(PageBytes(body, url, content_type, options or {})))

    async def call(self, function: Callable[..., T], *arguments: Any) -> T | Rejected:
        """Run a function of some module in a worker, within the same limits.

        Rejected(RESOURCE_LIMIT) when it breaks one, Rejected(QUARANTINED) when it raises or the worker crashes.
        """
        named = (function.__module__, function.__qualname__)
        found: T | Rejected = await asyncio.wrap_future(self._submit(self._call, named, arguments))
        return found

    def submit(self, page: PageBytes) -> Future[Article | Rejected]:
        """As `run`, for callers without an event loop."""
        return self._submit(self._read, page)

    def _submit(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        with self._counting:
            self._pending += 1
        try:
            future = self._threads.submit(work, *arguments)
        except RuntimeError:
            self._finished()
            raise PoolClosed("the extraction pool is closed") from None
        future.add_done_callback(self._finished)
        return future

    async def close(self) -> None:
        """End all workers; pages still being read raise PoolClosed, pages still waiting are cancelled."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """As `close`, for callers without an event loop."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.close()
        self._threads.shutdown(wait=True)

    def _finished(self, _: object = None) -> None:
        with self._counting:
            self._pending -= 1

    def _call(self, function: tuple[str, str], arguments: tuple[Any, ...]) -> Any:
        worker = self._idle.pop()
        try:
            return worker.call(function, arguments, {})
        except _Breach as breach:
            return Rejected(breach.reason, str(breach))
        finally:
            self._idle.append(worker)

    def _read(self, page: PageBytes) -> Article | Rejected:
        worker = self._idle.pop()  # as many threads as workers: never empty
        try:
            return _with_second_try(worker, page)
        finally:
            self._idle.append(worker)


def extract_many(
    pages: Iterable[PageBytes], workers: int | None = None, *, pool: ExtractionPool | None = None
) -> Iterator[Article | Rejected]:
    """Read pages in worker processes, results in the order of `pages`; takes in no more than it has work for."""
    own = pool or ExtractionPool(workers)
    running: deque[Future[Article | Rejected]] = deque()
    try:
        for page in pages:
            running.append(own.submit(page))
            if len(running) > own.workers * 4:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        if pool is None:
            own.close_now()


def available_cores() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _with_second_try(worker: _Worker, page: PageBytes) -> Article | Rejected:
    try:
        return worker.read(page)
    except _Breach as first:
        if page.options.get("fast"):
            return Rejected(first.reason, str(first))
        quick = PageBytes(page.body, page.url, page.content_type, {**page.options, "fast": True})
        try:
            return worker.read(quick)
        except _Breach as second:
            return Rejected(second.reason, f"{first}; with fast=True: {second}")


def _start(limits: Limits) -> subprocess.Popen[bytes]:
    """A new interpreter, not a fork: the parent has threads and a reactor."""
    boot = _BOOT.format(path=sys.path, parent=os.getpid(), cpu_limit_s=limits.cpu_s, memory_limit_mb=limits.memory_mb)
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", boot],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        # numpy's library would start a thread a core, 40 MB each of what a worker may have
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,  # a Ctrl-C or a group's SIGTERM is the parent's business
    )
    assert process.stdin is not None
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):  # more than this user may have
            fcntl.fcntl(process.stdin.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process


def _send(process: subprocess.Popen[bytes], frame: bytes, deadline: float) -> None:
    """Write a length-prefixed message; TimeoutError when the worker does not take it in time."""
    assert process.stdin is not None
    rest = memoryview(len(frame).to_bytes(_HEADER_BYTES, "big") + frame)
    out = process.stdin.fileno()
    os.set_blocking(out, False)
    while rest:
        _await(out, select.POLLOUT, deadline)
        rest = rest[os.write(out, rest[:_PIPE_BYTES]) :]


def _receive(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Read a length-prefixed message; EOFError when the worker died, TimeoutError when it is late."""
    size = int.from_bytes(_read_exactly(process, _HEADER_BYTES, deadline), "big")
    return _read_exactly(process, size, deadline)


def _read_exactly(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    assert process.stdout is not None
    source = process.stdout.fileno()
    parts: list[bytes] = []
    while size:
        _await(source, select.POLLIN, deadline)
        part = os.read(source, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _await(descriptor: int, event: int, deadline: float) -> None:
    """Wait until the pipe is ready or broken; TimeoutError at the deadline. (select() ends at descriptor 1,024.)"""
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1_000):
        raise TimeoutError


def _close_quietly(pipe: Any) -> None:
    with contextlib.suppress(OSError):
        pipe.close()
