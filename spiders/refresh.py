"""Meta refresh: a page that is only a signpost to another."""

from __future__ import annotations

import re
from html import unescape

HEAD_CHARS = 100_000  # a signpost is a short page
LONGEST_WAIT_S = 30  # longer ones reload the page for a reader who stays

_META = re.compile(r"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_CONTENT = re.compile(r"""\bcontent\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_REFRESH = re.compile(r"""\bhttp-equiv\s*=\s*["']?\s*refresh\b""", re.IGNORECASE)
_VALUE = re.compile(r"""\s*(\d+)[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?["']?(.+?)["']?\s*$""", re.IGNORECASE | re.DOTALL)


def refresh_target(html: str) -> str | None:
    """The address that the page's meta refresh leads to within half a minute, as written; None without one."""
    for tag in _META.finditer(html, 0, HEAD_CHARS):
        content = _CONTENT.search(tag[0]) if _REFRESH.search(tag[0]) else None
        value = _VALUE.match(unescape(content[1].strip("\"'"))) if content else None
        if value and int(value[1][:6]) <= LONGEST_WAIT_S:
            return value[2].strip()
    return None
