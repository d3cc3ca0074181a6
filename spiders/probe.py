"""Ask a few pages of a site, as politely and as guarded as a crawl does, and store nothing.

One probe is one run of Scrapy with a spider that makes no requests of its own: a plan asks it for pages one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import scrapy
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response

from newsroom.config import Config
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.urls import host_key, resolve
from pipelines.decode import decode_body
from spiders.answers import REDIRECTS
from spiders.politeness import keep_pace
from spiders.reactor import project_settings, run_in_reactor
from spiders.refresh import refresh_target
from spiders.requests import plain_headers, product_token, request_for, scrapy_settings
from spiders.robots import RobotsVerdict
from spiders.robots_desk import RobotsDesk, RobotsFile
from spiders.safety import UnsafeAddressError

MAX_REDIRECTS = 5
SIGNPOST_BYTES = 16_384  # a page with a meta refresh and more than this is a page of its own
BLOCKING_STATUS = frozenset({401, 403, 429, 451})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking for one URL. `reason` is None only for a whole answer with status 200."""

    asked: str
    url: str  # the last hop
    status: int = 0  # 0: no answer
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""  # content-decoded
    reason: Reason | None = None
    detail: str = ""
    hops: tuple[str, ...] = ()  # what redirected here, in order
    fetched_utc: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


class Prober:
    """Fetches single pages for one portal: robots.txt first, at the host's pace, redirects hop by hop."""

    def __init__(self, portal: Portal, agent: str, crawler: Crawler) -> None:
        self.portal, self.agent = portal, agent
        self.delay_s = portal.fetch.delay  # between two requests to the slowest host so far
        self.unreachable: dict[str, tuple[Reason, str]] = {}  # host → why its robots.txt could not be had
        self._crawler = crawler
        self._robots_kept: dict[str, RobotsFile] = {}
        self._paced: set[str] = set()
        self._asking = asyncio.Lock()  # pages fetched side by side ask for robots.txt once
        self.robots = RobotsDesk(
            product_token(agent), self._ask_robots, self._load_robots, self._save_robots, lambda: datetime.now(UTC)
        )

    async def rules(self, url: str) -> RobotsVerdict:
        """What robots.txt of `url`'s host says."""
        async with self._asking:
            return await self.robots.rules(url)

    async def crawl_delay_s(self, url: str) -> float:
        """Seconds between requests that `url`'s host asks for; 0 when it asks for none."""
        return (await self.rules(url)).crawl_delay(product_token(self.agent)) or 0.0

    async def fetch(self, url: str) -> Fetched:
        """Ask for `url` and follow at most five redirects, each asked of robots.txt and the guard. Never raises."""
        hops: list[str] = []
        target: str | None = resolve(url, url)
        while target is not None:
            got = await self._hop(url, target, tuple(hops))
            location = _location(got)
            if location is None or target == resolve(target, location):
                return got if got.status == 200 or got.reason else _refused(got, Reason.FAILED, "redirects to itself")
            if len(hops) >= MAX_REDIRECTS:
                return _refused(got, Reason.FAILED, f"more than {MAX_REDIRECTS} redirects")
            hops.append(target)
            target = resolve(target, location)
            if target is None:
                return _refused(got, Reason.UNSAFE, f"redirects to {location[:200]!r}")
            if target in hops:
                return _refused(got, Reason.FAILED, f"redirects in a circle, back to {target}")
        return Fetched(url, url, reason=Reason.UNSAFE, detail="not an http(s) address")

    async def _hop(self, asked: str, url: str, hops: tuple[str, ...]) -> Fetched:
        if refused := await self._forbidden(asked, url, hops):
            return refused
        try:
            response = await self._download(url)
        except UnsafeAddressError as error:
            return Fetched(asked, url, reason=Reason.UNSAFE, detail=str(error)[:500], hops=hops)
        except (DownloadCancelledError, IgnoreRequest) as error:
            return Fetched(asked, url, reason=Reason.TOO_LARGE, detail=_said(error), hops=hops)
        except Exception as error:  # the door of the network: every failure is an answer about this URL
            return Fetched(asked, url, reason=Reason.FAILED, detail=_said(error), hops=hops)
        reason, detail = _judged(response)
        return Fetched(
            asked, url, response.status, plain_headers(response.headers), response.body, reason, detail, hops
        )

    async def _forbidden(self, asked: str, url: str, hops: tuple[str, ...]) -> Fetched | None:
        """Why robots.txt keeps us from `url`, if it does; else the host's pace is set."""
        async with self._asking:
            if self.portal.fetch.obey_robots:
                permission = await self.robots.permission(url)
                if not permission.allowed:
                    reason, detail = self.unreachable.get(host_key(url), (Reason.ROBOTS, permission.detail))
                    return Fetched(asked, url, reason=reason, detail=detail, hops=hops)
            if host_key(url) not in self._paced:
                self._paced.add(host_key(url))
                delay_s = await keep_pace(self._crawler.engine.downloader, self.robots, self.portal, url)
                self.delay_s = max(self.delay_s, delay_s)
        return None

    async def _download(self, url: str) -> Response:
        return await self._crawler.engine.download_async(request_for(self.portal, self.agent, url))

    # -- robots.txt, kept for as long as the probe lasts ---------------------------

    async def _ask_robots(self, url: str) -> tuple[int, bytes, str | None]:
        try:
            response = await self._download(url)
        except Exception as error:  # unreachable, whatever the cause: RFC 9309 says stop
            reason = Reason.UNSAFE if isinstance(error, UnsafeAddressError) else Reason.FAILED
            self.unreachable[host_key(url)] = (reason, f"robots.txt: {_said(error)}")
            return 0, b"", None
        location = response.headers.get("Location")
        return response.status, response.body, location.decode("latin-1") if location else None

    async def _load_robots(self, host: str) -> RobotsFile | None:
        return self._robots_kept.get(host)

    async def _save_robots(self, host: str, file: RobotsFile) -> None:
        self._robots_kept[host] = file


Plan = Callable[[Prober], Awaitable[T]]


class ProbeSpider(scrapy.Spider):
    """Carries out a plan with Scrapy's downloader; it schedules and parses nothing itself."""

    name = "probe"

    def __init__(self, portal: Portal, agent: str, plan: Callable[[Prober], Awaitable[None]]) -> None:
        super().__init__()
        self.portal, self.agent, self._plan = portal, agent, plan

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ProbeSpider:
        """Build the spider with the settings that the portal decides."""
        spider = cls(*args, **kwargs)
        spider._set_crawler(crawler)
        for key, value in scrapy_settings(spider.portal, spider.agent).items():
            crawler.settings.set(key, value, priority="spider")
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Run the plan; yields no request."""
        await self._plan(Prober(self.portal, self.agent, self.crawler))
        none: tuple[Request, ...] = ()
        for request in none:
            yield request


def run_probe(config: Config, portal: Portal, plan: Plan[T]) -> T:
    """Run `plan` with a Prober for `portal`, and return what it returns or raise what it raises.

    Runs Twisted's reactor, so it can be called once a process.
    """
    agent = config.agent(portal.fetch.user_agent, portal.contact)
    results: list[T] = []
    errors: list[BaseException] = []

    async def carry_out(prober: Prober) -> None:
        try:
            results.append(await plan(prober))
        except Exception as error:  # raised again outside Scrapy, which would only log it
            errors.append(error)

    async def main() -> None:
        await AsyncCrawlerRunner(project_settings(config)).crawl(
            ProbeSpider, portal=portal, agent=agent, plan=carry_out
        )

    run_in_reactor(main, stops_at_once=True)  # there is nothing to save
    if errors:
        raise errors[0]
    return results[0]


def _location(got: Fetched) -> str | None:
    """Where an answer sends us, as written: its Location, or the meta refresh of a page that is little else."""
    if got.reason is not None:
        return None
    if got.status in REDIRECTS:
        return got.headers.get("location", "")
    if len(got.body) > SIGNPOST_BYTES or "html" not in (got.content_type or "html"):
        return None
    return refresh_target(decode_body(got.body, got.content_type))


def _judged(response: Response) -> tuple[Reason | None, str]:
    """Why an answer is of no use; None when it is."""
    status = response.status
    if "dataloss" in response.flags:
        return Reason.TRUNCATED, "the connection ended before the whole body had come"
    if status == 200 or status in REDIRECTS:
        return None, ""
    if status in BLOCKING_STATUS:
        return Reason.BLOCKED, f"HTTP {status}"
    return Reason.GONE if status in (404, 410) else Reason.FAILED, f"HTTP {status}"


def _refused(got: Fetched, reason: Reason, detail: str) -> Fetched:
    return Fetched(got.asked, got.url, got.status, got.headers, b"", reason, detail, got.hops, got.fetched_utc)


def _said(error: Exception) -> str:
    """An error in words: Scrapy's own names say more than most messages."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")[:500]
