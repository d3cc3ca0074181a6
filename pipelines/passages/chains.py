"""Which tokens of a copy follow tokens of its source, run by run, and which runs go together.

A run is tokens side by side that are the same in both texts. Runs that follow each other in both, with a few tokens
between them that differ, are a chain. A common phrase that happens to stand elsewhere makes no chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipelines.passages.tokens import Tokens
from pipelines.units import Hashes

FRAGMENT = {True: 12, False: 5}  # tokens, by whether the text is unspaced: a piece of a sentence
_RUN = {True: 3, False: 2}  # tokens that find a run
_CHAIN = {True: 10, False: 6}  # tokens that make a chain
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MANY_PLACES = 12  # of a run that stands in many places, the first are tried
_FAR = 42  # tokens between two runs of a chain, at most; between shorter ones fewer
_OPEN_CHAINS = 3  # chains that a run may go on with
_JOIN_BONUS = 6  # tokens by which another run must be longer to be taken instead of one that goes on


class Run(NamedTuple):
    """`length` tokens from `copy` on are those of the source from `source` on."""

    copy: int
    source: int
    length: int


@dataclass(slots=True)
class _Chain:
    runs: list[Run] = field(default_factory=list)
    weight: int = 0  # tokens in runs
    copy_end: int = 0
    source_end: int = 0

    def add(self, run: Run) -> None:
        self.runs.append(run)
        self.weight += run.length
        self.copy_end, self.source_end = run.copy + run.length, run.source + run.length

    def strain(self, copy: int, source: int, length: int) -> int | None:
        """How far a run there stands from where the chain would go on; None where it does not belong to it."""
        gap, other_gap = copy - self.copy_end, source - self.source_end
        if gap < 0 or other_gap < 0 or gap > _FAR or other_gap > _FAR:
            return None
        allowed = 6 + 3 * min(length, self.weight)
        return abs(gap - other_gap) if gap <= allowed and other_gap <= allowed else None


def find_chains(copy: Tokens, source: Tokens, unspaced: bool) -> list[list[Run]]:
    """The chains of runs, in the order of the copy, in which no two overlap."""
    chains = _Walk(copy, source, _RUN[unspaced]).chains()
    least = min(_CHAIN[unspaced], max(_RUN[unspaced], min(len(copy), len(source)) // 2))
    kept = _without_overlaps([chain for chain in chains if chain.weight >= least], len(copy), least)
    return _split(kept, len(source), FRAGMENT[unspaced])


class _Walk:
    """Goes through the copy from run to run."""

    def __init__(self, copy: Tokens, source: Tokens, width: int) -> None:
        self.width = width
        self.copy, self.source = copy.ids, source.ids
        self.copy_keys, source_keys = _keys(copy.hashes, width), _keys(source.hashes, width)
        self.first_places = dict(zip(reversed(source_keys), range(len(source_keys) - 1, -1, -1), strict=True))
        self.places: dict[int, list[int]] = {}
        if len(self.first_places) < len(source_keys):
            self._note_repeated(source_keys)

    def _note_repeated(self, keys: list[int]) -> None:
        first_places = self.first_places
        for place, key in [(place, key) for place, key in enumerate(keys) if first_places[key] != place]:
            places = self.places.setdefault(key, [first_places[key]])
            if len(places) < _MANY_PLACES:
                places.append(place)

    def chains(self) -> list[_Chain]:
        found: list[_Chain] = []
        recent: list[_Chain] = []  # the newest first
        resume = 0
        first_places = self.first_places
        for here in [place for place, key in enumerate(self.copy_keys) if key in first_places]:
            if here < resume:
                continue
            chain, run = self._best(here, recent)
            if chain is None:
                chain = _Chain()
                found.append(chain)
            chain.add(run)
            resume = chain.copy_end
            if not recent or recent[0] is not chain:
                recent = [chain, *(each for each in recent if each is not chain)][:_OPEN_CHAINS]
        return found

    def _best(self, here: int, recent: list[_Chain]) -> tuple[_Chain | None, Run]:
        """The run from `here` that goes on with a chain, unless a much longer one does not."""
        key = self.copy_keys[here]
        chosen: tuple[_Chain | None, int, int] = (None, 0, 0)
        most = -1.0
        for there in self._places(key, here, recent):
            length = self._length(here, there)
            chain, worth = None, float(length)
            for each in recent:
                strain = each.strain(here, there, length)
                if strain is not None and length + _JOIN_BONUS - strain / 8 > worth:
                    chain, worth = each, length + _JOIN_BONUS - strain / 8
                    if strain == 0:
                        break
            if worth > most:
                chosen, most = (chain, there, length), worth
        chain, there, length = chosen
        back = self._back(here, there, chain)
        return chain, Run(here - back, there - back, length + back)

    def _places(self, key: int, here: int, recent: list[_Chain]) -> list[int]:
        places = self.places.get(key)
        if places is None:
            return [self.first_places[key]]
        if len(places) < _MANY_PLACES:
            return places
        ahead = [chain.source_end + here - chain.copy_end for chain in recent]
        near = [each for each in ahead if self.source[each : each + self.width] == self.copy[here : here + self.width]]
        return near + places

    def _length(self, here: int, there: int) -> int:
        copy, source = self.copy, self.source
        longest = min(len(copy) - here, len(source) - there)
        length = self.width
        while length < longest and copy[here + length] == source[there + length]:
            length += 1
        return length

    def _back(self, here: int, there: int, chain: _Chain | None) -> int:
        """How many tokens before the run are the same too: those that a chance run had taken."""
        room = min(here, there, self.width)
        if chain is not None:
            room = min(room, here - chain.copy_end, there - chain.source_end)
        back = 0
        while back < room and self.copy[here - back - 1] == self.source[there - back - 1]:
            back += 1
        return back


def _keys(hashes: Hashes, width: int) -> list[int]:
    """By place, the `width` tokens from there on as one number."""
    if len(hashes) < width:
        return []
    last = len(hashes) - width + 1
    keys = hashes[:last].copy()
    for step in range(1, width):
        keys = keys * _ODD + hashes[step : last + step]
    listed: list[int] = keys.tolist()
    return listed


def _without_overlaps(chains: list[_Chain], length: int, least: int) -> list[_Chain]:
    """`chains` without what heavier ones have of the copy; those that become too light go."""
    taken = bytearray(length)
    kept = []
    for chain in sorted(chains, key=lambda chain: -chain.weight):
        free = _Chain()
        for run in chain.runs:
            for part in _free_part(run, taken):
                free.add(part)
        if free.weight >= least:
            kept.append(free)
            for run in free.runs:
                taken[run.copy : run.copy + run.length] = b"\1" * run.length
    return kept


def _free_part(run: Run, taken: bytearray) -> list[Run]:
    mask = taken[run.copy : run.copy + run.length]
    if not any(mask):
        return [run]
    skipped = len(mask) - len(mask.lstrip(b"\1"))
    end = mask.find(1, skipped)
    length = (end if end >= 0 else len(mask)) - skipped
    return [Run(run.copy + skipped, run.source + skipped, length)] if length else []


def _split(chains: list[_Chain], source_length: int, fragment: int) -> list[list[Run]]:
    """The runs in the order of the copy; a chain ends where another begins, or where what it skips stands elsewhere."""
    owned = sorted((run, number) for number, chain in enumerate(chains) for run in chain.runs)
    used = bytearray(source_length)
    for run, _ in owned:
        used[run.source : run.source + run.length] = b"\1" * run.length
    split: list[list[Run]] = []
    owner = -1
    for run, number in owned:
        if number == owner:
            last = split[-1][-1]
            skipped = used[last.source + last.length : run.source]
            if len(skipped) < fragment or skipped.count(1) * 2 < len(skipped):
                split[-1].append(run)
                continue
        split.append([run])
        owner = number
    return split
