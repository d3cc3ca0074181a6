"""What an article said, and when it said something else; and what only another way of reading has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from newsroom.differences import Change, Difference, compare
from newsroom.reasons import Reason
from newsroom.records import Capture, Revision
from storage.dialect import slices, table
from storage.history.events import Event, Kind
from storage.revisions import Revisions

EXTRACTIONS = table("extractions")

COMPARED = 200  # of more texts, the changes of the newest are told; the others only that there was one


@dataclass(frozen=True, slots=True)
class Reading:
    """One time that a capture was read."""

    capture_id: int
    revision_id: int | None
    extractor: str  # name and version
    when: datetime
    reason: Reason | None


class Texts:
    """The texts of one article, with the captures they were read from, by id."""

    def __init__(self, connection: Connection, article_id: int, captures: Mapping[int, Capture]) -> None:
        self._connection = connection
        self._article_id = article_id
        self._captures = captures
        self._revisions = Revisions(connection)
        self._readings = _readings(connection, sorted(captures))

    def events(self) -> Iterator[Event]:
        """The texts, each with what is different in it, and the readings that gave no new one."""
        first_reading = {each.revision_id: each for each in reversed(self._readings) if each.revision_id is not None}
        yield from self._told(first_reading)
        numbers = {each.id: each.number for each in self._revisions.outlines(self._article_id)}
        yield from _again(self._readings, first_reading, numbers)

    def read_as_before(self) -> dict[int, int]:
        """By capture with bytes of its own, the number of the revision that was read from it and known before."""
        numbers = {each.id: each.number for each in self._revisions.outlines(self._article_id)}
        known: set[int] = set()
        found = {}
        for reading in self._readings:
            if (number := numbers.get(reading.revision_id or 0)) is not None:
                if number in known:
                    found[reading.capture_id] = number
                known.add(number)
        return found

    def _told(self, first_reading: Mapping[int, Reading]) -> Iterator[Event]:
        outlines = self._revisions.outlines(self._article_id)
        start = max(1, len(outlines) - COMPARED)
        returns = {each.number: each.same_as for each in outlines}
        for outline in outlines[: start - 1]:
            says = _plain(outline.number, outline.title, outline.word_count, returns[outline.number])
            yield Event(outline.observed_utc, Kind.REVISION, says, revision=outline.number, capture=outline.capture_id)
        before: Revision | None = None
        for revision in self._revisions.iterate(self._article_id, start):
            reading = first_reading.get(revision.id)
            yield self._one(before, revision, returns[revision.number], reading)
            before = revision

    def _one(self, before: Revision | None, revision: Revision, same_as: int | None, reading: Reading | None) -> Event:
        article = revision.article
        by = f", read by {reading.extractor}" if reading and reading.extractor else ""
        if before is None:
            says = _plain(revision.number, article.title, article.word_count, same_as) + by
            return Event(
                revision.observed_utc, Kind.REVISION, says, revision=revision.number, capture=revision.capture_id
            )
        difference = compare(before.article, article)
        if self._is_same_page(before, revision):
            kind, when = Kind.REREAD, reading.when if reading else revision.observed_utc
            says = f"revision {revision.number}{by}: the page is the same, so this is no edit; {summary(difference)}"
        else:
            kind, when = Kind.REVISION, revision.observed_utc
            back = f"back to revision {same_as}: " if same_as else ""
            says = f"revision {revision.number}: {back}{summary(difference)}"
        return Event(
            when,
            kind,
            says,
            revision=revision.number,
            capture=revision.capture_id,
            share=round(difference.share, 4),
            changed=tuple(change.name for change in difference.fields) + (() if _same_text(difference) else ("text",)),
        )

    def _is_same_page(self, before: Revision, after: Revision) -> bool:
        """Whether both texts were read from the same bytes; an article of several pages has others beside them."""
        one, other = self._captures.get(before.capture_id or 0), self._captures.get(after.capture_id or 0)
        if one is None or other is None or before.article.parts or after.article.parts:
            return False
        return one.id == other.id or (one.status == other.status == 200 and one.payload_digest == other.payload_digest)


def refusals(connection: Connection, capture_ids: Sequence[int]) -> Iterator[Event]:
    """The readings of these captures that found no article."""
    for reading in _readings(connection, capture_ids):
        if reading.reason is not None:
            yield _refused(reading)


def summary(difference: Difference) -> str:
    """A difference in one line."""
    parts = [f"{change.name.replace('_', ' ')} changed" for change in difference.fields]
    if difference.words_removed or difference.words_added:
        words = f"-{difference.words_removed:,} +{difference.words_added:,} words"
        parts.append(f"text {_percent(difference.share)} changed ({words})")
    elif difference.count(Change.CHANGED):
        parts.append("marks changed")
    if moved := difference.count(Change.MOVED):
        parts.append(f"{moved} paragraph{'' if moved == 1 else 's'} moved")
    return ", ".join(parts) or "lines are broken elsewhere"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


def _same_text(difference: Difference) -> bool:
    return all(paragraph.change is Change.SAME for paragraph in difference.paragraphs)


def _plain(number: int, title: str, words: int, same_as: int | None) -> str:
    back = f"back to revision {same_as}: " if same_as else ""
    headline = f"“{title}”" if title else "no headline"
    return f"revision {number}: {back}{headline}, {words:,} words"


def _readings(connection: Connection, capture_ids: Sequence[int]) -> list[Reading]:
    """The readings of these captures, oldest first."""
    found = {}
    for some in slices(capture_ids):
        for row in connection.execute(select(EXTRACTIONS).where(EXTRACTIONS.c.capture_id.in_(some))):
            extractor = f"{row.extractor} {row.extractor_version}".strip()
            reason = Reason(row.reason) if row.reason else None
            found[row.id] = Reading(row.capture_id, row.revision_id, extractor, row.extracted_utc, reason)
    return [found[each] for each in sorted(found)]


def _again(
    readings: Sequence[Reading], first_reading: Mapping[int, Reading], numbers: Mapping[int, int]
) -> Iterator[Event]:
    """Readings that gave no article, and those by another extractor that gave a text which was known."""
    last = ""
    for reading in readings:
        number, is_first = numbers.get(reading.revision_id or 0), reading is first_reading.get(reading.revision_id or 0)
        if reading.reason is not None:
            yield _refused(reading)
        elif number and last and reading.extractor != last and not is_first:
            says = f"read by {reading.extractor}, before by {last}: still the text of revision {number}"
            yield Event(reading.when, Kind.REREAD, says, revision=number, capture=reading.capture_id)
        last = reading.extractor or last


def _refused(reading: Reading) -> Event:
    return Event(reading.when, Kind.REFUSED, f"no article: {reading.reason}", capture=reading.capture_id)
