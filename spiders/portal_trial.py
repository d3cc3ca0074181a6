"""Try a portal definition for `portal test`: a few sources and pages, each taken or refused, and nothing stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsroom.config import Config
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Role
from newsroom.urls import canonical_url
from pipelines.workers import ExtractionPool
from spiders.discovery import Discovery
from spiders.probe import Prober, run_probe
from spiders.samples import Proposal, Sample, affordable, choose, proposed_deny, read_samples
from spiders.sources import SourceRead, read_source, worthwhile

PAGES = 15  # requests, robots.txt aside
SOURCES = 6  # of these, for sources at most
FIELDS = ("title", "published", "modified", "byline", "source_name", "language", "section", "lead_image", "description")


@dataclass(frozen=True, slots=True)
class FieldCount:
    """How many of the articles have a field, and which rules gave it."""

    field: str
    found: int
    articles: int
    rules: tuple[tuple[str, int], ...]  # most frequent first


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial of a portal definition gave."""

    portal: Portal
    sources: tuple[SourceRead, ...]
    samples: tuple[Sample, ...]
    refused: tuple[Candidate, ...]  # by their address alone
    waiting: int  # article addresses that were not tried

    @property
    def articles(self) -> list[Article]:
        return [sample.article for sample in self.samples if sample.article]

    @property
    def blocked(self) -> bool:
        """Were we kept out of everything?"""
        reasons = [source.fetched.reason for source in self.sources] + [sample.reason for sample in self.samples]
        kept_out = sum(reason in (Reason.ROBOTS, Reason.BLOCKED) for reason in reasons)
        return not self.articles and kept_out > 0 and kept_out * 2 >= len(reasons)

    @property
    def deny(self) -> list[Proposal]:
        """Rules that would save requests for pages that are no articles."""
        known = [one.url for source in self.sources for one in source.articles]
        return proposed_deny(self.samples, known)

    def field_counts(self) -> list[FieldCount]:
        """For each field how many articles have it, and where it came from."""
        return [_count(name, self.articles) for name in FIELDS]


async def try_portal(prober: Prober, pool: ExtractionPool, portal: Portal, now: datetime, pages: int = PAGES) -> Trial:
    """Read the portal's sources and fetch the articles they name, with at most `pages` requests.

    Fewer are made where the site asks for long waits between them.
    """
    discovery = Discovery(portal)
    delay_s = portal.fetch.delay
    if portal.fetch.obey_robots:
        rules = await prober.rules(portal.home)
        discovery.robots_sitemaps = tuple(rules.sitemaps)
        delay_s = max(delay_s, await prober.crawl_delay_s(portal.home))
    pages = affordable(pages, delay_s)
    sources = await _sources(prober, discovery, min(SOURCES, max(1, pages // 2)), now)
    known = {canonical_url(source.url) for source in sources}
    named = (one for source in sources for one in source.found.candidates)
    candidates = {one.url: one for one in named if one.url not in known}
    # What stands on the front page only comes last: it is there that odd pages turn up.
    said = {line.url for source in sources for line in source.found.announcements}
    announced = choose((one for one in candidates.values() if one.url in said), pages)
    room = pages - len(sources)
    chosen = announced[: room - room // 3]
    taken = {one.url for one in chosen}
    rest = [one for one in candidates.values() if one.url not in taken]
    chosen += choose(rest, room - len(chosen))
    samples = await read_samples(prober, pool, discovery, chosen)
    articles = [one for one in candidates.values() if one.role is Role.ARTICLE and one.reason is None]
    refused = tuple(one for one in candidates.values() if one.reason is not None)
    return Trial(portal, tuple(sources), tuple(samples), refused, max(0, len(articles) - len(samples)))


def run_trial(config: Config, portal: Portal, now: datetime) -> Trial:
    """`try_portal` in a run of its own. Runs Twisted's reactor, so it can be called once a process."""
    pool = ExtractionPool(workers=config.worker_count)
    try:
        return run_probe(config, portal, lambda prober: try_portal(prober, pool, portal, now))
    finally:
        pool.close_now()


async def _sources(prober: Prober, discovery: Discovery, room: int, now: datetime) -> list[SourceRead]:
    """The first sources of the portal, and what they lead to: feeds of the front page, children of an index."""
    roots = list(discovery.roots())
    read = [await read_source(prober, discovery, root, now) for root in roots[: max(1, room - 2)]]
    known = {root.url for root in roots}
    named = [one for source in read for one in source.found.candidates if one.url not in known]
    feeds = [one for one in named if one.role is Role.FEED]
    children = worthwhile([one for one in named if one.role is Role.SITEMAP], room)
    for candidate in (*children[:1], *feeds, *children[1:]):
        if len(read) >= room:
            break
        read.append(await read_source(prober, discovery, candidate, now))
    return read


def _count(name: str, articles: Sequence[Article]) -> FieldCount:
    having = [article for article in articles if getattr(article, name)]
    rules = Counter(_rule(article, name) for article in having)
    return FieldCount(name, len(having), len(articles), tuple(rules.most_common()))


def _rule(article: Article, name: str) -> str:
    """Which rule gave the field, with its place when the rule has several."""
    source = article.provenance.get(name)
    return source.rule if source else "not recorded"
