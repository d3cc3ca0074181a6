"""The made-up portals as web pages: each has its own look, so that a copy differs in all but its text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from copydesk.demo.stories import Advert, Oddity, Paper, Story

PER_PAGE = 3  # stories on one page of a section
ON_FRONT = 5
IN_FEED = 6
CHARSET = {"linjiang": "gb18030"}


@dataclass(frozen=True, slots=True)
class Press:
    """Prints the pages of one portal, as of one edition; `base` is its address without a slash at the end."""

    paper: Paper
    base: str
    stories: tuple[Story, ...]  # newest first

    # --- addresses ----------------------------------------------------------------------------------------------

    def path(self, story: Story) -> str:
        """Where a story stands on its portal."""
        day = self.local(story)
        if self.paper.id == "harbour":
            return f"/{day:%Y/%m/%d}/{story.slug}.html"
        if self.paper.id == "linjiang":
            return f"/{story.section}/{day:%Y%m%d}/{story.slug}.shtml"
        return f"/story/{story.slug}"

    def form(self, story: Story, form: str) -> str:
        """The path of a story's AMP or print form."""
        return f"/amp{self.path(story)}" if form == "amp" else f"{self.path(story)}?print=1"

    def address(self, oddity: Oddity) -> str:
        """Path (or address elsewhere) of an oddity."""
        twin = next((story for story in self.paper.stories if story.slug == oddity.twin_of), None)
        return self.form(twin, oddity.form) if twin else oddity.path

    def local(self, story: Story) -> datetime:
        """When a story was published, by its portal's clock."""
        return story.published_utc.astimezone(ZoneInfo(self.paper.timezone))

    # --- pages --------------------------------------------------------------------------------------------------

    def story_page(self, story: Story) -> str:
        """A story with everything a page puts around it."""
        others = [each for each in self.stories if each.slug != story.slug and each.section == story.section]
        content = _template(f"{self.paper.id}-story.html").substitute(
            title=escape(story.title),
            byline=escape(story.byline),
            editor=escape(story.editor),
            published=self.local(story).isoformat(),
            shown=self._shown(story),
            paragraphs="\n".join(f"<p>{_with_advert(text, story.advert)}</p>" for text in story.paragraphs),
            amp=self.form(story, "amp"),
            print=self.form(story, "print"),
            more=_items((self.path(each), each.title) for each in others[:4]),
        )
        return self._page(story.title, content, self._head(story))

    def front_page(self) -> str:
        """The newest stories, and every oddity in between."""
        oddities = [each for each in self.paper.oddities if each.place == "teasers"]
        strange = "".join(
            f'<div class="teaser"><h3><a href="{escape(self.address(each))}">{escape(each.title)}</a></h3></div>'
            for each in oddities
            if not each.twin_of
        )
        twins = _items((self.address(each), each.title) for each in oddities if each.twin_of)
        content = f'{self._teasers(self.stories[:ON_FRONT])}{strange}<ul class="forms">{twins}</ul>'
        return self._page(self.paper.name, content)

    def section_page(self, section: str, number: int) -> str | None:
        """One page of a section; None when it has no such page."""
        chosen = [story for story in self.stories if story.section == section]
        shown = chosen[PER_PAGE * (number - 1) : PER_PAGE * number]
        if not shown:
            return None
        older = f'<a rel="next" href="/{section}/page/{number + 1}/">»</a>' if len(chosen) > PER_PAGE * number else ""
        content = f'{self._teasers(shown)}<div class="pagination">{older}</div>'
        return self._page(self.paper.sections[section], content)

    def oddity_page(self, oddity: Oddity) -> str:
        """The page behind an oddity's link."""
        headline = oddity.headline or oddity.title
        return self._page(headline, f"<h1>{escape(headline)}</h1><p>{escape(oddity.body)}</p>")

    def calendar_page(self, year: int, month: int, stem: str) -> str:
        """A month without events, and a link to the next one: there is no last page."""
        following = f"/{stem}/{year + month // 12}/{month % 12 + 1:02}/"
        return self._page(f"{year}-{month:02}", f'<h1>{year}-{month:02}</h1><a rel="next" href="{following}">»</a>')

    # --- parts --------------------------------------------------------------------------------------------------

    def _page(self, title: str, content: str, head: str = "") -> str:
        footer = [each for each in self.paper.oddities if each.place == "footer"]
        return _template(f"{self.paper.id}.html").substitute(
            title=escape(title),
            head=head,
            nav=_items((f"/{path}/", name) for path, name in self.paper.sections.items()),
            content=content,
            footer=_items((each.path, each.title) for each in footer),
        )

    def _teasers(self, stories: Iterable[Story]) -> str:
        """Headlines with first lines; links carry a tracking parameter, as links on front pages do."""
        return "".join(
            f'<div class="teaser"><h3><a href="{self.path(each)}?utm_source=teaser">{escape(each.title)}</a></h3>'
            f"<p>{escape(each.paragraphs[0][:90])}…</p></div>\n"
            for each in stories
        )

    def _head(self, story: Story) -> str:
        canonical = f'<link rel="canonical" href="{self.base}{self.path(story)}">'
        if self.paper.id != "harbour":
            return canonical
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": self.local(story).isoformat(),
            "author": {"@type": "Person", "name": story.byline},
            "articleSection": self.paper.sections[story.section],
        }
        return (
            f'{canonical}\n<meta property="og:type" content="article">'
            f'<script type="application/ld+json">{json.dumps(data)}</script>'
        )

    def _shown(self, story: Story) -> str:
        """The date as the portal writes it for readers."""
        day = self.local(story)
        if self.paper.id == "linjiang":
            return f"{day:%Y}年{day:%m}月{day:%d}日 {day:%H:%M}"
        return f"{day.day} {day:%B %Y}, {day:%H:%M}" if self.paper.id == "harbour" else f"{day:%Y-%m-%d %H:%M}"


def rss(press: Press) -> str:
    """The newest stories as RSS 2.0, with what the portal was paid to put among them."""
    encoding = CHARSET.get(press.paper.id, "utf-8")
    items = [
        f"<item><title>{escape(each.title)}</title><link>{press.base}{press.path(each)}?utm_source=rss</link>"
        f"<pubDate>{format_datetime(press.local(each))}</pubDate></item>"
        for each in press.stories[:IN_FEED]
    ]
    items += [
        f"<item><title>{escape(each.title)}</title><link>{escape(each.path)}</link></item>"
        for each in press.paper.oddities
        if each.place == "feed"
    ]
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(press.paper.name)}</title><link>{press.base}/</link>{''.join(items)}</channel></rss>"
    )


def atom(press: Press) -> str:
    """The newest stories as Atom."""
    entries = "".join(
        f"<entry><id>{press.base}{press.path(each)}</id><title>{escape(each.title)}</title>"
        f'<link href="{press.path(each)}"/><published>{each.published_utc.isoformat()}</published>'
        f"<updated>{each.published_utc.isoformat()}</updated></entry>"
        for each in press.stories[:IN_FEED]
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{press.base}/">'
        f"<title>{escape(press.paper.name)}</title><id>{press.base}/</id>{entries}</feed>"
    )


def sitemap(press: Press, stories: Iterable[Story], changed_utc: dict[str, datetime], *, news: bool) -> str:
    """`stories` as a sitemap; with `news`, as a news sitemap with title, date and name."""
    lines = []
    for each in stories:
        lastmod = changed_utc.get(each.slug, each.published_utc).isoformat()
        more = (
            f"<n:news><n:publication><n:name>{escape(press.paper.name)}</n:name>"
            f"<n:language>{press.paper.language}</n:language></n:publication>"
            f"<n:publication_date>{press.local(each).isoformat()}</n:publication_date>"
            f"<n:title>{escape(each.title)}</n:title></n:news>"
        )
        lines.append(
            f"<url><loc>{press.base}{press.path(each)}</loc><lastmod>{lastmod}</lastmod>{more if news else ''}</url>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{"".join(lines)}</urlset>'
    )


def sitemap_index(press: Press, path: str) -> str:
    """A sitemap that only leads to another one."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{press.base}{path}</loc></sitemap></sitemapindex>"
    )


def _with_advert(text: str, advert: Advert | None) -> str:
    """`text` as HTML, with the paid link in the middle of its sentence."""
    before, after, rest = text.partition(advert.after) if advert else (text, "", "")
    if not advert or not after:
        return escape(text)
    space = " " if rest.startswith(" ") else ""
    pushed = f'{space}<a href="{escape(advert.link)}">{escape(advert.words)}</a>'
    return f"{escape(before + after)}{pushed}{escape(rest)}"


def _items(links: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="{escape(address)}">{escape(text)}</a></li>' for address, text in links)


@cache
def _template(name: str) -> Template:
    return Template(files("copydesk.demo").joinpath(name).read_text("utf-8"))
