"""The made-up portals as servers see them: a path comes in, a reply goes out. No sockets here."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from copydesk.demo.pages import CHARSET, Press, atom, rss, sitemap, sitemap_index
from copydesk.demo.stories import Oddity, Paper, Story

MAIN_SITEMAP = {"harbour": "/news-sitemap.xml", "linjiang": "/sitemap_index.xml", "echo": "/sitemap.xml"}
FEED = {"harbour": "/rss.xml", "linjiang": "/rss/news.xml", "echo": "/atom.xml"}
FORBIDDEN = {"harbour": "/drafts/", "linjiang": "/neibu/", "echo": "/private/"}  # by robots.txt
_SECTION = re.compile(r"/(\w+)/(?:page/(\d+)/)?\Z")
_CALENDAR = re.compile(r"/(\w+)/(\d{4})/(\d\d)/\Z")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    location: str | None = None

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that came in."""

    path: str
    status: int


@dataclass(slots=True)
class Site:
    """One portal: what it answers now, and what it has been asked."""

    paper: Paper
    base: str
    edition: int = 1
    changed_utc: dict[str, datetime] = field(default_factory=dict)  # by slug, for the sitemap
    hits: list[Hit] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def press(self) -> Press:
        """Prints the edition of the day."""
        return Press(self.paper, self.base, tuple(self.paper.in_print(self.edition)))

    def next_day(self, now: datetime) -> None:
        """Edits are made, stories added, and one is taken down, though the sitemap still names it."""
        self.edition = 2
        for story in self.paper.stories:
            if story.edits or story.withdrawn:
                self.changed_utc[story.slug] = now.astimezone(UTC)

    def url(self, story: Story) -> str:
        """The address under which a story must be stored."""
        return self.base + self.press.path(story)

    def answer(self, target: str, if_none_match: str | None = None) -> Reply:
        """The reply to a GET of `target` (path with query); every request is noted."""
        reply = self._reply(target)
        if reply.status == 200 and if_none_match == reply.etag:
            reply = Reply(304, b"", reply.content_type)
        with self._lock:
            self.hits.append(Hit(target, reply.status))
        return reply

    def _reply(self, target: str) -> Reply:
        path = target.partition("?")[0]
        return (
            self._announcement(path)
            or self._story(path)
            or self._oddity(path)
            or self._listing(path)
            or Reply(404, self._encode("<html><body><h1>404 Not Found</h1></body></html>"))
        )

    def _announcement(self, path: str) -> Reply | None:
        name, press = self.paper.id, self.press
        listed = [story for story in self.paper.stories if self.edition == 2 or not story.fresh]
        if path == "/robots.txt":
            rules = f"User-agent: *\nDisallow: {FORBIDDEN[name]}\n\nSitemap: {self.base}{MAIN_SITEMAP[name]}\n"
            return Reply(200, rules.encode(), "text/plain")
        if path == FEED[name]:
            kind = "application/atom+xml" if name == "echo" else "application/rss+xml"
            return Reply(200, self._encode(atom(press) if name == "echo" else rss(press)), kind)
        if name == "linjiang" and path == MAIN_SITEMAP[name]:
            return Reply(200, sitemap_index(press, "/sitemap_news.xml").encode(), "text/xml")
        if path == (MAIN_SITEMAP[name] if name != "linjiang" else "/sitemap_news.xml"):
            text = sitemap(press, listed, self.changed_utc, news=name == "harbour")
            return Reply(200, text.encode(), "text/xml")
        return None

    def _story(self, path: str) -> Reply | None:
        press = self.press
        plain = path.removeprefix("/amp")
        for story in self.paper.stories:
            if plain == press.path(story) and (self.edition == 2 or not story.fresh):
                if story.withdrawn and self.edition == 2:
                    return Reply(410, self._encode("<html><body><h1>410 Gone</h1></body></html>"))
                shown = story if self.edition == 1 else story.edited()
                return Reply(200, self._encode(press.story_page(shown)))
        return None

    def _oddity(self, path: str) -> Reply | None:
        calendar = _CALENDAR.match(path)
        for oddity in self.paper.oddities:
            if oddity.endless and calendar and oddity.path.startswith(f"/{calendar[1]}/"):
                page = self.press.calendar_page(int(calendar[2]), int(calendar[3]), calendar[1])
                return Reply(200, self._encode(page))
            if path == oddity.path:
                return self._odd_reply(oddity)
        return None

    def _odd_reply(self, oddity: Oddity) -> Reply:
        if oddity.redirect_to:
            target = next(story for story in self.paper.stories if story.slug == oddity.redirect_to)
            return Reply(301, location=self.press.path(target))
        return Reply(oddity.status, self._encode(self.press.oddity_page(oddity)))

    def _listing(self, path: str) -> Reply | None:
        if path == "/":
            return Reply(200, self._encode(self.press.front_page()))
        found = _SECTION.match(path)
        page = None
        if found and found[1] in self.paper.sections:
            page = self.press.section_page(found[1], int(found[2] or 1))
        return Reply(200, self._encode(page)) if page else None

    def _encode(self, text: str) -> bytes:
        return text.encode(CHARSET.get(self.paper.id, "utf-8"))
