"""Pages that were captured and never processed, and those set aside: read from their captures, with no site to ask.

A worker takes a second to start, so what several tests look at comes of one call: `told` of the command, on SQLite,
and `done` of the function behind it, on both databases.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from copydesk.main import run
from newsroom.config import load_config
from newsroom.reasons import SET_ASIDE, Reason
from newsroom.records import Article, Candidate, Moment, Outcome, Page, Role, State
from pipelines.workers import ExtractionPool
from spiders.answers import Answer
from spiders.desk import Desk, owner_name
from spiders.leftovers import read_again
from spiders.reprocess import ProcessReport, ReadingLimits, Retry, reprocess
from storage.captures import verify
from storage.database import Database, open_database
from tests import captures_kit
from tests.crawl_kit import LOOPBACK, NOW, Finished, Newsroom, finish, kill_all, portal, rss, wait_until
from tests.shared_database import module_database_url
from tests.site import Reply, Site
from tests.site.newspaper import article_html, paragraphs
from tests.site.serial import leaf_html, leaf_path

SLOW = "/slow/1500"
LATER = NOW + timedelta(days=9)
PAPER = "https://paper.example"
MANY = 12
STORY, OTHER, SPOILT, KILLED, RUNNING, ENTERED, SETTLED = (f"/story-{number}.html" for number in range(7))
HOPELESS, SHORT, SERIAL = "/hopeless.html", "/short.html", leaf_path(5)
STORIES = [STORY, OTHER, SPOILT, KILLED, RUNNING, ENTERED, SETTLED]
BODIES = {
    **{path: article_html(number, PAPER + path) for number, path in enumerate(STORIES)},
    HOPELESS: f"<p {' '.join(f'a{number}=1' for number in range(20_000))}>x</p>",
    SHORT: "<html><body><article><h1>Rain</h1><p>It rained.</p></article></body></html>",
    SERIAL: leaf_html(5, 1),
}


@contextmanager
def nobody_stores(newsroom: Newsroom) -> Iterator[None]:
    """Keep every other process from entering a capture."""
    with closing(sqlite3.connect(newsroom.home / "corpus.sqlite3", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


def captured_bytes(newsroom: Newsroom) -> int:
    return sum(path.stat().st_size for path in (newsroom.home / "warc").glob("*"))


# --- in this process ----------------------------------------------------------------------------------------------


def leased(database: Database, *paths: str) -> list[Page]:
    """Pages of the paper, entered and leased by this process."""
    definition = portal().model_dump(mode="json")
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=PAPER, definition=definition, now=NOW)
        corpus.frontier.add("paper", [Candidate(PAPER + each, PAPER + each, Role.ARTICLE) for each in paths], NOW)
        due = corpus.frontier.lease("paper", owner_name("paper"), 99, NOW)
    return [page for page in due if page.url.removeprefix(PAPER) in paths]


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


def crawl_until_killed(url: str, warc: Path, *paths: str) -> None:
    """In a process of its own: start a run, lease pages, capture them, and be killed before they are entered."""
    with open_database(url) as database:
        pages = leased(database, *paths)
        with database.writing() as corpus:
            corpus.runs.start("paper", owner=owner_name("paper"), version="1", now=NOW)
        dying = captures_kit.writer(warc)
        for page in pages:
            exchange = captures_kit.page(url=page.url, body=BODIES[page.url.removeprefix(PAPER)].encode())
            dying.append(replace(exchange, fetched_utc=datetime.now(UTC)))
        dying.sync()
        os.kill(os.getpid(), signal.SIGKILL)


def enter_without_outcome(database: Database, warc: Path, path: str) -> None:
    """A capture in the corpus whose page is due, as when a crawl stopped between the two."""
    (page,) = leased(database, path)
    with captures_kit.writer(warc) as gone:
        held = gone.append(captures_kit.page(url=page.url, body=BODIES[path].encode()))
        gone.sync()
        _, end = gone.position or ("", 0)
    with database.writing() as corpus:
        corpus.captures.put(held, NOW, page_id=page.id)
        corpus.captures.mark({held.address.file: end}, NOW)
        corpus.frontier.release(owner_name("paper"))


@dataclass(frozen=True)
class Done:
    """A corpus that is processed beside a running crawl, when there is nothing to do, and then with all to do."""

    database: Database
    folder: Path
    untouched: bool  # the file of the running crawl, by the first
    unasked: ProcessReport  # … which was not asked to retry
    narrowed: dict[str, ProcessReport]  # retries that chose nothing, by what they chose
    held: dict[str, Any]  # what was set aside before the last
    report: ProcessReport
    again: ProcessReport  # … and once more, without a retry


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("done")
    (folder / "warc").mkdir()
    for url in module_database_url(request):
        with open_database(url) as database:
            yield _done(database, folder)


def _done(database: Database, folder: Path) -> Done:
    warc = folder / "warc"
    set_aside(database, folder)
    (page,) = leased(database, RUNNING)
    with captures_kit.writer(warc) as running:
        exchange = captures_kit.page(url=page.url, body=BODIES[RUNNING].encode())
        running.append(replace(exchange, fetched_utc=datetime.now(UTC)))
        running.sync()
        (path,) = warc.glob("*.open")
        before = path.read_bytes()
        unasked = process(database, folder)
        untouched = path.read_bytes() == before
        held = quarantine(database)
        with database.writing() as corpus:
            settled = corpus.frontier.page(PAPER + SETTLED)
            corpus.frontier._set(settled.id if settled else 0, state=State.DUE.value, reason=None, due_utc=LATER)
        narrowed = {
            "portal": process(database, folder, Retry(portal_id="other")),
            "reason": process(database, folder, Retry(reason=Reason.FAILED)),
            "settled": process(database, folder, Retry(limit=1)),
        }
    database.close()  # a child must not inherit connections
    url = database.url.render_as_string(hide_password=False)
    child = multiprocessing.get_context("fork").Process(target=crawl_until_killed, args=(url, warc, KILLED))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    enter_without_outcome(database, warc, ENTERED)
    report = process(database, folder, Retry(portal_id="paper", limit=5))
    return Done(database, folder, untouched, unasked, narrowed, held, report, process(database, folder))


def set_aside(database: Database, folder: Path) -> None:
    """Pages whose reading broke a limit, and one whose article could not be stored; the last will be left over."""
    crawl(database, folder, some(SETTLED), give_up)
    if database.is_sqlite:  # breaking a limit takes two workers, and is what it is on either database
        crawl(database, folder, some(STORY), read, wall_limit_s=0)
    else:
        crawl(database, folder, some(STORY), give_up)
    crawl(database, folder, some(HOPELESS, SHORT, SERIAL), give_up)
    crawl(database, folder, some(SPOILT), spoil)
    crawl(database, folder, some(OTHER), give_up)


def is_stored(done: Done, path: str) -> bool:
    with done.database.reading() as corpus:
        return corpus.articles.get(PAPER + path) is not None


def test_the_file_of_a_running_crawl_is_left_alone(done: Done) -> None:
    assert (done.untouched, done.unasked.recovered) == (True, 0)
    assert is_stored(done, RUNNING)  # once its process has gone
    assert done.again.is_empty


def test_a_capture_that_was_entered_without_its_outcome_is_processed(done: Done) -> None:
    assert is_stored(done, ENTERED)


def test_what_a_killed_crawl_captured_is_stored_and_its_leases_and_its_run_are_ended(done: Done) -> None:
    assert is_stored(done, KILLED)
    assert done.report.recovered == len([RUNNING, ENTERED, KILLED])
    with done.database.reading() as corpus:
        assert corpus.frontier.owners() == []
        assert [(run.state, run.exit_code) for run in corpus.runs.list()] == [("interrupted", None)]
        assert verify(done.folder / "warc", corpus.captures.all()).unreferenced == 0


def test_each_page_of_the_quarantine_comes_to_what_reading_it_comes_to(done: Done) -> None:
    aside = {(each.stage, each.reason, each.tries) for path, each in done.held.items() if path != SPOILT}
    assert aside == {("extract", Reason.RESOURCE_LIMIT, 1)}
    assert done.unasked.is_empty  # nothing is retried unasked
    report = done.report
    assert (report.retried, report.released, report.still_quarantined, report.fetch_again) == (5, 4, 1, 1)
    counts = report.as_dict()
    stored = [STORY, SPOILT, RUNNING, ENTERED, KILLED]
    assert (counts["articles"]["new"], counts["refused"]) == (len(stored), {"resource-limit": 1, "too-short": 1})

    kept = quarantine(done.database)[HOPELESS]
    assert (kept.tries, kept.created_utc) == (2, done.held[HOPELESS].created_utc)
    assert "attributes on one tag" in kept.detail  # what is wrong with it, not that it took too long
    assert kept.tried_utc is not None
    with done.database.reading() as corpus:
        pages = {path: corpus.frontier.page(PAPER + path) for path in (STORY, SHORT, SERIAL)}
        states = {path: (page.state, page.reason, page.attempts) for path, page in pages.items() if page}
        assert states == {
            STORY: (State.DONE, None, 0),
            SHORT: (State.REFUSED, Reason.TOO_SHORT, 0),
            SERIAL: (State.DUE, None, 0),  # an article over several pages is left to the next crawl
        }
        assert corpus.frontier.next_due("paper") is not None
        assert corpus.counts()["captures"] == len(BODIES)
    assert is_stored(done, STORY)


def test_what_could_not_be_stored_is_stored_from_its_capture(done: Done) -> None:
    assert done.held[SPOILT].stage == "store"
    assert is_stored(done, SPOILT)
    assert SPOILT not in quarantine(done.database)


def test_a_retry_can_be_narrowed_and_leaves_alone_what_was_settled_meanwhile(done: Done) -> None:
    assert {what: report.is_empty for what, report in done.narrowed.items()} == {
        "portal": True, "reason": True, "settled": True,
    }  # fmt: skip
    assert not is_stored(done, SETTLED)
    assert set(quarantine(done.database)) == {HOPELESS, OTHER}  # the limit left the page that had waited least
    assert quarantine(done.database)[OTHER].tries == 1


@pytest.fixture
def file(sqlite_url: str, _migrated_sqlite: Path) -> Iterator[Database]:
    """A corpus in a file, for what does not depend on the kind of database."""
    shutil.copy(_migrated_sqlite, sqlite_url.removeprefix("sqlite:///"))
    with open_database(sqlite_url) as opened:
        yield opened


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


@dataclass(frozen=True)
class Told:
    """A corpus with what a killed crawl left and three pages set aside, and `copydesk process` on it."""

    newsroom: Newsroom
    ended: Finished
    articles_before: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    newsroom = Newsroom(tmp_path_factory.mktemp("told"))
    with Site() as site:
        site.extra["/news.xml"] = Reply(rss(site, SLOW), type="application/rss+xml")
        source = '[[sources]]\nkind = "feed"\nurl = "/news.xml"\n[articles]\nallow = ["."]'
        newsroom.write_portal("news", site.url("/"), source, LOOPBACK)
        killed = newsroom.start("crawl", "news")
        wait_until(lambda: site.hits(SLOW), "the request for the article")
        with nobody_stores(newsroom):
            before = captured_bytes(newsroom)
            wait_until(lambda: captured_bytes(newsroom) > before, "the article in the WARC file")
            kill_all(killed)
            killed.communicate()
    articles_before = newsroom.articles()
    with open_database(newsroom.url) as database:
        crawl(database, newsroom.home, some(STORY, HOPELESS, SHORT), give_up)
    newsroom.write_portal("paper", f"{PAPER}/", "[articles]\nmin_chars = 5")
    return Told(newsroom, newsroom.run("process", "--retry-quarantined", "--json", "--fail-if-empty"), articles_before)


def test_what_a_kill_left_unprocessed_is_stored_without_a_request(told: Told) -> None:
    assert told.articles_before == {}
    assert told.ended.code == 0, told.ended.stderr
    assert told.ended.stats["recovered"] == 1
    assert SLOW in told.newsroom.articles()
    assert told.newsroom.lease_owners() == []
    assert told.newsroom.run_states() == [("interrupted", None)]
    assert told.newsroom.verify().unreferenced == 0


def test_the_command_prints_one_object_and_says_when_there_is_nothing(
    told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told.ended.code == 0, told.ended.stderr
    assert len(told.ended.stdout.splitlines()) == 1
    stats = told.ended.stats
    assert stats["articles"] == {"new": 3, "changed": 0, "unchanged": 0, "copies": 0, "rejected": 1}
    assert {name: stats[name] for name in ("recovered", "retried", "released", "still_quarantined")} == {
        "recovered": 1, "retried": 3, "released": 2, "still_quarantined": 1,
    }  # fmt: skip
    for name, value in told.newsroom.environment.items():
        if name.startswith("COPYDESK_"):
            monkeypatch.setenv(name, value)
    assert run(["process", "--json", "--fail-if-empty"]) == 4
    assert json.loads(capsys.readouterr().out)["recovered"] == 0


def test_portals_are_read_as_their_files_are_today(told: Told) -> None:
    assert portal().articles.min_chars > len("Rain. It rained.")  # as the corpus has it
    assert SHORT in told.newsroom.articles()


@pytest.mark.parametrize("words", [("--limit", "3"), ("--retry-quarantined", "--portal", "pepar")])
def test_a_choice_that_chooses_nothing_is_a_mistake(file: Database, words: tuple[str, ...]) -> None:
    assert run(["--database", file.url.render_as_string(hide_password=False), "process", *words]) == 2


def long_html(number: int) -> str:
    """An article that takes a fifth of a second to read."""
    more = "\n".join(f"<p>{escape(each)}</p>" for part in range(60) for each in paragraphs(1000 * number + part))
    return article_html(number, f"{PAPER}/long-{number}.html").replace("</article>", f"{more}</article>")


def test_sigterm_ends_it_within_4_s_and_what_is_committed_stays(
    file: Database, sqlite_url: str, tmp_path: Path
) -> None:
    newsroom = Newsroom(tmp_path, sqlite_url)
    newsroom.home.mkdir()
    crawl(file, newsroom.home, {f"/long-{number}.html": long_html(number) for number in range(MANY)}, give_up)
    running = newsroom.start("process", "--retry-quarantined", "--json")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as onlooker:
        stored = onlooker.cursor().execute
        wait_until(lambda: stored("SELECT 1 FROM articles").fetchone(), "a page of the quarantine in the corpus")
    running.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    ended = finish(running, 20)
    took_s = time.monotonic() - sent
    assert ended.code == 143, ended.stderr
    assert took_s < 4
    kept = len(newsroom.articles())
    assert 0 < kept < MANY
    assert ended.stats["released"] == kept == MANY - len(quarantine(file))
