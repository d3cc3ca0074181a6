"""Publication times in a page's scripts: the state of pages that a program builds, and data near to JSON-LD.

A page of many stories has the times of all of them there; the time is the page's own only where it is the only one.
"""

from __future__ import annotations

import re
from itertools import islice

from pipelines.markup import Element

_SIGNS = ("ublish", "ublication", "pubDate", "pub_date")
_STATED = re.compile(
    r"([pP]ub(?:lish(?:ed)?_?(?:[aA]t|[dD]ate|[tT]ime|[oO]n)?|lication_?[dD]ate|_?[dD]ate))"
    r'\\?"\s{0,4}:\s{0,4}\\?"([^"\\<>]{8,40})'
)
_MAX_CHARS = 500_000  # of one script
_MAX_TIMES = 50


def times_in_scripts(tree: Element) -> tuple[tuple[str, str], ...]:
    """Every name that says "published" in a script, with its value; before the scripts are dropped."""
    found: list[tuple[str, str]] = []
    for script in tree.iter("script"):
        text = script.text or ""
        if any(sign in text for sign in _SIGNS):
            room = _MAX_TIMES - len(found)
            found += ((match[1], match[2]) for match in islice(_STATED.finditer(text[:_MAX_CHARS]), room))
    return tuple(found)
