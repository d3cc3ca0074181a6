"""Portals on loopback, made up, a port each, that take their time to answer and keep count of what they are asked."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.search import Language

PARAGRAPHS = 6
SENTENCES = 4


@dataclass(slots=True)
class Paper:
    """One portal: a feed that names every article, and the articles; by path."""

    name: str
    base: str
    pages: dict[str, tuple[str, bytes]]  # path: content type and body
    answer_s: float  # what it takes for an answer
    asked: Counter[str] = field(default_factory=Counter)  # requests so far, by path

    @property
    def articles(self) -> list[str]:
        """The addresses of all articles."""
        return [self.base + path for path in self.pages if path.startswith("/news/")]

    @property
    def articles_asked(self) -> int:
        """How many articles were asked for at least once."""
        return sum(path.startswith("/news/") for path in self.asked)

    @property
    def asked_again(self) -> int:
        """How many requests for articles were not the first one for theirs."""
        return sum(count - 1 for path, count in self.asked.items() if path.startswith("/news/"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    paper: Paper


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # one packet for head and body
    server: _Server
    timeout = 60

    def handle(self) -> None:
        with suppress(ConnectionError):  # a crawl that was killed does not wait for its answer
            super().handle()

    def do_GET(self) -> None:
        paper = self.server.paper
        kind, body = paper.pages.get(self.path, ("text/plain", b""))
        paper.asked[self.path] += 1
        time.sleep(paper.answer_s)
        self.send_response(200 if self.path in paper.pages else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the paper keeps count."""


@contextmanager
def serving(folder: Path, papers: int, articles: int, answer_s: float) -> Iterator[dict[str, Paper]]:
    """Serve the portals as long as the block lasts, with a portal file for each in `folder`; the portals by id."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        served = {}
        for number in range(1, papers + 1):
            server = stack.enter_context(_Server(("127.0.0.1", 0), _Handler))
            server.paper = _paper(f"paper-{number}", server.server_address[1], articles, answer_s)
            served[server.paper.name] = server.paper
            (folder / f"{server.paper.name}.toml").write_text(_portal_file(server.paper), "utf-8")
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        yield served


def _portal_file(paper: Paper) -> str:
    """One request at a time, so that what was under way when a crawl was killed is one page."""
    sources = 'schedule = "1d"\nrevisit = ["7d"]\n\n[[sources]]\nkind = "feed"\nurl = "/feed.xml"\n'
    fetch = "[fetch]\nallow_private = true\ndelay = 0\nconcurrency = 1\nmax_depth = 0\n"
    return f'home = "{paper.base}/"\n{sources}\n{fetch}'


def _paper(name: str, port: int, articles: int, answer_s: float) -> Paper:
    """A portal whose texts depend on its name alone."""
    language = Language(random.Random(name))
    base, pages, items = f"http://127.0.0.1:{port}", {}, []
    for number in range(1, articles + 1):
        path, published = f"/news/{number}.html", datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=number)
        title = language.english(7).capitalize()
        pages[path] = ("text/html; charset=utf-8", _article(language, title, published).encode())
        items.append(
            f"<item><title>{title}</title><link>{base}{path}</link>"
            f"<pubDate>{format_datetime(published)}</pubDate></item>"
        )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{"".join(items)}</channel></rss>'
    pages["/feed.xml"] = ("application/rss+xml", feed.encode())
    pages["/robots.txt"] = ("text/plain", b"User-agent: *\nAllow: /\n")
    return Paper(name, base, pages, answer_s)


def _article(language: Language, title: str, published: datetime) -> str:
    sentences = (language.english(16).capitalize() + "." for _ in range(PARAGRAPHS * SENTENCES))
    paragraphs = "".join(f"<p>{' '.join(group)}</p>\n" for group in zip(*[sentences] * SENTENCES, strict=True))
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>'
        f'<meta property="article:published_time" content="{published.isoformat()}"></head>'
        f"<body><nav><a href='/'>Front page</a></nav><article><h1>{title}</h1>\n{paragraphs}</article></body></html>"
    )
