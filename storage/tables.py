"""Every table, in one place. Times are UTC; text is stored as captured.

The comments on tables and columns are the documentation: `docs/corpus.md` is checked against them.
"""

# ruff: noqa: RUF012  (SQLAlchemy's own class attributes)

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.columns import BigId, Utc, key

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text(), datetime: Utc(), dict[str, Any]: JSON(), list[Any]: JSON()}


class PortalRow(Base):
    __tablename__ = "portals"
    __table_args__ = {"comment": "Portals this corpus has crawled or imported from, as their files last said."}

    id: Mapped[str] = mapped_column(primary_key=True, comment="the id in the portal file")
    name: Mapped[str] = mapped_column(comment="name for people")
    home: Mapped[str | None] = mapped_column(comment="front page")
    definition: Mapped[dict[str, Any]] = mapped_column(comment="the portal file as last read")
    first_seen_utc: Mapped[datetime] = mapped_column(comment="when the corpus first met this portal")


class HostRow(Base):
    __tablename__ = "hosts"
    __table_args__ = {"comment": "What a host has told us about how to treat it: robots.txt and Retry-After."}

    host: Mapped[str] = mapped_column(primary_key=True, comment="scheme://host:port")
    robots_body: Mapped[bytes | None] = mapped_column(LargeBinary, comment="robots.txt as served, cut at 512 KiB")
    robots_status: Mapped[int | None] = mapped_column(comment="HTTP status of robots.txt; 0 when unreachable")
    robots_fetched_utc: Mapped[datetime | None] = mapped_column(comment="when; never used when older than 24 h")
    retry_after_utc: Mapped[datetime | None] = mapped_column(comment="no request before this time (429, 503)")


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = {"comment": "One crawl of one portal, or one import."}

    id: Mapped[int] = key()
    portal_id: Mapped[str] = mapped_column(ForeignKey("portals.id"), index=True, comment="which portal")
    started_utc: Mapped[datetime] = mapped_column(comment="start")
    finished_utc: Mapped[datetime | None] = mapped_column(comment="end; empty while running or after a crash")
    state: Mapped[str] = mapped_column(comment="running, done, interrupted, failed")
    exit_code: Mapped[int | None] = mapped_column(comment="what the command returned")
    owner: Mapped[str] = mapped_column(comment="host:process that holds the leases")
    version: Mapped[str] = mapped_column(comment="copydesk version")
    stats: Mapped[dict[str, Any]] = mapped_column(comment="counts: fetched, stored, rejected by reason …")


class PageRow(Base):
    __tablename__ = "pages"
    __table_args__ = (
        Index("ix_pages_frontier", "portal_id", "state", "due_utc", "priority"),
        Index("ix_pages_queue", "portal_id", "state", text("priority DESC"), "id"),  # the order of leasing
        {"comment": "Frontier and coverage ledger: one row a canonical URL, with its state and its one reason."},
    )

    id: Mapped[int] = key()
    portal_id: Mapped[str] = mapped_column(ForeignKey("portals.id"), comment="which portal's crawl it belongs to")
    url: Mapped[str] = mapped_column(unique=True, comment="canonical URL")
    fetch_url: Mapped[str] = mapped_column(comment="what is requested")
    host: Mapped[str] = mapped_column(index=True, comment="scheme://host:port of fetch_url")
    role: Mapped[str] = mapped_column(comment="feed, sitemap, listing, article")
    state: Mapped[str] = mapped_column(comment="due, leased, done, refused, failed")
    reason: Mapped[str | None] = mapped_column(comment="why it is not stored; see newsroom.reasons")
    detail: Mapped[str] = mapped_column(comment="the particulars of the reason")
    depth: Mapped[int] = mapped_column(comment="links from the front page")
    redirects: Mapped[int] = mapped_column(comment="redirects that led here, one after the other")
    priority: Mapped[int] = mapped_column(comment="higher is fetched earlier")
    found_on: Mapped[str | None] = mapped_column(comment="URL of the page, feed or sitemap that named it first")
    discovered_utc: Mapped[datetime] = mapped_column(comment="when first named")
    due_utc: Mapped[datetime | None] = mapped_column(comment="not to be fetched before")
    lease_owner: Mapped[str | None] = mapped_column(comment="who is fetching it")
    lease_until_utc: Mapped[datetime | None] = mapped_column(comment="when the lease lapses")
    attempts: Mapped[int] = mapped_column(comment="failed tries in a row")
    etag: Mapped[str | None] = mapped_column(comment="validator, saved with the content it stands for")
    last_modified: Mapped[str | None] = mapped_column(comment="validator, saved with the content it stands for")
    fetched_utc: Mapped[datetime | None] = mapped_column(comment="last answer")
    status: Mapped[int | None] = mapped_column(comment="last HTTP status")
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey("articles.id"),
        index=True,
        comment="the article it led to; for a duplicate address, the article it doubles",
    )


class AnnouncementRow(Base):
    __tablename__ = "announcements"
    __table_args__ = (
        UniqueConstraint("page_id", "source_url"),
        {"comment": "What a feed or sitemap said of a URL, kept even for pages never fetched."},
    )

    id: Mapped[int] = key()
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), comment="the announced page")
    source_url: Mapped[str] = mapped_column(comment="the feed or sitemap")
    source_kind: Mapped[str] = mapped_column(comment="feed, sitemap, news-sitemap")
    raw_url: Mapped[str] = mapped_column(comment="the URL as announced")
    title: Mapped[str | None] = mapped_column(comment="title as announced")
    published_utc: Mapped[datetime | None] = mapped_column(comment="publication time as announced")
    published_precision: Mapped[str | None] = mapped_column(comment="second, minute, day, month, year")
    lastmod_utc: Mapped[datetime | None] = mapped_column(comment="last change as announced")
    language: Mapped[str | None] = mapped_column(comment="language as announced")
    first_seen_utc: Mapped[datetime] = mapped_column(comment="first time it was in the source")
    last_seen_utc: Mapped[datetime] = mapped_column(comment="last time it was in the source")


class WarcFileRow(Base):
    __tablename__ = "warc_files"
    __table_args__ = {"comment": "WARC files of this corpus, below <home>/warc."}

    id: Mapped[int] = key()
    name: Mapped[str] = mapped_column(unique=True, comment="name below the WARC folder, without .open")
    opened_utc: Mapped[datetime] = mapped_column(comment="first write")
    closed_utc: Mapped[datetime | None] = mapped_column(comment="when it was finished; empty while written")
    committed_bytes: Mapped[int] = mapped_column(
        BigInteger, comment="every record that ends at or before this offset is in captures; recovery walks from here"
    )
    removed_utc: Mapped[datetime | None] = mapped_column(
        comment="when cleanup gave the file up; empty while it is part of the corpus"
    )


class CaptureRow(Base):
    __tablename__ = "captures"
    __table_args__ = (
        Index(
            "ix_captures_revisit_of",
            "revisit_of",
            sqlite_where=text("revisit_of IS NOT NULL"),
            postgresql_where=text("revisit_of IS NOT NULL"),
        ),
        {"comment": "What the site served: one row a WARC response or revisit record."},
    )

    id: Mapped[int] = key()
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"), index=True, comment="the page it answered")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"), index=True, comment="the run that fetched it")
    url: Mapped[str] = mapped_column(index=True, comment="URL as requested")
    fetched_utc: Mapped[datetime] = mapped_column(comment="when the answer came")
    status: Mapped[int] = mapped_column(comment="HTTP status")
    content_type: Mapped[str | None] = mapped_column(comment="Content-Type header")
    payload_digest: Mapped[str] = mapped_column(index=True, comment="sha256:<hex> of the payload as sent")
    payload_bytes: Mapped[int] = mapped_column(comment="length of the payload as sent")
    warc_file_id: Mapped[int] = mapped_column(ForeignKey("warc_files.id"), index=True, comment="which file")
    warc_offset: Mapped[int] = mapped_column(BigInteger, comment="first byte of the gzip member")
    warc_length: Mapped[int] = mapped_column(comment="bytes of the gzip member")
    record_id: Mapped[str] = mapped_column(unique=True, comment="WARC-Record-ID")
    revisit_of: Mapped[str | None] = mapped_column(comment="record id that holds the same payload")
    truncated: Mapped[str | None] = mapped_column(comment="length, time, disconnect, unspecified")
    notes: Mapped[dict[str, Any]] = mapped_column(comment="signals of the answer: x-robots-tag, tls, …")
    removed_utc: Mapped[datetime | None] = mapped_column(
        comment="when retention removed the record; file, offset and length then say where it lay"
    )


class ArticleRow(Base):
    __tablename__ = "articles"
    __table_args__ = {"comment": "One row an article, whatever its number of addresses and texts."}

    id: Mapped[int] = key()
    portal_id: Mapped[str] = mapped_column(ForeignKey("portals.id"), index=True, comment="where it was published")
    url: Mapped[str] = mapped_column(unique=True, comment="canonical URL")
    source_id: Mapped[str | None] = mapped_column(index=True, comment="id it had where it was imported from")
    revision_id: Mapped[int | None] = mapped_column(BigId, comment="the current revision")
    revision_count: Mapped[int] = mapped_column(comment="distinct texts seen")
    first_seen_utc: Mapped[datetime] = mapped_column(index=True, comment="first capture")
    last_seen_utc: Mapped[datetime] = mapped_column(comment="last capture, changed or not")
    published_utc: Mapped[datetime | None] = mapped_column(index=True, comment="of the current revision")
    language: Mapped[str | None] = mapped_column(index=True, comment="of the current revision")
    gone_utc: Mapped[datetime | None] = mapped_column(
        comment="when the site first said 404 or 410; empty while it is there"
    )
    section: Mapped[str | None] = mapped_column(comment="of the current revision")
    source_name: Mapped[str | None] = mapped_column(comment="of the current revision")
    byline: Mapped[list[Any] | None] = mapped_column(comment="of the current revision")


class RevisionRow(Base):
    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        {"comment": "What an article said: one row a distinct text of it."},
    )

    id: Mapped[int] = key()
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), comment="of which article")
    number: Mapped[int] = mapped_column(comment="from 1")
    observed_utc: Mapped[datetime] = mapped_column(comment="when this text was first captured")
    capture_id: Mapped[int | None] = mapped_column(
        ForeignKey("captures.id"), index=True, comment="the capture it was read from"
    )
    content_digest: Mapped[str] = mapped_column(
        comment="sha256:<hex> of title and text: what makes a revision distinct"
    )
    match_digest: Mapped[str] = mapped_column(
        index=True, comment="sha256:<hex> of the normalised text: what makes copies identical"
    )
    title: Mapped[str] = mapped_column(comment="headline")
    text: Mapped[str] = mapped_column(comment="body, paragraphs separated by line ends")
    original_title: Mapped[str | None] = mapped_column(comment="原题目: the headline where it was first published")
    byline: Mapped[list[Any]] = mapped_column(comment="people")
    source_name: Mapped[str | None] = mapped_column(comment="来源: the paper or agency credited")
    editor: Mapped[str | None] = mapped_column(comment="责任编辑")
    published_utc: Mapped[datetime | None] = mapped_column(comment="publication time")
    published_precision: Mapped[str | None] = mapped_column(comment="second, minute, day, month, year")
    published_zone: Mapped[str | None] = mapped_column(comment="zone the time was written in")
    published_origin: Mapped[str | None] = mapped_column(comment="who said so: json-ld, meta …, feed, url")
    modified_utc: Mapped[datetime | None] = mapped_column(comment="last change, as the page says")
    language: Mapped[str | None] = mapped_column(comment="BCP 47")
    language_confidence: Mapped[float | None] = mapped_column(comment="0 to 1")
    section: Mapped[str | None] = mapped_column(comment="section as the page says")
    tags: Mapped[list[Any]] = mapped_column(comment="keywords as the page says")
    lead_image: Mapped[str | None] = mapped_column(comment="URL of the lead image")
    lead_image_caption: Mapped[str | None] = mapped_column(comment="what the page says under the lead image")
    description: Mapped[str | None] = mapped_column(comment="summary as the page says")
    site_name: Mapped[str | None] = mapped_column(comment="site name as the page says")
    is_accessible_for_free: Mapped[bool | None] = mapped_column(comment="as the page says")
    injected_links: Mapped[list[Any]] = mapped_column(
        comment="links pushed into sentences, with the reason each was taken out"
    )
    links: Mapped[list[Any]] = mapped_column(comment="links in the body")
    parts: Mapped[list[Any]] = mapped_column(comment="addresses of further pages whose text is joined to the first's")
    word_count: Mapped[int] = mapped_column(comment="words; characters for CJK")


class ExtractionRow(Base):
    __tablename__ = "extractions"
    __table_args__ = {"comment": "Which extractor and version read which capture, and what came of it."}

    id: Mapped[int] = key()
    capture_id: Mapped[int] = mapped_column(ForeignKey("captures.id"), index=True, comment="what was read")
    revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("revisions.id"), index=True, comment="the text it gave, new or known"
    )
    extractor: Mapped[str] = mapped_column(comment="name")
    extractor_version: Mapped[str] = mapped_column(comment="version")
    extracted_utc: Mapped[datetime] = mapped_column(comment="when")
    reason: Mapped[str | None] = mapped_column(comment="why there is no article; see newsroom.reasons")
    provenance: Mapped[dict[str, Any]] = mapped_column(comment="by field: rule, place, rejected candidates")


class CopyRow(Base):
    __tablename__ = "copies"
    __table_args__ = (
        UniqueConstraint("article_id", "other_id", "kind"),
        {"comment": "Relations between articles: the later one, the earlier one, the kind and the evidence."},
    )

    id: Mapped[int] = key()
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), comment="the copy, as far as can be told")
    other_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True, comment="the one it is a copy of")
    kind: Mapped[str] = mapped_column(comment="identical, near, excerpt, spun, script, passage, compilation")
    score: Mapped[float] = mapped_column(comment="0 to 1")
    same: Mapped[float] = mapped_column(
        server_default="1",
        comment="share of the shorter text's words that stand in the other, in the same surroundings",
    )
    decided_by: Mapped[str] = mapped_column(
        server_default="seen", comment="what tells the copy from the source: fluency, credit, time, length, seen"
    )
    evidence: Mapped[dict[str, Any]] = mapped_column(comment="what a person can check")
    found_utc: Mapped[datetime] = mapped_column(comment="when")


class FingerprintRow(Base):
    __tablename__ = "fingerprints"
    __table_args__ = (
        Index(
            "ix_fingerprints_waiting",
            "revision_id",
            sqlite_where=text("matched_utc IS NULL"),
            postgresql_where=text("matched_utc IS NULL"),
        ),
        {"comment": "What copies are compared by: one row a revision, and the queue of those not yet compared."},
    )

    revision_id: Mapped[int] = mapped_column(
        ForeignKey("revisions.id"), primary_key=True, autoincrement=False, comment="of which revision"
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True, comment="of which article")
    units: Mapped[bytes] = mapped_column(LargeBinary, comment="the text as hashed units; see pipelines.units")
    unit_count: Mapped[int] = mapped_column(comment="words; characters of scripts without spaces")
    background: Mapped[str | None] = mapped_column(comment="version of the background its hashes were chosen with")
    fluency: Mapped[float | None] = mapped_column(comment="how usual its runs of words are; a spun text has less")
    matched_utc: Mapped[datetime | None] = mapped_column(comment="when it was compared; empty while it waits")


class FingerprintHashRow(Base):
    __tablename__ = "fingerprint_hashes"
    __table_args__ = {
        "comment": "The index that copies are found with: the smallest hashes of each revision's shingles.",
        "sqlite_with_rowid": False,
    }

    hash: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="63 bits of a run of 5 characters or 3 words"
    )
    revision_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False, comment="who has it")
    is_short: Mapped[bool] = mapped_column(comment="its text is so short that one hash in common says something")


class RecentHashRow(Base):
    __tablename__ = "recent_hashes"
    __table_args__ = {
        "comment": "Hashes of the newest texts, moved to fingerprint_hashes many at a time, which writes fewer pages.",
        "sqlite_with_rowid": False,
    }

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="as there")
    revision_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False, comment="as there")
    is_short: Mapped[bool] = mapped_column(comment="as there")


class BackgroundRow(Base):
    __tablename__ = "backgrounds"
    __table_args__ = {"comment": "Backgrounds made from this corpus; the newest is the one in use."}

    version: Mapped[str] = mapped_column(primary_key=True, comment="its name")
    created_utc: Mapped[datetime] = mapped_column(comment="when it was made")
    migrated_utc: Mapped[datetime | None] = mapped_column(
        comment="when every text had hashes by it; until then the one before is used too"
    )
    texts: Mapped[dict[str, Any]] = mapped_column(comment="by language, how many texts were counted")
    counts: Mapped[bytes] = mapped_column(LargeBinary, comment="the counts, packed; see pipelines.background")


class StoryMemberRow(Base):
    __tablename__ = "story_members"
    __table_args__ = {"comment": "Which articles tell one story. An article without a row is a story of its own."}

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id"), primary_key=True, autoincrement=False, comment="the member"
    )
    story_id: Mapped[int] = mapped_column(BigId, index=True, comment="the smallest article id among its members")
    is_source: Mapped[bool] = mapped_column(comment="likely the first to print it; one a story")


class StoryDecisionRow(Base):
    __tablename__ = "story_decisions"
    __table_args__ = (
        UniqueConstraint("article_id", "other_id"),
        {"comment": "What a curator said of two articles; it stands above what the texts say."},
    )

    id: Mapped[int] = key()
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), comment="the one with the smaller id")
    other_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True, comment="the other one")
    same: Mapped[bool] = mapped_column(comment="whether they are one story")
    note: Mapped[str] = mapped_column(comment="why")
    decided_utc: Mapped[datetime] = mapped_column(comment="when")


class SourceIdRow(Base):
    __tablename__ = "source_ids"
    __table_args__ = {"comment": "Every id under which an article was imported, also those of its later texts."}

    source_id: Mapped[str] = mapped_column(primary_key=True, comment="the id it had where it came from")
    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id"), primary_key=True, autoincrement=False, index=True, comment="which article"
    )


_IN_PIECES = text("NOT is_whole")


class ChunkRow(Base):
    __tablename__ = "chunks"
    __table_args__ = (
        UniqueConstraint("article_id", "position"),
        Index("ix_chunks_in_pieces", "article_id", sqlite_where=_IN_PIECES, postgresql_where=_IN_PIECES),
        {"comment": "The search index's documents: pieces of an article's current revision."},
    )

    id: Mapped[int] = key()
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), comment="of which article")
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True, comment="of which revision")
    position: Mapped[int] = mapped_column(comment="from 0")
    analyser_version: Mapped[int] = mapped_column(
        index=True, comment="version of the analyser that made its tokens; 0 when it has none yet and waits"
    )
    dated_s: Mapped[int] = mapped_column(
        BigInteger,
        comment="publication of the article in seconds since 1970, or else its first capture: newest first goes by it",
    )
    chars: Mapped[int] = mapped_column(comment="characters of the article's title and text")
    is_whole: Mapped[bool] = mapped_column(comment="whether the article is this piece alone")
    is_plain: Mapped[bool] = mapped_column(
        comment="whether words stand in title and text as they are compared, but for upper case"
    )


class QuarantineRow(Base):
    __tablename__ = "quarantine"
    __table_args__ = {"comment": "What could not be processed or stored, with the address of its capture."}

    id: Mapped[int] = key()
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"), index=True, comment="the page")
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("captures.id"), index=True, comment="its capture")
    url: Mapped[str] = mapped_column(comment="URL")
    stage: Mapped[str] = mapped_column(comment="extract, store, import")
    reason: Mapped[str] = mapped_column(comment="see newsroom.reasons")
    detail: Mapped[str] = mapped_column(comment="the error, as the last try had it")
    created_utc: Mapped[datetime] = mapped_column(comment="when")
    tries: Mapped[int] = mapped_column(server_default="1", comment="how often it was tried in vain")
    tried_utc: Mapped[datetime | None] = mapped_column(comment="the last try after the first")
    released_utc: Mapped[datetime | None] = mapped_column(comment="when a retry succeeded")


class HoldRow(Base):
    __tablename__ = "holds"
    __table_args__ = {
        "comment": "What cleanup must not take away, until when, and why. A released hold stays on record."
    }

    id: Mapped[int] = key()
    scope: Mapped[str] = mapped_column(comment="portal, article, url")
    target: Mapped[str] = mapped_column(comment="the portal's id, the article's id, or the beginning of addresses")
    kind: Mapped[str] = mapped_column(comment="hold, embargo")
    until_utc: Mapped[datetime | None] = mapped_column(comment="when it ends by itself; empty: when it is released")
    note: Mapped[str] = mapped_column(comment="why")
    created_utc: Mapped[datetime] = mapped_column(comment="when it was placed")
    released_utc: Mapped[datetime | None] = mapped_column(comment="when it was released; empty while it is not")


class ArchiveRow(Base):
    __tablename__ = "archives"
    __table_args__ = {"comment": "Files of others that captures were imported from, and how far each has been read."}

    id: Mapped[int] = key()
    digest: Mapped[str] = mapped_column(
        unique=True, comment="sha256:<hex> of its size and both its ends, by which it is known when it comes again"
    )
    name: Mapped[str] = mapped_column(comment="file name; for a file in a package, package!file")
    file_bytes: Mapped[int] = mapped_column(BigInteger, comment="its size")
    next_offset: Mapped[int] = mapped_column(
        BigInteger, comment="everything before this byte is in the corpus, or was left out for a reason"
    )
    next_within: Mapped[int] = mapped_column(
        BigInteger, comment="and so many bytes of the gzip member that begins there, unpacked"
    )
    records: Mapped[int] = mapped_column(comment="records read so far")
    first_utc: Mapped[datetime] = mapped_column(comment="when reading began")
    finished_utc: Mapped[datetime | None] = mapped_column(comment="when it had been read to its end")


class SavedSearchRow(Base):
    __tablename__ = "saved_searches"
    __table_args__ = {
        "comment": "Searches that are kept, and what each has shown, so that the next run shows what is new."
    }

    id: Mapped[int] = key()
    name: Mapped[str] = mapped_column(unique=True, comment="what it is called")
    query: Mapped[str] = mapped_column(comment="as typed")
    filters: Mapped[dict[str, Any]] = mapped_column(comment="filters beside the query")
    created_utc: Mapped[datetime] = mapped_column(comment="when it was saved")
    run_utc: Mapped[datetime | None] = mapped_column(comment="when it was last run; empty before the first time")
    seen: Mapped[bytes] = mapped_column(
        LargeBinary, comment="which texts it has shown already: a bit for each id of revisions, packed"
    )
