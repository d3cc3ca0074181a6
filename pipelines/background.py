"""How common each short run of words is in news: counts of hashed runs, nothing that could be read as text.

Common runs ("the prime minister said", 记者从会议上获悉) say nothing about copies and stay out of fingerprints.
How usual a text's runs are on the whole tells a spun text from the one it was made of.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsroom.errors import CopydeskError
from pipelines.shingles import anchor_runs, shingles
from pipelines.units import Hashes, UnitText, mixed

SHIPPED = "background-1.bin"
COMMON = 8  # texts in 10,000 that have a shingle; from then on it is no part of fingerprints
SAMPLE = 10_000  # texts of a language that the counts stand for
_SHINGLE_BITS = 22
_RUN_BITS = 21
_UNUSUAL = 23  # as a code of the run table: at most three texts
_LOG_STEP = 16.0  # codes of the run table: 16 ln(1 + texts)


@dataclass(frozen=True, slots=True)
class Background:
    """Counts from a sample of texts. `version` names it; rows made with it keep that name."""

    version: str
    texts: dict[str, int]  # by language, how many were counted
    shingles: NDArray[np.uint8] = field(repr=False)  # by hash: how many texts, cut at 255
    runs: NDArray[np.uint8] = field(repr=False)  # by hash: 16 ln(1 + how many texts)

    def is_common(self, hashes: Hashes) -> NDArray[np.bool_]:
        """By shingle hash, whether it is too common to tell one story from another."""
        return self.shingles[_slot(hashes, _SHINGLE_BITS, 63)] >= COMMON

    def is_unusual(self, runs: Hashes) -> NDArray[np.bool_]:
        """By run (see `shingles.anchor_runs`), whether hardly any text has it."""
        return self.runs[_slot(mixed(runs), _RUN_BITS, 64)] <= _UNUSUAL

    def fluency(self, text: UnitText) -> float | None:
        """How usual the runs of `text` are: mean of ln(1 + texts that have one). None for a text without runs."""
        runs = anchor_runs(text)
        if not len(runs):
            return None
        return float(self.runs[_slot(mixed(runs), _RUN_BITS, 64)].mean(dtype=np.float64)) / _LOG_STEP

    def to_bytes(self, level: int = 4) -> bytes:
        """As it is kept in the database, or in a file; `level` 9 takes fifty times as long for an eighth less."""
        head = json.dumps({"version": self.version, "texts": self.texts}, sort_keys=True).encode() + b"\n"
        return zlib.compress(head + self.shingles.tobytes() + self.runs.tobytes(), level)


def from_bytes(stored: bytes) -> Background:
    """What `Background.to_bytes` made. Raises CopydeskError when it is something else."""
    try:
        head, _, tables = zlib.decompress(stored).partition(b"\n")
        said: dict[str, Any] = json.loads(head)
        counts = np.frombuffer(tables, np.uint8)
        if len(counts) != (1 << _SHINGLE_BITS) + (1 << _RUN_BITS):
            raise ValueError(f"{len(counts)} counters")
        wide, runs = counts[: 1 << _SHINGLE_BITS], counts[1 << _SHINGLE_BITS :]
        return Background(str(said["version"]), dict(said["texts"]), wide, runs)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise CopydeskError(f"background table: damaged ({error}); make it again with copies background") from error


@cache
def shipped() -> Background:
    """The background that comes with copydesk."""
    return from_bytes(files("pipelines").joinpath(SHIPPED).read_bytes())


def count(version: str, texts: Iterable[tuple[str, UnitText]]) -> Background:
    """A background of `texts`, each with its language; to be one text a story."""
    wide = np.zeros(1 << _SHINGLE_BITS, np.uint32)
    runs = np.zeros(1 << _RUN_BITS, np.uint32)
    counted: dict[str, int] = {}
    for language, text in texts:
        counted[language] = counted.get(language, 0) + 1
        wide[np.unique(_slot(shingles(text), _SHINGLE_BITS, 63))] += 1
        runs[np.unique(_slot(mixed(anchor_runs(text)), _RUN_BITS, 64))] += 1
    codes = np.minimum(np.round(_LOG_STEP * np.log1p(runs)), 255).astype(np.uint8)
    return Background(version, counted, np.minimum(wide, 255).astype(np.uint8), codes)


def _slot(hashes: Hashes, bits: int, width: int) -> NDArray[np.intp]:
    return (hashes >> np.uint64(width - bits)).astype(np.intp)
