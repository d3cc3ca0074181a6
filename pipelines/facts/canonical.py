"""Which address a page's article is filed under: what its rel=canonical claims, as far as that can be believed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newsroom.records import Declined, Provenance
from newsroom.urls import canonical_url, resolve, same_site
from pipelines.clues import Clues

_ARTICLE_ID = re.compile(r"\d{5,}|[0-9a-f]{8}-[0-9a-f-]{20,}", re.IGNORECASE)
_OTHER_FORM = re.compile(r"(?:amp|print|mobile|index\.\w+|\d{1,2}|page/\d+)(?:\.html?)?")
_MAX_CHARS = 120


def find_canonical(clues: Clues, url: str) -> tuple[str, Provenance | None]:
    """The canonical address of the page fetched from `url`, and what was made of its claim, if it made one.

    Not believed: another site, the home page, an address without the number that names this article, or a mere
    section above it. One that differs by http/https or `www.` alone keeps the scheme and host that answered.
    """
    declared = next(iter(clues.links.get("canonical", ())), None)
    if not declared:
        return canonical_url(url), None
    found, why_not = _judge(declared, url)
    if why_not:
        return found, Provenance("address fetched", "", (Declined(declared[:_MAX_CHARS], f"rel=canonical: {why_not}"),))
    return found, Provenance("rel=canonical", declared[:_MAX_CHARS])


def _judge(declared: str, url: str) -> tuple[str, str]:
    """The address, and why the claim is not believed; "" where it is."""
    own = canonical_url(url)
    target = resolve(url, declared) if declared.strip() else None
    if target is None:
        return own, "no address of a page"
    if not same_site(target, url):
        return own, "another site"
    target = canonical_url(target)
    here, there = urlsplit(own), urlsplit(target)
    if there.path in ("", "/") and not there.query and (here.path not in ("", "/") or here.query):
        return own, "the front page"
    if why_not := _another_article(here.path + "?" + here.query, there.path + "?" + there.query):
        return own, why_not
    return there._replace(scheme=here.scheme, netloc=here.netloc).geturl(), ""


def _another_article(here: str, there: str) -> str:
    """Why an address cannot stand for the page at `here`: its article number is another, or it is a mere prefix."""
    numbers = set(_ARTICLE_ID.findall(here))
    if numbers and _ARTICLE_ID.findall(there):
        return "" if numbers & set(_ARTICLE_ID.findall(there)) else "the number of another article"
    path, other = here.split("?")[0].rstrip("/"), there.split("?")[0].rstrip("/")
    if path.startswith(other + "/") and not _OTHER_FORM.fullmatch(path[len(other) + 1 :]):
        return "a section above the page"
    return ""
