"""A crawl of pages that misbehave: each ends with its reason in the ledger, and the crawl ends in bounded requests.

Failed pages are tried three times, 5 s and 30 s apart. Traps and hosts that ask for patience are crawled beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from newsroom.records import Capture
from tests.crawl_kit import LOOPBACK, Finished, Newsroom, finish, rss
from tests.site import Reply, Site
from tests.site.newspaper import paragraphs

pytestmark = pytest.mark.timeout(240)

XML = "application/rss+xml"
ANY = "[articles]\nallow = ['.']\n"
EVER_ON = 80  # the budget of the crawl of traps
TRAPS = ("/calendar/2026/03/", "/search?q=x", "/session/a", "/deeper", "/maze/1", "/meta-refresh-loop", "/section/x/")

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
    """The crawl of every fault at its end; `site` is that of the faults."""

    newsroom: Newsroom
    end: Finished
    site: Site
    traps: Site
    patient: Site
    severe: Site

    def articles_of(self, site: Site) -> dict[str, str]:
        """Path of each article of the site, and its text."""
        start = site.url("")
        with self.newsroom.corpus() as corpus:
            found = {each.url: each.article.text for each in corpus.articles.iterate()}
        return {url.removeprefix(start): text for url, text in found.items() if url.startswith(start)}

    def captures(self) -> list[Capture]:
        """Those of the site of the faults."""
        return [each for each in self.newsroom.captures() if each.url.startswith(self.site.url("/"))]


def _sources(**paths: list[str]) -> str:
    return "".join(
        f'[[sources]]\nkind = "{kind}"\nurl = "/{path}"\n' for kind, of_kind in paths.items() for path in of_kind
    )


def _write_faults(newsroom: Newsroom, site: Site) -> None:
    pages = [*(STORED - {"/redirect-chain/0"}), *(path for paths in REASONS.values() for path in paths)]
    site.extra["/faults.xml"] = Reply(rss(site, *pages), type=XML)
    site.extra["/moved"] = Reply(status=301, headers=[("Location", "/moved")])
    sources = _sources(feed=["faults.xml", "moved?utm_source=x", *BOMBS[:2]], sitemap=SITEMAPS)
    limits = "concurrency = 16\ntimeout_s = 4\nmax_bytes = 1000000"
    newsroom.write_portal("faults", site.url("/"), sources + ANY, f"allow_private = true\ndelay = 0\n{limits}")


def _write_traps(newsroom: Newsroom, site: Site) -> None:
    links = "".join(f'<h2><a href="{path}">A headline of several words for {path}</a></h2>' for path in TRAPS)
    feed = f'<link rel="alternate" type="application/rss+xml" href="/feed.xml?utm_source={"x" * 2200}">'
    site.extra["/front"] = Reply(f"<html><head>{feed}</head><body>{links}</body></html>")
    newsroom.write_portal("traps", site.url("/front"), fetch=f"{LOOPBACK}\nmax_pages = {EVER_ON}")


def _write_patience(newsroom: Newsroom, patient: Site, severe: Site) -> None:
    slow = map("/slow/{}".format, range(100, 130))
    patient.extra["/news.xml"] = Reply(rss(patient, "/429", "/503", "/429-date"), type=XML)
    severe.extra["/news.xml"] = Reply(rss(severe, "/429-for-ever", *slow), type=XML)
    for name, site in (("patient", patient), ("severe", severe)):
        one_by_one = LOOPBACK.replace("concurrency = 8", "concurrency = 1")
        newsroom.write_portal(name, site.url("/"), _sources(feed=["news.xml"]) + ANY, one_by_one)


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    newsroom = Newsroom(tmp_path_factory.mktemp("faults"))
    with Site() as site, Site() as traps, Site() as patient, Site() as severe:
        _write_faults(newsroom, site)
        _write_traps(newsroom, traps)
        _write_patience(newsroom, patient, severe)
        end = finish(newsroom.start("crawl", "--all", "--json"), timeout_s=200)  # it waits for most of a minute
        yield Faults(newsroom, end, site, traps, patient, severe)


def test_the_crawl_of_the_faults_ends_well(faults: Faults) -> None:
    assert faults.end.code == 0, faults.end.stderr
    assert "Traceback" not in faults.end.stderr
    assert faults.newsroom.lease_owners() == []


# --- traps ------------------------------------------------------------------------------------------------------


def test_traps_are_left_alone_or_left_soon(faults: Faults) -> None:
    asked = Counter(hit.path.split("/")[1] for hit in faults.traps.log)
    assert asked["feed.xml"] == 1  # an address of 2,200 characters holds nothing up
    assert (asked["calendar"], asked["search"]) == (0, 0)
    assert all(asked[trap] <= 1 for trap in ("session", "deeper", "maze"))
    assert asked["meta-refresh-loop"] == 2  # there and back, once
    assert len(faults.traps.log) < EVER_ON
    reasons = faults.newsroom.reasons("traps")
    assert reasons["/calendar/2026/03/"] == reasons["/search?q=x"] == "not-an-article-address"
    assert reasons["/maze/1"] == reasons["/session/a"] == "too-short"
    assert len(faults.articles_of(faults.traps)) == 12


# --- Retry-After ------------------------------------------------------------------------------------------------


def test_retry_after_is_waited_for(faults: Faults) -> None:
    for path in ("/429", "/503", "/429-date"):
        first, second = (hit for hit in faults.patient.log if hit.path == path)
        assert (first.status, second.status) == (int(path[1:4]), 200)
        assert second.at_s - first.at_s >= 2
    assert set(faults.newsroom.ledger("patient")) >= {"/429", "/503", "/429-date"}
    assert {each.state for each in faults.newsroom.ledger("patient").values()} == {"stored", "read"}


def test_a_long_retry_after_silences_a_host_and_is_kept_over_a_restart(faults: Faults) -> None:
    asked = faults.severe.log
    refused = next(hit for hit in asked if hit.status == 429)
    assert refused is asked[-1]  # nothing was asked of the host after it
    again = faults.newsroom.crawl("severe", "--fail-if-empty")
    assert (again.code, faults.severe.log) == (4, asked)  # 4: nothing was due
    waiting = faults.newsroom.ledger("severe")["/429-for-ever"]
    assert (waiting.state, waiting.reason, waiting.status) == ("waiting", "failed", 429)


# --- faults -----------------------------------------------------------------------------------


def test_each_fault_has_its_one_reason(faults: Faults) -> None:
    reasons = faults.newsroom.reasons("faults")
    expected = {path: reason for reason, paths in REASONS.items() for path in paths}
    assert {path: reasons[path] for path in expected} == expected


def test_what_can_be_read_is_stored_all_the_same(faults: Faults) -> None:
    articles = faults.articles_of(faults.site)
    assert set(articles) - {"/slow/0", "/slow/1"} == STORED  # the torn sitemap names two more, in full
    for path in ("/lies-about-charset", "/says-gb2312-is-utf-8"):
        assert paragraphs(2, "zh")[0] in articles[path]
    assert not [text for text in articles.values() if "\0" in text]
    assert paragraphs(1)[7] in articles["/truncated-once"]


def test_requests_stay_bounded(faults: Faults) -> None:
    asked = Counter(hit.path for hit in faults.site.log)
    assert {path: asked[path] for path in THREE_TIMES} == dict.fromkeys(THREE_TIMES, 3)
    assert max(count for path, count in asked.items() if path != "/reset") == 3  # Twisted asks again after a reset
    assert sum(path.startswith("/redirect-endless/") for path in asked) <= 20
    assert sum(path.startswith("/sitemap-endless/") for path in asked) <= 5
    assert faults.site.hits("/canary") == 0


def test_a_torn_body_is_captured_as_truncated_and_is_no_revision(faults: Faults) -> None:
    torn = Counter(capture.url.rpartition("/")[2] for capture in faults.captures() if capture.truncated)
    assert torn == {"truncated": 3, "truncated-chunked": 3, "torn-gzip": 3, "bad-chunk": 3, "truncated-once": 1}
    with faults.newsroom.corpus() as corpus:
        stored = corpus.articles.get(faults.site.url("/truncated-once"))
        assert stored is not None
        assert stored.revision_count == 1
        assert stored.capture_id is not None
        assert corpus.captures.get(stored.capture_id).truncated is None  # type: ignore[union-attr]


def test_bombs_and_loops_among_the_sources_are_explained(faults: Faults) -> None:
    ledger = faults.newsroom.ledger("faults")
    assert {ledger[f"/{bomb}"].reason for bomb in BOMBS} == {"undecodable"}
    assert ledger["/sitemap-of-itself.xml"].state == ledger["/sitemap-loop.xml"].state == "read"
    assert ledger["/latest/meta-data/"].reason == "off-site"
    assert ledger["/moved"].detail == "redirects to itself"


def test_what_a_site_asks_of_archives_is_noted(faults: Faults) -> None:
    (capture,) = [each for each in faults.captures() if each.url.endswith("/noarchive")]
    assert capture.notes == {"x-robots-tag": "noarchive", "tdm-reservation": "1"}
    assert not [hit for hit in faults.site.log if "cookie" in hit.headers]


def test_the_captures_of_the_faults_verify(faults: Faults) -> None:
    report = faults.newsroom.verify()
    assert (report.ok, report.torn, report.bad_digests, report.unreferenced) == (True, [], [], 0)
