"""What a run of a portal may be asked for: young articles only, another look only, or only to say what it would do."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from copydesk.main import run
from newsroom.durations import point_in_time
from newsroom.errors import UsageError
from spiders.assignment import Assignment, assignment_of
from storage.database import open_database
from tests.crawl_kit import Finished, Newsroom, rss
from tests.site import Reply, Site
from tests.site.newspaper import ARTICLES, article_html, published

STORIES = [f"/2026/{published(number):%m/%d}/story-{number}.html" for number in range(ARTICLES)]
SINCE = "2026-03-03"
YOUNG = {path for number, path in enumerate(STORIES) if published(number) >= datetime(2026, 3, 3, tzinfo=UTC)}
ONE_WORKER = {"COPYDESK_WORKERS": "1"}


def dry_run(newsroom: Newsroom, *words: str) -> Finished:
    """`copydesk crawl --dry-run` in this process: it starts no crawler."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, newsroom.environment, clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run(["crawl", "--dry-run", *words])
    return Finished(code, out.getvalue(), err.getvalue())


def outlook(newsroom: Newsroom, *words: str) -> dict[str, Any]:
    """What a dry run of the portal "news" says of it, as JSON."""
    return outlook_of(newsroom, "news", *words)


def outlook_of(newsroom: Newsroom, name: str, *words: str) -> dict[str, Any]:
    """What a dry run of one portal says of it."""
    (portal,) = dry_run(newsroom, name, "--json", *words).stats["portals"]
    return dict(portal)


def stored_at(newsroom: Newsroom, site: Site) -> set[str]:
    """Paths of the articles that are stored of this site."""
    with newsroom.corpus() as corpus:
        urls = [each.url for each in corpus.articles.iterate()]
    return {url.removeprefix(site.url("")) for url in urls if url.startswith(site.url(""))}


def paths(newsroom: dict[str, Any], site: Site) -> list[str]:
    """The pages that an outlook names."""
    return [page["url"].removeprefix(site.url("")) for page in newsroom["pages"]]


def asked(site: Site) -> list[str]:
    """Paths that were asked for since this was last called."""
    found = sorted(hit.path for hit in site.log)
    site.forget()
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_due(newsroom: Newsroom, site: Site, *stories: str) -> None:
    """Let the time of these stored articles' next look have come."""
    with open_database(newsroom.url) as database, database.writing() as corpus:
        for path in stories:
            page = corpus.frontier.page(site.url(path))
            assert page is not None
            assert page.article_id is not None
            corpus.frontier._set(page.id, due_utc=datetime.now(UTC) - timedelta(minutes=1))


# --- --since ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-03", datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026-03-03T06:00+01:00", datetime(2026, 3, 3, 5, tzinfo=UTC)),
        ("2026-03-03T06:00:00Z", datetime(2026, 3, 3, 6, tzinfo=UTC)),
        ("7d", datetime(2026, 3, 3, 12, tzinfo=UTC)),
        (" 36h ", datetime(2026, 3, 9, tzinfo=UTC)),
    ],
)
def test_when_is_a_date_a_time_or_an_age(text: str, expected: datetime) -> None:
    assert point_in_time(text, datetime(2026, 3, 10, 12, tzinfo=UTC)) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "7", "2026-13-01", "9999999y", "0001-01-01T00:00+23:00", "2027-01-01"]
)
def test_what_is_no_time_or_lies_ahead_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time|lies in the future"):
        point_in_time(text, datetime(2026, 3, 10, 12, tzinfo=UTC))


def test_scrapy_takes_the_same_choices_as_words() -> None:
    given = assignment_of({"limit": "5", "since": "2026-03-03", "revisit": "true"})
    assert given == Assignment(5, datetime(2026, 3, 3, tzinfo=UTC), revisit=True)
    assert assignment_of({}) == Assignment()
    with pytest.raises(UsageError, match="yesterday"):
        assignment_of({"since": "yesterday"})


# --- --dry-run without a corpus -----------------------------------------------------------------------------------


def test_a_dry_run_makes_no_corpus_and_names_where_a_crawl_would_begin(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.write_portal("news", "http://127.0.0.1:9/")
    newsroom.write_portal("feeds", "http://127.0.0.1:9/", '[[sources]]\nkind = "feed"\nurl = "/news.xml"')
    dry = dry_run(newsroom, "--all", "--fail-if-empty", "--json")
    assert dry.code == 0, dry.stderr
    assert (dry.stats["dry_run"], dry.stats["kind"], dry.stats["due"]) == (True, "crawl", 2)
    named = {each["portal"]: (each["known"], each["pages"][0]["url"]) for each in dry.stats["portals"]}
    assert named == {"news": (False, "http://127.0.0.1:9/"), "feeds": (False, "http://127.0.0.1:9/news.xml")}
    table = dry_run(newsroom, "news").stdout
    assert "never crawled: its sources would be discovered" in table
    assert "  source  http://127.0.0.1:9/\n" in table
    nothing = dry_run(newsroom, "--all", "--revisit", "--fail-if-empty")
    assert nothing.code == 4
    assert "never crawled: nothing to look at again" in nothing.stdout
    assert not newsroom.home.exists()


# --- a crawl of some, another look, and the rest --------------------------------------------------------------------

EDITED, GONE, MOVED, SAME = STORIES[:4]
TARGET = "/moved/to/here.html"
AT_FIRST = 4 + len(YOUNG)  # pages of the first crawl: the sources of "dated", its young articles, and room for one more
UNREAD = ARTICLES - (AT_FIRST - 1)  # stories that it leaves of "news", which has one source


@dataclass(frozen=True)
class Dated:
    """What became of the articles of a portal whose feed says when they were published."""

    asked: list[str]  # by a crawl of those since a day
    stored: set[str]
    waiting: set[str]
    owners: list[str]
    still: dict[str, Any]  # what a dry run then says of the same day
    asked_at_last: list[str]  # by a crawl of all
    stored_at_last: set[str]


@dataclass(frozen=True)
class Week:
    """Two portals. "news" is one feed, which dates nothing: some stories crawled, four of them due for another look,
    then the rest. "dated" is a front page, a feed and a sitemap: its young articles crawled, then the rest.
    """

    newsroom: Newsroom
    site: Site
    dated: Dated
    before: dict[str, Any]  # what dry runs said …
    limited: dict[str, Any]
    wrote: bool
    asked_dry: list[str]
    nothing_due: Finished  # … a revisit with nothing due,
    asked_in_vain: list[str]
    to_revisit: dict[str, Any]  # … then with something
    revisit: Finished
    asked_again: list[str]
    moved_to: str  # standing of the target of a redirect, after the revisit
    to_crawl: dict[str, Any]  # … and the crawl after it
    crawl: Finished
    asked_at_last: list[str]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    newsroom = Newsroom(tmp_path_factory.mktemp("week"), variables=ONE_WORKER)
    with Site() as site, Site() as dated:
        site.extra["/news.xml"] = Reply(rss(site, *STORIES), type="application/rss+xml")
        source = '[expect]\nyield_min = 0.9\n[[sources]]\nkind = "feed"\nurl = "/news.xml"'
        newsroom.write_portal("news", site.url("/"), f'{source}\n[articles]\nallow = ["."]')
        sources = {"/": "listing", "/feed.xml": "feed", "/sitemap-all.xml.gz": "sitemap"}
        tables = (f'[[sources]]\nkind = "{kind}"\nurl = "{path}"' for path, kind in sources.items())
        newsroom.write_portal("dated", dated.url("/"), "\n".join(tables))
        first = newsroom.crawl("news", "dated", "--since", SINCE, "--limit", str(AT_FIRST))
        assert first.code == 0, first.stderr
        asked(site)
        asked_young, stored = asked(dated), stored_at(newsroom, dated)
        waiting = {path for path, each in newsroom.ledger("dated").items() if each.state == "waiting"}
        owners, still = newsroom.lease_owners(), outlook_of(newsroom, "dated", "--since", SINCE)
        files, counts = bytes_of(newsroom.home), newsroom.counts()
        before, limited = outlook(newsroom), outlook(newsroom, "--limit", "3")
        wrote, asked_dry = (bytes_of(newsroom.home), newsroom.counts()) != (files, counts), asked(site)
        nothing_due = newsroom.crawl("news", "--revisit", "--fail-if-empty")
        asked_in_vain = asked(site)

        make_due(newsroom, site, EDITED, GONE, MOVED, SAME)
        site.extra[EDITED] = Reply(article_html(0, site.url(EDITED), edition=1))
        site.extra[GONE] = Reply("gone", status=410)
        site.extra[MOVED] = Reply(status=301, headers=[("Location", TARGET)])
        site.extra[TARGET] = Reply(article_html(40, site.url(TARGET)))
        to_revisit = outlook(newsroom, "--revisit")
        revisit = newsroom.crawl("news", "--revisit", "--fail-if-empty")
        asked_again, moved_to = asked(site), newsroom.ledger()[TARGET].state
        to_crawl = outlook(newsroom)
        crawl = newsroom.crawl("news", "dated")
        old = Dated(asked_young, stored, waiting, owners, still, asked(dated), stored_at(newsroom, dated))
        yield Week(
            newsroom, site, old, before, limited, wrote, asked_dry, nothing_due, asked_in_vain, to_revisit,
            revisit, asked_again, moved_to, to_crawl, crawl, asked(site),
        )  # fmt: skip


def test_old_articles_wait_in_the_ledger_and_a_later_run_fetches_them(week: Week) -> None:
    dated = week.dated
    # The front page, which dates nothing, names the old ones too: feeds and sitemaps are read before articles.
    assert set(dated.asked) & set(STORIES) == dated.stored == YOUNG
    assert dated.waiting & set(STORIES) == set(STORIES) - YOUNG
    assert dated.owners == []
    assert (dated.still["articles"]["new"], dated.still["older"]) == (0, len(set(STORIES) - YOUNG))
    assert set(dated.asked_at_last) & set(STORIES) == set(STORIES) - YOUNG
    assert dated.stored_at_last == set(STORIES)


def test_a_dry_run_writes_nothing_and_asks_nothing(week: Week) -> None:
    assert (week.wrote, week.asked_dry) == (False, [])


def test_a_dry_run_counts_what_is_due_and_what_the_limit_lets_through(week: Week) -> None:
    assert (week.before["sources"], week.before["articles"]) == (1, {"new": UNREAD, "again": 0})
    assert week.before["due"] == week.before["would_fetch"] == 1 + UNREAD
    assert (week.before["later"]["again"], week.before["known"]) == (ARTICLES - UNREAD, True)
    assert (week.limited["due"], week.limited["would_fetch"]) == (1 + UNREAD, 3)


def test_what_a_dry_run_names_is_what_the_run_then_asks_for(week: Week) -> None:
    assert sorted(paths(week.to_revisit, week.site)) == week.asked_again
    assert sorted(paths(week.to_crawl, week.site)) == week.asked_at_last
    assert week.crawl.stats["portals"][0]["fetched"] == week.to_crawl["would_fetch"]


def test_a_revisit_with_nothing_due_asks_nothing_and_ends_with_4(week: Week) -> None:
    assert (week.nothing_due.code, week.asked_in_vain) == (4, [])


def test_a_revisit_asks_for_stored_articles_that_are_due_and_for_no_source(week: Week) -> None:
    assert week.revisit.code == 0, week.revisit.stderr
    assert week.asked_again == sorted([EDITED, GONE, MOVED, SAME])
    counts = week.revisit.stats["articles"]
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 1, 1)
    with week.newsroom.corpus() as corpus:
        gone = corpus.articles.get(week.site.url(GONE))
        assert gone is not None
        assert gone.gone_utc is not None


def test_where_a_revisited_article_has_moved_to_waits_for_the_next_crawl(week: Week) -> None:
    assert week.moved_to == "waiting"
    assert TARGET in week.asked_at_last
    assert week.newsroom.ledger()[TARGET].state == "stored"


def test_runs_say_of_what_kind_they_were(week: Week) -> None:
    assert week.revisit.stats["kind"] == week.revisit.stats["portals"][0]["kind"] == "revisit"
    assert week.crawl.stats["kind"] == "crawl"
    with week.newsroom.corpus() as corpus:
        kinds = [run.stats["kind"] for run in corpus.runs.list() if run.portal_id == "news"]
    assert kinds == ["crawl", "revisit", "revisit", "crawl"]


def test_a_dry_run_knows_which_hosts_asked_to_be_left_alone(week: Week) -> None:
    make_due(week.newsroom, week.site, SAME)
    with open_database(week.newsroom.url) as database, database.writing() as corpus:
        corpus.hosts.set_retry_after(week.site.url(""), datetime.now(UTC) + timedelta(hours=1))
    waits = dry_run(week.newsroom, "news", "--json", "--fail-if-empty")
    (portal,) = waits.stats["portals"]
    assert (waits.code, portal["due"], portal["host_waits"]["pages"]) == (4, 0, 2)
    assert portal["host_waits"]["until_utc"].endswith("Z")
