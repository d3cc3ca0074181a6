"""The later pages of an article, asked for one after the other and joined to the first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from newsroom.part_addresses import MAX_PAGES
from newsroom.reasons import Reason
from newsroom.records import Article, Capture, Declined, Part, Rejected
from newsroom.urls import canonical_url
from pipelines.joining import LaterPart, join, why_not


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What came of asking for one later page. `reason` is None only for a whole answer with status 200."""

    url: str  # asked
    body: bytes = b""
    content_type: str | None = None
    reason: Reason | None = None
    detail: str = ""
    capture: Capture | None = None
    may_come: bool = False  # a transient failure: worth another try
    wait_until: datetime | None = None  # the host asked to be left alone until then

    def waits_s(self, now: datetime) -> float:
        """How long the host asks to be left alone; 0 when it does not."""
        return max(0.0, (self.wait_until - now).total_seconds()) if self.wait_until else 0.0


Ask = Callable[[str], Awaitable[PartAnswer]]
ReadPart = Callable[[PartAnswer, str], Awaitable[Article | Rejected]]  # the answer, and the first page's address


@dataclass(frozen=True, slots=True)
class Whole:
    """An article with its later pages; `unsure` are the transient failures among them."""

    article: Article
    parts: tuple[Part, ...] = ()
    unsure: tuple[PartAnswer, ...] = ()

    @property
    def missing(self) -> str:
        """The pages that could not be had, in words; "" when it is whole."""
        lost = [part for part in self.parts if part.reason not in (None, Reason.DUPLICATE)]
        return "; ".join(f"page {part.number} {_said(part)}" for part in lost)[:500]


async def gather(first: Article, ask: Ask, read: ReadPart) -> Whole:
    """Fetch and join the later pages that `first` and its later pages name, at most 20 in all, each once.

    A page that fails is left out and noted; the next one is still asked for when a pager has named it. A page that
    proves to be something else ends the article.
    """
    named = {page.number: page for page in first.later_pages}
    asked = {canonical_url(first.url), first.canonical_url}
    joined: list[LaterPart] = []
    parts: list[Part] = []
    unsure: list[PartAnswer] = []
    for number in range(2, MAX_PAGES + 1):
        page = named.get(number)
        if page is None or (url := canonical_url(page.url)) in asked:
            break
        asked.add(url)
        answer = await ask(page.url)
        part, article = await _read(first, joined, answer, number, read)
        parts.append(part)
        if answer.may_come:
            unsure.append(answer)
        if part.reason is None:
            break
        if article is not None:
            joined.append(LaterPart(number, url, article))
            named = {**{each.number: each for each in article.later_pages}, **named}
    return Whole(join(first, joined, _declined(parts)), tuple(parts), tuple(unsure))


async def _read(
    first: Article, joined: list[LaterPart], answer: PartAnswer, number: int, read: ReadPart
) -> tuple[Part, Article | None]:
    """What came of one page, and its article when that carries on the first page's."""
    part = Part(number, canonical_url(answer.url), answer.reason, answer.detail, answer.capture)
    if part.reason is not None:
        return part, None
    found = await read(answer, first.url)
    if isinstance(found, Rejected):
        return replace(part, reason=found.reason, detail=found.detail), None
    if fault := why_not(first, joined, LaterPart(number, part.url, found)):
        return replace(part, detail=fault), None
    return replace(part, reason=Reason.DUPLICATE, detail=f"page {number} of {first.canonical_url}"), found


def _declined(parts: list[Part]) -> tuple[Declined, ...]:
    lost = (part for part in parts if part.reason is not Reason.DUPLICATE)
    return tuple(Declined(part.url[:120], f"page {part.number}, {_said(part)}") for part in lost)


def _said(part: Part) -> str:
    return f"missing ({part.reason.value}: {part.detail})"[:300] if part.reason else f"no part of it: {part.detail}"
