"""Crawls of the local site, run as people run them: as a command of its own, looked at from outside afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newsroom.portals import Portal
from newsroom.records import Capture, Page, Role, State, WarcAddress
from storage.captures import Report, verify
from storage.corpus import Corpus
from storage.coverage import CoveredUrl
from storage.database import open_database
from tests.nursery import Forked
from tests.site import Site

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
LOOPBACK = "allow_private = true\ndelay = 0\nconcurrency = 8\ntimeout_s = 5"
_OURS = ("COPYDESK_", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SCRAPY_")


# --- records for unit tests -------------------------------------------------------------------------------------


def portal(**fields: Any) -> Portal:
    """A portal definition; `home` is https://paper.example/ unless given."""
    return Portal.model_validate({"id": "paper", "home": "https://paper.example/", **fields})


def page(url: str = "https://paper.example/", role: Role = Role.ARTICLE, **fields: Any) -> Page:
    """A leased page of the frontier."""
    return Page(**{"id": 1, "portal_id": "paper", "url": url, "fetch_url": url, "role": role, "state": State.LEASED,
                   **fields})  # fmt: skip


def capture(url: str = "https://paper.example/", **fields: Any) -> Capture:
    """A capture at the beginning of a WARC file."""
    address = WarcAddress("a.warc.gz", 0, 100, "<urn:uuid:1>")
    return Capture(**{"url": url, "fetched_utc": NOW, "status": 200, "content_type": "text/html",
                      "payload_digest": "sha256:0", "payload_bytes": 1, "address": address, **fields})  # fmt: skip


# --- crawls -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def stats(self) -> dict[str, Any]:
        """The object of `crawl --json`: the last line."""
        last: dict[str, Any] = json.loads(self.stdout.splitlines()[-1])
        return last


@dataclass(frozen=True)
class Newsroom:
    """A folder with portal files and a corpus, and the command that works on it."""

    folder: Path
    database_url: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def url(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'corpus.sqlite3'}"

    def write_portal(self, name: str, home: str, toml: str = "", fetch: str = LOOPBACK) -> None:
        """A portal file; `toml` are more lines of its top level and tables, `fetch` those of [fetch]."""
        (self.folder / "portals").mkdir(exist_ok=True)
        text = f'home = "{home}"\n{toml}\n[fetch]\n{fetch}\n'
        (self.folder / "portals" / f"{name}.toml").write_text(text, encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command: this newsroom's, and nothing of whoever runs the tests."""
        kept = {key: value for key, value in os.environ.items() if not key.lower().startswith(_lower(_OURS))}
        ours = {"PYTHONPATH": str(ROOT), "COPYDESK_HOME": str(self.home), "COPYDESK_WORKERS": "1"}
        ours["COPYDESK_PORTALS"] = str(self.folder / "portals")
        if self.database_url:
            ours["COPYDESK_DATABASE_URL"] = self.database_url
        return {**kept, **ours, **self.variables}

    def start(self, *words: str, module: str = "copydesk", cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start `python -m copydesk …` in a process group of its own."""
        if module == "copydesk":
            return Forked(words, cwd=cwd or self.folder, env=self.environment)
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, *words], cwd=cwd or self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def run(self, *words: str, module: str = "copydesk", cwd: Path | None = None) -> Finished:
        """Run a command to its end."""
        return finish(self.start(*words, module=module, cwd=cwd))

    def crawl(self, *words: str) -> Finished:
        """`copydesk crawl --json` of the portals named, or of all."""
        return self.run("crawl", "--json", *(words or ("--all",)))

    # What came of it

    @contextmanager
    def corpus(self) -> Iterator[Corpus]:
        """The corpus, to look at."""
        with open_database(self.url) as database, database.reading() as view:
            yield view

    def articles(self) -> dict[str, str]:
        """Path of each stored article's URL, and its text."""
        with self.corpus() as corpus:
            return {_path(each.url): each.article.text for each in corpus.articles.iterate()}

    def ledger(self, portal_id: str | None = None) -> dict[str, CoveredUrl]:
        """What became of each URL, by path and query."""
        with self.corpus() as corpus:
            return {_path(each.url): each for each in corpus.coverage.urls(portal_id)}

    def reasons(self, portal_id: str | None = None) -> dict[str, str | None]:
        """The one reason of each URL that was not stored or read."""
        return {path: each.reason and each.reason.value for path, each in self.ledger(portal_id).items()}

    def captures(self) -> list[Capture]:
        """Every capture, in the order of entry."""
        with self.corpus() as corpus:
            return list(corpus.captures.all())

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        with self.corpus() as corpus:
            return corpus.counts()

    def lease_owners(self) -> list[str]:
        """Who holds leases."""
        with self.corpus() as corpus:
            return corpus.frontier.owners()

    def run_states(self) -> list[tuple[str, int | None]]:
        """State and exit code of each run, the oldest first."""
        with self.corpus() as corpus:
            return [(run.state, run.exit_code) for run in reversed(corpus.runs.list())]

    def verify(self) -> Report:
        """The WARC files against themselves and the database."""
        with self.corpus() as corpus:
            return verify(self.home / "warc", corpus.captures.all())


def finish(process: subprocess.Popen[str], timeout_s: float = 90) -> Finished:
    """Wait for a command; it and its children are killed when it takes too long."""
    try:
        stdout, stderr = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        kill_all(process)
        stdout, stderr = process.communicate()
        raise AssertionError(f"still running after {timeout_s} s\n{stdout}\n{stderr}") from None
    return Finished(process.returncode, stdout, stderr)


def kill_all(process: subprocess.Popen[str]) -> None:
    """kill -9 of a command and its workers, as when a machine's memory runs out."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 30) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"waited {timeout_s} s in vain for: {what}"
        time.sleep(0.01)


def rss(site: Site, *paths: str) -> str:
    """A feed that announces these pages of the site."""
    items = "".join(f"<item><title>{path}</title><link>{site.url(path)}</link></item>" for path in paths)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'


def _path(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)


def _lower(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)
