"""Two texts beside each other word by word, or character by character where a script has no spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from newsroom.differences.sequences import Effort, align

# Scripts that write without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Signs that belong to the letter before them, and that `\w` leaves out: combining marks, points, Indic vowels.
_SIGNS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0963\u0966-\u0dff\u200c\u200d"
)
_WORD = rf"(?:[^\W_{_ALONE}]|[{_SIGNS}])+"
_TOKEN = re.compile(rf"[{_ALONE}]|{_WORD}(?:['’.,-]{_WORD})*|\s+|.", re.DOTALL)
WORD_WEIGHT, OTHER_WEIGHT = 4, 1  # so that no word is given up for a space or a comma


class Kept(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stayed, went or came."""

    kept: Kept
    text: str
    words: int  # characters, where a script has no spaces


@dataclass(frozen=True, slots=True)
class Words:
    """One text as tokens: words, single characters, spaces, marks."""

    tokens: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        return cls(tuple(_TOKEN.findall(text)))

    @property
    def count(self) -> int:
        """How many words it has."""
        return count_words(self.tokens)

    def profile(self) -> Counter[object]:
        """Its words and its pairs of neighbouring words, to tell how alike two texts are."""
        words = [token for token in self.tokens if is_word(token)]
        return Counter(words) + Counter(pairwise(["", *words, ""]))


def is_word(token: str) -> bool:
    """Whether a token is more than space and marks."""
    return token[0].isalnum() or (len(token) == 1 and token.isalpha())


def count_words(tokens: Sequence[str]) -> int:
    """How many of them are words."""
    return sum(map(is_word, tokens))


def likeness(one: Counter[object], other: Counter[object]) -> float:
    """0 to 1: which share of the words and pairs of words two texts have in common."""
    both = one.total() + other.total()
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    common = sum(min(count, large[item]) for item, count in small.items() if item in large)
    return 2 * common / both if both else 1.0


def pieces(before: Words, after: Words, effort: Effort) -> tuple[Piece, ...]:
    """What stayed, went and came, in reading order: same and removed make `before`, same and added `after`."""
    numbers: dict[str, int] = {}
    mine = [numbers.setdefault(token, len(numbers)) for token in before.tokens]
    theirs = [numbers.setdefault(token, len(numbers)) for token in after.tokens]
    weights = [WORD_WEIGHT if is_word(token) else OTHER_WEIGHT for token in before.tokens]
    steps: Iterable[_Step] = _steps(before.tokens, after.tokens, align(mine, theirs, weights, effort))
    steps = _without_islands(_without_islands(steps))  # first the spaces, then the words between what that made larger
    return tuple(piece for step in steps for piece in step.pieces())


@dataclass(slots=True)
class _Step:
    """A stretch that stayed, or one that was exchanged for another."""

    same: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    size: int = 0  # how many words it is about, on the side that has more

    def absorb(self, island: _Step, later: _Step) -> None:
        """Take what follows into this exchange."""
        self.removed += island.same + later.removed
        self.added += island.same + later.added
        self.size += island.size + later.size

    def pieces(self) -> Iterator[Piece]:
        for kept, tokens in ((Kept.SAME, self.same), (Kept.REMOVED, self.removed), (Kept.ADDED, self.added)):
            if tokens:
                yield Piece(kept, "".join(tokens), count_words(tokens))


def _steps(before: Sequence[str], after: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterator[_Step]:
    at = other = 0
    run: list[str] = []
    for place, other_place in (*pairs, (len(before), len(after))):
        if (at, other) != (place, other_place):
            if run:
                yield _Step(same=run, size=count_words(run))
                run = []
            removed, added = list(before[at:place]), list(after[other:other_place])
            yield _Step(removed=removed, added=added, size=max(count_words(removed), count_words(added)))
        run += before[place : place + 1]
        at, other = place + 1, other_place + 1
    if run:
        yield _Step(same=run, size=count_words(run))


def _without_islands(steps: Iterable[_Step]) -> Iterable[_Step]:
    """`steps` in which no few words are left standing between two larger changes: nobody can read that."""
    found: list[_Step] = []
    for step in steps:
        found.append(step)
        if len(found) > 2 and not step.same and 3 * found[-2].size <= min(found[-3].size, step.size):
            later, island = found.pop(), found.pop()
            found[-1].absorb(island, later)
    return found
