"""Find and read the places where a site announces its articles, with few requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from newsroom.portals import SourceKind
from newsroom.records import Candidate, Role
from newsroom.urls import canonical_url
from pipelines.decode import decode_body
from spiders.discovery import Discovery, Found
from spiders.probe import Fetched, Prober
from spiders.samples import as_page
from spiders.sitemaps import WELL_KNOWN_FEEDS, WELL_KNOWN_SITEMAPS

MAX_SITEMAPS = 6  # requests for sitemaps, children included
MAX_FEEDS = 6
GUESSES = 5  # usual places that are tried when nothing is named


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A feed, sitemap or listing that was asked for, and what it named."""

    kind: SourceKind
    url: str
    fetched: Fetched
    found: Found

    @property
    def problem(self) -> str:
        """Why it could not be read; empty when it could."""
        if self.fetched.reason is not None:
            return self.fetched.detail or self.fetched.reason.value
        return "" if self.found.candidates else self.found.problem or "names nothing"

    @property
    def articles(self) -> tuple[Candidate, ...]:
        """What it names that may be an article."""
        return tuple(one for one in self.found.candidates if one.role is Role.ARTICLE and one.reason is None)

    @property
    def children(self) -> tuple[Candidate, ...]:
        """The sitemaps of an index."""
        return tuple(one for one in self.found.candidates if one.role is Role.SITEMAP)

    @property
    def newest(self) -> datetime | None:
        """The latest date that it gives to an article."""
        lines = self.found.announcements
        return max((when.utc for line in lines if (when := line.published or line.lastmod)), default=None)


async def read_source(prober: Prober, discovery: Discovery, candidate: Candidate, now: datetime) -> SourceRead:
    """Fetch a feed, a sitemap or a listing page, and read it as a crawl would."""
    got = await prober.fetch(candidate.fetch_url)
    found = _read(discovery, candidate, got, now) if got.reason is None else Found()
    return SourceRead(_kind(candidate.role, found), candidate.fetch_url, got, found)


def _read(discovery: Discovery, candidate: Candidate, got: Fetched, now: datetime) -> Found:
    page = as_page(discovery.portal, candidate)
    if candidate.role is Role.FEED:
        return discovery.read_feed(page, got.body, got.headers, now)
    if candidate.role is Role.SITEMAP:
        return discovery.read_sitemap(page, got.body, now)
    return discovery.read_listing(page, decode_body(got.body, got.content_type), got.url)


def _kind(role: Role, found: Found) -> SourceKind:
    if role is Role.SITEMAP:
        news = sum(line.source_kind == "news-sitemap" for line in found.announcements)
        return SourceKind.NEWS_SITEMAP if news * 2 > len(found.announcements) else SourceKind.SITEMAP
    return SourceKind.FEED if role is Role.FEED else SourceKind.LISTING


async def read_sitemaps(prober: Prober, discovery: Discovery, named: Sequence[str], now: datetime) -> list[SourceRead]:
    """The sitemaps that robots.txt names, else the first at a usual place; of an index also some children."""
    if named:
        roots = [_root(url, Role.SITEMAP) for url in named[: MAX_SITEMAPS // 2]]
        sources = [await read_source(prober, discovery, root, now) for root in roots]
    else:
        sources = await _first_that_answers(prober, discovery, WELL_KNOWN_SITEMAPS, Role.SITEMAP, now)
    for child in worthwhile([one for source in sources for one in source.children], MAX_SITEMAPS - len(sources)):
        sources.append(await read_source(prober, discovery, child, now))
    return sources


async def read_feeds(prober: Prober, discovery: Discovery, named: Sequence[str], now: datetime) -> list[SourceRead]:
    """The feeds that the front page names, else the first that answers at a usual place."""
    if named:
        return [await read_source(prober, discovery, _root(url, Role.FEED), now) for url in named[:MAX_FEEDS]]
    return await _first_that_answers(prober, discovery, WELL_KNOWN_FEEDS, Role.FEED, now)


async def _first_that_answers(
    prober: Prober, discovery: Discovery, paths: Iterable[str], role: Role, now: datetime
) -> list[SourceRead]:
    for path in list(paths)[:GUESSES]:
        url = urljoin(discovery.portal.home, path)
        source = await read_source(prober, discovery, _root(url, role), now)
        if not source.problem:
            return [source]
    return []


def worthwhile(children: Sequence[Candidate], count: int) -> list[Candidate]:
    """The children of a sitemap index most likely to name today's news: those called so, then the ends of the list."""
    by_url = {child.url: child for child in children}
    ordered = list(by_url.values())
    news = [child for child in ordered if "news" in child.url.rpartition("/")[2].lower()]
    ends = [child for child in (ordered[-1:] + ordered[:1]) if child not in news]
    return list(dict.fromkeys([*news[:2], *ends]))[: max(count, 0)]


def _root(url: str, role: Role) -> Candidate:
    return Candidate(canonical_url(url), url, role, depth=0)
