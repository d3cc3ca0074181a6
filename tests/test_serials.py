"""Articles over several pages, in whole crawls: joined, stored once, and no page of theirs an article of its own.

One crawl of a few sites shows most of it; revisits and kills go on from a copy of what it left.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.main import run
from newsroom.records import Provenance
from storage.articles import StoredArticle
from tests.crawl_kit import LOOPBACK, Finished, Newsroom, finish, kill_all, rss, wait_until
from tests.site import Hit, Reply, Site, Wire
from tests.site.serial import LEAVES, leaf_html, leaf_path, leaf_texts

WHOLE, FAIR, NEXT_YEAR, ENDLESS, GONE, FORBIDDEN, SAYS_AGAIN = 5, 6, 7, 8, 14, 15, 16
IN_ORDER, LAST_FIRST, ONLY_SECOND, ONLY_LAST = ANNOUNCED = 10, 11, 12, 13
BUSY, SEVERE, EDITED, LOST, INTERRUPTED = 17, 18, 19, 20, 21
KILLED_AT_SECOND, KILLED_AT_LAST = 22, 23

TOWN_FAIR, FAIR_AGAIN = "/2026/03/04/the-town-fair-opens.html", "/2026/03/04/the-town-fair-opens-2.html"
OF_NEWS = {leaf_path(each) for each in (WHOLE, *ANNOUNCED, ENDLESS, GONE, FORBIDDEN, SAYS_AGAIN)}
STORED = {TOWN_FAIR, FAIR_AGAIN, *OF_NEWS, *(leaf_path(each) for each in (BUSY, EDITED, LOST, INTERRUPTED))}
SOURCE = '[[sources]]\nkind = "feed"\nurl = "/news.xml"\n'
SLOW = LOOPBACK.replace("delay = 0", "delay = 0.4").replace("concurrency = 8", "concurrency = 1")


def leaves(number: int) -> tuple[str, ...]:
    return tuple(leaf_path(number, leaf) for leaf in range(1, LEAVES + 1))


def whole_text(number: int) -> list[str]:
    return [text for leaf in range(1, LEAVES + 1) for text in leaf_texts(number, leaf)]


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def add_portal(newsroom: Newsroom, name: str, site: Site, *announced: str, fetch: str = LOOPBACK) -> Site:
    """A portal whose one feed announces these pages of the site; revisits come at once."""
    site.extra["/news.xml"] = Reply(rss(site, *announced), type="application/rss+xml")
    newsroom.write_portal(name, site.url("/"), f'revisit = ["1s"]\n{SOURCE}', fetch=fetch)
    return site


def stored(newsroom: Newsroom, number: int) -> StoredArticle:
    with newsroom.corpus() as corpus:
        (found,) = [each for each in corpus.articles.iterate() if each.url.endswith(leaf_path(number))]
        whole = corpus.articles.get(found.id)
    assert whole is not None
    return whole


def said_of_parts(newsroom: Newsroom, number: int) -> Provenance:
    return stored(newsroom, number).article.provenance["parts"]


def copy_of(newsroom: Newsroom, folder: Path) -> Newsroom:
    """The newsroom as it is, to go on from while others look at this one; its articles are due again."""
    time.sleep(1.1)
    return Newsroom(Path(shutil.copytree(newsroom.folder, folder / "copy")))


@pytest.fixture(scope="module")
def sites() -> Iterator[ExitStack]:
    with ExitStack() as running:
        yield running


# --- one crawl --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crawled:
    """A crawl of all portals at its end, its sites, and what was asked of the largest of them."""

    newsroom: Newsroom
    end: Finished
    news: Site
    busy: Site
    later: Site
    interrupted: Site
    log: tuple[Hit, ...]

    def hits(self, path: str) -> int:
        return sum(hit.path == path for hit in self.log)


def _write_pages(site: Site) -> tuple[str, ...]:
    """Put the odd pages of the main site in their places; what its feed is to announce."""
    site.extra[TOWN_FAIR] = Reply(leaf_html(FAIR, 1, pager=f'<a rel="next" href="{FAIR_AGAIN}">Next</a>'))
    site.extra[FAIR_AGAIN] = Reply(leaf_html(NEXT_YEAR, 1, pager=f'<a rel="prev" href="{TOWN_FAIR}">Previous</a>'))
    site.extra[leaf_path(GONE, 2)] = Reply("<h1>Not found</h1>", 404)
    site.extra["/robots.txt"] = Reply(f"User-agent: *\nDisallow: {leaf_path(FORBIDDEN, 2)}\n", type="text/plain")
    for leaf in range(1, 30):
        site.extra[leaf_path(ENDLESS, leaf)] = Reply(leaf_html(ENDLESS, leaf, leaves=40))
    for leaf in (2, 3):
        site.extra[leaf_path(SAYS_AGAIN, leaf)] = Reply(leaf_html(SAYS_AGAIN, leaf, texts=leaf_texts(SAYS_AGAIN, 1)))
    first, second, third = leaves(IN_ORDER)
    ordered = (first, third, second, *reversed(leaves(LAST_FIRST)), leaf_path(ONLY_SECOND, 2), leaf_path(ONLY_LAST, 3))
    others = (leaf_path(each) for each in (WHOLE, GONE, FORBIDDEN, SAYS_AGAIN, ENDLESS))
    return (*ordered, TOWN_FAIR, FAIR_AGAIN, *others)


@pytest.fixture(scope="module")
def crawled(sites: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    newsroom = Newsroom(tmp_path_factory.mktemp("serials") / "desk")
    newsroom.folder.mkdir()
    news, busy, severe, later, interrupted = (sites.enter_context(Site()) for _ in range(5))
    add_portal(newsroom, "news", news, *_write_pages(news))
    add_portal(newsroom, "busy", busy, leaf_path(BUSY)).extra[leaf_path(BUSY, 2)] = Reply(
        "busy", 503, headers=[("Retry-After", "1")]
    )
    add_portal(newsroom, "severe", severe, leaf_path(SEVERE)).extra[leaf_path(SEVERE, 2)] = Reply(
        "busy", 429, headers=[("Retry-After", "3600")]
    )
    add_portal(newsroom, "later", later, leaf_path(EDITED), leaf_path(LOST))
    add_portal(newsroom, "interrupted", interrupted, leaf_path(INTERRUPTED), fetch=SLOW)
    crawl = newsroom.start("crawl", "--all", "--json")
    wait_until(lambda: busy.hits(leaf_path(BUSY, 2)), "the page that fails", timeout_s=60)
    del busy.extra[leaf_path(BUSY, 2)]
    return Crawled(newsroom, finish(crawl), news, busy, later, interrupted, news.log)


def test_three_pages_are_one_article_with_three_captures(crawled: Crawled) -> None:
    assert crawled.end.code == 0, crawled.end.stderr
    article = stored(crawled.newsroom, WHOLE).article
    first, second, third = leaves(WHOLE)
    assert lines(article.text) == whole_text(WHOLE)
    assert [part.removeprefix(crawled.news.url("")) for part in article.parts] == [second, third]
    captured = Counter(capture.url for capture in crawled.newsroom.captures())
    assert [captured[crawled.news.url(path)] for path in (first, second, third)] == [1, 1, 1]


def test_every_article_is_stored_once_and_every_answer_counted_and_captured(crawled: Crawled) -> None:
    counts = crawled.newsroom.counts()
    assert crawled.end.stats["articles"]["new"] == counts["articles"] == counts["revisions"] == len(STORED)
    assert set(crawled.newsroom.articles()) == STORED
    (of_news,) = [each for each in crawled.end.stats["portals"] if each["portal"] == "news"]
    assert of_news["fetched"] == len(crawled.log) - 1  # robots.txt is not a page
    report = crawled.newsroom.verify()
    assert (report.ok, report.unreferenced) == (True, 0)


def test_the_neighbour_behind_rel_next_is_not_asked_for(crawled: Crawled) -> None:
    expected = {leaf_path(number, leaf) for number in (WHOLE, *ANNOUNCED, GONE) for leaf in (1, 2, 3)}
    expected |= {leaf_path(ENDLESS, leaf) for leaf in range(1, 21)}
    expected |= {leaf_path(FORBIDDEN), leaf_path(FORBIDDEN, 3), leaf_path(SAYS_AGAIN), leaf_path(SAYS_AGAIN, 2)}
    assert {hit.path for hit in crawled.log} == {"/robots.txt", "/news.xml", TOWN_FAIR, FAIR_AGAIN, *expected}


@pytest.mark.parametrize("number", ANNOUNCED, ids=["in-order", "last-first", "only-second", "only-last"])
def test_a_later_page_is_never_an_article_whatever_announces_it(number: int, crawled: Crawled) -> None:
    first, *later = leaves(number)
    articles = crawled.newsroom.articles()
    assert lines(articles[first]) == whole_text(number)
    assert not articles.keys() & set(later)
    ledger = crawled.newsroom.ledger()
    for leaf, path in enumerate(later, 2):
        assert (ledger[path].state, crawled.newsroom.reasons()[path]) == ("refused", "duplicate-address")
        assert ledger[path].detail == f"page {leaf} of {crawled.news.url(first)}"


def test_another_article_with_a_number_at_its_end_stays_one(crawled: Crawled) -> None:
    articles = crawled.newsroom.articles()
    for path, own, other in ((TOWN_FAIR, FAIR, NEXT_YEAR), (FAIR_AGAIN, NEXT_YEAR, FAIR)):
        said = set(lines(articles[path]))
        assert said >= set(leaf_texts(own, 1))
        assert not said & set(leaf_texts(other, 1))


# --- pages that fail --------------------------------------------------------------------------------------------


def test_a_page_that_is_gone_is_named_and_the_others_are_joined(crawled: Crawled) -> None:
    assert lines(crawled.newsroom.articles()[leaf_path(GONE)]) == leaf_texts(GONE, 1) + leaf_texts(GONE, 3)
    (declined,) = said_of_parts(crawled.newsroom, GONE).rejected
    assert declined.value == crawled.news.url(leaf_path(GONE, 2))
    assert declined.why == "page 2, missing (gone: HTTP 404)"
    assert crawled.newsroom.reasons()[leaf_path(GONE, 2)] == "gone"


def test_a_page_that_robots_txt_forbids_is_not_asked_for(crawled: Crawled) -> None:
    assert (crawled.hits(leaf_path(FORBIDDEN, 2)), crawled.hits(leaf_path(FORBIDDEN, 3))) == (0, 1)
    assert "robots" in said_of_parts(crawled.newsroom, FORBIDDEN).rejected[0].why
    assert crawled.newsroom.reasons()[leaf_path(FORBIDDEN, 2)] == "robots"


def test_an_article_waits_for_a_page_that_fails_for_the_moment(crawled: Crawled) -> None:
    article = stored(crawled.newsroom, BUSY)
    assert lines(article.article.text) == whole_text(BUSY)
    assert article.revision_count == 1
    assert [crawled.busy.hits(path) for path in leaves(BUSY)] == [1, 2, 1]


def test_an_article_comes_later_when_its_host_asks_for_a_long_wait(crawled: Crawled) -> None:
    assert leaf_path(SEVERE) not in crawled.newsroom.articles()
    waiting = crawled.newsroom.ledger("severe")[leaf_path(SEVERE)]
    assert waiting.state == "waiting"
    assert waiting.due_utc is not None
    assert waiting.due_utc - datetime.now(UTC) > timedelta(minutes=55)
    (refused,) = [each for each in crawled.newsroom.captures() if each.url.endswith(leaf_path(SEVERE, 2))]
    assert refused.status == 429


def test_a_pager_without_end_is_left_after_twenty_pages(crawled: Crawled) -> None:
    assert len(stored(crawled.newsroom, ENDLESS).article.parts) == 19
    assert crawled.hits(leaf_path(ENDLESS, 20)) == 1
    assert not crawled.hits(leaf_path(ENDLESS, 21))


def test_a_page_that_only_says_the_first_one_again_ends_the_article(crawled: Crawled) -> None:
    article = stored(crawled.newsroom, SAYS_AGAIN).article
    assert lines(article.text) == leaf_texts(SAYS_AGAIN, 1)
    assert article.parts == ()
    assert not crawled.hits(leaf_path(SAYS_AGAIN, 3))
    assert "says again" in said_of_parts(crawled.newsroom, SAYS_AGAIN).rejected[0].why


# --- kills and revisits -----------------------------------------------------------------------------------------


async def _never(_reader: StreamReader, _writer: StreamWriter) -> None:
    await asyncio.sleep(600)


def _edited(leaf: int) -> Reply:
    """A leaf with one sentence more; a later one has no pager, so that nothing says what it is."""
    pager = "" if leaf == 1 else "<hr>"
    return Reply(leaf_html(INTERRUPTED, leaf, texts=[*leaf_texts(INTERRUPTED, leaf), "Edited."], pager=pager))


def _kill_between_pages(newsroom: Newsroom, held: dict[str, Site]) -> None:
    """Kill a crawl of three portals while each waits for the page named, which then comes as if nothing had been."""
    for path, site in held.items():
        site.extra[path] = Wire(_never)
    crawl = newsroom.start("crawl", "second", "last", "interrupted", "--json")
    try:
        wait_until(lambda: all(site.hits(path) for path, site in held.items()), "the pages of the kill", 60)
    finally:
        kill_all(crawl)
        finish(crawl)
    for path, site in held.items():
        del site.extra[path]


@pytest.fixture(scope="module")
def again(crawled: Crawled, sites: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    """Crawled again: some are visited anew, others after a kill between two pages of a new article or of a revisit."""
    newsroom = copy_of(crawled.newsroom, tmp_path_factory.mktemp("again"))
    slow = SLOW.replace("timeout_s = 5", "timeout_s = 60")
    second = add_portal(newsroom, "second", sites.enter_context(Site()), leaf_path(KILLED_AT_SECOND), fetch=slow)
    last = add_portal(newsroom, "last", sites.enter_context(Site()), leaf_path(KILLED_AT_LAST), fetch=slow)
    interrupted = add_portal(newsroom, "interrupted", crawled.interrupted, leaf_path(INTERRUPTED), fetch=slow)
    interrupted.forget()
    interrupted.extra |= {leaf_path(INTERRUPTED, leaf): _edited(leaf) for leaf in (1, 2)}
    held = {leaf_path(KILLED_AT_SECOND, 2): second, leaf_path(KILLED_AT_LAST, 3): last}
    _kill_between_pages(newsroom, {**held, leaf_path(INTERRUPTED, 3): interrupted})
    assert set(newsroom.articles()) == STORED
    interrupted.extra[leaf_path(INTERRUPTED, 3)] = _edited(3)
    corrected = [*leaf_texts(EDITED, 2), "Correction: the well was never lost."]
    crawled.later.extra[leaf_path(EDITED, 2)] = Reply(leaf_html(EDITED, 2, texts=corrected))
    crawled.later.extra[leaf_path(LOST, 2)] = Reply("<h1>Not found</h1>", 404)
    ended = newsroom.crawl("second", "last", "interrupted", "later")
    assert ended.code == 0, ended.stderr
    return newsroom


def test_an_edit_of_the_second_page_is_a_revision(again: Newsroom) -> None:
    edited = stored(again, EDITED)
    assert "Correction" in edited.article.text
    assert edited.revision_count == 2


def test_a_page_lost_at_a_revisit_is_no_edit(crawled: Crawled, again: Newsroom) -> None:
    before, after = stored(crawled.newsroom, LOST), stored(again, LOST)
    assert lines(before.article.text) == whole_text(LOST)
    assert (after.revision_count, after.article.text) == (1, before.article.text)
    assert after.last_seen_utc > before.last_seen_utc
    assert "page 2 missing" in again.ledger()[leaf_path(LOST)].detail
    assert said_of_parts(again, LOST).rejected == ()


@pytest.mark.parametrize("number", [KILLED_AT_SECOND, KILLED_AT_LAST], ids=["at-second", "at-last"])
def test_a_kill_between_two_pages_loses_nothing_and_stores_nothing_twice(number: int, again: Newsroom) -> None:
    article = stored(again, number)
    assert lines(article.article.text) == whole_text(number)
    assert article.revision_count == 1
    assert set(again.articles()) == {*STORED, leaf_path(KILLED_AT_SECOND), leaf_path(KILLED_AT_LAST)}
    assert again.counts()["quarantine"] == 0
    report = again.verify()
    assert (report.ok, report.torn, report.missing, report.unreferenced) == (True, [], [], 0)


def test_a_kill_at_a_revisit_makes_no_page_an_article(again: Newsroom) -> None:
    assert not again.articles().keys() & set(leaves(INTERRUPTED)[1:])
    article = stored(again, INTERRUPTED)
    assert article.article.text.count("Edited.") >= 1
    assert article.revision_count == 2
    assert again.verify().unreferenced == 0


# --- without a corpus -------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Newsroom, Site]]:
    with Site() as site:
        newsroom = Newsroom(tmp_path)
        yield newsroom, add_portal(newsroom, "news", site)


def read_of(found: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Paragraphs, later pages that were read, and those that were not."""
    unread = [each["value"] for each in found["provenance"]["parts"]["rejected"]]
    return lines(found["text"]), found["parts"], unread


def test_extract_joins_what_it_may_fetch(desk: tuple[Newsroom, Site]) -> None:
    newsroom, site = desk
    ran = newsroom.run("extract", site.url(leaf_path(WHOLE)), "--portal", "news", "--format", "json", "--explain")
    assert ran.code == 0, ran.stderr
    later = [site.url(path) for path in leaves(WHOLE)[1:]]
    assert read_of(ran.stats) == (whole_text(WHOLE), later, [])
    assert site.hits(leaf_path(WHOLE, 2)) == 1


def test_extract_says_which_pages_of_a_file_it_may_not_fetch(
    desk: tuple[Newsroom, Site], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom, site = desk
    (newsroom.folder / "page.html").write_text(leaf_html(WHOLE, 1), encoding="utf-8")
    monkeypatch.chdir(newsroom.folder)
    for name, value in newsroom.environment.items():
        monkeypatch.setenv(name, value)
    said = ["--url", site.url(leaf_path(WHOLE)), "--portal", "news", "--format", "json", "--explain"]
    assert run(["extract", "page.html", *said]) == 0
    later = [site.url(path) for path in leaves(WHOLE)[1:]]
    assert read_of(json.loads(capsys.readouterr().out)) == (leaf_texts(WHOLE, 1), [], later)
    assert site.log == ()
