"""Small newspapers on loopback, each on a port of its own: a front page, a feed, and articles that can hang."""

from __future__ import annotations

import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_TEXT = """
harbour council ferry budget school market river bridge mayor farmer storm hospital theatre museum library railway
tunnel orchard winter summer festival engineer teacher captain garden street evening morning committee report decision
minister village island forest meadow station airport factory workshop
"""
WORDS = tuple(_TEXT.split())
HANG_S = 40.0


class Paper:
    """One newspaper; a context manager. `count` articles are in its feed; those from `hangs_from` on do not answer."""

    def __init__(self, name: str, count: int = 4) -> None:
        self.name, self.count = name, count
        self.hangs_from: int | None = None
        self.waiting = 0  # requests that hang now
        self.hits: list[str] = []
        self.edits = 0
        self._free = threading.Event()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.paper = self
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._free.set()
        self._server.shutdown()
        self._server.server_close()

    def portal_file(self, more: str = "") -> str:
        """Its portal file; only the feed announces articles, so that counts are exact."""
        return (
            f'home = "{self.base}/"\nname = "The {self.name.title()} Paper"\n{more}\n'
            '[[sources]]\nkind = "feed"\nurl = "/rss.xml"\n\n'
            "[fetch]\ndelay = 0\nconcurrency = 4\nallow_private = true\ntimeout_s = 60\n"
        )

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, type and body."""
        self.hits.append(path)
        if path == "/rss.xml":
            return 200, "application/rss+xml", self._feed()
        if path == "/":
            return 200, "text/html", f"<html><body><h1>{self.name}</h1></body></html>"
        number = path.removeprefix("/news/").removesuffix(".html")
        if path.startswith("/news/") and number.isdecimal() and int(number) < self.count:
            if self.hangs_from is not None and int(number) >= self.hangs_from:
                self.waiting += 1
                self._free.wait(HANG_S)
                self.waiting -= 1
            return 200, "text/html; charset=utf-8", self._article(int(number))
        return 404, "text/html", "<h1>Not found</h1>"

    def _feed(self) -> str:
        items = "".join(
            f"<item><title>{self._title(number)}</title><link>{self.base}/news/{number}.html</link></item>"
            for number in range(self.count)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{self.name}</title>{items}</channel></rss>'

    def _title(self, number: int) -> str:
        return f"{self.name.title()} reports on the {' '.join(_words(self.name, number, 4))}"

    def _article(self, number: int) -> str:
        edit = f"<p>Correction number {self.edits}: the figures were put right.</p>" if self.edits else ""
        paragraphs = "".join(
            f"<p>The {' '.join(_words(self.name, number * 10 + part, 30))} was said to be the reason for it.</p>"
            for part in range(5)
        )
        return (
            f"<!DOCTYPE html><html lang='en'><head><title>{self._title(number)}</title></head><body><article>"
            f"<h1>{self._title(number)}</h1>{paragraphs}{edit}</article></body></html>"
        )


def _words(name: str, seed: int, count: int) -> list[str]:
    return random.Random(f"{name} {seed}").choices(WORDS, k=count)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    paper: Paper


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 60

    def do_GET(self) -> None:
        status, kind, text = self.server.paper.answer(self.path.partition("?")[0])
        body = text.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # the crawl was stopped
            pass

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
