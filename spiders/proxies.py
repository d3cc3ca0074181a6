"""The way to each host: through the proxy of the portal file or of the environment, or straight."""

from __future__ import annotations

from urllib.request import proxy_bypass

from scrapy import Spider
from scrapy.downloadermiddlewares.httpproxy import HttpProxyMiddleware
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

Way = tuple[bytes | None, str | None]  # credentials, the proxy's URL


class KnownWaysMiddleware(HttpProxyMiddleware):
    """Scrapy's, but what no_proxy says of a host is asked once: each asking reads the whole environment."""

    def __init__(self, auth_encoding: str | None = "latin-1") -> None:
        super().__init__(auth_encoding)
        self._ways: dict[tuple[str, str | None], Way] = {}

    def process_request(self, request: Request, spider: Spider | None = None) -> Request | Response | None:
        if "proxy" in request.meta:  # the portal file's
            return super().process_request(request)
        address = urlparse_cached(request)
        host = (address.scheme, address.hostname)
        way = self._ways.get(host)
        if way is None:
            way = self._ways[host] = self._way_to(*host)
        self._set_proxy_and_creds(request, way[1], way[0], None)
        return None

    def _way_to(self, scheme: str, host: str | None) -> Way:
        if scheme not in self.proxies or (host and proxy_bypass(host)):
            return None, None
        return self.proxies[scheme]
