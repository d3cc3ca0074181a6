"""Whose story it was: of several texts of one story, the one that was likely printed first, and why we think so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FLUENCY_DROP = 0.05  # mean ln(1 + texts); a spun text falls short of its source by more, an edited one seldom
_CREDIT_CHARS = 300  # of the beginning and of the end
_OWN_REPORTER = re.compile(
    r"本报(?:记者|讯|特约)|本刊(?:记者|讯)|(?:\[|［|【|〔|\()\s*[\u4e00-\u9fff]{2,12}(?:特派|驻[\u4e00-\u9fff]{2,6})?(?:特约)?记者"
    r"|新华社[\u4e00-\u9fff]{2,8}\d{1,2}月\d{1,2}日电|\b(?:our|staff) (?:own )?(?:correspondent|reporter)s?\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"[\W_]+")


class Why(StrEnum):
    """What decided between two texts of a story."""

    FLUENCY = "fluency"  # the other's words are exchanged for less usual ones
    CREDIT = "credit"  # its own reporters sign, or the other says that it has the story from elsewhere
    TIME = "time"  # published earlier
    SEEN = "seen"  # we saw it earlier; which was printed first cannot be known
    LENGTH = "length"  # the longer text
    ONLY = "only"  # nothing to compare it with


# How far each can be trusted: 1 is certain.
CONFIDENCE = {Why.FLUENCY: 0.95, Why.CREDIT: 0.9, Why.TIME: 0.8, Why.LENGTH: 0.5, Why.SEEN: 0.4, Why.ONLY: 0.0}
SAYS = {
    Why.FLUENCY: "the others' words were exchanged for less usual ones",
    Why.CREDIT: "its own reporters sign it, or the others name where they have it from",
    Why.TIME: "published first",
    Why.LENGTH: "the longest text, and nothing says which came first",
    Why.SEEN: "first seen here; which was printed first cannot be known",
    Why.ONLY: "no other text of it is known",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one text of a story."""

    article_id: int
    url: str
    units: int
    first_seen_utc: datetime
    published_utc: datetime | None = None
    is_day: bool = False  # the page gave no more than a day, or less
    fluency: float | None = None
    is_spun: bool = False  # a relation says that its words were exchanged
    credit: int = 0  # 1: own reporting; -1: says that it has the story from elsewhere; 0: says nothing


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likely source of a story."""

    article_id: int
    why: Why

    @property
    def confidence(self) -> float:
        """From 0 to 1."""
        return CONFIDENCE[self.why]

    @property
    def reason(self) -> str:
        """In words."""
        return SAYS[self.why]


def credit_of(text: str, source_name: str | None, original_title: str | None, own_names: Sequence[str]) -> int:
    """What a text says of where it comes from; `own_names` are the names of the portal and the site that print it."""
    own = {_plain(name) for name in own_names if name}
    if source_name and not any(_plain(source_name) in name or name in _plain(source_name) for name in own if name):
        return -1
    if original_title:
        return -1
    signed = _OWN_REPORTER.search(text[:_CREDIT_CHARS]) or _OWN_REPORTER.search(text[-_CREDIT_CHARS:])
    return 1 if signed else 0


def _plain(name: str) -> str:
    return _NO_NAME.sub("", name).casefold()


def pair_order(one: Facts, other: Facts, *, words_exchanged: bool) -> tuple[Facts, Facts, Why]:
    """The copy, the likely source, and what decided; `words_exchanged` says that one is spun from the other."""
    if words_exchanged and one.fluency is not None and other.fluency is not None:
        drop = one.fluency - other.fluency
        if abs(drop) > FLUENCY_DROP:
            return (other, one, Why.FLUENCY) if drop > 0 else (one, other, Why.FLUENCY)
    first, second = sorted((one, other), key=_key)
    return second, first, _difference(first, second)


def source_of(members: Sequence[Facts]) -> Verdict:
    """The likely first publisher of a story: not spun, by its own reporters, earliest, longest."""
    ranked = ranking(members)
    if len(ranked) == 1:
        return Verdict(ranked[0].article_id, Why.ONLY)
    return Verdict(ranked[0].article_id, _difference(ranked[0], ranked[1]))


def ranking(members: Sequence[Facts]) -> list[Facts]:
    """The members of a story, the likely source first."""
    return sorted(members, key=_key)


def _key(facts: Facts) -> tuple[object, ...]:
    when = facts.published_utc or facts.first_seen_utc
    day = when.replace(hour=0, minute=0, second=0, microsecond=0)
    exact = timedelta(0) if facts.is_day else when - day
    return (facts.is_spun, -facts.credit, day, exact, -facts.units, facts.url)


def _difference(first: Facts, second: Facts) -> Why:
    """What sets two texts apart, in the order of `_key`."""
    if first.is_spun != second.is_spun:
        return Why.FLUENCY
    if first.credit != second.credit:
        return Why.CREDIT
    both_dated = first.published_utc and second.published_utc
    if both_dated and _key(first)[2:4] != _key(second)[2:4]:
        return Why.TIME
    if first.units != second.units and (both_dated or first.first_seen_utc == second.first_seen_utc):
        return Why.LENGTH
    return Why.SEEN
