"""Which stored texts are worth comparing with a new one, by the hashes they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain

from pipelines.units import UnitText

RARE_HOLDERS = 20  # texts; a hash with more holders is common
SHORT_UNITS = 150  # a text this short shares one hash with its copies where longer ones share several
COMMON_SHARED = 4  # hashes, common ones counted, that make a candidate all the same
MOST_BY_COMMON = 8  # candidates that only common hashes name


def is_short(text: UnitText) -> bool:
    """Whether a text is so short that a single hash in common says something."""
    return len(text) < SHORT_UNITS


def candidates(itself: int, held_by: Sequence[Sequence[int]], own_short: bool, short: Collection[int]) -> list[int]:
    """The texts that may be copies of the text `itself`, most hashes shared first.

    `held_by` has, for each of its hashes, texts that have it, of the stored ones the newest RARE_HOLDERS + 1; a hash
    with more than RARE_HOLDERS besides itself is common. Of the texts named by common hashes alone the oldest are
    taken, so that all are led to the same. `short` are the short ones of these texts; `own_short` says it of the text
    itself. So a line that a portal prints under every story names nobody, and a story that three hundred portals print
    still finds its kind.
    """
    every = Counter(chain.from_iterable(held_by))
    every.pop(itself, None)
    if not every:
        return []
    rare = Counter(chain.from_iterable(each for each in held_by if len(each) - each.count(itself) <= RARE_HOLDERS))
    rare.pop(itself, None)
    found = [text for text, shared in rare.items() if shared > 1 or own_short or text in short]
    known = set(found)
    by_common = [
        text
        for text, shared in every.items()
        if shared >= COMMON_SHARED // 2
        and (shared >= COMMON_SHARED or own_short or text in short)
        and text not in known
    ]
    by_common.sort(key=lambda text: (-every[text], text))
    return sorted(found + by_common[:MOST_BY_COMMON], key=lambda text: (-every[text], text))
