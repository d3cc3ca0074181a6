"""Articles that a question finds, with what ranking asks of them, by column: an object for each would cost more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

Place = tuple[int, int]  # when an article is dated, in seconds since 1970, and its id: no two have the same
Times = Sequence[int]  # for each article, how often a phrase stands in it

UNCOUNTED = -1  # in `Times`
WIDTH = 4  # columns of a row before those of `Times`
_PIECE = 2


@dataclass(frozen=True, slots=True)
class Candidates:
    """Some articles, in order; what stands in one place of every column belongs together."""

    dated_s: Sequence[int] = ()
    ids: Sequence[int] = ()
    pieces: Sequence[int | None] = ()  # its only piece in the index; None when it has several, or none
    chars: Sequence[int] = ()
    times: Sequence[Times] = ()  # by phrase; nothing when the database has not counted

    @classmethod
    def of(cls, rows: Sequence[Any], counted: int = 0) -> Self:
        """The articles that `rows` tell of, by their first columns and `counted` phrases.

        Each once, for all pieces of one are told alike.
        """
        if not rows:
            return cls()
        columns = list(zip(*rows, strict=True))[: WIDTH + counted]
        if None in columns[_PIECE]:
            columns = list(zip(*dict.fromkeys(zip(*columns, strict=True)), strict=True))
        dated_s, ids, pieces, chars, *times = columns
        return cls(dated_s, ids, pieces, chars, times)

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, most: int | None) -> Self:
        """The first of them, up to `most`."""
        return self._cut(slice(None, most))

    def behind(self, first: int) -> Self:
        """All but the first of them."""
        return self._cut(slice(first, None))

    def last(self) -> Place:
        """The place of the last."""
        return self.dated_s[-1], self.ids[-1]

    def _cut(self, which: slice) -> Self:
        times = [column[which] for column in self.times]
        return type(self)(self.dated_s[which], self.ids[which], self.pieces[which], self.chars[which], times)


class Newest(NamedTuple):
    """Some articles, newest first, and how many there are in all."""

    articles: Candidates
    total: int
    ceiling: int | None = None  # the largest article id there is, where the database could say that at once


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which of the articles are looked at; None does not bound."""

    ceiling: int | None = None  # no larger ids
    floor: Place | None = None  # this old and newer
    below: Place | None = None  # older
