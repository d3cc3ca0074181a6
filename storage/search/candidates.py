"""Articles that a question finds, with what ranking asks of them, by column: an object for each would cost more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

Place = tuple[int, int]  # when an article is dated, in seconds since 1970, and its id: no two have the same


class Text(NamedTuple):
    """The text of an article in the index."""

    article_id: int
    revision: int
    is_plain: bool
    in_pieces: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """Some articles, in order; what stands in one place of every column belongs together."""

    dated_s: Sequence[int] = ()
    ids: Sequence[int] = ()
    pieces: Sequence[int | None] = ()  # its only piece in the index; None when it has several
    chars: Sequence[int] = ()
    is_plain: Sequence[bool] = ()
    revisions: Sequence[int | None] = ()  # its text; None when it is not in the index, but found by what else is known

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        """The articles that `rows` tell of, by their first columns; each once, for all pieces of one are told alike."""
        if not rows:
            return cls()
        columns = list(zip(*rows, strict=True))[:WIDTH]
        if None in columns[2]:
            columns = list(zip(*dict.fromkeys(zip(*columns, strict=True)), strict=True))
        return cls(*columns)

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

    def texts(self) -> list[Text]:
        """The texts of those that are in the index."""
        rows = zip(self.ids, self.revisions, self.is_plain, self.pieces, strict=True)
        return [
            Text(article_id, revision, is_plain, piece is None)
            for article_id, revision, is_plain, piece in rows
            if revision is not None
        ]

    def _cut(self, which: slice) -> Self:
        return type(self)(*(getattr(self, name)[which] for name in _COLUMNS))


_COLUMNS = [each.name for each in fields(Candidates)]
WIDTH = len(_COLUMNS)


class Newest(NamedTuple):
    """Some articles, newest first, and how many there are in all."""

    articles: Candidates
    total: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which of the articles are looked at; None does not bound."""

    ceiling: int | None = None  # no larger ids
    floor: Place | None = None  # this old and newer
    below: Place | None = None  # older
