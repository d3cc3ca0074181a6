"""The figures of a portal, window by window, and what is said of them: what `storage` counts and `drift` judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from newsroom.usual import Range

FIELDS = ("title", "published", "byline", "language", "section", "lead_image")
HISTORY = timedelta(days=28)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """What one stretch of time brought. Articles are those first captured in it, runs those that began in it."""

    articles: int = 0
    having: Mapping[str, int] = field(default_factory=dict)  # by field, articles that have it
    median_words: float | None = None
    newest_utc: datetime | None = None
    runs: int = 0
    pages: int = 0  # article pages that were read
    stored: int = 0  # of these, articles: new, changed or unchanged
    fetched: int = 0  # answers, of every kind
    refused: Mapping[str, int] = field(default_factory=dict)  # by reason
    given_up: int = 0  # pages that failed to the last try
    statuses: Mapping[int, int] = field(default_factory=dict)  # captured answers, by HTTP status
    quarantined: int = 0

    @property
    def observed(self) -> bool:
        """Whether we looked at all: a window without a run says nothing of the portal."""
        return bool(self.runs or self.articles)


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest crawl of a portal."""

    run_id: int
    started_utc: datetime
    state: str
    exit_code: int | None
    stored: int
    fetched: int
    given_up: int


@dataclass(frozen=True, slots=True)
class PortalHistory:
    """A portal's windows, the newest first: number 0 ends now, number n ended n windows ago."""

    portal_id: str
    now: datetime
    length: timedelta  # of a window
    windows: tuple[Window, ...]
    began_utc: datetime | None = None  # the first crawl or crawled article that counts; None when never crawled
    newest_utc: datetime | None = None  # the newest crawled article, however old
    last_run: LastRun | None = None
    usual_gap: timedelta | None = None  # between the beginnings of two runs


@dataclass(frozen=True, slots=True)
class Terms:
    """What a portal's file says of a normal day."""

    schedule: timedelta | None = None  # how often it is crawled; None when no schedule crawls it
    articles_per_day: tuple[int, int] | None = None
    yield_min: float | None = None


class Shown(StrEnum):
    """Which page shows a finding."""

    WITHOUT_FIELD = "without-field"  # the newest article that lacks `detail`
    SHORT = "short"  # the newest article with fewer words than `detail`
    LONG = "long"  # the newest article with more words than `detail`
    NEWEST = "newest"  # the newest article
    SOURCE = "source"  # the feed, sitemap or listing that was read last
    REFUSED = "refused"  # the page last refused for the reason `detail`
    ERROR_ANSWER = "error-answer"  # the last answer with an error status
    GIVEN_UP = "given-up"  # the page that failed last
    QUARANTINED = "quarantined"  # the page set aside last
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The page that shows a finding, before it is looked up."""

    shown: Shown = Shown.NOTHING
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which a portal is not what it was, or not what its file says."""

    what: str
    says: str
    now: float | None = None
    usual: Range | None = None
    since_utc: datetime | None = None
    exhibit: Exhibit = Exhibit()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure now, and the range that is usual for it; None where the past does not say."""

    now: float | None
    usual: Range | None = None

    @property
    def is_low(self) -> bool:
        """Whether it is less than usual."""
        return self.now is not None and self.usual is not None and self.now < self.usual.low

    @property
    def is_high(self) -> bool:
        """Whether it is more than usual."""
        return self.now is not None and self.usual is not None and self.now > self.usual.high


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a portal does: ok, drift, new (too little past to judge) or silent (its runs bring nothing)."""

    portal_id: str
    state: str
    findings: tuple[Finding, ...]
    figures: Mapping[str, Figure]
