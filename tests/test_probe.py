"""Probing a site: single pages as a crawl would fetch them, `portal add` and `portal test`; nothing is stored."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from copydesk.commands.portal_add import add_portal
from copydesk.context import Desk
from newsroom.errors import PortalError
from newsroom.portals import SourceKind, load_portal
from newsroom.reasons import Reason
from tests.nursery import Forked
from tests.site import Reply, Site
from tests.site.newspaper import SITEMAP, XML, article_html, headline

ROOT = Path(__file__).resolve().parent.parent
STORIES, CLIPS = range(8), range(3)
SECTION = "/harbour-in-pictures/"

PLAIN = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
PLAIN["COPYDESK_WORKERS"] = "1"

FETCH = """
import asyncio, json, sys
from newsroom.config import load_config
from newsroom.portals import ad_hoc_portal
from spiders.probe import run_probe
home, private, *paths = sys.argv[1:]
portal = ad_hoc_portal(home, fetch={"allow_private": private == "yes", "delay": 0, "timeout_s": 4})
urls = [path if ":" in path else home + path for path in paths]
async def plan(prober):
    return await asyncio.gather(*map(prober.fetch, urls))
for got in run_probe(load_config(environ={}, folder=None), portal, plan):
    print(json.dumps([got.asked.removeprefix(home), got.url.removeprefix(home), got.status, got.reason,
                      got.detail, [hop.removeprefix(home) for hop in got.hops], len(got.body)]))
"""


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


def copydesk(folder: Path, *arguments: str, **environ: str) -> Ran:
    home = ["--home", str(folder / "home"), "--portals", str(folder / "portals")]
    with Forked((*home, *arguments), cwd=ROOT, env={**PLAIN, **environ}) as process:
        out, err = process.communicate(timeout=100)
    return Ran(process.returncode, out, err)


# --- single pages -------------------------------------------------------------------------------------------------

ASKED = (
    *("/last-modified", "/moved", "/signpost", "/to-forbidden", "/out", "/forbidden/x", "/redirect-loop"),
    *("/meta-refresh-loop", "/429", "/nowhere", "/drip", "/truncated", "/bomb-gzip", "ftp://127.0.0.1/x"),
)


@pytest.fixture(scope="module")
def fetched() -> Iterator[tuple[dict[str, list[object]], Site]]:
    with Site() as site:
        site.extra.update({
            "/moved": Reply("", 301, headers=[("Location", "/last-modified")]),
            "/signpost": Reply('<meta http-equiv="refresh" content="0; url=/last-modified">'),
            "/to-forbidden": Reply("", 302, headers=[("Location", "/forbidden/secret")]),
            "/out": Reply("", 302, headers=[("Location", "file:///etc/passwd")]),
        })  # fmt: skip
        command = [sys.executable, "-c", FETCH, site.url(""), "yes", *ASKED]
        done = subprocess.run(command, cwd=ROOT, env=PLAIN, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr
        yield {row[0]: row[1:] for row in map(json.loads, done.stdout.splitlines())}, site


def test_a_whole_answer_has_no_reason(fetched: tuple[dict[str, list[object]], Site]) -> None:
    url, status, reason, detail, hops, size = fetched[0]["/last-modified"]
    assert (url, status, reason, detail, hops) == ("/last-modified", 200, None, "", [])
    assert isinstance(size, int)
    assert size > 1000


@pytest.mark.parametrize("signpost", ["/moved", "/signpost"])
def test_redirects_are_followed_by_hand(fetched: tuple[dict[str, list[object]], Site], signpost: str) -> None:
    assert fetched[0][signpost][:3] == ["/last-modified", 200, None]
    assert fetched[0][signpost][4] == [signpost]


@pytest.mark.parametrize(
    ("asked", "reason", "detail"),
    [
        ("/forbidden/x", Reason.ROBOTS, "forbids /forbidden/x"),
        ("/to-forbidden", Reason.ROBOTS, "forbids /forbidden/secret"),
        ("/redirect-loop", Reason.FAILED, "circle"),
        ("/meta-refresh-loop", Reason.FAILED, "circle"),
        ("/429", Reason.BLOCKED, "HTTP 429"),
        ("/nowhere", Reason.GONE, "HTTP 404"),
        ("/drip", Reason.FAILED, "longer than 4"),
        ("/truncated", Reason.TRUNCATED, "ended before"),
        ("/bomb-gzip", Reason.TOO_LARGE, ""),
        ("/out", Reason.UNSAFE, "file:///etc/passwd"),
        ("ftp://127.0.0.1/x", Reason.UNSAFE, "not an http(s) address"),
    ],
)
def test_what_goes_wrong_is_an_answer_with_its_reason(
    fetched: tuple[dict[str, list[object]], Site], asked: str, reason: Reason, detail: str
) -> None:
    got = fetched[0][asked]
    assert got[2] == reason
    assert detail in str(got[3])


def test_robots_is_asked_first_and_once_and_obeyed_on_every_hop(fetched: tuple[dict[str, list[object]], Site]) -> None:
    log = fetched[1].log
    assert log[0].path == "/robots.txt"
    assert fetched[1].hits("/robots.txt") == 1
    assert not [hit.path for hit in log if hit.path.startswith("/forbidden/")]
    assert all(hit.headers["user-agent"].startswith("copydesk/") for hit in log)


# --- portal add and portal test -----------------------------------------------------------------------------------


def _story(number: int) -> str:
    return f"/news/2026/03/story-{number}.html"


def _clip(number: int) -> str:
    return f"/video/a-very-long-clip-of-the-harbour-{number}.html"


def _teaser(path: str, title: str) -> str:
    return f'<article><h2><a href="{path}">{title}</a></h2><p>And what else is known of it.</p></article>'


def _portal_pages(site: Site) -> dict[str, Reply]:
    """A Chinese paper: a feed with stories and clips, a news sitemap, a feed of comments, and a section page."""
    stories = {_story(n): Reply(article_html(n, site.url(_story(n)), language="zh")) for n in STORIES}
    clips = {_clip(n): Reply(f"<html><body><h1>Clip {n}</h1><video></video><p>Watch.</p></body></html>") for n in CLIPS}
    entries = [*((_story(n), headline(n, "zh")) for n in STORIES), *((_clip(n), f"Clip {n}") for n in CLIPS)]
    dated = "<pubDate>Sun, 01 Mar 2026 08:30:00 GMT</pubDate>"
    items = "".join(f"<item><title>{title}</title><link>{path}</link>{dated}</item>" for path, title in entries)
    comment = f"<item><title>Re</title><link>{_story(1)}#comment-5</link></item>"
    news = "".join(
        f"<url><loc>{site.url(_story(n))}</loc><n:news><n:publication_date>2026-03-01T08:30:00Z</n:publication_date>"
        f"<n:title>{headline(n, 'zh')}</n:title></n:news></url>"
        for n in range(3)
    )
    schema = f'xmlns="{SITEMAP}" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    feeds = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{p}">' for p in ("/rss.xml", "/comments.xml")
    )
    teasers = "".join(_teaser(path, title) for path, title in [*entries, (SECTION, "The harbour in pictures")])
    section = "".join(f'<li><a href="{_story(n)}">{headline(n, "zh")}</a></li>' for n in STORIES)
    robots = f"User-agent: *\nDisallow: /private/\nSitemap: {site.url('/news.xml')}\n"
    return {
        "/": Reply(f"<html><head><title>Paper</title>{feeds}</head><body>{teasers}</body></html>"),
        "/robots.txt": Reply(robots, type="text/plain"),
        "/rss.xml": Reply(f'<rss version="2.0"><channel><title>Paper</title>{items}</channel></rss>', type=XML),
        "/comments.xml": Reply(f'<rss version="2.0"><channel>{comment}</channel></rss>', type=XML),
        "/news.xml": Reply(f"<urlset {schema}>{news}</urlset>", type=XML),
        SECTION: Reply(f"<html><head><title>Town</title></head><body><ul>{section}</ul></body></html>"),
        **stories,
        **clips,
    }


@dataclass(frozen=True)
class Surveyed:
    site: Site
    folder: Path
    added: Ran
    tested: Ran

    @property
    def file(self) -> Path:
        return self.folder / "portals" / "paper.toml"


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveyed]:
    folder = tmp_path_factory.mktemp("survey")
    with Site() as site:
        site.extra.update(_portal_pages(site))
        added = copydesk(folder, "portal", "add", site.url("/"), "--id", "paper", "--allow-private", "--delay", "0")
        tested = copydesk(folder, "portal", "test", "paper", "-o", "ndjson", "--show", "1")
        yield Surveyed(site, folder, added, tested)


def test_portal_add_says_what_it_found(surveyed: Surveyed) -> None:
    assert surveyed.added.code == 0, surveyed.added.err
    lines = surveyed.added.out.splitlines()
    said = {tuple(line.split()[:2]): " ".join(line.split()[2:]) for line in lines}
    assert said["✓", "robots.txt"] == "allows us; 1 sitemap named"
    assert said["✓", "news-sitemap"].startswith("/news.xml 3 URLs, newest ")
    assert said["✓", "feed"].startswith("/rss.xml 11 items, newest ")
    assert said["–", "language"].startswith("zh-Hans (8 of 8")
    assert "date 8 (json-ld)" in said["✓", "sample"]
    assert said["!", "deny"].endswith("proposed deny = ['/video/']")
    assert "next: copydesk portal test paper" in surveyed.added.err


def test_portal_add_writes_a_file_that_reads_back(surveyed: Surveyed) -> None:
    portal = load_portal(surveyed.file)
    kinds = [(source.kind.value, (source.url or "").removeprefix(surveyed.site.url(""))) for source in portal.sources]
    assert kinds[:3] == [("news-sitemap", "/news.xml"), ("feed", "/rss.xml"), ("homepage", "")]
    assert [pattern.pattern for pattern in portal.articles.deny] == ["/video/"]
    assert (portal.language, portal.fetch.allow_private, portal.fetch.delay) == ("zh-Hans", True, 0)
    assert "# 11 items, newest" in surveyed.file.read_text("utf-8")


def test_a_section_page_among_the_samples_becomes_a_listing(surveyed: Surveyed) -> None:
    portal = load_portal(surveyed.file)
    listings = [source.url for source in portal.sources if source.kind is SourceKind.LISTING]
    assert listings == [surveyed.site.url(SECTION)]


def test_portal_test_tells_each_address_and_where_its_date_came_from(surveyed: Surveyed) -> None:
    assert surveyed.tested.code == 0, surveyed.tested.err
    rows = {str(row["url"]).removeprefix(surveyed.site.url("")): row for row in surveyed.tested.rows}
    assert rows["/rss.xml"]["why"] == "8 articles in 11 entries"
    story = rows[_story(0)]
    assert (story["verdict"], story["title"], story["language"]) == ("taken", headline(0, "zh"), "zh-Hans")
    assert (story["published"], story["date_from"]) == ("2026-03-01T08:30:00Z", "json-ld datePublished")
    assert rows[_clip(0)] == {**rows[_clip(0)], "verdict": "refused", "kind": "address"}
    assert "denied-by-rule: matches deny /video/" in str(rows[_clip(0)]["why"])
    assert "paper: 8 of 8 article pages would be stored" in surveyed.tested.err
    assert headline(0, "zh") in surveyed.tested.err or headline(1, "zh") in surveyed.tested.err


def test_a_survey_and_a_trial_are_small_polite_and_leave_nothing(surveyed: Surveyed) -> None:
    log = surveyed.site.log
    assert log[0].path == "/robots.txt"
    assert len(log) <= 20 + 16
    assert not [hit for hit in log if hit.path.startswith("/private/")]
    assert [path.name for path in surveyed.folder.iterdir()] == ["portals"]


def test_an_existing_file_is_kept_and_no_request_made(surveyed: Surveyed) -> None:
    before, hits = surveyed.file.read_bytes(), len(surveyed.site.log)
    folder = str(surveyed.file.parent)
    again = CliRunner().invoke(add_portal, [surveyed.site.url("/"), "--id", "paper", "--portals", folder], obj=Desk())
    assert isinstance(again.exception, PortalError)
    assert "exists already" in str(again.exception)
    assert (surveyed.file.read_bytes(), len(surveyed.site.log)) == (before, hits)


def test_who_keeps_us_out_is_not_written_down(tmp_path: Path) -> None:
    with Site() as site:
        done = copydesk(tmp_path, "portal", "add", "http://robots-forbids-us.test/", http_proxy=site.url(""))
        assert {hit.path for hit in site.log} == {"/robots.txt"}
    assert done.code == 5
    assert "robots.txt of http://robots-forbids-us.test forbids /" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_private_address_is_not_even_asked_for_robots(tmp_path: Path) -> None:
    with Site() as site:
        done = copydesk(tmp_path, "portal", "add", site.url("/"))
        assert site.log == ()
    assert done.code == 2
    assert "--allow-private admits it" in done.err


def test_a_site_without_news_is_not_written_down(tmp_path: Path) -> None:
    with Site() as site:
        missing = {path: Reply("", 404) for path in ("/robots.txt", "/sitemap.xml", "/feed.xml")}
        site.extra.update({**missing, "/": Reply("<html><body><h1>Bakery</h1><p>Bread and cakes.</p></body></html>")})
        done = copydesk(tmp_path, "portal", "add", site.url("/"), "--allow-private", "--delay", "0", "-o", "json")
    assert done.code == 3
    assert "not a news site" in done.err
    assert json.loads(done.out)["file"] is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_probe_at_once_though_a_download_hangs(number: signal.Signals, code: int) -> None:
    words = "portal", "test", "--allow-private"
    with Site() as site, Forked((*words, site.url("/drip")), cwd=ROOT, env=PLAIN) as process:
        deadline = time.monotonic() + 60
        while not site.hits("/drip") and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=15)
    assert process.returncode == code
    assert "Traceback" not in said
