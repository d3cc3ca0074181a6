"""Sitemap trees against what ultimate-sitemap-parser found in its own tests, on the answers its mock served."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsroom.urls import canonical_url
from spiders.robots import Robots
from spiders.sitemaps import WELL_KNOWN_FEEDS, WELL_KNOWN_SITEMAPS, Sitemap, parse_sitemap

MAX_FETCHES = 200


@dataclass(frozen=True, slots=True)
class Found:
    """The pages of one site: canonical URL, and the title of its news entry."""

    titles: Mapping[str, str | None]
    ended: bool  # before MAX_FETCHES addresses: loops were noticed


def score(pack: Path) -> dict[str, float]:
    """Share of sites where we find every page they did, of pages found, of news titles alike, of walks that end."""
    complete, pages, titles, ended = [], [], [], []
    for case in json.loads((pack / "cases.json").read_text("utf-8")):
        for run in case["runs"]:
            if run["kwargs"] or len(case["runs"]) > 1:  # callbacks; a site that was another one at each run
                continue
            found = walk(case["site"], run["homepage"])
            wanted = {canonical_url(page["url"]): page["news"] for page in run["pages"]}
            pages += [url in found.titles for url in wanted]
            complete.append(wanted.keys() <= found.titles.keys())
            titles += [found.titles.get(url) == news["title"] for url, news in wanted.items() if news]
            ended.append(found.ended)
    figures = {"complete": complete, "pages": pages, "news_titles": titles, "ended": ended}
    return {name: sum(values) / len(values) for name, values in figures.items() if values}


def walk(site: Mapping[str, Mapping[str, Any]], homepage: str) -> Found:
    """Read robots.txt, the well-known places and everything they lead to, each address once."""
    home = homepage.rstrip("/")
    robots = Robots(_body(site, f"{home}/robots.txt"))
    todo = [*robots.sitemaps, *(f"{home}/{path.lstrip('/')}" for path in WELL_KNOWN_FEEDS + WELL_KNOWN_SITEMAPS)]
    seen: set[str] = set()
    titles: dict[str, str | None] = {}
    while todo and len(seen) < MAX_FETCHES:
        url = todo.pop(0)
        if canonical_url(url) in seen:
            continue
        seen.add(canonical_url(url))
        sitemap = _read(site, url)
        todo += [child.url for child in sitemap.children]
        for entry in sitemap.entries:
            titles.setdefault(canonical_url(entry.url), entry.news.title if entry.news else None)
    return Found(titles, len(seen) < MAX_FETCHES)


def _read(site: Mapping[str, Mapping[str, Any]], url: str) -> Sitemap:
    return parse_sitemap(_body(site, url), url)


def _body(site: Mapping[str, Mapping[str, Any]], url: str) -> bytes:
    answer = site.get(url)
    return b64decode(answer["body_b64"]) if answer and int(answer["status"]) == 200 else b""
