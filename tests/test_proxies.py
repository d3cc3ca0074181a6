"""Which hosts are asked through a proxy."""

from __future__ import annotations

import pytest
from scrapy.http import Request

from spiders.proxies import KnownWaysMiddleware


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> KnownWaysMiddleware:
    """The middleware of a process whose environment names a proxy for everything but one host."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", "http://reader:secret@proxy.test:3128")
    monkeypatch.setenv("no_proxy", "inner.test")
    return KnownWaysMiddleware()


def asked(ways: KnownWaysMiddleware, url: str, **meta: str) -> Request:
    request = Request(url, meta=meta)
    ways.process_request(request)
    return request


def test_the_environments_proxy_is_used_with_its_credentials_for_every_page_of_a_host(
    ways: KnownWaysMiddleware,
) -> None:
    for page in ("http://paper.test/1", "http://paper.test/2"):
        request = asked(ways, page)
        assert request.meta["proxy"] == "http://proxy.test:3128"
        assert request.headers["Proxy-Authorization"] == b"Basic cmVhZGVyOnNlY3JldA=="


def test_a_host_of_no_proxy_and_a_scheme_without_a_proxy_are_asked_straight(ways: KnownWaysMiddleware) -> None:
    for page in ("http://inner.test/1", "http://inner.test/2", "https://paper.test/1"):
        request = asked(ways, page)
        assert request.meta.get("proxy") is None
        assert "Proxy-Authorization" not in request.headers


def test_a_portals_own_proxy_comes_before_the_environments(ways: KnownWaysMiddleware) -> None:
    asked(ways, "http://paper.test/1")
    request = asked(ways, "http://paper.test/2", proxy="http://own.test:8080")
    assert request.meta["proxy"] == "http://own.test:8080"
    assert "Proxy-Authorization" not in request.headers
