"""Pages that were captured and never processed, and those set aside: read from their captures, with no site to ask."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from copydesk.main import run
from newsroom.config import load_config
from newsroom.portals import Portal
from newsroom.reasons import SET_ASIDE, Reason
from newsroom.records import Article, Candidate, Moment, Outcome, Page, Role, State
from pipelines.workers import ExtractionPool
from spiders.answers import Answer
from spiders.desk import Desk, owner_name
from spiders.leftovers import read_again
from spiders.reprocess import ProcessReport, ReadingLimits, Retry, reprocess
from storage.database import Database, open_database
from tests import captures_kit
from tests.crawl_kit import LOOPBACK, NOW, Newsroom, finish, kill_all, portal, rss, wait_until
from tests.site import Reply, Site
from tests.site.newspaper import article_html
from tests.site.serial import leaf_html, leaf_path

SLOW = "/slow/1500"
PAPER = "https://paper.example"
MANY = 150
STORY, OTHER, HOPELESS, SHORT, SERIAL = "/story-1.html", "/story-2.html", "/hopeless.html", "/short.html", leaf_path(5)
BODIES = {
    STORY: article_html(1, PAPER + STORY),
    OTHER: article_html(2, PAPER + OTHER),
    HOPELESS: f"<p {' '.join(f'a{number}=1' for number in range(20_000))}>x</p>",
    SHORT: "<html><body><article><h1>Rain</h1><p>It rained.</p></article></body></html>",
    SERIAL: leaf_html(5, 1),
}


@contextmanager
def nobody_stores(url: str) -> Iterator[None]:
    """Keep every other process from entering a capture."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        server.execute("LOCK TABLE captures IN EXCLUSIVE MODE")
        yield
        server.rollback()


def captured_bytes(newsroom: Newsroom) -> int:
    return sum(path.stat().st_size for path in (newsroom.home / "warc").glob("*"))


def test_what_a_kill_left_unprocessed_is_stored_without_a_request(tmp_path: Path, database_url: str) -> None:
    newsroom = Newsroom(tmp_path, database_url, {"COPYDESK_WORKERS": "1"})
    with Site() as site:
        site.extra["/news.xml"] = Reply(rss(site, SLOW), type="application/rss+xml")
        source = '[[sources]]\nkind = "feed"\nurl = "/news.xml"\n[articles]\nallow = ["."]'
        newsroom.write_portal("news", site.url("/"), source, LOOPBACK)
        crawl = newsroom.start("crawl", "news")
        wait_until(lambda: site.hits(SLOW), "the request for the article")
        with nobody_stores(database_url):
            before = captured_bytes(newsroom)
            wait_until(lambda: captured_bytes(newsroom) > before, "the article in the WARC file")
            kill_all(crawl)
            crawl.communicate()
    assert newsroom.articles() == {}
    first = newsroom.run("process", "--json", "--fail-if-empty")
    assert first.code == 0, first.stderr
    assert (first.stats["recovered"], first.stats["articles"]["new"]) == (1, 1)
    assert set(newsroom.articles()) == {SLOW}
    assert newsroom.lease_owners() == []
    assert newsroom.run_states() == [("interrupted", None)]
    assert newsroom.verify().unreferenced == 0


# --- in this process ----------------------------------------------------------------------------------------------


@pytest.fixture
def file(sqlite_url: str) -> Iterator[Database]:
    """A corpus in a file, for what does not depend on the kind of database."""
    with open_database(sqlite_url, create=True) as opened:
        yield opened


def leased(database: Database, *paths: str) -> list[Page]:
    """Pages of the paper, entered and leased by this process."""
    definition = portal().model_dump(mode="json")
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=PAPER, definition=definition, now=NOW)
        corpus.frontier.add("paper", [Candidate(PAPER + each, PAPER + each, Role.ARTICLE) for each in paths], NOW)
        return corpus.frontier.lease("paper", owner_name("paper"), len(paths), NOW)


def process(database: Database, folder: Path, retry: Retry | None = None) -> ProcessReport:
    """`copydesk process`, on the captures below `folder`."""
    flags = {"home": folder, "database": database.url.render_as_string(hide_password=False), "workers": 1}
    return reprocess(load_config(flags, environ={}, folder=folder), retry, ReadingLimits())


Settle = Callable[[Desk, Answer], Any]


def crawl(database: Database, folder: Path, bodies: Mapping[str, str], outcome: Settle, **limits: float) -> None:
    """Capture pages as a crawl does, read today, and settle them as `outcome` says."""

    async def one(desk: Desk, page: Page) -> None:
        body, now = bodies[page.url.removeprefix(PAPER)].encode(), datetime.now(UTC)
        exchange = replace(captures_kit.page(url=page.url, body=body), fetched_utc=now)
        held = await desk.capture(exchange)
        headers = {"content-type": "text/html; charset=utf-8"}
        answer = Answer(page, page.url, 200, headers, body, held, now)
        await desk.settle("paper", None, await outcome(desk, answer))

    async def all_of_them() -> None:
        pool = ExtractionPool(1, **limits)  # type: ignore[arg-type]
        (folder / "warc").mkdir(exist_ok=True)
        desk = Desk(database, captures_kit.writer(folder / "warc"), pool)
        desk.start()
        try:
            await asyncio.gather(*(one(desk, page) for page in leased(database, *bodies)))
        finally:
            await desk.close()

    asyncio.run(all_of_them())


async def read(desk: Desk, answer: Answer) -> Outcome:
    """What reading the page comes to."""
    return await read_again(desk, portal(), answer)


async def give_up(_: Desk, answer: Answer) -> Outcome:
    """As when reading the page broke a limit."""
    return Outcome(answer.page, State.REFUSED, Reason.RESOURCE_LIMIT, "more than 10 s", answer.capture)


async def spoil(_: Desk, answer: Answer) -> Outcome:
    """An outcome that no database stores."""
    article = Article(answer.url, answer.url, "Title", "Text.", published=Moment(datetime(2026, 3, 1)))  # noqa: DTZ001
    return Outcome(answer.page, State.DONE, capture=answer.capture, article=article)


def some(*paths: str) -> dict[str, str]:
    return {path: BODIES[path] for path in paths}


def quarantine(database: Database, *, released: bool = False) -> dict[str, Any]:
    """What is set aside, by path."""
    with database.reading() as corpus:
        return {each.url.removeprefix(PAPER): each for each in corpus.quarantine.list(released=released)}


def test_the_file_of_a_running_crawl_is_left_alone(database: Database, tmp_path: Path) -> None:
    (page,) = leased(database, STORY)
    (tmp_path / "warc").mkdir()
    with captures_kit.writer(tmp_path / "warc") as running:
        exchange = captures_kit.page(url=page.url, body=BODIES[STORY].encode())
        running.append(replace(exchange, fetched_utc=datetime.now(UTC)))
        running.sync()
        (path,) = (tmp_path / "warc").iterdir()
        before = path.read_bytes()
        assert process(database, tmp_path).is_empty
        assert path.read_bytes() == before
    report = process(database, tmp_path)  # its process has gone
    assert (report.recovered, report.stats.new) == (1, 1)
    assert process(database, tmp_path).is_empty


def test_a_capture_that_was_entered_without_its_outcome_is_processed(file: Database, tmp_path: Path) -> None:
    (page,) = leased(file, STORY)
    (tmp_path / "warc").mkdir()
    with captures_kit.writer(tmp_path / "warc") as gone:
        held = gone.append(captures_kit.page(url=page.url, body=BODIES[STORY].encode()))
        gone.sync()
        _, end = gone.position or ("", 0)
    with file.writing() as corpus:
        corpus.captures.put(held, NOW, page_id=page.id)
        corpus.captures.mark({held.address.file: end}, NOW)
        corpus.frontier.release(owner_name("paper"))
    report = process(file, tmp_path)
    assert (report.recovered, report.stats.new) == (1, 1)


def test_each_page_of_the_quarantine_comes_to_what_reading_it_comes_to(database: Database, tmp_path: Path) -> None:
    crawl(database, tmp_path, some(STORY), read, wall_limit_s=0)
    crawl(database, tmp_path, some(HOPELESS, SHORT, SERIAL), give_up)
    held = quarantine(database)
    assert {(each.stage, each.reason, each.tries) for each in held.values()} == {("extract", Reason.RESOURCE_LIMIT, 1)}
    assert process(database, tmp_path).is_empty  # nothing is retried unasked
    report = process(database, tmp_path, Retry())
    assert (report.retried, report.released, report.still_quarantined, report.fetch_again) == (4, 3, 1, 1)
    counts = report.as_dict()
    assert (counts["articles"]["new"], counts["refused"]) == (1, {"resource-limit": 1, "too-short": 1})

    (kept,) = quarantine(database).values()
    assert kept.url == PAPER + HOPELESS
    assert (kept.tries, kept.created_utc) == (2, held[HOPELESS].created_utc)
    assert "attributes on one tag" in kept.detail  # what is wrong with it, not that it took too long
    assert kept.tried_utc is not None
    with database.reading() as corpus:
        pages = {path: corpus.frontier.page(PAPER + path) for path in (STORY, SHORT, SERIAL)}
        states = {path: (page.state, page.reason, page.attempts) for path, page in pages.items() if page}
        assert states == {
            STORY: (State.DONE, None, 0),
            SHORT: (State.REFUSED, Reason.TOO_SHORT, 0),
            SERIAL: (State.DUE, None, 0),  # an article over several pages is left to the next crawl
        }
        assert corpus.articles.get(PAPER + STORY) is not None
        assert corpus.frontier.next_due("paper") is not None
        assert corpus.counts()["captures"] == 4


def test_what_could_not_be_stored_is_stored_from_its_capture(database: Database, tmp_path: Path) -> None:
    crawl(database, tmp_path, some(STORY), spoil)
    assert quarantine(database)[STORY].stage == "store"
    report = process(database, tmp_path, Retry())
    assert (report.released, report.stats.new, quarantine(database)) == (1, 1, {})
    assert process(database, tmp_path, Retry()).is_empty


def test_a_retry_can_be_narrowed_and_leaves_alone_what_was_settled_meanwhile(
    database: Database, tmp_path: Path
) -> None:
    crawl(database, tmp_path, some(STORY, OTHER), give_up)
    assert process(database, tmp_path, Retry(portal_id="other")).is_empty
    assert process(database, tmp_path, Retry(reason=Reason.QUARANTINED)).is_empty
    with database.writing() as corpus:
        first, second = corpus.quarantine.pages()
        corpus.frontier._set(first.page_id or 0, state=State.DUE.value, reason=None, due_utc=NOW + timedelta(days=9))
    assert process(database, tmp_path, Retry(limit=1)).is_empty
    assert [each.url for each in quarantine(database).values()] == [second.url]
    assert process(database, tmp_path, Retry(portal_id="paper", limit=1)).released == 1


def test_a_capture_that_is_gone_keeps_its_page_in_the_quarantine(file: Database, tmp_path: Path) -> None:
    crawl(file, tmp_path, some(STORY), give_up)
    for path in (tmp_path / "warc").iterdir():
        path.unlink()
    report = process(file, tmp_path, Retry())
    assert (report.released, report.still_quarantined) == (0, 1)
    kept = quarantine(file)[STORY]
    assert kept.reason in SET_ASIDE
    assert "cannot be read back" in kept.detail


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_one_object_and_says_when_there_is_nothing(sqlite_url: str, tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path, sqlite_url, {"COPYDESK_WORKERS": "1"})
    with open_database(sqlite_url, create=True) as database:
        newsroom.home.mkdir()
        crawl(database, newsroom.home, some(STORY, HOPELESS), give_up)
    done = newsroom.run("process", "--retry-quarantined", "--json", "--fail-if-empty")
    assert done.code == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert done.stats["articles"] == {"new": 1, "changed": 0, "unchanged": 0, "copies": 0, "rejected": 1}
    assert {name: done.stats[name] for name in ("recovered", "retried", "released", "still_quarantined")} == {
        "recovered": 0, "retried": 2, "released": 1, "still_quarantined": 1,
    }  # fmt: skip
    nothing = newsroom.run("process", "--json", "--fail-if-empty")
    assert (nothing.code, nothing.stats["recovered"]) == (4, 0)


@pytest.mark.parametrize("words", [("--limit", "3"), ("--retry-quarantined", "--portal", "pepar")])
def test_a_choice_that_chooses_nothing_is_a_mistake(file: Database, words: tuple[str, ...]) -> None:
    assert run(["--database", file.url.render_as_string(hide_password=False), "process", *words]) == 2


def test_sigterm_ends_it_within_4_s_and_what_is_committed_stays(sqlite_url: str, tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path, sqlite_url, {"COPYDESK_WORKERS": "1"})
    bodies = {f"/story-{number}.html": article_html(number, f"{PAPER}/story-{number}.html") for number in range(MANY)}
    with open_database(sqlite_url, create=True) as database:
        newsroom.home.mkdir()
        crawl(database, newsroom.home, bodies, give_up)
        running = newsroom.start("process", "--retry-quarantined", "--json")
        wait_until(newsroom.articles, "a page of the quarantine in the corpus")
        running.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        ended = finish(running, 20)
        took_s = time.monotonic() - sent
        assert ended.code == 143, ended.stderr
        assert took_s < 4
        stored = len(newsroom.articles())
        assert 0 < stored < MANY
        assert ended.stats["released"] == stored == MANY - len(quarantine(database))


def test_portals_are_read_as_their_files_are_today(file: Database, tmp_path: Path) -> None:
    crawl(file, tmp_path, some(SHORT), give_up)
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "paper.toml").write_text(f'home = "{PAPER}/"\n[articles]\nmin_chars = 5\n')
    config = {"home": tmp_path, "database": file.url.render_as_string(hide_password=False), "workers": 1}
    loaded = load_config({**config, "portals": tmp_path / "portals"}, environ={}, folder=tmp_path)
    assert Portal.model_validate(portal().model_dump()).articles.min_chars > 5
    assert reprocess(loaded, Retry(), ReadingLimits()).stats.new == 1
