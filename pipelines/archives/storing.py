"""Archived pages into the corpus: WARC record, fsync, then one transaction with all that a batch of them led to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from newsroom.part_addresses import as_part
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Capture, Outcome, Page, Rejected, Role, State
from newsroom.urls import canonical_url
from pipelines.archives.originals import Originals
from pipelines.archives.pages import IMPORTED_RECORD, ArchivedPage
from pipelines.imports import enter_portal
from storage.captures.layout import Original, safe_uri, sha256
from storage.captures.writer import CaptureWriter
from storage.corpus import Corpus, IngestResult
from storage.database import Database
from storage.quarantine import Aside

FINISHED = frozenset({State.DONE, State.REFUSED, State.FAILED})


@dataclass(slots=True)
class ReadPage:
    """A page on its way into the corpus."""

    page: ArchivedPage
    portal: Portal
    reading: Future[Article | Rejected] | None = None  # None: there is nothing to be read
    original: Capture | None = None  # of a revisit
    result: Article | Rejected | None = None
    capture: Capture | None = None  # ours, once it is written
    fate: str = ""  # what it is counted as, where that is known before it is stored
    told: IngestResult | None = None
    reason: Reason | None = None

    @property
    def is_unmodified(self) -> bool:
        """Whether the server only said that nothing had changed."""
        return self.page.exchange.status == 304

    def read(self) -> ReadPage:
        """Itself, once the worker is done with it."""
        if self.reading is not None:
            self.result, self.reading = self.reading.result(), None
        return self


@dataclass(slots=True)
class Storing:
    """Stores batches; the only one of its process that does."""

    database: Database
    captures: CaptureWriter
    originals: Originals
    run_id: int
    clock: Callable[[], datetime]
    _portals: set[str] = field(default_factory=set)  # entered

    def store(self, pages: Sequence[ReadPage], asides: Sequence[Aside], also: Callable[[Corpus], None]) -> None:
        """Store `pages`, note on each what became of it, and do what is `also` to be done in the transaction."""
        with self.database.reading() as corpus:
            for each in (each for each in pages if not each.fate):
                each.fate, each.capture = known(each.page, corpus)
        self._drop_twins(pages)
        fresh = [each for each in pages if not each.fate]
        for each in fresh:
            each.capture = each.capture or self._append(each)
        self.captures.sync()
        now = self.clock()

        def work(corpus: Corpus) -> None:
            corpus.quarantine.put_imported(asides, now)
            self._enter(corpus, fresh, now)
            also(corpus)

        self.database.write(work)
        self.database.checkpoint()
        for each in fresh:
            self._portals.add(each.portal.id)
            if each.capture and (theirs := each.page.exchange.notes.get(IMPORTED_RECORD)):
                self.originals.remember(theirs, each.capture)

    def _drop_twins(self, pages: Sequence[ReadPage]) -> None:
        """Of equal captures in one batch only the first is stored."""
        seen: set[tuple[str, datetime, int, bytes]] = set()
        for each in pages:
            exchange = each.page.exchange
            key = (exchange.url, exchange.fetched_utc, exchange.status, exchange.body)
            if key in seen:
                each.fate = each.fate or "already"
            seen.add(key)

    def _append(self, each: ReadPage) -> Capture:
        original = None
        if each.original is not None and each.is_unmodified:
            found = each.original
            original = Original(found.address.record_id, found.url, found.fetched_utc)
        return self.captures.append(each.page.exchange, original=original, asked=False)

    # --- in the transaction -------------------------------------------------------------------------------------

    def _enter(self, corpus: Corpus, pages: Sequence[ReadPage], now: datetime) -> None:
        for portal in {each.portal.id: each.portal for each in pages}.values():
            if portal.id not in self._portals:
                definition = portal.model_dump(mode="json")
                enter_portal(corpus, portal.id, portal.name, now, portal.home, definition)
        marks: dict[str, int] = {}
        for some in _rounds(pages):
            for each in some:
                self._enter_one(corpus, each, now)
        for each in pages:
            if each.capture is not None:
                address = each.capture.address
                marks[address.file] = max(marks.get(address.file, 0), address.offset + address.length)
        corpus.captures.mark(marks, now)

    def _enter_one(self, corpus: Corpus, each: ReadPage, now: datetime) -> None:
        page, is_new = self._page(corpus, each, now)
        outcome = _outcome(each, page, is_new)
        (each.told,) = corpus.ingest(page.portal_id, self.run_id, [outcome], {}, now)
        each.reason = outcome.reason
        if each.told.capture_id is not None:
            corpus.captures.attach(each.told.capture_id, page.id, self.run_id)

    def _page(self, corpus: Corpus, each: ReadPage, now: datetime) -> tuple[Page, bool]:
        """The page's row in the ledger, and whether it is new there."""
        url = each.page.url
        known = corpus.frontier.page(url)
        if known is not None:
            return known, False
        corpus.frontier.add(each.portal.id, [Candidate(url, each.page.exchange.url, Role.ARTICLE)], now)
        entered = corpus.frontier.page(url)
        assert entered is not None, url
        return entered, True


def known(page: ArchivedPage, corpus: Corpus) -> tuple[str, Capture | None]:
    """What is known of a page before it is stored: that it is there already, or a capture that nothing came of."""
    row = corpus.frontier.page(page.url)
    if row is not None and row.reason is Reason.RIGHTS:
        return "rights", None
    exchange = page.exchange
    digest = sha256(exchange.body)
    alone = None
    for capture, page_id in corpus.captures.at(safe_uri(exchange.url), exchange.fetched_utc):
        if (capture.payload_digest, capture.status) == (digest, exchange.status):
            if page_id is not None:
                return "already", None
            alone = capture
    return "", alone


def _rounds(pages: Sequence[ReadPage]) -> Iterator[list[ReadPage]]:
    """`pages` in their order, none of a round with the address of another: each finds its page as the last left it."""
    left = list(pages)
    while left:
        some: dict[str, ReadPage] = {}
        later = []
        for each in left:
            if each.page.url in some:
                later.append(each)
            else:
                some[each.page.url] = each
        yield list(some.values())
        left = later


def _outcome(each: ReadPage, page: Page, is_new: bool) -> Outcome:
    """Everything the page led to. A ledger row that a crawl or a newer answer decides on keeps its state."""
    captured = each.page.exchange.fetched_utc
    is_older = page.fetched_utc is not None and page.fetched_utc >= captured
    is_free = page.state in FINISHED and page.due_utc is None and page.role is Role.ARTICLE
    settles = is_new or (is_free and not is_older)
    result = each.result
    if each.page.exchange.truncated:
        result = Rejected(Reason.TRUNCATED, "the archive says that it was cut short")
    elif page.role is not Role.ARTICLE:
        result = Rejected(Reason.NO_ARTICLE, f"a {page.role.value} of the portal")
    if result is None:
        return Outcome(page, State.DONE, capture=each.capture, not_modified=True, settles=settles)
    if isinstance(result, Rejected):
        return Outcome(page, State.REFUSED, result.reason, result.detail, each.capture, settles=settles)
    if result.first_page and (first := canonical_url(result.first_page)) != page.url:
        detail = as_part(first, page.url)
        return Outcome(page, State.REFUSED, Reason.DUPLICATE, detail, each.capture, settles=settles)
    extraction = result.provenance
    return Outcome(page, State.DONE, capture=each.capture, article=result, extraction=extraction, settles=settles)
