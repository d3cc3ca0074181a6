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


def holds_several(
    page: int,
    parts: Mapping[int, float],
    related: Mapping[int, Collection[int]],
    alike: Collection[tuple[int, int]] = (),
) -> bool:
    """Whether `page` is a compilation: it holds texts that have nothing to do with each other.

    `parts` has the articles that the page holds, with their share of its length; `related` by article all its other
    copies; `alike` pairs of parts (smaller id first) that tell of the same thing without sharing a sentence, as two
    excerpts of one article do.
    """
    held = sorted(part for part, share in parts.items() if share < HELD_SHARE)
    near = {part: {part, *related.get(part, ())} - {page} for part in held}
    groups = _unrelated(held, near, alike)
    if len(groups) >= 3:
        return True
    if len(groups) < 2:
        return False
    largest = [max(parts[part] for part in group) for group in groups]
    return min(largest) > EACH_HELD and sum(largest) > FEW_HELD


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
