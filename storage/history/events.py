"""What a history is made of: one event a line, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What happened. Written in the order in which events of one moment are told."""

    FOUND = "found"  # an address of it was met for the first time
    ANNOUNCED = "announced"  # a feed or sitemap named it
    CAPTURED = "captured"  # the site answered with a page
    UNCHANGED = "unchanged"  # the site answered that nothing had changed, or with the same bytes
    GONE = "gone"  # the site said that it does not exist
    BACK = "back"  # the site had it again
    FAILED = "failed"  # the site answered with an error, a refusal or a redirect
    REVISION = "revision"  # it said something else than before
    REREAD = "reread"  # the same page was read otherwise, by us: no edit
    REFUSED = "refused"  # the page was read and held no article
    COPY = "copy"  # another article was found to be a copy of it, or it of another
    DECISION = "decision"  # a curator said whether two articles are one story
    SET_ASIDE = "set-aside"  # it could not be read or stored
    RELEASED = "released"  # what was set aside could be read after all
    HOLD = "hold"  # a hold or an embargo was placed, was released, or ended
    REMOVED = "removed"  # retention took captured pages away


ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, and to what."""

    when: datetime
    kind: Kind
    says: str  # for people; may hold text from pages and feeds
    url: str | None = None  # the address, or the feed or sitemap that named it
    until: datetime | None = None  # the last time that the same was seen
    count: int = 1  # how many times
    revision: int | None = None  # number of the text
    capture: int | None = None
    status: int | None = None
    bytes: int | None = None
    other: int | None = None  # the other article
    share: float | None = None  # how much of the text changed, 0 to 1
    changed: tuple[str, ...] = ()  # names of the fields that say something else


def in_order(events: Sequence[Event]) -> list[Event]:
    """`events` by time, and within one moment as they follow from each other."""
    return sorted(events, key=lambda event: (event.when, ORDER[event.kind]))


def with_ticks(events: Sequence[Event]) -> list[Event]:
    """`events` in which visits that found nothing new, one after the other, are one line."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if last and event.kind is last.kind is Kind.UNCHANGED and event.url == last.url:
            found[-1] = replace(last, until=event.when, count=last.count + 1)
        else:
            found.append(event)
    return found
