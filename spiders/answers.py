"""From one HTTP answer to everything it leads to: an `Outcome`, ready for a single transaction.

The same code reads a fresh answer and one recovered from a WARC after a crash.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from newsroom.part_addresses import as_part
from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Announcement, Article, Candidate, Capture, Outcome, Page, Rejected, Role, State
from newsroom.urls import canonical_url, is_secondary, resolve
from pipelines.decode import decode_body
from spiders.discovery import Discovery, Found, read_source
from spiders.parts import Whole
from spiders.refresh import refresh_target

MAX_TRIES = 3
MAX_REDIRECTS = 10
RETRY_AFTER_S = (5.0, 30.0)  # the wait after the first and the second failed try
FAILED_AGAIN = timedelta(hours=6)  # a failed page is tried once more by a run after this
BLOCKED_AGAIN = timedelta(days=1)
LONGEST_RETRY_AFTER = timedelta(days=1)
SIGNPOST = frozenset({Reason.NO_ARTICLE, Reason.TOO_SHORT, Reason.CLIENT_RENDERED, Reason.ERROR_PAGE})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

WithLaterPages = Callable[[Article], Awaitable[Whole]]
ReadArticle = Callable[[bytes, str, str | None], Awaitable[Article | Rejected]]
Elsewhere = Callable[..., Awaitable[Any]]  # a function and its arguments, run where it cannot hold up the crawl


async def here(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run `function` in this process."""
    return function(*arguments)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer to a request for `page`, content-decoded, with its capture."""

    page: Page
    url: str
    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    capture: Capture | None
    fetched_utc: datetime

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads answers for one portal."""

    portal: Portal
    discovery: Discovery
    read_article: ReadArticle
    elsewhere: Elsewhere = here
    with_later_pages: WithLaterPages | None = None  # None: an article is left with the pages it names

    async def outcome(self, answer: Answer) -> Outcome:
        """What `answer` leads to: the page's new state, and what it told us."""
        status = answer.status
        if answer.capture is not None and answer.capture.truncated:
            return self._again(answer, Reason.TRUNCATED, "the connection ended before the whole body had come")
        if status == 304 and (answer.page.etag or answer.page.last_modified):
            return self._not_modified(answer)
        if status in REDIRECTS:
            return self._redirect(answer, answer.headers.get("location", ""))
        if status in (404, 410):
            return self._refused(answer, Reason.GONE, f"HTTP {status}")
        if status in (429, 503):
            return self._later(answer)
        if status in (401, 403, 451):
            return self._blocked(answer)
        if status >= 500 or status == 408:
            return self._again(answer, Reason.FAILED, f"HTTP {status}")
        if status != 200:
            return self._refused(answer, Reason.FAILED, f"HTTP {status}")
        return await self._content(answer)

    # -- 200 -----------------------------------------------------------------

    async def _content(self, answer: Answer) -> Outcome:
        page = answer.page
        if page.role is Role.ARTICLE:
            return await self._article(answer)
        if page.role is Role.LISTING and page.depth == 0:
            self.discovery.front_page_answered(answer.url)
        found = await self._read_source(answer, page)
        if isinstance(found, Rejected):
            return self._refused(answer, found.reason, found.detail)
        signpost = None
        if page.role is Role.LISTING and not found.candidates:
            signpost = self._signpost(answer, decode_body(answer.body, answer.content_type))
        return signpost or self._source(answer, found)

    async def _read_source(self, answer: Answer, page: Page) -> Found | Rejected:
        arguments = (self.discovery, page, answer.body, answer.headers, answer.url, answer.fetched_utc)
        found: Found | Rejected = await self.elsewhere(read_source, *arguments)
        return found

    def _source(self, answer: Answer, found: Found) -> Outcome:
        problem = found.problem if found.problem and not found.candidates else None
        return self._done(
            answer,
            state=State.FAILED if problem else State.DONE,
            reason=Reason.UNDECODABLE if problem else None,
            detail=found.problem or "",
            candidates=found.candidates,
            announcements=found.announcements,
        )

    async def _article(self, answer: Answer) -> Outcome:
        page = answer.page
        result = await self.read_article(answer.body, answer.url, answer.content_type)
        if isinstance(result, Rejected):
            return await self._rejected(answer, result)
        if result.first_page and (first := self._first_page(page, result.first_page)):
            return self._refused(answer, Reason.DUPLICATE, as_part(first.url, page.url), candidates=(first,))
        canonical = result.canonical_url
        if canonical != page.url and is_secondary(page.url):
            target = Candidate(canonical, canonical, Role.ARTICLE, page.url, page.priority, page.depth)
            return self._refused(answer, Reason.DUPLICATE, f"another address of {canonical}", candidates=(target,))
        if result.later_pages and self.with_later_pages is not None:
            return self._joined(answer, await self.with_later_pages(result))
        return self._done(answer, article=result)

    def _first_page(self, page: Page, url: str) -> Candidate | None:
        """The first page of the article of which `page` is a later one; None when it is not on the portal's site."""
        first = canonical_url(url)
        if first == page.url or not self.discovery.on_site(first):
            return None
        return Candidate(first, url, Role.ARTICLE, page.url, page.priority, page.depth)

    def _joined(self, answer: Answer, whole: Whole) -> Outcome:
        """An article with its later pages. When the host asks for a long wait first, all is asked for again then."""
        wait_until = max((each.wait_until for each in whole.unsure if each.wait_until), default=None)
        if wait_until is not None and answer.page.attempts + 1 < MAX_TRIES:
            outcome = self._again(answer, whole.unsure[0].reason or Reason.FAILED, whole.missing)
            due = max(outcome.next_due_utc or answer.fetched_utc, wait_until)
            return replace(outcome, parts=whole.parts, next_due_utc=due, host_wait_until_utc=wait_until)
        again = answer.fetched_utc + FAILED_AGAIN if whole.unsure else None
        outcome = self._done(answer, article=whole.article, detail=whole.missing, next_due_utc=again)
        if not whole.article.parts and not whole.unsure:
            return replace(outcome, parts=whole.parts)
        # Without validators the next visit gets the first page whole, and so reads the later ones again.
        return replace(outcome, parts=whole.parts, etag=None, last_modified=None)

    async def _rejected(self, answer: Answer, result: Rejected) -> Outcome:
        """No article: but a page we took for one may be a section front; its links are kept, once."""
        candidates: tuple[Candidate, ...] = ()
        page = answer.page
        if result.reason in SIGNPOST and (signpost := self._signpost(answer, decode_body(answer.body, None))):
            return signpost
        if result.reason is Reason.NO_ARTICLE and page.depth <= 1 and page.found_on and not self.portal.sources:
            found = await self._read_source(answer, replace(page, role=Role.LISTING))
            candidates = () if isinstance(found, Rejected) else found.candidates
        return self._refused(answer, result.reason, result.detail, candidates=candidates)

    # -- the rest ------------------------------------------------------------

    def _not_modified(self, answer: Answer) -> Outcome:
        return self._done(answer, not_modified=True)

    def _signpost(self, answer: Answer, html: str) -> Outcome | None:
        """A page whose meta refresh leads elsewhere is a redirect."""
        location = refresh_target(html)
        return self._redirect(answer, location) if location else None

    def _redirect(self, answer: Answer, location: str) -> Outcome:
        page = answer.page
        target = self.discovery.redirect(page, location)
        if target is None:
            return self._refused(answer, Reason.UNSAFE, f"redirects to {location[:200]!r}")
        if target.url == page.url:
            return self._moved(answer, resolve(page.fetch_url, location) or page.fetch_url)
        if page.redirects >= MAX_REDIRECTS:
            return self._refused(answer, Reason.FAILED, "too many redirects")
        return self._refused(answer, Reason.DUPLICATE, f"redirects to {target.url}", candidates=(target,))

    def _moved(self, answer: Answer, fetch_url: str) -> Outcome:
        """The same page under another spelling (a session, a tracking parameter), which is asked for at once."""
        page, fetch_url = answer.page, fetch_url.partition("#")[0]
        if fetch_url == page.fetch_url or page.attempts + 1 >= MAX_TRIES:
            return self._refused(answer, Reason.FAILED, "redirects to itself")
        moved = replace(answer, page=replace(page, fetch_url=fetch_url))
        return self._done(moved, state=State.DUE, detail=f"moved to {fetch_url}")

    def _blocked(self, answer: Answer) -> Outcome:
        return self._done(
            answer,
            state=State.FAILED,
            reason=Reason.BLOCKED,
            detail=f"HTTP {answer.status}",
            next_due_utc=answer.fetched_utc + BLOCKED_AGAIN,
        )

    def _later(self, answer: Answer) -> Outcome:
        wait = retry_after(answer.headers.get("retry-after"), answer.fetched_utc)
        reason = Reason.BLOCKED if answer.status == 429 else Reason.FAILED
        outcome = self._again(answer, reason, f"HTTP {answer.status}")
        if wait is None:
            return outcome
        due = max(outcome.next_due_utc or answer.fetched_utc, answer.fetched_utc + wait)
        return replace(outcome, next_due_utc=due, host_wait_until_utc=answer.fetched_utc + wait)

    def _again(self, answer: Answer, reason: Reason, detail: str) -> Outcome:
        return try_again(answer.page, answer.fetched_utc, reason, detail, capture=answer.capture)

    def _refused(self, answer: Answer, reason: Reason, detail: str, candidates: tuple[Candidate, ...] = ()) -> Outcome:
        return self._done(answer, state=State.REFUSED, reason=reason, detail=detail, candidates=candidates)

    def _done(
        self,
        answer: Answer,
        *,
        state: State = State.DONE,
        reason: Reason | None = None,
        detail: str = "",
        article: Article | None = None,
        candidates: tuple[Candidate, ...] = (),
        announcements: tuple[Announcement, ...] = (),
        next_due_utc: datetime | None = None,
        not_modified: bool = False,
    ) -> Outcome:
        kept = state is State.DONE and not not_modified
        return Outcome(
            page=answer.page,
            state=state,
            reason=reason,
            detail=detail,
            capture=answer.capture,
            article=article,
            extraction=article.provenance if article else {},
            candidates=candidates,
            announcements=announcements,
            etag=answer.headers.get("etag") if kept else None,
            last_modified=answer.headers.get("last-modified") if kept else None,
            next_due_utc=next_due_utc,
            not_modified=not_modified,
            revisit=self.portal.revisit,
        )


def try_again(page: Page, now: datetime, reason: Reason, detail: str, capture: Capture | None = None) -> Outcome:
    """A transient failure: due again soon, or failed after the last try (and tried once more by a later run)."""
    if page.attempts + 1 < MAX_TRIES:
        due = now + timedelta(seconds=RETRY_AFTER_S[min(page.attempts, len(RETRY_AFTER_S) - 1)])
        return Outcome(page, State.DUE, reason, detail, capture, next_due_utc=due)
    tries = f"{detail}, {MAX_TRIES} tries"
    return Outcome(page, State.FAILED, reason, tries, capture, next_due_utc=now + FAILED_AGAIN)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The wait a Retry-After header asks for (seconds or an HTTP date), at most a day; None when it asks for none."""
    if not value:
        return None
    text = value.strip()
    if text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(text) - now
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)
