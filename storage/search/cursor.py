"""Where a page of an answer ended, as a word that may stand in an address, and be sent back for the next page.

It also holds what the first page was ordered by. So while articles come in, later pages go on in the same order:
articles that are newer than the first page are left out, and nothing that was there comes twice or is skipped.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from dataclasses import dataclass
from typing import Any, NoReturn

from newsroom.errors import UsageError

MAX_CHARS = 4_000
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Order:
    """What the ranked part of an answer is ordered by, as of its first page."""

    floor: tuple[int, int]  # date and id of the oldest article that is ranked
    mean_chars: float
    rarity: tuple[float, ...]  # of each phrase


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last article of a page, and what is fixed for those that follow."""

    ceiling: int  # the largest article id there was at the first page
    last: tuple[float, int]  # score or date, and id
    order: Order | None = None  # None when `last` is among those that go by date alone

    def written(self, question: str) -> str:
        """This cursor as a word, good for the question that `question` stands for alone."""
        ranked = [*self.order.floor, self.order.mean_chars, *self.order.rarity] if self.order else []
        said = json.dumps([self.ceiling, *self.last, *ranked], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_mark(question, said) + said).decode().rstrip("=")


def read_cursor(written: str, question: str, phrases: int) -> Cursor:
    """The cursor that `written` says. Raises UsageError when it is none, or was given for another question."""
    try:
        if len(written) > MAX_CHARS:
            _refuse()
        raw = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
        if raw[:4] != _mark(question, raw[4:]):
            _refuse()
        return _cursor(json.loads(raw[4:]), phrases)
    except (binascii.Error, ValueError, RecursionError):
        _refuse()


def _cursor(said: Any, phrases: int) -> Cursor:
    if not isinstance(said, list) or len(said) not in (3, 6 + phrases):
        _refuse()
    ceiling, at, article_id, *ranked = said
    _check([ceiling, article_id, *ranked[:2]], int)
    _check([at, *ranked[2:]], float if ranked else int)
    if not ranked:
        return Cursor(ceiling, (at, article_id))
    floor_s, floor_id, mean_chars, *rarity = ranked
    return Cursor(ceiling, (float(at), article_id), Order((floor_s, floor_id), float(mean_chars), tuple(rarity)))


def _check(numbers: list[Any], kind: type) -> None:
    for number in numbers:
        whole = isinstance(number, int) and not isinstance(number, bool) and abs(number) <= _LARGEST
        if not whole and (kind is int or not isinstance(number, float) or not math.isfinite(number)):
            _refuse()


def _mark(question: str, said: bytes) -> bytes:
    return zlib.crc32(question.encode("utf-8", "replace") + b"\0" + said).to_bytes(4, "big")


def _refuse() -> NoReturn:
    raise UsageError("search: this place to go on from was not given for this question; ask for the first page again")
