"""Which articles tell one story: pairs put together, except where a page holds several stories or a curator says no.

Every function here depends on the pairs alone, not on the order in which they were found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

HELD_SHARE = 0.6  # of a page's length, at most, for a text to be one of several that it holds
FEW_HELD = 0.7  # of a page's length that two texts must make up; three need not
EACH_HELD = 0.2  # of a page's length that each of two must be
MOSTLY = 0.5  # of a page; one that is a copy of another for more than this is no digest


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles that are copies."""

    one: int
    other: int
    score: float

    @property
    def ids(self) -> tuple[int, int]:
        """Both, the smaller first."""
        return (self.one, self.other) if self.one < self.other else (self.other, self.one)


def stories(
    articles: Iterable[int],
    pairs: Iterable[Pair],
    same: Iterable[tuple[int, int]] = (),
    apart: Collection[tuple[int, int]] = (),
) -> list[frozenset[int]]:
    """The articles by story, singles too.

    `same` and `apart` are a curator's: articles (smaller id first) that are one story, or are not. The likest pairs
    are put together first, so that a pair held apart goes to the story that it is most like.
    """
    group = {article: frozenset((article,)) for article in articles}
    divided = [pair for pair in apart if pair[0] in group and pair[1] in group]
    wanted = [*sorted(same), *(pair.ids for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.ids)))]
    for one, other in wanted:
        if group.get(one) == group.get(other) or one not in group or other not in group:
            continue
        whole = group[one] | group[other]
        if any(first in whole and second in whole for first, second in divided):
            continue
        for member in whole:
            group[member] = whole
    return sorted(set(group.values()), key=min)


@dataclass(frozen=True, slots=True)
class Part:
    """Another article as a page has it."""

    length: float  # of the article, over the page's
    covers: float  # share of the page that stands in it too
    whole: bool  # nothing of note in it is missing from the page


def may_hold_several(parts: Collection[Part]) -> bool:
    """Whether `holds_several` is worth asking: it is not where a page is the copy of one article, as most are."""
    held = sum(part.whole and part.length < HELD_SHARE for part in parts)
    return held > 1 or (len(parts) > 1 and all(part.covers <= MOSTLY for part in parts))


def holds_several(
    page: int,
    parts: Mapping[int, Part],
    related: Mapping[int, Collection[int]],
    alike: Collection[tuple[int, int]] = (),
) -> bool:
    """Whether `page` is a compilation: it holds texts that have nothing to do with each other.

    `parts` has the articles that are the page's copies; `related` by article all its other copies that are too short
    to hold it and another part side by side, as a second round-up would; `alike` pairs of parts (smaller id first)
    that tell of the same thing without sharing a sentence, as two excerpts of one article do.
    Three whole texts, or two that make up most of it, are a compilation; the beginnings of two are a digest.
    """
    near = {part: {part, *related.get(part, ())} - {page} for part in parts}
    held = sorted(part for part, said in parts.items() if said.whole and said.length < HELD_SHARE)
    groups = _unrelated(held, near, alike)
    largest = [max(parts[part].covers for part in group) for group in groups]
    if len(groups) >= 3 or (len(groups) == 2 and min(largest) > EACH_HELD and sum(largest) > FEW_HELD):
        return True
    groups = _unrelated(sorted(parts), near, alike)
    if len(groups) < 2 or any(parts[part].covers > MOSTLY for part in parts):
        return False
    return len(groups) >= 3 or not any(parts[part].whole for part in parts)


def _unrelated(
    parts: Sequence[int], near: Mapping[int, Collection[int]], alike: Collection[tuple[int, int]]
) -> list[set[int]]:
    """`parts` in groups: two that are copies, have a copy in common or are alike are in one."""
    links: dict[int, set[int]] = defaultdict(set)
    for one, other in combinations(parts, 2):
        if not set(near[one]).isdisjoint(near[other]) or (one, other) in alike:
            links[one].add(other)
            links[other].add(one)
    groups, seen = [], set()
    for part in parts:
        if part in seen:
            continue
        group, ahead = set(), [part]
        while ahead:
            one = ahead.pop()
            if one not in group:
                group.add(one)
                ahead += links[one]
        seen |= group
        groups.append(group)
    return groups
