"""Requests in a portal's name: identity, limits and proxy as its file decides, and answers in plain terms."""

from __future__ import annotations

from typing import Any

from scrapy.http import Headers, Request

from newsroom.portals import Portal

ACCEPT = b"text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.8,*/*;q=0.5"


def request_for(portal: Portal, agent: str, url: str, **kwargs: Any) -> Request:
    """A request with the portal's identity, patience and proxy."""
    meta = {"download_timeout": portal.fetch.timeout_s}
    headers = {b"Accept": ACCEPT, b"User-Agent": agent}
    request = Request(url, headers=headers, meta=meta, dont_filter=True, **kwargs)
    if portal.fetch.proxy:
        request.meta["proxy"] = portal.fetch.proxy
    return request


def scrapy_settings(portal: Portal, agent: str) -> dict[str, Any]:
    """Scrapy's settings as the portal file decides them."""
    fetch = portal.fetch
    return {
        "USER_AGENT": agent,
        "DOWNLOAD_DELAY": fetch.delay,
        "AUTOTHROTTLE_START_DELAY": fetch.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(fetch.concurrency),
        "CONCURRENT_REQUESTS": max(8, 2 * fetch.concurrency),
        "CONCURRENT_REQUESTS_PER_DOMAIN": fetch.concurrency,
        "DOWNLOAD_MAXSIZE": fetch.max_bytes,
        "DOWNLOAD_VERIFY_CERTIFICATES": fetch.verify_tls,
        "COPYDESK_ALLOW_PRIVATE": fetch.allow_private,
    }


def product_token(agent: str) -> str:
    """The name robots.txt knows us by: the user agent up to its version."""
    return agent.split("/", 1)[0].split()[0]


def plain_headers(headers: Headers) -> dict[str, str]:
    """Lower-case names, repeated values joined with a comma."""
    return {name.decode("latin-1").lower(): b", ".join(headers.getlist(name)).decode("latin-1") for name in headers}
