"""A text as tokens that know their places in it: words, and single characters of scripts without spaces.

Tokens are equal when their words are: case, width and the script of Chinese (traditional or simplified) do not matter.
Punctuation belongs to no token.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from newsroom.han import simplified
from pipelines.units import Hashes

MAX_TOKENS = 60_000  # of longer texts the beginning is read
MAX_CHARACTERS = 500_000

_ODD, _OTHER_ODD = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)  # those of SplitMix64
_NOTHING, _WORD, _ALONE, _MARK, _BREAK, _STOP = range(6)  # a _STOP ends a sentence only before white space
_BREAKS = "\n\r\x85\u2028\u2029。！？!?；…｡"
# Scripts that write without spaces: Thai, Lao, Burmese, Khmer, kana, Han. The planes of rare Han are _RARE_HAN.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
_RARE_HAN = range(0x20000, 0x40000)
_UNFOLDED = ((0x3400, 0x9FFF), (0xAC00, 0xD7A3), (0xD800, 0xF8FF))  # NFKC and case folding leave these as they are


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of `text`. `starts` and `ends` are places in it. Equal `hashes` are equal words; `ids` are they."""

    text: str
    starts: list[int]
    ends: list[int]
    hashes: Hashes
    ids: list[int]
    alone: bytes  # by token: 1 where it is a character of a script without spaces
    initials: str  # by token: its first character, folded
    firsts: list[int]  # the tokens that begin a sentence

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def unspaced(self) -> bool:
        """Most tokens are characters of a script without spaces."""
        return self.alone.count(1) * 2 > len(self.alone)

    def sentence(self, token: int) -> tuple[int, int]:
        """The first token of the sentence that `token` is in, and the first of the next."""
        at = bisect_right(self.firsts, token)
        return self.firsts[at - 1] if at else 0, self.firsts[at] if at < len(self.firsts) else len(self)

    def begins_sentence(self, token: int) -> bool:
        """Whether `token` is the first of a sentence."""
        at = bisect_left(self.firsts, token)
        return at < len(self.firsts) and self.firsts[at] == token

    def words(self, tokens: range) -> str:
        """What stands there, on one line; `tokens` are not empty."""
        return " ".join(self.text[self.starts[tokens.start] : self.ends[tokens.stop - 1]].split())

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The tokens that begin from `start` to `end`, places in the text."""
        return bisect_left(self.starts, start), bisect_left(self.starts, end)


def read_tokens(text: str) -> Tokens:
    """The tokens of `text`, at most MAX_TOKENS."""
    read, places = text[:MAX_CHARACTERS], None
    if not read.isascii() and not unicodedata.is_normalized("NFC", read):
        read, places = _composed(read)
    codes = np.frombuffer(f"{read} ".encode("utf-32-le", "replace"), np.uint32)
    kinds, folded = _looked_up(codes)
    alone, word = kinds == _ALONE, kinds == _WORD
    belongs, goes_on = alone | word, word
    if not read.isascii() and (kinds == _MARK).any():
        belongs, goes_on = _with_marks(kinds)
    starting = word.copy()
    starting[1:] &= ~goes_on[:-1]
    starting |= alone
    starts = np.flatnonzero(starting)[: MAX_TOKENS + 1]
    if len(starts) > MAX_TOKENS:
        end, starts = starts[-1], starts[:-1]
        codes, kinds, folded, belongs = codes[:end], kinds[:end], folded[:end], belongs[:end]
    if not len(starts):
        return Tokens(text, [], [], np.zeros(0, np.uint64), [], b"", "", [])
    ends = starts + np.add.reduceat(belongs, starts, dtype=np.intp)
    breaks = kinds == _BREAK
    breaks[:-1] |= (kinds[:-1] == _STOP) & (codes[1:] <= ord(" "))
    firsts = {0, *np.searchsorted(starts, np.flatnonzero(breaks)).tolist()} - {len(starts)}
    hashes = _hashes(folded, belongs, starts)
    return Tokens(
        text,
        (starts if places is None else places[starts]).tolist(),
        (ends if places is None else places[ends]).tolist(),
        hashes,
        hashes.tolist(),
        alone[starts].tobytes(),
        folded[starts].tobytes().decode("utf-32-le"),
        sorted(firsts),
    )


def fold(text: str) -> str:
    """`text` with the case, width and script of each of its characters folded. Its length stays."""
    if text.isascii():
        return text.lower()
    return _looked_up(np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32))[1].tobytes().decode("utf-32-le")


def _hashes(folded: NDArray[np.uint32], belongs: NDArray[np.bool_], starts: NDArray[np.intp]) -> Hashes:
    first = starts[0]
    lengths = np.empty_like(starts)
    lengths[:-1], lengths[-1] = starts[1:] - starts[:-1], len(folded) - starts[-1]
    place = np.arange(first, len(folded)) - np.repeat(starts, lengths)
    letters = (folded[first:] + (place.astype(np.uint64) << np.uint64(21))) * _ODD
    letters ^= letters >> np.uint64(29)
    letters *= _OTHER_ODD
    letters ^= letters >> np.uint64(32)
    letters *= belongs[first:]
    hashes: Hashes = np.add.reduceat(letters, starts - first)
    return hashes


def _with_marks(kinds: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """By character: whether it belongs to a token, and to a word; a mark belongs where the letter before it does."""
    letters = np.maximum.accumulate(np.where(kinds == _MARK, 0, np.arange(len(kinds))))
    carried = kinds[letters]
    return (carried == _ALONE) | (carried == _WORD), carried == _WORD


def _composed(text: str) -> tuple[str, NDArray[np.intp]]:
    """`text` with letters and their marks made one, and the place in `text` of each character of the result."""
    pieces: list[str] = []
    places: list[int] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not unicodedata.combining(text[place]):
            piece = unicodedata.normalize("NFC", text[start:place])
            pieces.append(piece)
            places.extend([start] * len(piece))
            start = place
    return "".join(pieces), np.array([*places, len(text)], np.intp)


def _looked_up(codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """By character, its kind and its folded form."""
    kinds, folds = _tables()
    if not len(codes) or int(codes.max()) < 0x10000:
        return kinds[codes], folds[codes]
    low = codes & 0xFFFF
    kind, folded = kinds[low], folds[low]
    for code in np.unique(codes[codes >= 0x10000]).tolist():
        kind[codes == code], folded[codes == code] = _kind(code), _folded(code)
    return kind, folded


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    kinds, folds = np.zeros(0x10000, np.uint8), np.arange(0x10000, dtype=np.uint32)
    skipped = np.zeros(0x10000, np.bool_)
    for first, last in _UNFOLDED:
        skipped[first : last + 1] = True
        kinds[first : last + 1] = _WORD
    kinds[0xD800:0xF900] = _NOTHING
    for first, last in _UNSPACED:
        kinds[first : last + 1] = _ALONE
    for code in np.flatnonzero(~skipped).tolist():
        kinds[code], folds[code] = _kind(code), _folded(code)
    for old, new in simplified().items():
        folds[old] = new
    return kinds, folds


def _kind(code: int) -> int:
    character = chr(code)
    if character in _BREAKS:
        return _BREAK
    if unicodedata.category(character)[0] == "M" or character == "\u200d":
        return _MARK
    if not character.isalnum():
        return _STOP if character == "." else _NOTHING
    alone = code in _RARE_HAN or any(first <= code <= last for first, last in _UNSPACED)
    return _ALONE if alone else _WORD


def _folded(code: int) -> int:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", chr(code)).casefold())
    return ord(folded) if len(folded) == 1 else code
