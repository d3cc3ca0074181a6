"""robots.txt of every host, kept and obeyed, and the pace at which a host is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request

from spiders.politeness import HostWaitsError, hold_back, set_pace
from spiders.robots_desk import RobotsDesk, RobotsFile
from tests.crawl_kit import NOW, Newsroom, page
from tests.site import Site

URL = "https://paper.example/private/a"
RULES = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n"


@dataclass
class Web:
    """Robots files by URL; what was asked for and what was kept."""

    answers: dict[str, tuple[int, bytes, str | None]]
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)
    kept: dict[str, RobotsFile] = field(default_factory=dict)

    async def fetch(self, url: str) -> tuple[int, bytes, str | None]:
        self.asked.append(url)
        return self.answers.get(url, (404, b"", None))

    async def load(self, host: str) -> RobotsFile | None:
        return self.kept.get(host)

    async def save(self, host: str, file: RobotsFile) -> None:
        self.kept[host] = file

    def desk(self) -> RobotsDesk:
        return RobotsDesk("copydesk", self.fetch, self.load, self.save, lambda: self.now)


def robots(status: int, body: bytes = b"", location: str | None = None, host: str = "paper.example") -> Web:
    return Web({f"https://{host}/robots.txt": (status, body, location)})


def allowed(desk: RobotsDesk, url: str = URL) -> bool:
    return asyncio.run(desk.permission(url)).allowed


# --- robots.txt -------------------------------------------------------------------------------------------------


def test_rules_are_asked_for_once_a_host_and_obeyed() -> None:
    web = robots(200, RULES)
    desk = web.desk()
    assert [allowed(desk, f"https://paper.example{path}") for path in ("/private/a", "/a", "/private/b")] == [
        False, True, False]  # fmt: skip
    assert asyncio.run(desk.crawl_delay_s(URL)) == 7
    assert web.asked == ["https://paper.example/robots.txt"]
    assert allowed(desk, "https://www.paper.example/private/a")  # another host has rules of its own
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    ("status", "may", "temporary"),
    [(404, True, False), (403, True, False), (401, True, False), (503, False, True), (500, False, True),
     (0, False, True)],
)  # fmt: skip
def test_a_missing_file_allows_all_an_unreachable_one_nothing(status: int, may: bool, temporary: bool) -> None:
    permission = asyncio.run(robots(status).desk().permission("https://paper.example/a"))
    assert (permission.allowed, permission.temporary) == (may, temporary)


def test_the_reason_names_the_host_and_what_is_wrong() -> None:
    forbidden = asyncio.run(robots(200, RULES).desk().permission(URL))
    assert forbidden.detail == "robots.txt of https://paper.example forbids /private/a to copydesk"
    unreachable = asyncio.run(robots(0).desk().permission(URL))
    assert unreachable.detail == "robots.txt of https://paper.example is unavailable (unreachable)"


def test_a_kept_file_serves_for_a_day_a_failure_for_ten_minutes() -> None:
    for status, serves in ((200, timedelta(hours=24)), (404, timedelta(hours=24)), (503, timedelta(minutes=10))):
        web = robots(status, RULES)
        allowed(web.desk())
        web.now = NOW + serves - timedelta(seconds=1)
        allowed(web.desk())  # a desk of another run
        assert len(web.asked) == 1
        web.now = NOW + serves
        allowed(web.desk())
        assert len(web.asked) == 2


def test_a_long_run_asks_again_after_a_day() -> None:
    web = robots(200, RULES)
    desk = web.desk()
    assert not allowed(desk)
    web.now, web.answers = NOW + timedelta(hours=25), {}
    assert allowed(desk)


def test_five_redirects_are_followed_no_more() -> None:
    def chain(length: int) -> Web:
        hops = ["https://paper.example/robots.txt", *(f"https://paper.example/{n}" for n in range(length))]
        answers: dict[str, tuple[int, bytes, str | None]] = {url: (301, b"", target) for url, target in pairwise(hops)}
        return Web({**answers, hops[-1]: (200, RULES, None)})

    assert not allowed(chain(5).desk())
    assert allowed(chain(6).desk())  # RFC 9309, 2.3.1.2: treated as absent
    loop = robots(302, location="/robots.txt")
    assert allowed(loop.desk())
    assert len(loop.asked) == 6


# --- pace -------------------------------------------------------------------------------------------------------


def _downloader() -> Any:
    return SimpleNamespace(per_slot_settings={}, slots={})


def test_crawl_delay_slows_a_host_down_and_asks_one_at_a_time() -> None:
    downloader = _downloader()
    downloader.slots["paper.example"] = slot = SimpleNamespace(delay=0.0, concurrency=8, jitter=0.5)
    assert set_pace(downloader, "paper.example", delay_s=1, crawl_delay_s=7, concurrency=4) == 7
    assert (slot.delay, slot.concurrency, slot.jitter) == (7, 1, 0.0)
    assert downloader.per_slot_settings["paper.example"]["delay"] == 7


def test_a_crawl_delay_never_makes_us_faster() -> None:
    downloader = _downloader()
    assert set_pace(downloader, "paper.example", delay_s=3, crawl_delay_s=1, concurrency=4) == 3
    assert downloader.per_slot_settings["paper.example"]["concurrency"] == 4


# --- in a crawl, through a proxy ---------------------------------------------------------------------------------

OPEN = ["news.test", "robots-404.test", "robots-redirect.test", "robots-delay.test"]
SHUT = ["robots-503.test", "robots-reset.test", "robots-forbids-all.test", "robots-forbids-us.test"]


def test_a_crawl_through_a_proxy_obeys_each_hosts_rules(tmp_path: Path) -> None:
    with Site() as site:
        newsroom = Newsroom(tmp_path, variables={"http_proxy": site.url("")})
        for host in (*OPEN, *SHUT):
            pages = 3 if host == "robots-delay.test" else 100
            name, home = host.removesuffix(".test"), f"http://{host}/"
            newsroom.write_portal(name, home, fetch=f"delay = 0\nmax_pages = {pages}\ntimeout_s = 10")
        crawl = newsroom.crawl()
        log = site.log
    assert crawl.code == 5, crawl.stderr
    codes = {each["portal"]: each["exit_code"] for each in crawl.stats["portals"]}
    assert {name for name, code in codes.items() if code == 5} == {host.removesuffix(".test") for host in SHUT}
    for host in SHUT:
        assert {hit.path for hit in log if hit.host == host} == {"/robots.txt"}
    for host in OPEN:
        of_host = [hit for hit in log if hit.host == host]
        assert of_host[0].path == "/robots.txt"
        assert len(of_host) > 3
    times = [hit.at_s for hit in log if hit.host == "robots-delay.test"][1:]
    assert all(later - earlier >= 0.95 for earlier, later in pairwise(times))
    assert not [hit for hit in log if hit.path.startswith("/forbidden/")]


# --- a host that asks to be left alone ---------------------------------------------------------------------------


def test_pages_queued_for_a_host_that_asks_to_be_left_alone_are_held_back() -> None:
    queued = Request("https://paper.example/a", meta={"page": page()})
    ahead = datetime.now(UTC) + timedelta(minutes=1)
    with pytest.raises(HostWaitsError, match="asks to be left alone until") as held:
        hold_back(queued, {"https://paper.example": ahead})
    assert held.value.until == ahead
    hold_back(queued, {"https://elsewhere.example": ahead})
    hold_back(queued, {"https://paper.example": ahead - timedelta(minutes=2)})
    hold_back(Request("https://paper.example/robots.txt"), {"https://paper.example": ahead})  # its rules may be read
