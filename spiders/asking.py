"""How a portal's hosts are asked: robots.txt first, at each host's pace, in the portal's name; answers are captured."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response

from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Page
from spiders.answers import REDIRECTS, RETRY_AFTER_S, retry_after
from spiders.desk import Desk
from spiders.exchange import exchange_of
from spiders.parts import PartAnswer
from spiders.politeness import HostWaitsError, keep_pace
from spiders.requests import plain_headers, product_token, request_for
from spiders.robots_desk import Permission, RobotsDesk, RobotsFile
from spiders.safety import UnsafeAddressError
from spiders.stats import CrawlStats

log = logging.getLogger(__name__)

PATIENCE_S = 60.0  # how long an article waits for a page whose host asks for it


class RunStops(Exception):
    """The run ends while an article's later pages are still to be fetched: its page is given back unsettled."""


class Asker:
    """Asks hosts for one run of one portal."""

    def __init__(
        self, portal: Portal, agent: str, crawler: Crawler, desk: Desk, stats: CrawlStats, run_id: int
    ) -> None:
        self.portal, self.agent, self.desk, self.stats = portal, agent, desk, stats
        self._crawler, self._run_id = crawler, run_id
        self._paced: set[str] = set()
        self.parts_asked = 0  # requests for later pages
        self.robots = RobotsDesk(
            product_token(agent), self._ask_robots, self._load_robots, self._save_robots, desk.clock
        )

    async def permission(self, url: str) -> Permission:
        """May `url` be fetched? Always, where the portal file says not to obey robots.txt."""
        return await self.robots.permission(url) if self.portal.fetch.obey_robots else Permission(True)

    async def pace(self, url: str) -> None:
        """Set the pace of `url`'s host, once a run."""
        key = urlsplit(url).hostname or ""
        if key not in self._paced:
            self._paced.add(key)
            await keep_pace(self._crawler.engine.downloader, self.robots, self.portal, url)

    def request(self, url: str, **kwargs: Any) -> Request:
        """A request with this portal's identity, limits and proxy."""
        return request_for(self.portal, self.agent, url, **kwargs)

    # -- later pages of an article -------------------------------------------------

    async def part(self, url: str, page: Page, stops: Callable[[], bool]) -> PartAnswer:
        """A later page of the article on `page`, tried as often as any. Raises RunStops when the run `stops`."""
        for wait_s in (*RETRY_AFTER_S, None):
            if stops():
                raise RunStops(page.url)
            self.parts_asked += 1
            answer = await self._ask_part(url, page)
            waits_s = answer.waits_s(self.desk.clock())
            if not answer.may_come or wait_s is None or waits_s > PATIENCE_S:
                break
            if answer.capture is not None:
                await self.desk.keep(answer.capture, self._run_id)
            await _rest(max(wait_s, waits_s), stops)
        return answer

    async def _ask_part(self, url: str, page: Page) -> PartAnswer:
        """One try. Redirects are not followed: they lead to something else."""
        permission = await self.permission(url)
        if not permission.allowed:
            return PartAnswer(url, reason=Reason.ROBOTS, detail=permission.detail)
        await self.pace(url)
        request = self.request(url, priority=page.priority)
        request.meta["page"] = page  # held back like a page when the host asks to be left alone
        try:
            response = await self._crawler.engine.download_async(request)
        except UnsafeAddressError as error:
            return PartAnswer(url, reason=Reason.UNSAFE, detail=str(error)[:500])
        except HostWaitsError as error:
            return PartAnswer(url, reason=Reason.FAILED, detail=str(error), may_come=True, wait_until=error.until)
        except (DownloadCancelledError, IgnoreRequest) as error:
            return PartAnswer(url, reason=Reason.TOO_LARGE, detail=f"{type(error).__name__}: {error}"[:500])
        except Exception as error:  # the door of the network: every failure is an answer about this page
            detail = f"{type(error).__name__}: {error}"[:500]
            return PartAnswer(url, reason=Reason.FAILED, detail=detail, may_come=True)
        return await self._part(url, response, page)

    async def _part(self, url: str, response: Response, page: Page) -> PartAnswer:
        exchange = exchange_of(response)
        self.stats.answered(len(exchange.body))
        capture = await self.desk.capture(exchange, seen_before=page.fetched_utc is not None)
        status, headers = response.status, plain_headers(response.headers)
        if exchange.truncated:
            detail = "the connection ended before the whole body had come"
            return PartAnswer(url, reason=Reason.TRUNCATED, detail=detail, capture=capture, may_come=True)
        if status == 200:
            return PartAnswer(url, response.body, headers.get("content-type"), capture=capture)
        wait: timedelta | None = None
        if may_come := status in (408, 429) or status >= 500:
            wait = retry_after(headers.get("retry-after"), exchange.fetched_utc)
        to = f" to {headers.get('location', '')[:200]}" if status in REDIRECTS else ""
        return PartAnswer(
            url,
            reason=_reason(status),
            detail=f"HTTP {status}{to}",
            capture=capture,
            may_come=may_come,
            wait_until=exchange.fetched_utc + wait if wait else None,
        )

    # -- robots.txt --------------------------------------------------------------

    async def _ask_robots(self, url: str) -> tuple[int, bytes, str | None]:
        try:
            response = await self._crawler.engine.download_async(self.request(url))
        except Exception as error:  # unreachable, whatever the cause: RFC 9309 says stop
            log.info("%s: %s", url, error)
            return 0, b"", None
        exchange = exchange_of(response)
        capture = await self.desk.capture(exchange)
        if capture is not None:
            await self.desk.keep(capture, self._run_id)
        location = response.headers.get("Location")
        return response.status, response.body, location.decode("latin-1") if location else None

    async def _load_robots(self, host: str) -> RobotsFile | None:
        now = self.desk.clock()
        kept = await self.desk.read(lambda c: c.hosts.robots(host, now))
        return RobotsFile(kept.status, kept.body, kept.fetched_utc) if kept else None

    async def _save_robots(self, host: str, file: RobotsFile) -> None:
        await self.desk.write(lambda c: c.hosts.put_robots(host, file.status, file.body, file.fetched_utc))


async def _rest(seconds: float, stops: Callable[[], bool]) -> None:
    """Sleep, but no longer than the run goes on."""
    end = time.monotonic() + seconds
    while not stops() and (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(0.5, left))


def _reason(status: int) -> Reason:
    if status in (404, 410):
        return Reason.GONE
    return Reason.BLOCKED if status in (401, 403, 429, 451) else Reason.FAILED
