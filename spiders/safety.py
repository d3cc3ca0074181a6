"""Which addresses we connect to: the check is made on the socket's address, at connect time, on every hop.

A URL's host name can lie (DNS rebinding, decimal IPs, redirects); the address a socket is opened to cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _ScrapyAgent,
    _ScrapyProxyAgent,
    _TunnelingAgent,
)
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.web.client import Agent
from zope.interface import directlyProvides, providedBy

from newsroom.urls import is_public_address, literal_ip
from spiders.politeness import hold_back

Way = tuple[str, str | None, float]  # scheme, proxy, timeout


class UnsafeAddressError(Exception):
    """The host resolves to a private, loopback, link-local or otherwise internal address."""


class GuardedReactor:
    """A reactor that opens TCP connections only to addresses that `allowed` admits.

    Everything else is the real reactor's. `connectTCP` sees the resolved address, so no name can slip past.
    """

    def __init__(self, reactor: Any, allowed: Callable[[str], bool]) -> None:
        self._reactor = reactor
        self._allowed = allowed
        directlyProvides(self, providedBy(reactor))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def connectTCP(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if not self._allowed(host):
            raise UnsafeAddressError(f"{host}:{port} is not a public address; [fetch] allow_private = true admits it")
        return self._reactor.connectTCP(host, port, *args, **kwargs)


class _GuardedAgent(_ScrapyAgent):
    """Scrapy's agent with guarded direct connections; a configured proxy is the user's choice.

    Twisted's agents below it hold nothing of a request, so that `agents` keeps one a way.
    """

    def __init__(self, *, allowed: Callable[[str], bool], agents: dict[Way, Agent], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._allowed = allowed
        self._agents = agents

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        way = (urlparse_cached(request).scheme, request.meta.get("proxy"), timeout)
        agent = self._agents.get(way)
        if agent is not None:
            return agent
        agent = super()._get_agent(request, timeout)
        if isinstance(agent, _TunnelingAgent):  # holds the credentials of its request
            return agent
        if not isinstance(agent, _ScrapyProxyAgent):
            factory = agent._endpointFactory
            factory._reactor = GuardedReactor(factory._reactor, self._allowed)
        self._agents[way] = agent
        return agent


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """The only download handler: http and https, to public addresses unless the portal file allows private ones."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        private = crawler.settings.getbool("COPYDESK_ALLOW_PRIVATE")
        self._allowed: Callable[[str], bool] = (lambda _: True) if private else is_public_address
        self._agents: dict[Way, Agent] = {}

    async def download_request(self, request: Request) -> Response:
        hold_back(request, getattr(self._crawler.spider, "quiet_until", {}))
        host = urlparse_cached(request).hostname or ""
        literal = literal_ip(host)
        if literal is not None and not self._allowed(literal):  # a proxy would connect to it for us
            raise UnsafeAddressError(f"{host} is not a public address; [fetch] allow_private = true admits it")
        agent = _GuardedAgent(
            allowed=self._allowed,
            agents=self._agents,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))
