"""Survey a site for `portal add`: what it allows, where it announces its articles, and what its pages give."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from urllib.parse import urlsplit

from newsroom.config import Config
from newsroom.portals import Portal, Source, SourceKind
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Role
from newsroom.urls import same_site
from pipelines.decode import decode_body
from pipelines.workers import ExtractionPool
from spiders.discovery import Discovery, Found
from spiders.links import page_links
from spiders.probe import Fetched, Prober, run_probe
from spiders.samples import Proposal, Sample, affordable, as_page, choose, place_of, proposed_deny, read_samples
from spiders.sources import SourceRead, read_feeds, read_sitemaps

SAMPLES = 12
AGREED = 0.9  # share of the samples that must be in one language to write it down
NEWS_SHARE = 0.25  # share of the samples that must be articles for a news site
BIG_INDEX = 5  # an index of more sitemaps than this is an archive
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?$")


class Mark(StrEnum):
    """What a finding means for the crawl to come."""

    GOOD = "good"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a survey."""

    mark: Mark
    topic: str
    text: str
    place: str = ""  # path of the source or page it is about


@dataclass(frozen=True, slots=True)
class Survey:
    """What a survey found, and the portal file it proposes."""

    portal: Portal
    front: Fetched
    comments: dict[str, str] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    refusal: str = ""  # why this is no news site, as far as can be seen; empty when it is one

    @property
    def blocked(self) -> bool:
        """Does the site keep us out?"""
        reasons = [sample.reason for sample in self.samples]
        kept_out = {Reason.ROBOTS, Reason.BLOCKED}
        return self.front.reason in kept_out or (bool(reasons) and all(reason in kept_out for reason in reasons))


Tell = Callable[[Finding], None]


async def survey_site(prober: Prober, pool: ExtractionPool, portal: Portal, now: datetime, tell: Tell) -> Survey:
    """Look at robots.txt, front page, sitemaps, feeds and a sample of pages; `tell` hears each finding at once.

    `portal` is what is known before: home, id and how to fetch. A site that cannot be read at all gives a Survey
    whose `front` has a reason.
    """
    front = await prober.fetch(portal.home)
    if front.reason is not None:
        tell(Finding(Mark.PROBLEM, "front page", front.detail or str(front.reason), portal.home))
        return Survey(portal, front, refusal=front.detail or str(front.reason))
    if front.url != portal.home:
        elsewhere = not same_site(front.url, portal.home, portal.hosts)
        tell(Finding(Mark.PROBLEM if elsewhere else Mark.NOTE, "front page", f"leads to {front.url}", portal.home))
        portal = portal_with(portal, home=front.url)
    surveyor = _Surveyor(prober, pool, portal, now, tell)
    return await surveyor.survey(front)


def run_survey(config: Config, portal: Portal, now: datetime, tell: Tell) -> Survey:
    """`survey_site` in a run of its own. Runs Twisted's reactor, so it can be called once a process."""
    pool = ExtractionPool(workers=config.worker_count)
    try:
        return run_probe(config, portal, lambda prober: survey_site(prober, pool, portal, now, tell))
    finally:
        pool.close_now()


def portal_with(portal: Portal, **changes: object) -> Portal:
    """`portal` with other values, checked like a portal file; a name made of the old host goes with it."""
    values = portal.model_dump(mode="json", exclude_none=True)
    if values["name"] == urlsplit(portal.home).netloc:
        del values["name"]
    return Portal.model_validate({**values, **changes})


@dataclass(slots=True)
class _Surveyor:
    prober: Prober
    pool: ExtractionPool
    portal: Portal
    now: datetime
    tell: Tell
    comments: dict[str, str] = field(default_factory=dict)

    async def survey(self, front: Fetched) -> Survey:
        discovery = Discovery(self.portal)
        await self._robots(discovery)
        candidate = Candidate(self.portal.home, self.portal.home, Role.LISTING, depth=0)
        html = decode_body(front.body, front.content_type)
        listing = discovery.read_listing(as_page(self.portal, candidate), html, front.url)
        sitemaps = await read_sitemaps(self.prober, discovery, discovery.robots_sitemaps, self.now)
        named = [url for url in page_links(html, front.url).feeds if discovery.on_site(url)]
        feeds = without_repeats(await read_feeds(self.prober, discovery, named, self.now))
        for source in (*sitemaps, *feeds):
            self._tell_source(source)
        if not any(not source.problem for source in (*sitemaps, *feeds)):
            self._say(Mark.NOTE, "sources", "no feed and no sitemap; articles are found through links alone")
        samples = await self._sample(discovery, [*sitemaps, *feeds], listing)
        return self._proposal(front, [*sitemaps, *feeds], listing, samples)

    def _say(self, mark: Mark, topic: str, text: str, place: str = "") -> None:
        self.tell(Finding(mark, topic, text, place))

    async def _robots(self, discovery: Discovery) -> None:
        if not self.portal.fetch.obey_robots:
            self._say(Mark.PROBLEM, "robots.txt", "not asked: obey_robots = false")
            return
        rules = await self.prober.rules(self.portal.home)
        discovery.robots_sitemaps = tuple(url for url in rules.sitemaps if discovery.on_site(url))
        parts = ["allows us"]
        if delay_s := await self.prober.crawl_delay_s(self.portal.home):
            parts.append(f"crawl-delay {delay_s:g} s")
        parts.append(_count(len(rules.sitemaps), "sitemap") + " named")
        self._say(Mark.GOOD, "robots.txt", "; ".join(parts))

    def _tell_source(self, source: SourceRead) -> None:
        place = place_of(source.url)
        if source.problem:
            self._say(Mark.PROBLEM, source.kind.value, source.problem, place)
        else:
            self._say(Mark.GOOD, source.kind.value, self._contents(source), place)

    def _contents(self, source: SourceRead) -> str:
        """What a source holds, in a few words."""
        if source.children:
            return f"index of {_count(len(source.children), 'sitemap')}"
        noun = "item" if source.kind is SourceKind.FEED else "URL"
        text = _count(len(source.found.announcements), noun)
        if source.newest:
            text += f", newest {age(self.now - source.newest)} old"
        if not source.articles:
            text += ", none of them an article's on this site"
        return text

    # -- samples -----------------------------------------------------------------

    async def _sample(self, discovery: Discovery, sources: Sequence[SourceRead], listing: Found) -> list[Sample]:
        count = affordable(SAMPLES, self.prober.delay_s)
        if count < SAMPLES:
            self._say(Mark.NOTE, "sample", f"{count} pages only, since each takes {self.prober.delay_s:g} s")
        announced = [one for source in sources for one in source.articles]
        chosen = choose(announced, count - count // 3)
        taken = {one.url for one in chosen}
        chosen += choose(
            (one for one in (*listing.candidates, *announced) if one.url not in taken), count - len(chosen)
        )
        samples = await read_samples(self.prober, self.pool, discovery, chosen)
        self._tell_samples(samples)
        return samples

    def _tell_samples(self, samples: Sequence[Sample]) -> None:
        articles = [sample.article for sample in samples if sample.article]
        refused = Counter(str(sample.reason) for sample in samples if sample.reason)
        text = f"{len(articles)} of {_count(len(samples), 'page')} extracted"
        if articles:
            text += ": " + fields_in_words(articles)
        if refused:
            text += "; " + ", ".join(f"{count} × {reason}" for reason, count in refused.most_common(3))
        good = bool(articles) and len(articles) * 2 >= len(samples)
        self._say(Mark.GOOD if good else Mark.PROBLEM, "sample", text)
        undated = sum(article.published is None for article in articles)
        if undated:
            self._say(Mark.PROBLEM, "dates", f"{undated} of {_count(len(articles), 'article')} without a date")
        zoneless = sum(zone_is_missing(article) for article in articles)
        if zoneless and not self.portal.timezone:
            self._say(Mark.PROBLEM, "dates", f"{zoneless} of {len(articles)} name no zone; set timezone in the file")

    # -- the file ------------------------------------------------------------------

    def _proposal(
        self, front: Fetched, sources: Sequence[SourceRead], listing: Found, samples: Sequence[Sample]
    ) -> Survey:
        articles = [sample.article for sample in samples if sample.article]
        known = [one.url for source in sources for one in source.articles]
        known += [one.url for one in listing.candidates if one.role is Role.ARTICLE and one.reason is None]
        deny = proposed_deny(samples, known)
        sections = self._sections(samples, deny)
        changes: dict[str, object] = {"sources": [*self._sources(sources), *sections]}
        if language := self._language(articles):
            changes["language"] = language
        if name := agreed([article.site_name for article in articles]):
            changes["name"] = name
        if deny:
            changes["articles"] = {"deny": [proposal.pattern for proposal in deny]}
            self.comments["articles.deny"] = "samples there were no articles"
        portal = portal_with(self.portal, **changes)
        return Survey(portal, front, self.comments, tuple(samples), _refusal(samples))

    def _sources(self, sources: Sequence[SourceRead]) -> list[dict[str, object]]:
        """The sources worth writing down, each with a remark: what is news, then feeds, archives, the front page."""
        good = [source for source in sources if source.articles or (source.children and not source.problem)]
        fresh = [source for source in good if source.kind is not SourceKind.SITEMAP]
        nested = {child.fetch_url for source in good for child in source.children}
        lines: list[dict[str, object]] = []
        for source in sorted(good, key=lambda source: source.kind is SourceKind.SITEMAP):
            if source.kind is SourceKind.SITEMAP and source.url in nested:
                continue  # its index names it
            if fresh and len(source.children) > BIG_INDEX:
                self._say(Mark.NOTE, "archive", f"left out: {self._contents(source)}", place_of(source.url))
                continue
            self.comments[f"sources.{len(lines)}"] = self._contents(source)
            lines.append(Source(kind=source.kind, url=source.url).model_dump(mode="json"))
        return [*lines, {"kind": SourceKind.HOMEPAGE.value}]

    def _sections(self, samples: Sequence[Sample], deny: Sequence[Proposal]) -> list[dict[str, object]]:
        """Section pages among the samples, as listings."""
        for proposal in deny:
            part = ", ".join(map(place_of, proposal.urls[:3]))
            self._say(Mark.PROBLEM, "deny", f"no article on {part}  → proposed  deny = ['{proposal.pattern}']")
        found = [
            sample.fetched.url
            for sample in samples
            if sample.looks_like_a_section and not any(re.search(one.pattern, sample.candidate.url) for one in deny)
        ]
        if found:
            self._say(Mark.NOTE, "sections", f"{', '.join(map(place_of, found))}  → added as listings")
        return [{"kind": SourceKind.LISTING.value, "url": url} for url in found]

    def _language(self, articles: Sequence[Article]) -> str | None:
        counts = Counter(article.language for article in articles if article.language)
        if not counts:
            return None
        tongue, count = counts.most_common(1)[0]
        shown = ", ".join(f"{name} ({number} of {len(articles)} samples)" for name, number in counts.most_common(3))
        self._say(Mark.NOTE, "language", shown)
        if len(articles) < 3 or count < AGREED * len(articles) or not _LANGUAGE.match(tongue):
            return None
        self.comments["language"] = f"{count} of {len(articles)} samples"
        return tongue


def fields_in_words(articles: Sequence[Article]) -> str:
    """How many articles have a title, a date (and from where), a byline, and how long they are."""
    rules = Counter(a.provenance["published"].rule for a in articles if a.published and "published" in a.provenance)
    dated = sum(article.published is not None for article in articles)
    origin = f" ({rules.most_common(1)[0][0]})" if rules else ""
    length = median(len(article.text) for article in articles)
    return (
        f"title {sum(bool(article.title) for article in articles)}, date {dated}{origin}, "
        f"byline {sum(bool(article.byline) for article in articles)}, body median {length:.0f} characters"
    )


def zone_is_missing(article: Article) -> bool:
    """Does the article have a time of day without a zone?"""
    when = article.published
    return when is not None and when.zone is None and when.precision in ("second", "minute")


def agreed(values: Sequence[str | None]) -> str | None:
    """The value that most of at least three have; None when they do not agree."""
    counts = Counter(value for value in values if value)
    value, count = counts.most_common(1)[0] if counts else (None, 0)
    return value if count >= 3 and count * 2 > len(values) else None


def without_repeats(feeds: Sequence[SourceRead]) -> list[SourceRead]:
    """`feeds` without those of comments, and those that name nothing that a larger one does not."""
    kept: list[SourceRead] = []
    for feed in sorted(feeds, key=lambda feed: -len(feed.articles)):
        urls = {one.url for one in feed.articles}
        comments = any(one.fetch_url.partition("#")[2].startswith("comment") for one in feed.articles)
        said_already = bool(urls) and any(urls <= {one.url for one in other.articles} for other in kept)
        if not comments and not said_already and "/comments" not in feed.url:
            kept.append(feed)
    return kept


def _refusal(samples: Sequence[Sample]) -> str:
    articles = sum(sample.article is not None for sample in samples)
    if not samples:
        return "nothing on it looks like an article's address"
    if articles < max(1.0, NEWS_SHARE * len(samples)):
        return f"{articles} of {_count(len(samples), 'sample page')} are articles"
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def age(length: timedelta) -> str:
    """A length of time in one unit, as people say it: "6 min", "3 h", "12 days"."""
    minutes = max(int(length.total_seconds() // 60), 0)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
