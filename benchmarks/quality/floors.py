"""The committed floors of the figures, and the packs that they were measured on."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("floors.toml")
SLACK = 0.0005  # floors are written to three places
_HEAD = "# Written by `python -m benchmarks.quality --raise`, and by `--lower FIGURE --because REASON`."

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Floors:
    """What each figure must reach, by scorer; the fingerprint of each pack; why a floor was lowered."""

    figures: Mapping[str, Figures] = field(default_factory=dict)
    packs: Mapping[str, str] = field(default_factory=dict)
    lowered: Mapping[str, str] = field(default_factory=dict)


def load(file: Path = FILE) -> Floors:
    """The floors in the file."""
    said = tomllib.loads(file.read_text("utf-8"))
    packs, lowered = said.pop("packs", {}), said.pop("lowered", {})
    return Floors(said, packs, lowered)


def fingerprint(pack: Path) -> str:
    """A digest of all files of a pack: figures of another pack are not compared with these floors."""
    whole = hashlib.sha256()
    for path in sorted(path for path in pack.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        whole.update(f"{path.relative_to(pack)}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{whole.hexdigest()[:32]}"


def judge(name: str, figures: Figures, floors: Figures) -> tuple[list[tuple[object, ...]], int]:
    """Rows for the table, and how many figures are below their floor, without a floor, or missing."""
    rows: list[tuple[object, ...]] = []
    wrong = 0
    for key in sorted(figures.keys() | floors.keys()):
        value, floor = figures.get(key), floors.get(key)
        if value is None or floor is None:
            said = "no floor in floors.toml" if floor is None else "not measured any more"
        else:
            said = "" if value >= floor - SLACK else "BELOW THE FLOOR"
        wrong += bool(said)
        rows.append((f"{name}.{key}", "" if value is None else value, "" if floor is None else floor, said))
    return rows, wrong


def raised(floors: Floors, measured: Mapping[str, Figures], packs: Mapping[str, str]) -> Floors:
    """Every measured floor raised to the figure, cut to half a hundredth; none is lowered."""
    new = dict(floors.figures)
    for name, figures in measured.items():
        old = floors.figures.get(name, {})
        new[name] = {key: max(_cut(value), old.get(key, -1.0)) for key, value in figures.items()}
    return Floors(new, {**floors.packs, **packs}, floors.lowered)


def lowered(floors: Floors, measured: Mapping[str, Figures], figure: str, reason: str) -> Floors:
    """One floor set to what is measured now, with the reason. LookupError when it was not measured."""
    name, _, key = figure.partition(".")
    if key not in measured.get(name, {}):
        raise LookupError(f"{figure} was not measured; name it as the table does")
    new = {**floors.figures, name: {**floors.figures.get(name, {}), key: _cut(measured[name][key])}}
    return Floors(new, floors.packs, {**floors.lowered, figure: reason})


def written(floors: Floors) -> str:
    """The file's text."""
    lines = [_HEAD]
    for name, figures in sorted(floors.figures.items()):
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in sorted(figures.items()))]
    for title, said in (("packs", floors.packs), ("lowered", floors.lowered)):
        if said:
            lines += ["", f"[{title}]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in sorted(said.items()))]
    return "\n".join(lines) + "\n"


def _cut(value: float) -> float:
    return math.floor(value * 200) / 200


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
