"""What a source says: from the bytes of a feed, a sitemap or a listing page to candidates for the frontier.

Pure functions of a portal definition and bytes; nothing here fetches or stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from newsroom.part_addresses import may_be_part, part_addresses
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Announcement, Candidate, Moment, Page, Role
from newsroom.url_shapes import LinkContext, judge
from newsroom.urls import canonical_url, host_key, resolve, same_site, twin_of
from pipelines.decode import decode_body
from spiders.feeds import Entry, parse_feed
from spiders.links import PageLinks, page_links, prefer
from spiders.sitemaps import WELL_KNOWN_FEEDS, WELL_KNOWN_SITEMAPS, Sitemap, SitemapEntry, parse_sitemap

SOURCE_ROLE = {
    "feed": Role.FEED,
    "sitemap": Role.SITEMAP,
    "news-sitemap": Role.SITEMAP,
    "listing": Role.LISTING,
    "homepage": Role.LISTING,
}
PRIORITY = {
    "source": 1000,
    "feed": 120,
    "news-sitemap": 120,
    "sitemap": 80,
    "listing-page": 60,
    "twin": -50,
    "part": -45,
}
MAX_REFUSED_LINKS = 200  # refused links of one listing page that are worth a ledger line
FRESH = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Found:
    """What one source led to."""

    candidates: tuple[Candidate, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    problem: str | None = None


@dataclass(slots=True)
class Discovery:
    """Reads sources for one portal.

    `robots_sitemaps` is filled in once robots.txt has been read. `origin` is set once the front page has answered:
    a site that serves http:// and https://, or www. and none, alike is crawled under one name, no page twice.
    """

    portal: Portal
    robots_sitemaps: tuple[str, ...] = ()
    origin: str | None = None  # "https://www.example.org"

    # -- where to begin ----------------------------------------------------

    def roots(self) -> tuple[Candidate, ...]:
        """Where a crawl begins: the portal file's sources, else the front page and robots.txt's sitemaps."""
        if self.portal.sources:
            return tuple(self._root(s.url or self.portal.home, SOURCE_ROLE[s.kind]) for s in self.portal.sources)
        sitemaps = (self._root(url, Role.SITEMAP) for url in self.robots_sitemaps if self.on_site(url))
        return (self._root(self.portal.home, Role.LISTING), *sitemaps)

    def _root(self, url: str, role: Role) -> Candidate:
        return Candidate(canonical_url(url), url, role, priority=PRIORITY["source"], depth=0)

    def on_site(self, url: str) -> bool:
        """Is `url` on the portal's own site?"""
        return same_site(url, self.portal.home, self.portal.hosts)

    def front_page_answered(self, url: str) -> None:
        """Note the scheme and host under which the front page was served, without a redirect."""
        if same_site(url, self.portal.home):
            self.origin = host_key(url)

    def _on_own_origin(self, url: str) -> str:
        if self.origin is None or host_key(url) == self.origin or not same_site(url, self.portal.home):
            return url
        parts = urlsplit(url)
        return urlunsplit((*self.origin.split("://"), parts.path, parts.query, parts.fragment))

    # -- verdicts ----------------------------------------------------------

    def candidate(
        self, raw_url: str, found_on: Page, *, announced: bool, link: LinkContext | None = None, base_priority: int = 0
    ) -> Candidate:
        """The verdict on one address, made without fetching it."""
        url = canonical_url(raw_url)
        depth = found_on.depth + 1
        main = twin_of(url, self.portal.home)
        if main is not None and main != url and self.on_site(main):
            return Candidate(
                url, raw_url, Role.ARTICLE, found_on.url, 0, depth, Reason.DUPLICATE, f"another address of {main}"
            )
        if not self.on_site(url):
            return Candidate(url, raw_url, Role.ARTICLE, found_on.url, 0, depth, Reason.OFF_SITE, "another site")
        verdict = judge(
            url, allow=self.portal.articles.allow, deny=self.portal.articles.deny, announced=announced, link=link
        )
        priority = base_priority + verdict.priority
        if may_be_part(url) and any(each.number > 1 and each.sure for each in part_addresses(url)):
            priority += PRIORITY["part"]  # behind the first pages, which bring it along
        return Candidate(
            url, url, verdict.role, found_on.url, priority, depth, verdict.reason, verdict.why if verdict.reason else ""
        )

    def _with_main(self, raw_url: str, page: Page, **verdict: Any) -> Iterator[Candidate]:
        """The candidate; for an AMP, print or mobile address also the main address it stands for."""
        found = self.candidate(raw_url, page, **verdict)
        yield found
        if found.reason is Reason.DUPLICATE and (main := twin_of(found.url, self.portal.home)):
            yield self.candidate(main, page, **verdict)

    # -- readers -----------------------------------------------------------

    def read_feed(self, page: Page, body: bytes, headers: Mapping[str, str], now: datetime) -> Found:
        """Entries of a feed, announced and judged."""
        feed = parse_feed(body, headers, page.fetch_url)
        if feed.problem and not feed.entries:
            return Found(problem=feed.problem)
        return self._announced(self._feed_lines(feed.entries, page), page, now)

    def _feed_lines(self, entries: Iterable[Entry], page: Page) -> Iterator[Announcement]:
        for entry in entries:
            raw = resolve(page.fetch_url, entry.link) if entry.link else None
            if raw:
                raw = self._on_own_origin(raw)
                yield Announcement(
                    canonical_url(raw), raw, page.url, "feed", entry.title or None, entry.published, entry.updated
                )

    def read_sitemap(self, page: Page, body: bytes, now: datetime) -> Found:
        """Pages and child sitemaps of a sitemap, announced and judged."""
        sitemap = parse_sitemap(body, page.fetch_url)
        if sitemap.problem and not sitemap.entries and not sitemap.children:
            return Found(problem=sitemap.problem)
        found = self._announced(self._sitemap_lines(sitemap.entries, page), page, now)
        return Found(found.candidates + tuple(self._children(sitemap, page)), found.announcements, sitemap.problem)

    def _sitemap_lines(self, entries: Iterable[SitemapEntry], page: Page) -> Iterator[Announcement]:
        for entry in entries:
            raw = resolve(page.fetch_url, entry.url)
            if raw is None:
                continue
            raw = self._on_own_origin(raw)
            news = entry.news
            yield Announcement(
                canonical_url(raw),
                raw,
                page.url,
                "news-sitemap" if news else "sitemap",
                news.title if news else None,
                news.published if news else None,
                entry.lastmod,
                news.language if news else None,
            )

    def _children(self, sitemap: Sitemap, page: Page) -> Iterator[Candidate]:
        if page.depth >= 3:  # an index of indexes is as deep as real sites go
            return
        for child in sitemap.children:
            url = resolve(page.fetch_url, child.url)
            if url and self.on_site(url) and canonical_url(url) != page.url:
                yield Candidate(canonical_url(url), url, Role.SITEMAP, page.url, PRIORITY["source"] - 1, page.depth + 1)

    def _announced(self, lines: Iterable[Announcement], page: Page, now: datetime) -> Found:
        candidates: dict[str, Candidate] = {}
        kept: dict[str, Announcement] = {}
        for line in lines:
            if line.url in kept:
                continue
            kept[line.url] = line
            base = PRIORITY[line.source_kind] if fresh(line, now) else PRIORITY["sitemap"] // 2
            for found in self._with_main(line.raw_url, page, announced=True, base_priority=base):
                candidates.setdefault(found.url, found)
        return Found(tuple(candidates.values()), tuple(kept.values()))

    def read_listing(self, page: Page, html: str, base_url: str) -> Found:
        """Article links, sections, the next page and, on the front page, feeds of a listing page."""
        links = page_links(html, base_url)
        out = {c.url: c for c in self._sources_named(links, page)}
        refused = 0
        for link in prefer(links.links):
            if not self.on_site(link.url) and twin_of(link.url, self.portal.home) is None:
                continue  # another site's page was not announced by this portal
            for found in self._with_main(self._on_own_origin(link.url), page, announced=False, link=link.context):
                refused += found.reason is not None
                if found.reason is Reason.OFF_SITE or (found.reason is not None and refused > MAX_REFUSED_LINKS):
                    continue
                if self._wanted(found, page):
                    out.setdefault(found.url, found)
        out.pop(page.url, None)
        return Found(tuple(out.values()))

    def _wanted(self, found: Candidate, page: Page) -> bool:
        """Listing pages are followed only as deep as the portal file allows; articles always."""
        return found.role is Role.ARTICLE or found.reason is not None or found.depth <= self.portal.fetch.max_depth

    def _sources_named(self, links: PageLinks, page: Page) -> Iterator[Candidate]:
        if not self.portal.sources and page.depth == 0:
            feeds = [self._on_own_origin(url) for url in links.feeds if self.on_site(url)]
            for url in feeds:
                yield Candidate(canonical_url(url), url, Role.FEED, page.url, PRIORITY["source"] - 1, 1)
            if not self.robots_sitemaps:
                yield from self._usual_places(WELL_KNOWN_SITEMAPS, Role.SITEMAP, page)
            if not feeds and not self.robots_sitemaps:
                yield from self._usual_places(WELL_KNOWN_FEEDS, Role.FEED, page)
        for url in map(self._on_own_origin, links.next_pages):
            if self.on_site(url):
                yield Candidate(
                    canonical_url(url),
                    url,
                    Role.LISTING,
                    page.url,
                    PRIORITY["listing-page"],
                    page.depth + 1,
                    continues=True,
                )

    def _usual_places(self, paths: Iterable[str], role: Role, page: Page) -> Iterator[Candidate]:
        """Where sites put what neither robots.txt nor their front page names."""
        for path in paths:
            url = urljoin(self.portal.home, path)
            yield Candidate(canonical_url(url), url, role, page.url, PRIORITY["source"] - 2, 1)

    def redirect(self, page: Page, location: str) -> Candidate | None:
        """The page a redirect leads to, judged like any other; None when it is not http(s)."""
        url = resolve(page.fetch_url, location)
        if url is None:
            return None
        found = self.candidate(url, page, announced=True, base_priority=page.priority)
        if page.role is not Role.ARTICLE and self.on_site(url):
            found = Candidate(canonical_url(url), url, page.role, page.url, page.priority)
        return replace(found, depth=page.depth, redirects=page.redirects + 1)


def read_source(
    discovery: Discovery, page: Page, body: bytes, headers: Mapping[str, str], url: str, now: datetime
) -> Found:
    """What a feed, sitemap or listing says. For worker processes: a hostile one must not hold up the crawl."""
    if page.role is Role.FEED:
        return discovery.read_feed(page, body, headers, now)
    if page.role is Role.SITEMAP:
        return discovery.read_sitemap(page, body, now)
    return discovery.read_listing(page, decode_body(body, headers.get("content-type")), url)


def fresh(line: Announcement, now: datetime) -> bool:
    """Was the announced page published or changed within the last days? Undated lines count as fresh."""
    when: Moment | None = line.lastmod or line.published
    return when is None or now - when.utc < FRESH
