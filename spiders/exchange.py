"""From Scrapy's response back to the bytes of the wire, for the capture."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

from scrapy.http import Headers, Request, Response

from newsroom.records import Exchange

WIRE = "copydesk_wire"  # request.meta: (response headers, body) before decompression
META_BYTES = 65_536  # how far into a page its meta tags are looked for
_META_ROBOTS = re.compile(rb"<meta\b[^>]{0,300}\bname\s*=\s*[\"']?(?:robots|copydesk)\b[^>]{0,300}>", re.IGNORECASE)
_CONTENT = re.compile(rb"\bcontent\s*=\s*[\"']?([^\"'>]{0,200})", re.IGNORECASE)
SIGNALS = ("x-robots-tag", "tdm-reservation", "tdm-policy")


class WireMiddleware:
    """Keeps the response as it came, before HttpCompressionMiddleware decodes it: WARC digests are of these bytes."""

    def process_response(self, request: Request, response: Response) -> Response:
        request.meta[WIRE] = (header_lines(response.headers), response.body, datetime.now(UTC))
        return response


def header_lines(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """Scrapy's headers as (name, value) pairs; a repeated header gives one pair for each value."""
    return tuple((name, value) for name, values in headers.items() for value in _values(values))


def _values(values: Iterable[bytes] | bytes | None) -> Iterable[bytes]:
    if values is None:
        return ()
    return (values,) if isinstance(values, bytes) else values


def truncation(response: Response, headers: Iterable[tuple[bytes, bytes]], wire: bytes) -> str | None:
    """Why the body is not whole, in WARC's words; None when it is."""
    if "dataloss" in response.flags:
        return "disconnect"
    coding = b",".join(value for name, value in headers if name.lower() == b"content-encoding").strip().lower()
    if coding in (b"gzip", b"x-gzip") and is_torn_gzip(wire, len(response.body)):
        return "unspecified"
    return None


def is_torn_gzip(wire: bytes, unpacked_bytes: int) -> bool:
    """Whether a gzip stream that gave `unpacked_bytes` ends before its own end; Scrapy unpacks what there is."""
    if not wire.startswith(b"\x1f\x8b") or int.from_bytes(wire[-4:], "little") == unpacked_bytes % (1 << 32):
        return False  # RFC 1952: the last four bytes are the length
    while wire.startswith(b"\x1f\x8b"):  # several members, or bytes behind the last one
        member = zlib.decompressobj(31)
        try:
            member.decompress(wire)
        except zlib.error:
            return True
        if not member.eof:
            return True
        wire = member.unused_data
    return False


def meta_robots(body: bytes) -> str:
    """What the page's robots meta tags say (noarchive, noindex …), in lower case; empty when there are none."""
    said = (_CONTENT.search(tag[0]) for tag in _META_ROBOTS.finditer(body, 0, META_BYTES))
    return ", ".join(match[1].decode("latin-1").strip().lower() for match in said if match)[:200]


def exchange_of(response: Response) -> Exchange:
    """The HTTP exchange behind `response`, content-encoded as it came."""
    request = response.request
    if request is None:
        raise ValueError(f"{response.url}: a response without its request cannot be captured")
    headers, body, fetched = request.meta[WIRE]
    notes = {
        name: b", ".join(values).decode("latin-1") for name in SIGNALS if (values := response.headers.getlist(name))
    }
    if robots := meta_robots(response.body):
        notes["meta-robots"] = robots
    if response.url.startswith("https:"):
        notes["tls"] = "verified"
    return Exchange(
        url=response.url,
        fetched_utc=fetched,
        status=response.status,
        request_headers=header_lines(request.headers),
        response_headers=headers,
        body=body,
        method=request.method,
        protocol=response.protocol or "HTTP/1.1",
        ip=str(response.ip_address) if response.ip_address and not request.meta.get("proxy") else None,
        truncated=truncation(response, headers, body),
        notes=notes,
    )
