"""The made-up portals as data: what they print, what they print a day later, and what lies between the stories."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from newsroom.reasons import Reason

PAPERS = ("harbour", "linjiang", "echo")  # whose stories are copied comes first


@dataclass(frozen=True, slots=True)
class Advert:
    """A link that somebody paid to have pushed into the middle of a sentence; no reader is to see it in the corpus."""

    after: str  # words of the text; it stands right behind them
    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story as its portal prints it."""

    paper: str
    slug: str
    section: str
    title: str
    byline: str
    paragraphs: tuple[str, ...]
    published_utc: datetime
    editor: str = ""
    edits: tuple[tuple[str, str], ...] = ()  # (old, new): made between the crawls
    fresh: bool = False  # printed between the crawls
    withdrawn: bool = False  # taken down between the crawls
    copy_of: tuple[str, str] | None = None  # (paper, slug)
    spun: bool = False  # the copy says it in other words
    advert: Advert | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.paper, self.slug

    def edited(self) -> Story:
        """The story with its edits made. Raises ValueError when an edit does not fit the text."""
        whole = "\n".join(self.paragraphs)
        for old, new in self.edits:
            if whole.count(old) != 1:
                raise ValueError(f"{self.paper}/{self.slug}: {old!r} stands {whole.count(old)} times in the text")
            whole = whole.replace(old, new)
        return replace(self, paragraphs=tuple(whole.split("\n")))


@dataclass(frozen=True, slots=True)
class Oddity:
    """A link to something that is not a story, and the reason for which it must be refused."""

    title: str
    reason: Reason
    path: str = ""  # or a whole address on another site
    status: int = 200
    headline: str = ""  # when the page says another thing than the link
    body: str = ""
    place: str = "teasers"  # teasers | footer | feed
    redirect_to: str = ""  # slug of a story
    twin_of: str = ""  # slug of a story
    form: str = ""  # amp | print: which form of that story
    endless: bool = False  # a calendar: each page leads to the next month

    @property
    def unasked(self) -> bool:
        """Whether it must be refused without a request."""
        return self.reason in (Reason.ROBOTS, Reason.NOT_ARTICLE_URL, Reason.OFF_SITE) or bool(self.twin_of)


@dataclass(frozen=True, slots=True)
class Paper:
    """One made-up portal."""

    id: str
    name: str
    language: str
    timezone: str
    sections: Mapping[str, str]  # path segment: name
    stories: tuple[Story, ...]
    oddities: tuple[Oddity, ...] = field(default=())

    def in_print(self, edition: int) -> list[Story]:
        """The stories of an edition (1, or 2 a day later), newest first."""
        if edition == 1:
            chosen = [story for story in self.stories if not story.fresh]
        else:
            chosen = [story.edited() for story in self.stories if not story.withdrawn]
        return sorted(chosen, key=lambda story: story.published_utc, reverse=True)


def load_papers(now: datetime) -> dict[str, Paper]:
    """The three portals; dates are counted back from `now`, so that the stories are news."""
    papers: dict[str, Paper] = {}
    for name in PAPERS:
        data = tomllib.loads(files("copydesk.demo").joinpath(f"{name}.toml").read_text("utf-8"))
        stories = [_story(name, each, now) for each in data["stories"]]
        stories += [_copy(name, each, papers[each["of"]], now) for each in data.get("copies", ())]
        stories += [spin(name, each, papers[each["of"]], now) for each in data.get("spun", ())]
        papers[name] = Paper(
            id=name,
            name=data["name"],
            language=data["language"],
            timezone=data["timezone"],
            sections=data["sections"],
            stories=tuple(stories),
            oddities=tuple(Oddity(**{**each, "reason": Reason(each["reason"])}) for each in data["oddities"]),
        )
    return papers


def _story(paper: str, data: dict[str, Any], now: datetime) -> Story:
    return Story(
        paper=paper,
        slug=data["slug"],
        section=data["section"],
        title=data["title"],
        byline=data["byline"],
        paragraphs=tuple(line for line in data["body"].split("\n") if line),
        published_utc=(now - timedelta(hours=data["hours_ago"])).replace(second=0, microsecond=0),
        editor=data.get("editor", ""),
        edits=tuple((edit["old"], edit["new"]) for edit in data.get("edits", ())),
        fresh=data.get("fresh", False),
        withdrawn=data.get("withdrawn", False),
    )


def _copy(paper: str, data: dict[str, Any], source: Paper, now: datetime) -> Story:
    """A story taken over word for word, between the crawls, under the copier's own name."""
    original = next(story for story in source.stories if story.slug == data["slug"])
    return replace(
        original,
        paper=paper,
        section=data["section"],
        byline="The Echo Wire",
        published_utc=(now - timedelta(hours=2)).replace(second=0, microsecond=0),
        editor="",
        fresh=True,
        copy_of=original.key,
    )


def spin(paper: str, data: dict[str, Any], source: Paper, now: datetime) -> Story:
    """A story taken over in other words, between the crawls; `paragraphs` are without the advertisement in them."""
    original = next(story for story in source.stories if story.slug == data["original"])
    story = _story(paper, {**data, "byline": "The Echo Wire", "hours_ago": 1, "fresh": True}, now)
    advert = Advert(**data["advert"])
    if "\n".join(story.paragraphs).count(advert.after) != 1:
        raise ValueError(f"{paper}/{story.slug}: {advert.after!r} does not stand in the text once")
    return replace(story, copy_of=original.key, spun=True, advert=advert)
