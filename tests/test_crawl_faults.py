"""Crawls of pages that misbehave: each ends with its reason in the ledger, and the crawl ends in bounded requests.

Failed pages are tried three times, 5 s and 30 s apart. The crawl of the faults runs beside the others meanwhile.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.crawl_kit import LOOPBACK, Finished, Newsroom, finish, kill_all, rss
from tests.site import Reply, Site
from tests.site.newspaper import paragraphs

XML = "application/rss+xml"
ANY = "[articles]\nallow = ['.']\n"
EVER_ON = 80  # the budget of the crawl of traps

STORED = {
    "/deep-nesting", "/fails-once", "/headers-in-latin-1", "/html-as-octets", "/lies-about-charset",
    "/many-paragraphs", "/no-content-type", "/noarchive", "/nul-and-surrogates", "/redirect-chain/0",
    "/referrer-policy", "/says-gb2312-is-utf-8", "/sets-cookie", "/truncated-once",
}  # fmt: skip
REASONS = {
    "too-large": ["/huge", "/huge-unannounced", "/bomb-gzip", "/bomb-gzip-twice", "/bomb-deflate", "/bomb-br",
                  "/bomb-br-in-gzip", "/bomb-zstd", "/many-links"],
    "truncated": ["/truncated", "/truncated-chunked", "/bad-chunk", "/torn-gzip"],
    "failed": ["/drip", "/drip-headers", "/stall", "/reset", "/no-status-line", "/bad-status-line", "/long-header",
               "/says-gzip-but-is-not", "/status/500", "/status/418", "/status/204", "/304-unasked",
               "/redirect-self", "/redirect-nowhere"],
    "gone": ["/status/404", "/status/410"],
    "blocked": ["/status/403", "/status/451"],
    "not-html": ["/pdf-as-html"],
    "error-page": ["/soft-404/x"],
    "login-or-consent-wall": ["/login-wall", "/consent-wall"],
    "client-rendered": ["/shell"],
    "no-article": ["/empty"],
    "too-short": ["/lies-about-length", "/many-headers"],
    "unsafe-address": ["/redirect-to?url=file:///etc/passwd"],
    "duplicate-address": ["/redirect-loop", "/meta-refresh-loop", "/redirect-chain/3", "/redirect-endless/0"],
}  # fmt: skip
THREE_TIMES = {"/drip", "/drip-headers", "/stall", "/truncated", "/truncated-chunked", "/torn-gzip", "/bad-chunk",
               "/bad-status-line", "/status/500"}  # fmt: skip
BOMBS = ["entity-bomb-feed.xml", "quadratic-entities.xml", "entity-bomb-sitemap.xml", "sitemap-bomb.xml.gz"]
SITEMAPS = [*BOMBS[2:], "external-entity.xml", "sitemap-of-itself.xml", "sitemap-endless/0.xml", "sitemap-torn.xml",
            "sitemap-of-files.xml"]  # fmt: skip


@dataclass(frozen=True)
class Faults:
    """The crawl of every fault, under way or at its end."""

    newsroom: Newsroom
    site: Site
    process: subprocess.Popen[str]
    ended: list[Finished]

    @property
    def end(self) -> Finished:
        if not self.ended:
            self.ended.append(finish(self.process))
        return self.ended[0]


def _sources(**paths: list[str]) -> str:
    return "".join(
        f'[[sources]]\nkind = "{kind}"\nurl = "/{path}"\n' for kind, of_kind in paths.items() for path in of_kind
    )


@pytest.fixture(scope="module", autouse=True)
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    newsroom = Newsroom(tmp_path_factory.mktemp("faults"))
    pages = [*(STORED - {"/redirect-chain/0"}), *(path for paths in REASONS.values() for path in paths)]
    with Site() as site:
        site.extra["/faults.xml"] = Reply(rss(site, *pages), type=XML)
        site.extra["/moved"] = Reply(status=301, headers=[("Location", "/moved")])
        sources = _sources(feed=["faults.xml", "moved?utm_source=x", *BOMBS[:2]], sitemap=SITEMAPS)
        limits = "concurrency = 16\ntimeout_s = 4\nmax_bytes = 1000000"
        newsroom.write_portal("faults", site.url("/"), sources + ANY, f"allow_private = true\ndelay = 0\n{limits}")
        process = newsroom.start("crawl", "faults", "--json")
        faults = Faults(newsroom, site, process, [])
        yield faults
        if not faults.ended:
            kill_all(process)
            process.communicate()


# --- traps ------------------------------------------------------------------------------------------------------


def test_traps_are_left_alone_or_left_soon(tmp_path_factory: pytest.TempPathFactory) -> None:
    newsroom = Newsroom(tmp_path_factory.mktemp("traps"))
    traps = (
        "/calendar/2026/03/",
        "/search?q=x",
        "/session/a",
        "/deeper",
        "/maze/1",
        "/meta-refresh-loop",
        "/section/x/",
    )
    links = "".join(f'<h2><a href="{path}">A headline of several words for {path}</a></h2>' for path in traps)
    feed = f'<link rel="alternate" type="application/rss+xml" href="/feed.xml?utm_source={"x" * 2200}">'
    with Site() as site:
        site.extra["/front"] = Reply(f"<html><head>{feed}</head><body>{links}</body></html>")
        newsroom.write_portal("traps", site.url("/front"), fetch=f"{LOOPBACK}\nmax_pages = {EVER_ON}")
        assert newsroom.crawl("traps").code == 0
        asked = Counter(hit.path.split("/")[1] for hit in site.log)
        assert asked["feed.xml"] == 1  # an address of 2,200 characters holds nothing up
        assert (asked["calendar"], asked["search"]) == (0, 0)
        assert all(asked[trap] <= 1 for trap in ("session", "deeper", "maze"))
        assert asked["meta-refresh-loop"] == 2  # there and back, once
        assert len(site.log) < EVER_ON
    reasons = newsroom.reasons()
    assert reasons["/calendar/2026/03/"] == reasons["/search?q=x"] == "not-an-article-address"
    assert reasons["/maze/1"] == reasons["/session/a"] == "too-short"
    assert len(newsroom.articles()) == 12


# --- Retry-After ------------------------------------------------------------------------------------------------


def test_retry_after_is_waited_for_and_kept_over_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    newsroom = Newsroom(tmp_path_factory.mktemp("patience"))
    with Site() as patient, Site() as severe:
        patient.extra["/news.xml"] = Reply(rss(patient, "/429", "/503", "/429-date"), type=XML)
        severe.extra["/news.xml"] = Reply(
            rss(severe, "/429-for-ever", *map("/slow/{}".format, range(100, 130))), type=XML
        )
        for name, site in (("patient", patient), ("severe", severe)):
            one_by_one = LOOPBACK.replace("concurrency = 8", "concurrency = 1")
            newsroom.write_portal(name, site.url("/"), _sources(feed=["news.xml"]) + ANY, one_by_one)
        assert newsroom.crawl().code == 0
        for path in ("/429", "/503", "/429-date"):
            first, second = (hit for hit in patient.log if hit.path == path)
            assert (first.status, second.status) == (int(path[1:4]), 200)
            assert second.at_s - first.at_s >= 2
        assert set(newsroom.ledger("patient")) >= {"/429", "/503", "/429-date"}
        assert {each.state for path, each in newsroom.ledger("patient").items()} == {"stored", "read"}

        refused = next(hit for hit in severe.log if hit.status == 429)
        assert refused is severe.log[-1]  # nothing was asked of the host after it
        severe.forget()
        again = newsroom.crawl("severe", "--fail-if-empty")
        assert (again.code, severe.log) == (4, ())  # 4: nothing was due
    waiting = newsroom.ledger("severe")["/429-for-ever"]
    assert (waiting.state, waiting.reason, waiting.status) == ("waiting", "failed", 429)


# --- the faults, at their end -----------------------------------------------------------------------------------


def test_the_crawl_of_the_faults_ends_well(faults: Faults) -> None:
    assert faults.end.code == 0, faults.end.stderr
    assert "Traceback" not in faults.end.stderr
    assert faults.newsroom.lease_owners() == []


def test_each_fault_has_its_one_reason(faults: Faults) -> None:
    assert faults.end.code == 0
    reasons = faults.newsroom.reasons()
    expected = {path: reason for reason, paths in REASONS.items() for path in paths}
    assert {path: reasons[path] for path in expected} == expected


def test_what_can_be_read_is_stored_all_the_same(faults: Faults) -> None:
    assert faults.end.code == 0
    articles = faults.newsroom.articles()
    assert set(articles) - {"/slow/0", "/slow/1"} == STORED  # the torn sitemap names two more, in full
    for path in ("/lies-about-charset", "/says-gb2312-is-utf-8"):
        assert paragraphs(2, "zh")[0] in articles[path]
    assert not [text for text in articles.values() if "\0" in text]
    assert paragraphs(1)[7] in articles["/truncated-once"]


def test_requests_stay_bounded(faults: Faults) -> None:
    assert faults.end.code == 0
    asked = Counter(hit.path for hit in faults.site.log)
    assert {path: asked[path] for path in THREE_TIMES} == dict.fromkeys(THREE_TIMES, 3)
    assert max(count for path, count in asked.items() if path != "/reset") == 3  # Twisted asks again after a reset
    assert sum(path.startswith("/redirect-endless/") for path in asked) <= 20
    assert sum(path.startswith("/sitemap-endless/") for path in asked) <= 5
    assert faults.site.hits("/canary") == 0


def test_a_torn_body_is_captured_as_truncated_and_is_no_revision(faults: Faults) -> None:
    assert faults.end.code == 0
    torn = Counter(capture.url.rpartition("/")[2] for capture in faults.newsroom.captures() if capture.truncated)
    assert torn == {"truncated": 3, "truncated-chunked": 3, "torn-gzip": 3, "bad-chunk": 3, "truncated-once": 1}
    with faults.newsroom.corpus() as corpus:
        stored = corpus.articles.get(faults.site.url("/truncated-once"))
        assert stored is not None
        assert stored.revision_count == 1
        assert stored.capture_id is not None
        assert corpus.captures.get(stored.capture_id).truncated is None  # type: ignore[union-attr]


def test_bombs_and_loops_among_the_sources_are_explained(faults: Faults) -> None:
    assert faults.end.code == 0
    ledger = faults.newsroom.ledger()
    assert {ledger[f"/{bomb}"].reason for bomb in BOMBS} == {"undecodable"}
    assert ledger["/sitemap-of-itself.xml"].state == ledger["/sitemap-loop.xml"].state == "read"
    assert ledger["/latest/meta-data/"].reason == "off-site"
    assert ledger["/moved"].detail == "redirects to itself"


def test_what_a_site_asks_of_archives_is_noted(faults: Faults) -> None:
    assert faults.end.code == 0
    (capture,) = [each for each in faults.newsroom.captures() if each.url.endswith("/noarchive")]
    assert capture.notes == {"x-robots-tag": "noarchive", "tdm-reservation": "1"}
    assert not [hit for hit in faults.site.log if "cookie" in hit.headers]


def test_the_captures_of_the_faults_verify(faults: Faults) -> None:
    assert faults.end.code == 0
    report = faults.newsroom.verify()
    assert (report.ok, report.torn, report.bad_digests, report.unreferenced) == (True, [], [], 0)
