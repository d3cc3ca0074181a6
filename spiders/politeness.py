"""How fast each host is asked: delay and concurrency from the portal file, raised by robots.txt and by slow answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic

from scrapy import Spider
from scrapy.core.downloader import Downloader
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

from newsroom.portals import Portal
from newsroom.urls import host_key
from spiders.answers import retry_after
from spiders.robots_desk import RobotsDesk

JITTER = 0.25


class FlooredThrottle(AutoThrottle):
    """AutoThrottle that never goes below the pace a host was given by the portal file or by Crawl-delay."""

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        super()._response_downloaded(response, request, spider)
        self._note_wait(response)
        key, slot = self._get_slot(request, spider)
        if slot is None:
            return
        pace = self.crawler.engine.downloader.per_slot_settings.get(key or "", {})
        slot.delay = max(slot.delay, float(pace.get("delay", 0.0)))
        if pace.get("from_end"):
            slot.lastseen = monotonic()  # the wait begins when the answer is here, whatever held the request up

    def _note_wait(self, response: Response) -> None:
        """Before the next request leaves: 429 and 503 with Retry-After hold up what is already queued for the host."""
        quiet = getattr(self.crawler.spider, "quiet_until", None)
        asked = response.headers.get("Retry-After")
        if quiet is not None and asked and response.status in (429, 503):
            now = datetime.now(UTC)
            wait = retry_after(asked.decode("latin-1"), now)
            if wait:
                quiet[host_key(response.url)] = now + wait


class HostWaitsError(Exception):
    """The host has asked, while the request was queued, to be left alone until `until`."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(f"{host} asks to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


def hold_back(request: Request, quiet_until: Mapping[str, datetime]) -> None:
    """Raise HostWaitsError for a page of a host that has asked to be left alone."""
    host = host_key(request.url)
    until = quiet_until.get(host)
    if until is not None and "page" in request.meta and datetime.now(UTC) < until:
        raise HostWaitsError(host, until)


def set_pace(downloader: Downloader, host: str, *, delay_s: float, crawl_delay_s: float, concurrency: int) -> float:
    """Set the pace of one host's slot, now and whenever Scrapy makes the slot anew; returns the delay in seconds."""
    if crawl_delay_s > delay_s:
        delay, parallel, jitter = crawl_delay_s, 1, 0.0
    else:
        delay, parallel, jitter = delay_s, concurrency, JITTER if delay_s else 0.0
    pace = {"delay": delay, "concurrency": parallel, "jitter": jitter, "from_end": crawl_delay_s > delay_s}
    downloader.per_slot_settings[host] = pace
    slot = downloader.slots.get(host)
    if slot is not None:
        slot.delay, slot.concurrency, slot.jitter = delay, parallel, jitter
    return delay


async def keep_pace(downloader: Downloader, robots: RobotsDesk, portal: Portal, url: str) -> float:
    """Set the pace of `url`'s host as the portal file and, where it is obeyed, robots.txt ask; the delay in seconds."""
    fetch = portal.fetch
    asked = await robots.crawl_delay_s(url) if fetch.obey_robots and fetch.obey_crawl_delay else 0.0
    host = urlparse_cached(Request(url)).hostname or ""
    return set_pace(downloader, host, delay_s=fetch.delay, crawl_delay_s=asked, concurrency=fetch.concurrency)
