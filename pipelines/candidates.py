"""Which stored texts are worth comparing with a new one, by the hashes they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipelines.units import UnitText

RARE_HOLDERS = 20  # texts; a hash with more holders is common
SHORT_UNITS = 150  # a text this short shares one hash with its copies where longer ones share several
COMMON_SHARED = 4  # hashes, common ones counted, that make a candidate all the same
MOST_BY_COMMON = 8  # candidates that only common hashes name


def is_short(text: UnitText) -> bool:
    """Whether a text is so short that a single hash in common says something."""
    return len(text) < SHORT_UNITS


def candidates(
    hashes: Sequence[int],
    holders: Mapping[int, Sequence[int]],
    own_short: bool,
    short: Collection[int],
) -> list[int]:
    """The texts that may be copies of a text with `hashes`, most hashes shared first.

    `holders` has, by hash, texts that have it, of the stored ones the newest RARE_HOLDERS + 1; a hash with more than
    RARE_HOLDERS is common. Of the texts named by common hashes alone the oldest are taken, so that all are led to
    the same. `short` are the short ones of these texts; `own_short` says it of the text itself. So a line that a
    portal prints under every story names nobody, and a story that three hundred portals print still finds its kind.
    """
    rare: Counter[int] = Counter()
    every: Counter[int] = Counter()
    for value in hashes:
        held = holders.get(value, ())
        every.update(held)
        if len(held) <= RARE_HOLDERS:
            rare.update(held)
    found = [text for text, shared in rare.items() if shared > 1 or own_short or text in short]
    known = set(found)
    by_common = (
        text
        for text, shared in _most(every)
        if text not in known and shared >= (COMMON_SHARED // 2 if own_short or text in short else COMMON_SHARED)
    )
    found += [text for text, _ in zip(by_common, range(MOST_BY_COMMON), strict=False)]
    return sorted(found, key=lambda text: (-every[text], text))


def _most(shared: Counter[int]) -> Iterable[tuple[int, int]]:
    return sorted(shared.items(), key=lambda item: (-item[1], item[0]))
