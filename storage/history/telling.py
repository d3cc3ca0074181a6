"""The history of an article, or of an address that never became one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, and_

from storage.articles import StoredArticle
from storage.capture_index import CaptureIndex
from storage.coverage import Coverage, CoveredUrl
from storage.history.answers import answers
from storage.history.events import Event, Kind, in_order
from storage.history.surroundings import Surroundings, removed
from storage.history.texts import Texts, refusals
from storage.lookup import Found
from storage.rights import Rights


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one article or address."""

    url: str  # the article's own address, or the one that was asked for
    article: StoredArticle | None
    standing: tuple[CoveredUrl, ...]  # what the ledger says of each of its addresses
    events: tuple[Event, ...]  # in the order of time

    @property
    def now(self) -> str:
        """How it stands, in a few words."""
        if self.article is None:
            last = self.standing[-1]
            why = ": ".join(filter(None, [last.reason, last.detail]))
            return f"{last.state}{f': {why}' if why else ''}" + (f" ({last.url})" if last.url != self.url else "")
        count = self.article.revision_count
        texts = "1 revision" if count == 1 else f"{count:,} revisions"
        if self.article.gone_utc is not None:
            return f"stored, {texts}; gone since {self.article.gone_utc:%Y-%m-%d %H:%M:%SZ}"
        return f"stored, {texts}; last seen {self.article.last_seen_utc:%Y-%m-%d %H:%M:%SZ}"


class Histories:
    """The histories of one unit of work. `rights` says what may be named."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self._connection = connection
        self._rights = rights

    def tell(self, found: Found, now: datetime) -> History:
        """The history of what was looked up. Raises LookupError when nothing was found, Withheld under an embargo."""
        if found.article is not None:
            self._rights.check(found.article.id)
            return self._of_article(found.article, [page.url for page in found.pages], now)
        if not found.pages:
            raise LookupError("neither an article nor an address of the ledger")
        return self._of_page(found, now)

    def _of_article(self, stored: StoredArticle, passed: list[str], now: datetime) -> History:
        around = Surroundings(self._connection, self._rights)
        pages = around.pages(stored.id, passed)
        page_ids = [page.id for page in pages]
        captures = CaptureIndex(self._connection).by_article(stored.id)
        captures.sort(key=lambda capture: (capture.fetched_utc, capture.id or 0))
        by_id = {capture.id: capture for capture in captures if capture.id is not None}
        texts = Texts(self._connection, stored.id, by_id)
        events = [
            *around.found(pages, stored.url),
            *around.announced(page_ids),
            *_with_texts(answers(captures, stored.url), texts.read_as_before()),
            *texts.events(),
            *around.copies(stored.id, and_(True, *self._rights.conditions())),
            *around.decisions(stored.id),
            *around.set_aside(page_ids),
            *around.holds(stored.id, stored.portal_id, {stored.url, *(page.url for page in pages)}, now),
            *removed(captures),
        ]
        if stored.gone_utc is not None and not any(event.kind is Kind.GONE for event in events):
            events.append(Event(stored.gone_utc, Kind.GONE, "gone: the site said that it does not exist"))
        coverage = Coverage(self._connection)
        standing = {each.url: each for each in coverage.led_to(stored.id)}
        for url in passed:
            if (page := coverage.page(url)) is not None:
                standing.setdefault(url, page)
        return History(stored.url, stored, tuple(standing.values()), tuple(in_order(events)))

    def _of_page(self, found: Found, now: datetime) -> History:
        around = Surroundings(self._connection, self._rights)
        pages = around.pages(None, [page.url for page in found.pages])
        page_ids = [page.id for page in pages]
        captures = CaptureIndex(self._connection).by_pages(page_ids)
        asked = found.pages[0]
        events = [
            *around.found(pages, asked.url),
            *around.announced(page_ids),
            *answers(captures, asked.url),
            *refusals(self._connection, [capture.id for capture in captures if capture.id is not None]),
            *around.set_aside(page_ids),
            *around.holds(None, asked.portal_id, [page.url for page in pages], now),
            *removed(captures),
        ]
        return History(asked.url, None, found.pages, tuple(in_order(events)))


def _with_texts(events: Iterable[Event], numbers: Mapping[int, int]) -> Iterator[Event]:
    """Pages that came with other bytes and the same text say so; by capture, `numbers` has the revision it is."""
    for event in events:
        number = numbers.get(event.capture or 0)
        if number is not None and event.kind in (Kind.CAPTURED, Kind.BACK):
            event = replace(event, says=f"{event.says}; still the text of revision {number}", revision=number)
        yield event
