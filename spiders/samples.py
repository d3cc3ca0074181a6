"""A few pages of a site, read as a crawl would read them, and what they say of its addresses."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Page, Rejected, Role, State
from newsroom.url_shapes import ARTICLE_SCORE, article_score
from pipelines.decode import decode_body
from pipelines.reading import read_options
from pipelines.workers import ExtractionPool
from spiders.discovery import Discovery
from spiders.probe import Fetched, Prober

THIN = frozenset({Reason.NO_ARTICLE, Reason.TOO_SHORT, Reason.CLIENT_RENDERED})  # read, but no article in it
LISTING_LINKS = 3  # article links that make a page without an article a section page
MAX_PROPOSALS = 5
PATIENCE_S = 180.0  # how long a person waits for pages that may be asked for only now and then
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One page that was fetched and read."""

    candidate: Candidate
    fetched: Fetched
    result: Article | Rejected
    leads_to: int = 0  # article links on a page that is no article

    @property
    def article(self) -> Article | None:
        return self.result if isinstance(self.result, Article) else None

    @property
    def reason(self) -> Reason | None:
        return self.result.reason if isinstance(self.result, Rejected) else None

    @property
    def looks_like_a_section(self) -> bool:
        """No article on it, but links to several."""
        return self.reason is Reason.NO_ARTICLE and self.leads_to >= LISTING_LINKS


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule for [articles] deny, and the sampled addresses that speak for it."""

    pattern: str
    urls: tuple[str, ...]


def as_page(portal: Portal, candidate: Candidate) -> Page:
    """The candidate as the page that discovery and reading work on; it has no row anywhere."""
    return Page(
        0, portal.id, candidate.url, candidate.fetch_url, candidate.role, State.LEASED, candidate.depth,
        priority=candidate.priority, found_on=candidate.found_on,
    )  # fmt: skip


def choose(candidates: Iterable[Candidate], count: int) -> list[Candidate]:
    """`count` of the article candidates: of each part of the site in turn, the most promising first."""
    parts: dict[str, list[Candidate]] = defaultdict(list)
    wanted = {one.url: one for one in candidates if one.role is Role.ARTICLE and one.reason is None}
    for one in sorted(wanted.values(), key=lambda one: -one.priority):
        parts[_first_segment(one.url)].append(one)
    chosen: list[Candidate] = []
    while len(chosen) < count and any(parts.values()):
        for part in parts.values():
            if part and len(chosen) < count:
                chosen.append(part.pop(0))
    return chosen


def affordable(count: int, delay_s: float) -> int:
    """`count`, or fewer pages where the waits between them would take minutes."""
    return min(count, max(FEWEST, int(PATIENCE_S / delay_s))) if delay_s else count


async def read_samples(
    prober: Prober, pool: ExtractionPool, discovery: Discovery, candidates: Sequence[Candidate]
) -> list[Sample]:
    """Fetch and read `candidates`, at the pace of their hosts; in their order."""
    return list(await asyncio.gather(*(_read(prober, pool, discovery, one) for one in candidates)))


async def _read(prober: Prober, pool: ExtractionPool, discovery: Discovery, candidate: Candidate) -> Sample:
    portal = discovery.portal
    got = await prober.fetch(candidate.fetch_url)
    if got.reason is not None:
        return Sample(candidate, got, Rejected(got.reason, got.detail))
    if not discovery.on_site(got.url):
        return Sample(candidate, got, Rejected(Reason.OFF_SITE, f"redirects to {got.url}"))
    options = read_options(portal, got.fetched_utc)
    result = await pool.run(got.body, got.url, got.content_type, options)
    leads_to = 0
    if isinstance(result, Rejected) and result.reason is Reason.NO_ARTICLE:
        html = decode_body(got.body, got.content_type)
        found = discovery.read_listing(as_page(portal, candidate), html, got.url).candidates
        leads_to = sum(one.role is Role.ARTICLE and one.reason is None for one in found)
    return Sample(candidate, got, result, leads_to)


def proposed_deny(samples: Sequence[Sample], known: Iterable[str]) -> list[Proposal]:
    """Rules for parts of the site that hold no articles: at least two samples of a part, and none of them an article.

    A part is left alone when one of the `known` addresses in it looks more like an article's than its samples do.
    """
    kept = [sample.article.canonical_url for sample in samples if sample.article]
    kept += [sample.candidate.url for sample in samples if sample.article]
    known = list(known)
    return [
        Proposal(pattern, urls)
        for pattern, urls in _parts_without_articles(samples)
        if not _matches(pattern, kept) and not _promising(pattern, urls, known)
    ][:MAX_PROPOSALS]


def _parts_without_articles(samples: Sequence[Sample]) -> Iterator[tuple[str, tuple[str, ...]]]:
    parts: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        segment = _first_segment(sample.candidate.url)
        if sample.reason in THIN and segment and not segment.isdecimal():
            parts[segment].append(sample.candidate.url)
    for segment, urls in parts.items():
        if len(urls) >= 2:
            yield f"/{re.escape(segment)}/".replace(r"\-", "-"), tuple(urls)


def _matches(pattern: str, urls: Iterable[str]) -> bool:
    return any(re.search(pattern, url) for url in urls)


def _promising(pattern: str, urls: Iterable[str], known: Iterable[str]) -> bool:
    """Does a known address of the part look like an article's, while its samples' do not?"""
    if any(article_score(url) >= ARTICLE_SCORE for url in urls):
        return False
    return any(re.search(pattern, url) and article_score(url) >= ARTICLE_SCORE for url in known)


def _first_segment(url: str) -> str:
    """The first folder of the path; empty for a page at the top."""
    head, slash, _ = urlsplit(url).path.lstrip("/").partition("/")
    return head if slash else ""


def place_of(url: str) -> str:
    """`url` without scheme and host: how addresses of one site are shown."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
