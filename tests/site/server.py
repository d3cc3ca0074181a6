"""A web site on loopback whose pages are named for their misbehaviour.

    with Site() as site:
        fetch(site.url("/bomb-gzip"))
        assert site.hits("/bomb-gzip") == 1

It speaks HTTP/1.1 with keep-alive, as an origin and as a forward proxy (`http_proxy=site.url("")`), so that any host
name can be asked of it: `site.url("/robots.txt", host="robots-503.test")` with the proxy set. It never leaves the
machine, counts its hits and keeps a log with times. Standard library only. The pages are in the other files here.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=utf-8"
MAX_HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as it arrived, and what was answered."""

    at_s: float  # seconds since the site started
    method: str
    host: str  # as named by the client, lower case, without a port
    target: str  # path and query
    headers: dict[str, str]  # lower-case names
    status: int  # 0: the connection was left without a status
    connection: int  # serial number of the TCP connection

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Request:
    """What a page sees of a request."""

    site: Site
    method: str
    host: str
    target: str
    headers: dict[str, str]
    match: re.Match[str]  # of the page's pattern on the path
    earlier_hits: int  # how often this host and path were asked for before

    @property
    def query(self) -> dict[str, str]:
        """The query string, last value of each name."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def absolute(self, path: str) -> str:
        """`path` on the host that was asked."""
        return self.site.url(path, host=None if self.host in ("127.0.0.1", "localhost") else self.host)


@dataclass(slots=True)
class Reply:
    """A well-formed answer."""

    body: bytes | str = b""
    status: int = 200
    type: str | None = HTML
    headers: Iterable[tuple[str, str]] = field(default_factory=list)


Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Wire:
    """An answer that writes its own bytes, well-formed or not; the connection is closed after it."""

    play: Play
    status: int = 200


Page = Callable[[Request], "Reply | Wire"]


@dataclass(frozen=True, slots=True)
class Route:
    """A page of the site: path pattern, host pattern, and what it does."""

    name: str  # the path as written: {word} stands for a path segment, {anything else} for a number
    pattern: re.Pattern[str]
    host: re.Pattern[str]
    page: Page


ROUTES: list[Route] = []


def page(*names: str, host: str = ".*") -> Callable[[Page], Page]:
    """Serve the decorated function at these paths, on hosts that match `host` (a regular expression)."""

    def put(function: Page) -> Page:
        ROUTES.extend(Route(name, _pattern(name), re.compile(host), function) for name in names)
        return function

    return put


def _pattern(name: str) -> re.Pattern[str]:
    expression = re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", re.escape(name))
    return re.compile(expression.replace(r"(?P<word>\d+)", r"(?P<word>[^/?]+)"))


class Site:
    """The running site; a context manager. `extra` maps paths to answers of a test's own."""

    def __init__(
        self, address: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None, extra: dict[str, Reply] | None = None
    ) -> None:
        self.address = address
        self.port = 0
        self.extra = dict(extra or {})
        self._tls = tls
        self._log: list[Hit] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self._epoch_s = time.monotonic()

    # What tests use

    def url(self, path: str, host: str | None = None) -> str:
        """Address of a page; with `host` it is one for the proxy, on port 80."""
        return f"{self._scheme}://{host or f'{self.address}:{self.port}'}{path}"

    @property
    def log(self) -> tuple[Hit, ...]:
        """Every request so far, in order of arrival."""
        with self._lock:
            return tuple(self._log)

    def hits(self, path: str, host: str | None = None) -> int:
        """How often a path was asked for, whatever the query; on one host only when given."""
        return sum(hit.path == path and host in (None, hit.host) for hit in self.log)

    def forget(self) -> None:
        """Start the log and the counters anew."""
        with self._lock:
            self._log.clear()
            self._counts.clear()

    @property
    def now_s(self) -> float:
        """Seconds since the site started: the clock of the log."""
        return time.monotonic() - self._epoch_s

    # Running

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="site", daemon=True)
        self._thread.start()
        self._started.wait(10)
        if self._failed:
            raise self._failed
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def _scheme(self) -> str:
        return "https" if self._tls else "http"

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failed = error
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, self.address, self.port, ssl=self._tls, limit=MAX_HEAD_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        task = self._loop.create_task(self._talk(reader, writer, self._connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        try:
            while await self._exchange(reader, writer, connection):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client went away, which is its right
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> bool:
        """Answer one request; True when the connection stays open."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, host, target, headers = parse_head(head)
        await reader.readexactly(int(headers.get("content-length", "0")))
        answer = self._answer(method, host, target, headers, connection)
        if isinstance(answer, Wire):
            await answer.play(reader, writer)
            return False
        stays = headers.get("connection", headers.get("proxy-connection", "")).lower() != "close"
        writer.write(render(answer, method, stays))
        await writer.drain()
        return stays

    def _answer(self, method: str, host: str, target: str, headers: dict[str, str], connection: int) -> Reply | Wire:
        path = target.partition("?")[0]
        with self._lock:
            earlier = self._counts[host, path]
        answer = self.extra.get(path) or self._route(method, host, target, headers, earlier)
        hit = Hit(self.now_s, method, host, target, headers, answer.status, connection)
        with self._lock:
            self._log.append(hit)
            self._counts[host, path] += 1
        return answer

    def _route(self, method: str, host: str, target: str, headers: dict[str, str], earlier: int) -> Reply | Wire:
        path = target.partition("?")[0]
        for route in ROUTES:
            if (match := route.pattern.fullmatch(path)) and route.host.fullmatch(host):
                return route.page(Request(self, method, host, target, headers, match, earlier))
        return Reply("<h1>Not found</h1>", 404)


def parse_head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    """Method, host, target and headers of a request head; absolute-form targets as a proxy gets them."""
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    parts = urlsplit(target)
    host = parts.netloc or headers.get("host", "")
    if parts.scheme and parts.netloc:
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return method, re.sub(r":\d+$", "", host).lower(), target, headers


def render(reply: Reply, method: str, stays: bool) -> bytes:
    """The bytes of a well-formed answer."""
    body = reply.body.encode() if isinstance(reply.body, str) else reply.body
    lines = [status_line(reply.status)]
    if reply.type:
        lines.append(f"Content-Type: {reply.type}")
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    lines.append("Connection: keep-alive" if stays else "Connection: close")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if method == "HEAD" or reply.status in (204, 304) else head + body


def status_line(status: int) -> str:
    """`HTTP/1.1 404 Not Found`"""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unnamed"
    return f"HTTP/1.1 {status} {phrase}"
