"""A text as the units that copies are compared by: single characters of scripts without spaces, words of the others.

A unit is two bytes, a hash whose lowest bit says that it is a number. Equal units are equal words as far as copies
go: case, punctuation, width and the script of Chinese (traditional or simplified) do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from newsroom.han import simplified

UNITS_VERSION = 1
MAX_UNITS = 60_000  # of longer texts the beginning is compared

Units = NDArray[np.uint16]
Hashes = NDArray[np.uint64]

# Scripts that write without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)  # and the planes of rare Han
_SPACE = ord(" ")


@dataclass(frozen=True, slots=True)
class UnitText:
    """The units of one text. `unspaced`: most of them are characters of a script without spaces."""

    units: Units
    unspaced: bool

    def __len__(self) -> int:
        return len(self.units)

    @property
    def numbers(self) -> NDArray[np.bool_]:
        """By unit, whether it is a number."""
        return (self.units & np.uint16(1)).astype(np.bool_)

    def to_bytes(self) -> bytes:
        """As it is stored: a byte for `unspaced`, then two for each unit, the lower first."""
        return bytes([self.unspaced]) + self.units.astype("<u2").tobytes()


def from_bytes(stored: bytes) -> UnitText:
    """What `UnitText.to_bytes` made."""
    return UnitText(np.frombuffer(stored, "<u2", offset=1).astype(np.uint16, copy=False), bool(stored[:1] == b"\x01"))


def read_units(normalised: str) -> UnitText:
    """The units of `normalised`, which `pipelines.text.normalise_for_match` made: letters, digits and single spaces."""
    codes = np.frombuffer(f"{normalised.strip()} ".encode("utf-32-le", "replace"), np.uint32)
    if not normalised.isascii():
        codes = _simplified_codes(codes)
    alone, space = _is_unspaced(codes), codes == _SPACE
    after_end = np.concatenate(([True], (alone | space)[:-1]))
    starts = np.flatnonzero(~space & (alone | after_end))
    if len(starts) > MAX_UNITS:
        end = int(starts[MAX_UNITS])
        starts, codes, space = starts[:MAX_UNITS], codes[:end], space[:end]
    if not len(starts):
        return UnitText(np.zeros(0, np.uint16), unspaced=False)
    within = np.arange(len(codes)) - np.repeat(starts, np.diff(starts, append=len(codes)))
    letters = mixed(codes + (within.astype(np.uint64) << np.uint64(21)))
    letters[space] = 0
    hashed = (mixed(np.add.reduceat(letters, starts)) >> np.uint64(47)).astype(np.uint16)
    number = np.logical_and.reduceat(space | ((codes >= ord("0")) & (codes <= ord("9"))), starts)
    single = int(np.count_nonzero(alone[starts]))
    return UnitText(hashed & np.uint16(0xFFFE) | number, unspaced=single * 2 > len(starts))


def mixed(values: Hashes) -> Hashes:
    """`values` with every bit depending on every other (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@cache
def _simple_forms() -> NDArray[np.uint32]:
    table = np.arange(0x10000, dtype=np.uint32)
    for old, new in simplified().items():
        table[old] = new
    return table


def _simplified_codes(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    if int(codes.max()) < 0x10000:
        return _simple_forms()[codes]
    return np.where(codes < 0x10000, _simple_forms()[codes & 0xFFFF], codes)


@cache
def _unspaced_table() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, np.bool_)
    for first, last in _UNSPACED:
        table[first : last + 1] = True
    return table


def _is_unspaced(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    low = _unspaced_table()[np.minimum(codes, 0xFFFF)]
    return low | ((codes >= 0x20000) & (codes <= 0x3FFFF)) if int(codes.max()) >= 0x10000 else low
