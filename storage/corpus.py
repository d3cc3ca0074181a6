"""One unit of work on the corpus: records in, records out, no row leaves the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from newsroom.dates import ADDRESS_ORIGIN
from newsroom.reasons import SET_ASIDE, Reason
from newsroom.records import Article, Candidate, Copy, Outcome, Provenance, Role, State
from newsroom.urls import host_key
from storage.announcements import Announcements, dated_as_announced
from storage.archive_marks import Archives
from storage.article_batches import ArticleBatches
from storage.articles import Articles, Stored
from storage.backgrounds import Backgrounds
from storage.canonical import believable
from storage.capture_index import CaptureIndex
from storage.cleanup.expiry import Expiry
from storage.cleanup.stale import Stale
from storage.copies import Copies
from storage.copy_statistics import CopyStatistics
from storage.coverage import Coverage
from storage.dialect import table
from storage.due import DuePages
from storage.exports.reading import Slices
from storage.fingerprints import Fingerprints
from storage.frontier import Frontier
from storage.history.telling import Histories
from storage.holds import Holds
from storage.hosts import Hosts
from storage.part_pages import PartPages
from storage.portal_exhibits import PortalExhibits
from storage.portal_health import PortalHealth
from storage.portals import Portals
from storage.quarantine import Quarantine
from storage.revisions import Revisions
from storage.rights import Rights
from storage.runs import Runs
from storage.saved.fresh import News
from storage.saved.searches import SavedSearch, SavedSearches
from storage.search.index import SearchIndex
from storage.search.rebuilding import Rebuilding
from storage.search.writer import IndexWriter
from storage.statistics import Statistics
from storage.storable import storable_text, storable_url
from storage.stories import Stories

EXTRACTIONS = table("extractions")
ARTICLES = table("articles")
MOSTLY_NEW = 0.8  # share of a listing's articles

# Refusals that come of reading the page: each leaves an extraction row, so that a re-reading has what to compare.
_READ = frozenset(
    {
        Reason.UNDECODABLE,
        Reason.NO_ARTICLE,
        Reason.TOO_SHORT,
        Reason.ERROR_PAGE,
        Reason.WALL,
        Reason.CLIENT_RENDERED,
        Reason.RESOURCE_LIMIT,
        Reason.QUARANTINED,
    }
)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What storing one outcome came to."""

    page_id: int
    url: str
    capture_id: int | None = None
    article_id: int | None = None
    revision_id: int | None = None
    new: bool = False
    changed: bool = False
    copies: tuple[Copy, ...] = ()
    discovered: int = 0  # pages that entered the frontier
    quarantined: str | None = None  # the error, when it could not be stored as it was


class Corpus:
    """Everything the corpus knows, in one transaction. Made by `Database.writing()` and `.reading()`."""

    def __init__(self, session: Session, now: datetime, *, embargoed: bool = False) -> None:
        self._session = session
        self._connection = session.connection()
        self.rights = Rights(self._connection, now, embargoed=embargoed)

    @cached_property
    def portals(self) -> Portals:
        return Portals(self._connection)

    @cached_property
    def frontier(self) -> Frontier:
        return Frontier(self._connection)

    @cached_property
    def due(self) -> DuePages:
        return DuePages(self._connection)

    @cached_property
    def part_pages(self) -> PartPages:
        return PartPages(self._connection, self.frontier)

    @cached_property
    def announcements(self) -> Announcements:
        return Announcements(self._connection)

    @cached_property
    def captures(self) -> CaptureIndex:
        return CaptureIndex(self._connection)

    @cached_property
    def archives(self) -> Archives:
        return Archives(self._connection)

    @cached_property
    def search(self) -> SearchIndex:
        return SearchIndex(self._session, self.rights)

    @cached_property
    def index(self) -> IndexWriter:
        return IndexWriter(self._session)

    @cached_property
    def rebuilding(self) -> Rebuilding:
        return Rebuilding(self._session)

    @cached_property
    def articles(self) -> Articles:
        return Articles(self._session, self.index, self.fingerprints)

    @cached_property
    def revisions(self) -> Revisions:
        return Revisions(self._connection)

    @cached_property
    def histories(self) -> Histories:
        return Histories(self._connection, self.rights)

    @cached_property
    def saved(self) -> SavedSearches:
        return SavedSearches(self._connection)

    def news(self, saved: SavedSearch) -> News:
        """What is new in a saved search."""
        return News(self._connection, self.search, saved)

    @cached_property
    def batches(self) -> ArticleBatches:
        return ArticleBatches(self._connection, self.articles, self.index, self.fingerprints)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        return Fingerprints(self._connection)

    @cached_property
    def copies(self) -> Copies:
        return Copies(self._connection)

    @cached_property
    def stories(self) -> Stories:
        return Stories(self._connection, self.rights)

    @cached_property
    def backgrounds(self) -> Backgrounds:
        return Backgrounds(self._connection)

    @cached_property
    def copy_statistics(self) -> CopyStatistics:
        return CopyStatistics(self._connection, self.rights)

    @cached_property
    def slices(self) -> Slices:
        return Slices(self._connection, self.rights)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self._connection)

    @cached_property
    def hosts(self) -> Hosts:
        return Hosts(self._connection)

    @cached_property
    def holds(self) -> Holds:
        return Holds(self._connection)

    @cached_property
    def expiry(self) -> Expiry:
        return Expiry(self._connection)

    @cached_property
    def stale(self) -> Stale:
        return Stale(self._connection)

    @cached_property
    def quarantine(self) -> Quarantine:
        return Quarantine(self._connection)

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage(self._connection)

    @cached_property
    def statistics(self) -> Statistics:
        return Statistics(self._connection, self.rights)

    def portal_health(self, now: datetime, window: timedelta) -> PortalHealth:
        """What portals brought, in windows that end at `now`."""
        return PortalHealth(self._connection, now, window)

    def portal_exhibits(self, since: datetime, now: datetime) -> PortalExhibits:
        """The pages that show what is wrong with portals in that time."""
        return PortalExhibits(self._connection, since, now)

    def counts(self) -> dict[str, int]:
        """Rows by table, for statistics."""
        names = ("portals", "pages", "captures", "articles", "revisions", "copies", "runs", "quarantine")
        return {
            name: self._connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
        }

    # --- ingest -------------------------------------------------------------------------------------------------

    def ingest(
        self,
        portal_id: str,
        run_id: int | None,
        outcomes: Sequence[Outcome],
        marks: Mapping[str, int],
        now: datetime,
    ) -> list[IngestResult]:
        """Store all that a batch of pages led to; `marks` is how far each WARC file is accounted for by it.

        An outcome that cannot be stored is quarantined with its reason and its capture, and the others stay.
        Trouble with the database itself is not the outcome's fault and ends the whole batch.
        """
        for name in sorted({*marks, *(capture.address.file for each in outcomes for capture in each.captures)}):
            self.captures.file_id(name, now)  # before any savepoint: its id is remembered
        try:
            with self._connection.begin_nested():
                results = [self._ingest_one(portal_id, run_id, outcome, now) for outcome in outcomes]
        except Exception as error:  # one of them is bad: one at a time, to find out which
            _raise_if_database_trouble(error)
            results = [self._ingest_alone(portal_id, run_id, outcome, now) for outcome in outcomes]
        self.captures.mark(marks, now)
        return results

    def _ingest_alone(self, portal_id: str, run_id: int | None, outcome: Outcome, now: datetime) -> IngestResult:
        try:
            with self._connection.begin_nested():
                return self._ingest_one(portal_id, run_id, outcome, now)
        except Exception as error:  # whatever it is, it must cost only this outcome
            _raise_if_database_trouble(error)
            return self._set_aside(run_id, outcome, error, now)

    def _ingest_one(self, portal_id: str, run_id: int | None, outcome: Outcome, now: datetime) -> IngestResult:
        outcome = self.part_pages.judged(self._with_believed_address(outcome))
        outcome = self._with_announced_date(outcome, now)
        page, capture_id = outcome.page, None
        if outcome.capture:
            capture_id = self.captures.put(outcome.capture, now, page_id=page.id, run_id=run_id)
        discovered = self._discover(portal_id, outcome, now)
        stored = self._store_article(portal_id, outcome, capture_id, now)
        self._note_extraction(outcome, capture_id, stored, now)
        self._settle_parts(portal_id, run_id, outcome, stored, now)
        if stored and outcome.article and _is_other_address(outcome, outcome.article):
            outcome = replace(
                outcome,
                state=State.REFUSED,
                reason=Reason.DUPLICATE,
                detail=f"its canonical address is {outcome.article.canonical_url}",
                next_due_utc=None,
            )
        outcome = self._with_next_visit(outcome, stored, stored.article_id if stored else page.article_id)
        if outcome.settles:
            self.frontier.settle(outcome, now, article_id=stored.article_id if stored else None)
        elif stored:
            self.frontier.lead(page.id, stored.article_id)
        self._note_quarantine(outcome, capture_id, now)
        if outcome.host_wait_until_utc is not None:
            self.hosts.set_retry_after(host_key(page.fetch_url), outcome.host_wait_until_utc)
        if page.article_id is not None and stored is None:
            self._look_after(page.article_id, outcome, now)
        return IngestResult(
            page_id=page.id,
            url=page.url,
            capture_id=capture_id,
            article_id=stored.article_id if stored else None,
            revision_id=stored.revision_id if stored else None,
            new=bool(stored and stored.new),
            changed=bool(stored and stored.changed),
            copies=stored.copies if stored else (),
            discovered=discovered,
        )

    def _with_believed_address(self, outcome: Outcome) -> Outcome:
        """The outcome with its article filed under its own address, where its claim to another is not believed."""
        article, page = outcome.article, outcome.page
        if article is None or not _is_other_address(outcome, article) or believable(self._connection, page, article):
            return outcome
        return replace(outcome, article=replace(article, canonical_url=page.url))

    def _with_announced_date(self, outcome: Outcome, now: datetime) -> Outcome:
        """The outcome with its undated article dated as a feed or sitemap had it."""
        article, page = outcome.article, outcome.page
        if article is None or (article.published and article.published.origin != ADDRESS_ORIGIN):
            return outcome
        named = [page.url, *([page.found_on] if page.redirects and page.found_on else [])]
        fetched = outcome.capture.fetched_utc if outcome.capture else now
        dated = dated_as_announced(article, self.announcements.published(named), fetched)
        return outcome if dated is article else replace(outcome, article=dated, extraction=dated.provenance)

    def _settle_parts(
        self, portal_id: str, run_id: int | None, outcome: Outcome, stored: Stored | None, now: datetime
    ) -> None:
        """Enter what the article's later pages gave: their captures, and why none of them is an article."""
        for part in outcome.parts:
            page_id = self.part_pages.settle(portal_id, part, outcome.page, stored.article_id, now) if stored else None
            if part.capture:
                self.captures.put(part.capture, now, page_id=page_id, run_id=run_id)

    def _with_next_visit(self, outcome: Outcome, stored: Stored | None, article_id: int | None) -> Outcome:
        """The outcome with the next step of the revisit ladder, for the page of an article that is there."""
        if outcome.state is not State.DONE or outcome.next_due_utc or not outcome.capture or article_id is None:
            return outcome
        first: datetime | None = outcome.capture.fetched_utc
        if not (stored and stored.new):
            first = self._connection.scalar(select(ARTICLES.c.first_seen_utc).where(ARTICLES.c.id == article_id))
        visits = (first + step for step in sorted(outcome.revisit)) if first else ()
        ahead = next((visit for visit in visits if visit > outcome.capture.fetched_utc), None)
        return replace(outcome, next_due_utc=ahead)

    def _discover(self, portal_id: str, outcome: Outcome, now: datetime) -> int:
        if not outcome.announcements:
            return self._follow_links(portal_id, outcome, now) if outcome.candidates else 0
        verdicts = {candidate.url: candidate for candidate in outcome.candidates}
        return self.frontier.announce(portal_id, outcome.announcements, verdicts, now)

    def _follow_links(self, portal_id: str, outcome: Outcome, now: datetime) -> int:
        """Enter what a listing links to. Where nearly all of it is new, its next page has news, too."""
        new = self.frontier.add(portal_id, outcome.candidates, now)
        if outcome.page.fetched_utc is not None:
            articles = sum(each.role is Role.ARTICLE and each.reason is None for each in outcome.candidates)
            further = [each.url for each in outcome.candidates if each.continues]
            if further and new >= MOSTLY_NEW * articles > 0:
                self.frontier.wake(further, now)
        return new

    def _store_article(self, portal_id: str, outcome: Outcome, capture_id: int | None, now: datetime) -> Stored | None:
        article = outcome.article
        if article is None:
            return None
        observed = outcome.capture.fetched_utc if outcome.capture else now
        other_address = _is_other_address(outcome, article)
        if other_address and (known := self._current(article.canonical_url)):
            return known  # the canonical page itself says what the article says; another form of it revises nothing
        stored = self.articles.store(portal_id, article, observed, capture_id=capture_id)
        if other_address:
            canonical = Candidate(article.canonical_url, article.canonical_url, Role.ARTICLE, found_on=outcome.page.url)
            next_visit = observed + min(outcome.revisit) if outcome.revisit else None
            self.frontier.settle_canonical(portal_id, canonical, stored.article_id, next_visit, observed)
        return stored

    def _current(self, url: str) -> Stored | None:
        query = select(ARTICLES.c.id, ARTICLES.c.revision_id).where(ARTICLES.c.url == storable_url(url))
        row = self._connection.execute(query.where(ARTICLES.c.revision_id.is_not(None))).first()
        return Stored(row.id, row.revision_id, new=False, changed=False) if row else None

    def _look_after(self, article_id: int, outcome: Outcome, now: datetime) -> None:
        """An article's page gave no article: unchanged, gone, or trouble that says nothing of the article."""
        if outcome.not_modified:
            self.articles.see(article_id, outcome.capture.fetched_utc if outcome.capture else now)
        elif outcome.reason is Reason.GONE:
            self.articles.mark_gone(article_id, now)

    def _note_extraction(self, outcome: Outcome, capture_id: int | None, stored: Stored | None, now: datetime) -> None:
        refused = outcome.article is None and outcome.reason in _READ
        if capture_id is None or not (stored or refused):
            return
        article = outcome.article
        row = {
            "capture_id": capture_id,
            "revision_id": stored.revision_id if stored else None,
            "extractor": article.extractor if article else "",
            "extractor_version": article.extractor_version if article else "",
            "extracted_utc": now,
            "reason": outcome.reason.value if refused and outcome.reason else None,
            "provenance": _provenance(outcome.extraction or (article.provenance if article else {})),
        }
        self._connection.execute(insert(EXTRACTIONS), row)

    def _note_quarantine(self, outcome: Outcome, capture_id: int | None, now: datetime) -> None:
        """Set aside a page that could not be read; release one that now could."""
        page, reason = outcome.page, outcome.reason
        if reason in SET_ASIDE:
            self.quarantine.put_page(
                page.id, page.url, stage="extract", reason=reason, detail=outcome.detail, now=now, capture_id=capture_id
            )
        elif page.reason in SET_ASIDE:
            self.quarantine.release_page(page.id, now)

    def _set_aside(self, run_id: int | None, outcome: Outcome, error: Exception, now: datetime) -> IngestResult:
        """Quarantine an outcome that could not be stored; with its capture, unless that is what was wrong."""
        said = _error_text(error)
        for capture in (outcome.capture, None) if outcome.capture else (None,):
            try:
                with self._connection.begin_nested():
                    kept = replace(outcome, capture=capture, parts=outcome.parts if capture else ())
                    return self._quarantine(run_id, kept, said, now)
            except Exception as again:  # then without the capture
                _raise_if_database_trouble(again)
                said = f"{said}; its capture: {_error_text(again)}"
        raise RuntimeError(f"{outcome.page.url}: cannot even be quarantined: {said}") from error

    def _quarantine(self, run_id: int | None, outcome: Outcome, said: str, now: datetime) -> IngestResult:
        page, capture_id = outcome.page, None
        if outcome.capture:
            capture_id = self.captures.put(outcome.capture, now, page_id=page.id, run_id=run_id)
        for part in outcome.parts:
            if part.capture:
                self.captures.put(part.capture, now, run_id=run_id)
        quarantined = Outcome(page, State.REFUSED, Reason.QUARANTINED, said, capture=outcome.capture)
        if outcome.settles:
            self.frontier.settle(quarantined, now)
        self.quarantine.put_page(
            page.id, page.url, stage="store", reason=Reason.QUARANTINED, detail=said, now=now, capture_id=capture_id
        )
        return IngestResult(page.id, page.url, capture_id, quarantined=said)


def _is_other_address(outcome: Outcome, article: Article) -> bool:
    """Whether the article's canonical address is another than that of the page it was read from."""
    return bool(article.canonical_url) and storable_url(article.canonical_url) != outcome.page.url


def _raise_if_database_trouble(error: Exception) -> None:
    """Raise `error` again when no outcome is to blame for it: no connection, no lock, no disk space, a deadlock."""
    if not isinstance(error, OperationalError | InterfaceError):
        return
    too_large = (getattr(error.orig, "sqlstate", None) or "").startswith("54")  # such as a text too long for an index
    if not too_large:
        raise error


def _error_text(error: Exception) -> str:
    told: Any = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"{type(told).__name__}: {' '.join(str(told).split())}"[:1000]


def _provenance(extraction: Mapping[str, Provenance]) -> Any:
    return {
        storable_text(field): {
            "rule": storable_text(said.rule),
            "place": storable_text(said.place),
            "rejected": [
                {"value": storable_text(each.value), "why": storable_text(each.why)} for each in said.rejected
            ],
        }
        for field, said in extraction.items()
    }
