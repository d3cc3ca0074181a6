"""robots.txt of every host we touch: fetched first, cached in the database for a day, obeyed (RFC 9309)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from newsroom.urls import host_key, resolve
from spiders.robots import RobotsVerdict, robots_for_status

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=24)
MAX_AGE_OF_FAILURE = timedelta(minutes=10)  # an unreachable robots.txt is asked for again by the next run
MAX_REDIRECTS = 5
MAX_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """robots.txt as a host last served it; status 0 means it could not be reached."""

    status: int
    body: bytes
    fetched_utc: datetime

    def usable(self, now: datetime) -> bool:
        """May it still be used, or must it be fetched again?"""
        failed = self.status == 0 or self.status >= 500
        return now - self.fetched_utc < (MAX_AGE_OF_FAILURE if failed else MAX_AGE)


@dataclass(frozen=True, slots=True)
class Permission:
    """What robots.txt says of one URL."""

    allowed: bool
    detail: str = ""
    temporary: bool = False  # robots.txt could not be had: ask again later


Fetch = Callable[[str], Awaitable[tuple[int, bytes, str | None]]]  # url → status (0 unreachable), body, Location
Load = Callable[[str], Awaitable[RobotsFile | None]]
Save = Callable[[str, RobotsFile], Awaitable[None]]


class RobotsDesk:
    """Knows the rules of each host; asks the network at most once a host and day."""

    def __init__(self, agent: str, fetch: Fetch, load: Load, save: Save, clock: Callable[[], datetime]) -> None:
        self._agent, self._fetch, self._load, self._save, self._clock = agent, fetch, load, save, clock
        self._rules: dict[str, tuple[RobotsVerdict, RobotsFile]] = {}

    async def rules(self, url: str) -> RobotsVerdict:
        """The rules of `url`'s host, from memory, the database or the network."""
        host = host_key(url)
        held = self._rules.get(host)
        now = self._clock()
        if held is not None and held[1].usable(now):
            return held[0]
        stored = await self._load(host)
        if stored is None or not stored.usable(now):
            stored = await self._ask(host)
            await self._save(host, stored)
        rules = robots_for_status(stored.status or None, stored.body)
        self._rules[host] = (rules, stored)
        return rules

    async def permission(self, url: str) -> Permission:
        """May we fetch `url`?"""
        rules = await self.rules(url)
        if rules.allowed(self._agent, url):
            return Permission(True)
        file = self._rules[host_key(url)][1]
        if file.status == 0 or file.status >= 500:
            return Permission(
                False, f"robots.txt of {host_key(url)} is unavailable ({file.status or 'unreachable'})", True
            )
        return Permission(False, f"robots.txt of {host_key(url)} forbids {urlsplit(url).path or '/'} to {self._agent}")

    async def crawl_delay_s(self, url: str) -> float:
        """Seconds between requests that the host asks of us; 0 when it asks for none."""
        return (await self.rules(url)).crawl_delay(self._agent) or 0.0

    async def _ask(self, host: str) -> RobotsFile:
        url = f"{host}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            status, body, location = await self._fetch(url)
            if 300 <= status < 400 and location and (target := resolve(url, location)):
                url = target
                continue
            return RobotsFile(status, body[:MAX_BYTES], self._clock())
        log.warning("%s: robots.txt redirects more than %d times; treated as absent", host, MAX_REDIRECTS)
        return RobotsFile(404, b"", self._clock())  # RFC 9309 2.3.1.2
