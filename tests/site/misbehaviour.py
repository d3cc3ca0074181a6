"""Answers that go wrong on the wire: slow, huge, torn, compressed to burst, or lying about themselves."""

from __future__ import annotations

import asyncio
import base64
import gzip
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.site.newspaper import article_html
from tests.site.server import HTML, Play, Reply, Request, Wire, page, status_line

HUGE_BYTES = 40 * 1024 * 1024
BOMB_BYTES = 50 * 1024 * 1024  # after decompression
OK = (status_line(200) + f"\r\nContent-Type: {HTML}\r\n").encode()
CLOSE = b"Connection: close\r\n"
# brotli of 50 MB of NUL bytes; the standard library cannot compress it
BROTLI_BOMB = base64.b64decode(
    "y///P/gnAOKxQCD3/o///3/wTwDEYRGA7v0f////4J8AiMMCAN37P/7//8E/ARCHBQC693/8//+DfwIgDgsAdO//+P//B/8EQBwWAOje/+X//wf+CYA4LADQvf8A"
)


def _send(*pieces: bytes) -> Play:
    """Write the pieces, then close."""

    async def play(_: StreamReader, writer: StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return play


def _drip(start: bytes, piece: bytes, gap_s: float, times: int = 6000) -> Play:
    """Write `start`, then one piece every `gap_s`, ten minutes at most."""

    async def play(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(start)
        for _ in range(times):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(gap_s)

    return play


# Slow


@page("/drip")
def drip(_: Request) -> Wire:
    """A byte every 0.1 s, and a Content-Length that will never be reached."""
    return Wire(_drip(OK + b"Content-Length: 1000000\r\n\r\n<p>", b"x", 0.1))


@page("/drip-headers")
def drip_headers(_: Request) -> Wire:
    """A header line every 0.1 s, without end."""
    return Wire(_drip(OK, b"X-Wait: 1\r\n", 0.1))


@page("/stall")
def stall(_: Request) -> Wire:
    """Takes the request and never answers."""

    async def play(reader: StreamReader, _: StreamWriter) -> None:
        await reader.read()  # until the client gives up

    return Wire(play, status=0)


@page("/slow/{n}")
def slow(request: Request) -> Wire:
    """A proper article, `n` milliseconds late."""
    body = article_html(1, request.absolute("/slow")).encode()

    async def play(_: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(int(request.match["n"]) / 1000)
        writer.write(OK + CLOSE + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    return Wire(play)


# Large


@page("/huge")
def huge(_: Request) -> Wire:
    """40 MB, announced."""
    return Wire(
        _send(
            OK + CLOSE + f"Content-Length: {HUGE_BYTES}\r\n\r\n".encode(), *[b"<p>huge</p>\n" * 5461 + b"\n" * 4] * 640
        )
    )


@page("/huge-unannounced")
def huge_unannounced(_: Request) -> Wire:
    """40 MB in chunks, without a length."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    return Wire(
        _send(OK + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * (HUGE_BYTES // 65536), b"0\r\n\r\n")
    )


@page("/many-headers")
def many_headers(_: Request) -> Wire:
    """5,000 header lines."""
    lines = b"".join(b"X-Header-%d: some value\r\n" % number for number in range(5000))
    return Wire(_send(OK + CLOSE + lines + b"\r\n<p>hello</p>"))


@page("/long-header")
def long_header(_: Request) -> Wire:
    """One header of 1 MB."""
    return Wire(_send(OK + CLOSE + b"X-Long: " + b"x" * (1 << 20) + b"\r\n\r\n<p>hello</p>"))


# Compressed to burst


@page("/bomb-gzip")
def bomb_gzip(_: Request) -> Reply:
    """50 MB in 50 kB."""
    return Reply(gzip.compress(bytes(BOMB_BYTES), 9, mtime=0), headers=[("Content-Encoding", "gzip")])


@page("/bomb-gzip-twice")
def bomb_gzip_twice(_: Request) -> Reply:
    """The same, and packed once more."""
    inner = gzip.compress(bytes(BOMB_BYTES), 9, mtime=0)
    return Reply(gzip.compress(inner, 9, mtime=0), headers=[("Content-Encoding", "gzip, gzip")])


@page("/bomb-deflate")
def bomb_deflate(_: Request) -> Reply:
    """50 MB by deflate."""
    return Reply(zlib.compress(bytes(BOMB_BYTES), 9), headers=[("Content-Encoding", "deflate")])


@page("/bomb-br")
def bomb_brotli(_: Request) -> Reply:
    """50 MB in 93 bytes of brotli."""
    return Reply(BROTLI_BOMB, headers=[("Content-Encoding", "br")])


@page("/bomb-br-in-gzip")
def bomb_brotli_in_gzip(_: Request) -> Reply:
    """A brotli bomb inside gzip."""
    return Reply(gzip.compress(BROTLI_BOMB, mtime=0), headers=[("Content-Encoding", "br, gzip")])


@page("/bomb-zstd")
def bomb_zstd(_: Request) -> Reply:
    """50 MB in 1.6 kB of zstd: run-length blocks of 128 kB."""
    return Reply(b"".join(_zstd_zeros(BOMB_BYTES)), headers=[("Content-Encoding", "zstd")])


def _zstd_zeros(size: int) -> Iterator[bytes]:
    block = 128 * 1024
    yield bytes.fromhex("28b52ffd 00 38")  # magic, no flags, window of 128 kB
    for number in range(size // block, 0, -1):
        yield (block << 3 | 1 << 1 | (number == 1)).to_bytes(3, "little") + b"\0"  # RFC 8878 section 3.1.1.2


@page("/says-gzip-but-is-not")
def says_gzip_but_is_not(_: Request) -> Reply:
    """Plain text under Content-Encoding: gzip."""
    return Reply("<p>not compressed</p>", headers=[("Content-Encoding", "gzip")])


@page("/torn-gzip")
def torn_gzip(request: Request) -> Reply:
    """A gzip stream that ends in the middle."""
    whole = gzip.compress(article_html(1, request.absolute("/torn-gzip")).encode(), mtime=0)
    return Reply(whole[: len(whole) // 2], headers=[("Content-Encoding", "gzip")])


# Torn


@page("/truncated")
def truncated(request: Request) -> Wire:
    """Half of the announced length, then the connection is closed."""
    body = article_html(1, request.absolute("/truncated")).encode()
    return Wire(_send(OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) // 2]))


@page("/truncated-once")
def truncated_once(request: Request) -> Reply | Wire:
    """Torn the first time, whole afterwards."""
    return Reply(article_html(1, request.absolute("/truncated-once"))) if request.earlier_hits else truncated(request)


@page("/truncated-chunked")
def truncated_chunked(_: Request) -> Wire:
    """Ends in the middle of a chunk."""
    return Wire(_send(OK + b"Transfer-Encoding: chunked\r\n\r\n400\r\n<p>only the beginning"))


@page("/bad-chunk")
def bad_chunk(_: Request) -> Wire:
    """A chunk length that is no number."""
    return Wire(_send(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"))


@page("/reset")
def reset(_: Request) -> Wire:
    """The connection is reset instead of an answer."""

    async def play(_: StreamReader, writer: StreamWriter) -> None:
        writer.transport.abort()

    return Wire(play, status=0)


@page("/no-status-line")
def no_status_line(_: Request) -> Wire:
    """HTTP/0.9: a body and nothing else."""
    return Wire(_send(b"<html><p>hello</p></html>"), status=0)


@page("/bad-status-line")
def bad_status_line(_: Request) -> Wire:
    """A status that is no number."""
    return Wire(_send(b"HTTP/1.1 fine thanks\r\n\r\n<p>hello</p>"), status=0)


@page("/lies-about-length")
def lies_about_length(_: Request) -> Wire:
    """More bytes than announced."""
    return Wire(_send(OK + CLOSE + b"Content-Length: 10\r\n\r\n<p>0123456789 and more</p>"))


# Lying about what it is


@page("/lies-about-charset")
def lies_about_charset(request: Request) -> Reply:
    """The header says UTF-8; the bytes are gb18030, as the page's meta tag says."""
    body = article_html(2, request.absolute("/lies-about-charset"), language="zh", charset="gb18030")
    return Reply(body.encode("gb18030"))


@page("/says-gb2312-is-utf-8")
def says_gb2312(request: Request) -> Reply:
    """Header and meta tag say gb2312; the bytes are UTF-8."""
    body = article_html(2, request.absolute("/says-gb2312-is-utf-8"), language="zh", charset="gb2312")
    return Reply(body.encode(), type="text/html; charset=gb2312")


@page("/pdf-as-html")
def pdf_as_html(_: Request) -> Reply:
    """A PDF under text/html."""
    return Reply(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n%%EOF\n")


@page("/html-as-octets")
def html_as_octets(request: Request) -> Reply:
    """An article under application/octet-stream."""
    return Reply(article_html(1, request.absolute("/html-as-octets")), type="application/octet-stream")


@page("/no-content-type")
def no_content_type(request: Request) -> Reply:
    """An article without a Content-Type."""
    return Reply(article_html(1, request.absolute("/no-content-type")), type=None)


# Refusing


@page("/status/{n}")
def status(request: Request) -> Reply:
    """Whatever status the path names."""
    code = int(request.match["n"])
    return Reply("" if code in (204, 304) else f"<h1>{code}</h1>", code)


@page("/429", "/503")
def wait_two_seconds(request: Request) -> Reply:
    """Refuses the first request with Retry-After: 2; an article afterwards."""
    if request.earlier_hits:
        return Reply(article_html(1, request.absolute(request.target)))
    return Reply("<h1>Slow down</h1>", int(request.target[1:4]), headers=[("Retry-After", "2")])


@page("/429-date")
def wait_until_date(request: Request) -> Reply:
    """Retry-After as a date two seconds ahead, once."""
    if request.earlier_hits:
        return Reply(article_html(1, request.absolute("/429-date")))
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    return Reply("<h1>Slow down</h1>", 429, headers=[("Retry-After", when)])


@page("/429-for-ever")
def wait_for_ever(_: Request) -> Reply:
    """Always 429, with an absurd Retry-After."""
    return Reply("<h1>Slow down</h1>", 429, headers=[("Retry-After", "999999999")])


@page("/fails-once")
def fails_once(request: Request) -> Reply:
    """500 the first time, an article afterwards."""
    return (
        Reply(article_html(1, request.absolute("/fails-once"))) if request.earlier_hits else Reply("<h1>500</h1>", 500)
    )


@page("/304-unasked")
def not_modified_unasked(_: Request) -> Reply:
    """304 to a request without validators."""
    return Reply(status=304)


# Signals and headers


@page("/noarchive")
def noarchive(request: Request) -> Reply:
    """An article with X-Robots-Tag: noarchive and a TDM reservation."""
    headers = [("X-Robots-Tag", "noarchive"), ("TDM-Reservation", "1")]
    return Reply(article_html(1, request.absolute("/noarchive")), headers=headers)


@page("/sets-cookie")
def sets_cookie(request: Request) -> Reply:
    """An article that sets a cookie."""
    return Reply(article_html(1, request.absolute("/sets-cookie")), headers=[("Set-Cookie", "session=42; Path=/")])


@page("/referrer-policy")
def referrer_policy(request: Request) -> Reply:
    """A Referrer-Policy that names a Python callable (GHSA-cwxj in Scrapy)."""
    headers = [("Referrer-Policy", "os.getcwd")]
    return Reply(article_html(1, request.absolute("/referrer-policy")), headers=headers)


@page("/headers-in-latin-1")
def headers_in_latin1(request: Request) -> Reply:
    """Header values outside ASCII."""
    headers = [("X-City", "Zürich"), ("Server", "caf\xe9/1.0")]
    return Reply(article_html(1, request.absolute("/headers-in-latin-1")), headers=headers)


@page("/same-etag-new-text")
def same_etag_new_text(request: Request) -> Reply:
    """New text at each visit under one ETag; honest answers to If-None-Match would be wrong here."""
    return Reply(
        article_html(request.earlier_hits + 1, request.absolute("/same-etag-new-text")), headers=[("ETag", '"fixed"')]
    )
