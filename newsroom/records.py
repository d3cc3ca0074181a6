"""The records that travel between the rooms: frozen, slotted, typed.

`None` means "the page did not say". Times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from newsroom.reasons import Reason


class Role(StrEnum):
    """What a page is for, as far as we know before reading it."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"  # front, section and archive pages
    ARTICLE = "article"


class State(StrEnum):
    """Where a page stands in the frontier."""

    DUE = "due"  # to be fetched at `due_utc`
    LEASED = "leased"  # being fetched by a run
    DONE = "done"  # article stored, or source read; may become due again
    REFUSED = "refused"  # will not be stored, for exactly one `Reason`
    FAILED = "failed"  # gave up after the last try


class Precision(StrEnum):
    """How exactly a time is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as a page gave it: the instant in UTC, how exact, in which zone it was written, and who said so."""

    utc: datetime
    precision: Precision = Precision.SECOND
    zone: str | None = None  # "+08:00", "Asia/Shanghai", None when the page gave none
    origin: str = ""  # "json-ld", "meta article:published_time", "feed", "url", …


@dataclass(frozen=True, slots=True)
class Announcement:
    """One entry of a feed or sitemap: a URL with what was said of it."""

    url: str  # canonical
    raw_url: str  # as announced, resolved
    source_url: str  # the feed or sitemap
    source_kind: str  # feed | sitemap | news-sitemap
    title: str | None = None
    published: Moment | None = None
    lastmod: Moment | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page to enter in the frontier, with the verdict made from its address."""

    url: str  # canonical: the key
    fetch_url: str  # what to request
    role: Role
    found_on: str | None = None  # URL of the page, feed or sitemap that named it
    priority: int = 0  # higher is fetched earlier
    depth: int = 0
    reason: Reason | None = None  # set when it is refused without a request
    detail: str = ""
    redirects: int = 0  # hops that led here
    continues: bool = False  # the next page of the listing that names it


@dataclass(frozen=True, slots=True)
class Page:
    """One canonical URL in the frontier."""

    id: int
    portal_id: str
    url: str
    fetch_url: str
    role: Role
    state: State
    depth: int = 0
    redirects: int = 0
    attempts: int = 0
    priority: int = 0
    found_on: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    reason: Reason | None = None
    detail: str = ""
    due_utc: datetime | None = None
    fetched_utc: datetime | None = None
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and the answer to it, bytes as they came over the wire (de-chunked)."""

    url: str
    fetched_utc: datetime
    status: int
    request_headers: tuple[tuple[bytes, bytes], ...]
    response_headers: tuple[tuple[bytes, bytes], ...]
    body: bytes  # still content-encoded, so that headers and payload agree
    method: str = "GET"
    protocol: str = "HTTP/1.1"
    ip: str | None = None
    truncated: str | None = None  # length | time | disconnect | unspecified
    notes: Mapping[str, str] = field(default_factory=dict)  # signals kept with the capture: x-robots-tag, tls …


@dataclass(frozen=True, slots=True)
class WarcAddress:
    """Where a record lies: file name relative to the WARC folder, and bytes of the gzip member."""

    file: str
    offset: int
    length: int
    record_id: str


@dataclass(frozen=True, slots=True)
class Capture:
    """One stored response."""

    url: str
    fetched_utc: datetime
    status: int
    content_type: str | None
    payload_digest: str  # "sha256:<hex>" of the wire payload
    payload_bytes: int
    address: WarcAddress
    revisit_of: str | None = None  # record id of the capture that holds the same payload
    truncated: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    id: int | None = None
    removed_utc: datetime | None = None  # when retention removed the record; the address says where it lay


@dataclass(frozen=True, slots=True)
class InjectedLink:
    """A link or contact pushed into the middle of a sentence, taken out of the text."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Declined:
    """A value that stood on the page for a field and was not taken, and why."""

    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which rule gave a field its value, where on the page, and what was turned down."""

    rule: str
    place: str = ""
    rejected: tuple[Declined, ...] = ()


@dataclass(frozen=True, slots=True)
class LaterPage:
    """A page on which an article goes on, as its pager names it."""

    number: int  # from 2
    url: str


@dataclass(frozen=True, slots=True)
class Article:
    """What extraction yields from one page."""

    url: str
    canonical_url: str
    title: str
    text: str
    original_title: str | None = None  # 原题目 / 原标题
    byline: tuple[str, ...] = ()
    source_name: str | None = None  # 来源, agency
    editor: str | None = None  # 责任编辑
    published: Moment | None = None
    modified: Moment | None = None
    language: str | None = None  # BCP 47
    language_confidence: float | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    lead_image: str | None = None
    lead_image_caption: str | None = None
    description: str | None = None
    site_name: str | None = None
    is_accessible_for_free: bool | None = None
    injected_links: tuple[InjectedLink, ...] = ()
    links: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()  # addresses of the pages whose text is joined behind the first, in order
    word_count: int = 0  # words; for CJK, characters
    content_digest: str = ""  # "sha256:<hex>" of title and text: what makes a revision distinct
    match_digest: str = ""  # "sha256:<hex>" of the normalised text: what makes copies identical
    match_units: bytes = b""  # the text as hashed units (pipelines.units): what other copies are found by
    extractor: str = ""
    extractor_version: str = ""
    provenance: Mapping[str, Provenance] = field(default_factory=dict)  # by field name
    later_pages: tuple[LaterPage, ...] = ()  # named by the page and not yet joined; never stored
    first_page: str | None = None  # on a later page of an article, the address of its first; never stored


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that is not an article, and why."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A distinct text of one article."""

    id: int
    article_id: int
    number: int  # from 1
    observed_utc: datetime
    article: Article
    capture_id: int | None = None


class CopyKind(StrEnum):
    """How one text came of another."""

    IDENTICAL = "identical"  # the same words in the same order
    NEAR = "near"  # a few words or sentences differ: syndicated, edited
    SPUN = "spun"  # words exchanged throughout
    EXCERPT = "excerpt"  # part of the other
    SCRIPT = "script"  # in the other script of Chinese
    PASSAGE = "passage"  # a stretch in common, and much in both that is not; joins no story
    COMPILATION = "compilation"  # a page that holds several stories, and one of them; joins no story


@dataclass(frozen=True, slots=True)
class Copy:
    """A relation between two stored articles: `article_id` is the copy of `other_id`, as far as can be told."""

    article_id: int
    other_id: int
    kind: str  # a CopyKind
    score: float  # 0 to 1
    evidence: Mapping[str, object] = field(default_factory=dict)
    decided_by: str = "seen"  # what tells the copy from the source; see pipelines.whose.Why
    same: float = 1.0  # share of the shorter text's words that stand in the other, in the same surroundings


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a later page of an article."""

    number: int  # from 2
    url: str  # canonical
    reason: Reason | None  # DUPLICATE: joined to the first page; None: no part after all; else why it is missing
    detail: str = ""
    capture: Capture | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything one fetched page led to: what a single transaction stores."""

    page: Page
    state: State
    reason: Reason | None = None
    detail: str = ""
    capture: Capture | None = None
    article: Article | None = None
    extraction: Mapping[str, Provenance] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    next_due_utc: datetime | None = None  # when to fetch it again; for an article left out, `revisit` says
    revisit: tuple[timedelta, ...] = ()  # when to look for edits, counted from the article's first capture
    not_modified: bool = False  # 304: nothing new, validators stay
    host_wait_until_utc: datetime | None = None  # Retry-After: no request to this host before
    parts: tuple[Part, ...] = ()  # the article's later pages, fetched with it
    settles: bool = True  # False: the page keeps its state, since newer answers or a crawl decide that

    @property
    def captures(self) -> tuple[Capture, ...]:
        """Every answer that the outcome came of."""
        return tuple(each for each in (self.capture, *(part.capture for part in self.parts)) if each is not None)


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one portal."""

    id: int
    portal_id: str
    started_utc: datetime
    state: str  # running | done | interrupted | failed
    finished_utc: datetime | None = None
    exit_code: int | None = None
    stats: Mapping[str, object] = field(default_factory=dict)
