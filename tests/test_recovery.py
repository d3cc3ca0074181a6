"""Crawls that are stopped, interrupted or killed: what was stored stays, and the next run goes on from there."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.crawl_kit import Newsroom, finish, rss, wait_until
from tests.site import Reply, Site
from tests.site.newspaper import ARTICLES, paragraphs, published

KILLS = 2
STORIES = [f"/2026/{published(number):%m/%d}/story-{number}.html" for number in range(ARTICLES)]
FEW = STORIES[:3]
HANGING = ["/drip", "/stall", "/drip-headers"]


@pytest.fixture
def newsroom(tmp_path: Path, _migrated_sqlite: Path) -> Newsroom:
    """A newsroom whose corpus is there already, as it is after a first crawl."""
    made = Newsroom(tmp_path)
    made.home.mkdir()
    shutil.copy(_migrated_sqlite, made.home / "corpus.sqlite3")
    return made


def _family(pid: int) -> set[int]:
    """A process and its descendants."""
    family = {pid}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) in family:
            family.add(int(path.parent.name))
    return family


def _sockets(pids: set[int]) -> set[str]:
    """Inodes of the sockets that these processes hold."""
    found = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def _tcp(pids: set[int]) -> list[tuple[str, bool]]:
    """The TCP and UDP sockets of these processes: local address, and whether it waits for others to connect."""
    inodes, found = _sockets(pids), []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                found.append((fields[1], fields[3] == ("0A" if table.startswith("tcp") else "07")))
    return found


def _stored(newsroom: Newsroom) -> int:
    """How many articles are in the corpus; asked often, so without our code."""
    with closing(sqlite3.connect(newsroom.home / "corpus.sqlite3")) as onlooker:
        found: int = onlooker.execute("SELECT count(*) FROM articles").fetchone()[0]
    return found


def _stop_while_downloads_hang(newsroom: Newsroom, number: signal.Signals) -> tuple[int, float, list[tuple[str, bool]]]:
    """Start a crawl, wait until only hanging downloads are left, send the signal: exit code, seconds, its sockets."""
    with Site() as site:
        site.extra["/news.xml"] = Reply(rss(site, *FEW, *HANGING), type="application/rss+xml")
        source = '[[sources]]\nkind = "feed"\nurl = "/news.xml"\n[articles]\nallow = ["."]'
        newsroom.write_portal("news", site.url("/"), source, "allow_private = true\ndelay = 0\nconcurrency = 8")
        crawl = newsroom.start("crawl", "news", "--json")
        wait_until(lambda: all(map(site.hits, HANGING)), "hanging downloads")
        wait_until(lambda: _stored(newsroom) == len(FEW), "articles in the corpus")
        sockets = _tcp(_family(crawl.pid))
        sent = time.monotonic()
        crawl.send_signal(number)
        ended = finish(crawl, 20)
        return ended.code, time.monotonic() - sent, sockets


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_hanging_crawl_within_4_s_and_keeps_what_is_stored(
    newsroom: Newsroom, number: signal.Signals, code: int
) -> None:
    ended, took_s, sockets = _stop_while_downloads_hang(newsroom, number)
    assert ended == code
    assert took_s < 4
    assert sockets  # the hanging downloads are seen …
    assert not [local for local, waits in sockets if waits]  # … and nothing that others could connect to
    assert newsroom.run_states()[0][0] == "interrupted"
    assert newsroom.lease_owners() == []
    assert set(newsroom.articles()) == set(FEW)
    assert {newsroom.ledger()[path].state for path in HANGING} == {"waiting"}
    report = newsroom.verify()
    assert (report.ok, report.live) == (True, [])


def _kill_at_a_random_moment(newsroom: Newsroom, site: Site, draw: random.Random) -> None:
    asked = len(site.log)
    crawl = newsroom.start("crawl", "news", "--json")
    wait_until(lambda: len(site.log) > asked or crawl.poll() is not None, "a request")
    assert crawl.poll() is None, crawl.communicate()
    time.sleep(draw.uniform(0, 0.9))
    crawl.kill()
    # Its workers hold the other end of the pipes: when they see that it is gone, they go too.
    assert finish(crawl, 15).code == -signal.SIGKILL


def test_after_kills_every_article_is_stored_once_and_nothing_is_lost(newsroom: Newsroom) -> None:
    draw = random.Random()
    with Site() as site:
        newsroom.write_portal("news", site.url("/"), fetch="allow_private = true\ndelay = 0.15\nconcurrency = 2")
        for _ in range(KILLS):
            _kill_at_a_random_moment(newsroom, site, draw)
        last = newsroom.crawl("news")
        assert last.code == 0, last.stderr
        asked = Counter(hit.path for hit in site.log)
    articles = newsroom.articles()
    assert set(articles) == set(STORIES)
    assert all(paragraphs(number)[7] in articles[path] for number, path in enumerate(STORIES))
    counts = newsroom.counts()
    assert (counts["articles"], counts["revisions"], counts["quarantine"]) == (ARTICLES, ARTICLES, 0)
    # Asked for again is only what had not reached the disk when the kill came: at most what was under way each time.
    assert sum(asked[path] - 1 for path in STORIES) <= KILLS * 8
    captured = Counter(capture.url.rpartition("/")[2] for capture in newsroom.captures())
    assert all(captured[path.rpartition("/")[2]] for path in STORIES)
    report = newsroom.verify()
    assert (report.ok, report.torn, report.bad_digests, report.missing, report.unreferenced) == (True, [], [], [], 0)
    assert newsroom.lease_owners() == []
    assert newsroom.run_states()[-1] == ("done", 0)
    assert newsroom.run_states()[:-1] == [("interrupted", None)] * KILLS
