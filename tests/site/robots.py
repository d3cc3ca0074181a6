"""robots.txt as servers really answer it, one virtual host each: `robots-503.test`, `robots-redirect.test` …

On every other host robots.txt allows all and names the sitemap.
"""

from __future__ import annotations

import asyncio
import gzip
from asyncio import StreamReader, StreamWriter

from tests.site.server import Reply, Request, Wire, page

TEXT = "text/plain; charset=utf-8"
RULES = "User-agent: *\nDisallow: /private/\n"


@page("/robots.txt", host=r"robots-\d+\.test")
def robots_status(request: Request) -> Reply:
    """`robots-404.test` answers 404, and so on."""
    return Reply("<h1>no rules here</h1>", int(request.host[7:-5]))


@page("/robots.txt", host=r"robots-redirect\.test")
def robots_redirect(request: Request) -> Reply:
    """One redirect to the rules."""
    return Reply(status=301, headers=[("Location", request.absolute("/rules.txt"))])


@page("/robots.txt", host=r"robots-redirect-loop\.test")
def robots_redirect_loop(request: Request) -> Reply:
    """A redirect to itself."""
    return Reply(status=302, headers=[("Location", request.absolute("/robots.txt"))])


@page("/robots.txt", "/robots-hop/{n}", host=r"robots-five-hops\.test")
def robots_five_hops(request: Request) -> Reply:
    """Five redirects, then the rules: the number RFC 9309 asks crawlers to follow."""
    hop = int(request.match.groupdict().get("n") or 0)
    return Reply(
        status=302, headers=[("Location", request.absolute(f"/robots-hop/{hop + 1}" if hop < 4 else "/rules.txt"))]
    )


@page("/rules.txt")
def rules(_: Request) -> Reply:
    """Where the redirects lead: /private/ is forbidden."""
    return Reply(RULES, type=TEXT)


@page("/robots.txt", host=r"robots-stall\.test")
def robots_stall(_: Request) -> Wire:
    """Never answers."""

    async def play(reader: StreamReader, _: StreamWriter) -> None:
        await reader.read()

    return Wire(play, status=0)


@page("/robots.txt", host=r"robots-reset\.test")
def robots_reset(_: Request) -> Wire:
    """The connection is reset."""

    async def play(_: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(0)
        writer.transport.abort()

    return Wire(play, status=0)


@page("/robots.txt", host=r"robots-huge\.test")
def robots_huge(_: Request) -> Reply:
    """800 kB: /early/ is forbidden in the first line, /late/ behind 500 KiB."""
    filler = "# filler filler filler filler filler filler filler\n" * 16000
    return Reply("User-agent: *\nDisallow: /early/\n" + filler + "Disallow: /late/\n", type=TEXT)


@page("/robots.txt", host=r"robots-messy\.test")
def robots_messy(_: Request) -> Reply:
    """Byte order mark, mixed line ends and odd capitals; /private/ is forbidden."""
    return Reply(b"\xef\xbb\xbfuser-AGENT: *\r\rDISALLOW : /private/\r\nAllow: /private/open/\n", type=TEXT)


@page("/robots.txt", host=r"robots-delay\.test")
def robots_delay(_: Request) -> Reply:
    """Crawl-delay: 1."""
    return Reply("User-agent: *\nCrawl-delay: 1\n", type=TEXT)


@page("/robots.txt", host=r"robots-forbids-all\.test")
def robots_forbids_all(_: Request) -> Reply:
    """Nobody may fetch anything."""
    return Reply("User-agent: *\nDisallow: /\n", type=TEXT)


@page("/robots.txt", host=r"robots-forbids-us\.test")
def robots_forbids_us(_: Request) -> Reply:
    """Everybody may fetch, except copydesk."""
    return Reply("User-agent: *\nAllow: /\n\nUser-agent: copydesk\nDisallow: /\n", type=TEXT)


@page("/robots.txt", host=r"robots-gzip\.test")
def robots_gzip(_: Request) -> Reply:
    """The rules, compressed in transfer."""
    return Reply(gzip.compress(RULES.encode(), mtime=0), type=TEXT, headers=[("Content-Encoding", "gzip")])


@page("/robots.txt", host=r"robots-html\.test")
def robots_html(_: Request) -> Reply:
    """An HTML page with status 200 instead of rules."""
    return Reply("<html><body><h1>Welcome</h1><p>Disallow: nothing</p></body></html>")


@page("/robots.txt")
def robots_open(request: Request) -> Reply:
    """Everything is allowed; names the sitemap."""
    return Reply(f"User-agent: *\nDisallow: /forbidden/\nSitemap: {request.absolute('/sitemap.xml')}\n", type=TEXT)


@page("/forbidden/{word}")
def forbidden(_: Request) -> Reply:
    """Forbidden by robots.txt, but served to whoever asks."""
    return Reply("<h1>You should not be here</h1>")
