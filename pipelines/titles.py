"""The headline of a page's article: what a reader sees, without the name of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from newsroom.records import Declined, Provenance
from pipelines.clues import Clues
from pipelines.text import one_line

_SEPARATOR = re.compile(
    r"\s+[|\-–—·•»:/]+\s+|\s*[|｜_»]+\s*|\s*[-—–]{2,}\s*|(?<=[\u3400-\u9fff）)”!！?？])\s*[-—–]\s*(?=[\u3400-\u9fff])"
)
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"\w+")
_RESEMBLES = 0.6


def find_title(clues: Clues, site_name: str | None, url: str) -> tuple[str, Provenance | None]:
    """The headline a reader sees: an h1 that the page's data agree with, else those data, else the title element."""
    reference = _reference(clues)
    cut = cut_site(clues.title, site_name, url)
    rejected: list[Declined] = []
    for place, heading in _headings(clues):
        if _resembles(heading, reference[0] if reference else cut or clues.title):
            return heading, Provenance("heading", place, tuple(rejected[:5]))
        rejected.append(Declined(heading[:120], f"{place} unlike what the page calls itself"))
    if reference:
        rule, place = reference[1], reference[2]
        text = reference[0] if rule == "json-ld" else cut_site(reference[0], site_name, url)
        return text, Provenance(rule, place, tuple(rejected[:5]))
    if cut:
        return cut, Provenance("title element", "site name cut off", tuple(rejected[:5]))
    return (clues.headings[0], Provenance("heading", "h1")) if clues.headings else ("", None)


def _reference(clues: Clues) -> tuple[str, str, str] | None:
    node = clues.article_node or {}
    for name in ("headline", "name"):
        value = node.get(name)
        if isinstance(value, str) and value.strip():
            return one_line(value), "json-ld", name
    if found := clues.first("og:title", "twitter:title", "dc.title", "headline", "articletitle"):
        return found[0], "meta", found[1]
    return None


def _headings(clues: Clues) -> Iterator[tuple[str, str]]:
    for element in clues.itemprops.get("headline", ())[:3]:
        text = one_line("".join(element.itertext()))
        if 2 <= len(text) <= 300:
            yield "itemprop headline", text
    for heading in clues.headings:
        if 2 <= len(heading) <= 300:
            yield "h1", heading


def _resembles(a: str, b: str) -> bool:
    left, right = (" ".join(_WORD.findall(text.casefold())) for text in (a, b))
    if not left or not right:
        return False
    if left == right or (min(len(left), len(right)) >= 8 and (left in right)):
        return True
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= _RESEMBLES


def cut_site(title: str, site_name: str | None, url: str) -> str:
    """A page title without the name of the site or section at its end or head."""
    parts = [part for part in _SEPARATOR.split(title) if part.strip()]
    if len(parts) < 2:
        return title
    if _HAN.search(title):
        return _cut_han(title, parts)
    while len(parts) > 1 and _names_site(parts[-1], site_name, url):
        parts.pop()
        title = title[: title.rfind(parts[-1]) + len(parts[-1])]
    if len(parts) > 1 and _names_site(parts[0], site_name, url):
        title = title[title.find(parts[1]) :]
        parts = parts[1:]
    if len(parts) > 1 and len(parts[-1].split()) <= 3 and len(_WORD.findall(parts[0])) >= 4:
        title = title[: title.rfind(parts[-2]) + len(parts[-2])]
    return title.strip()


def _cut_han(title: str, parts: list[str]) -> str:
    """Chinese titles end in section and site: keep what stands before them, where it is long enough to be a title."""
    head = title[: title.find(parts[1], len(parts[0]))].rstrip(" -_|—–｜»·:/") if len(parts[0]) >= 5 else ""
    return head.strip() or max(parts, key=len).strip()


def _names_site(part: str, site_name: str | None, url: str) -> bool:
    squashed = "".join(_WORD.findall(part.casefold()))
    names = ["".join(_WORD.findall((site_name or "").casefold()))]
    names += [label for label in (urlsplit(url).hostname or "").split(".") if len(label) > 3]
    if not squashed:
        return True
    return any(
        name and (squashed == name or (len(squashed) > 3 and (squashed in name or name in squashed))) for name in names
    )
