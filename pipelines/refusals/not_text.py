"""Bytes that are no HTML page, and text that no charset made readable."""

from __future__ import annotations

import re

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.text import one_line

_HTML_TYPE = re.compile(
    r"^\s*(?:text/html|application/xhtml\+xml|multipart/related|text/plain|text/xml|application/xml|"
    r"application/octet-stream|binary/octet-stream|unknown/unknown|text/?)?\s*(?:;|$)",
    re.IGNORECASE,
)
_OTHER_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"RIFF", "RIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"ID3", "MP3"),
    (b"\x00\x00\x00\x18ftyp", "MP4"),
)
_XML_ROOT = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*|<\?[^>]*\?>\s*|<!DOCTYPE[^>]*>\s*)*<([A-Za-z:]+)", re.DOTALL
)
_NOT_HTML_ROOTS = frozenset({b"rss", b"feed", b"rdf:rdf", b"urlset", b"sitemapindex", b"svg", b"opml"})
_STRANGE = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
_HTML_SIGN = re.compile(rb"<(?:!doctype|html|head|body|div|p|table|meta|title|article|h1|a|br)\b", re.IGNORECASE)


def not_html(content: bytes, content_type: str | None) -> Rejected | None:
    """Why the answer is no HTML page, by its bytes and its Content-Type."""
    head = content[:2_048].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _OTHER_MAGIC:
        if content.startswith(magic):
            return Rejected(Reason.NOT_HTML, f"the bytes are {name}")
    if (root := _XML_ROOT.match(head)) and root[1].lower() in _NOT_HTML_ROOTS:
        return Rejected(Reason.NOT_HTML, f"an XML document: <{root[1].decode('ascii')}>")
    if not head:
        return Rejected(Reason.NO_ARTICLE, "the body is empty")
    looks = _HTML_SIGN.search(content[:65_536]) is not None
    if head[:1] in (b"{", b"[") and not head.startswith(b"[if"):
        return Rejected(Reason.NOT_HTML, "the body is JSON") if not looks or _json_type(content_type) else None
    if content_type and not _HTML_TYPE.match(content_type):
        return Rejected(Reason.NOT_HTML, f"Content-Type {one_line(content_type)[:80]}")
    if not looks and not content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return Rejected(Reason.NOT_HTML, "no HTML tags")
    return None


def _json_type(content_type: str | None) -> bool:
    return "json" in (content_type or "").lower()


def undecodable(text: str) -> Rejected | None:
    """Why the decoded page is no text."""
    sample = text[:20_000]
    strange = len(_STRANGE.findall(sample))
    if strange > 50 and strange * 10 > len(sample):
        return Rejected(Reason.UNDECODABLE, f"{strange} of the first {len(sample)} characters are no text")
    return None
