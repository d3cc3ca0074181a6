"""Score the packs and compare with the floors: `python -m benchmarks.quality [NAME …]`."""

from __future__ import annotations

import argparse
import importlib
import math
import os
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

from benchmarks.processes import table

FLOORS = Path(__file__).with_name("floors.toml")
# scorer: folder of the pack it reads
SCORERS = {
    "robots": "robots",
    "urls": "urls",
    "feeds": "feeds",
    "sitemaps": "sitemaps",
    "charset": "charset",
    "langid": "langid",
    "shapes": "extraction",
    "listings": "portal",
    "dates": "dates",
    "extraction": "extraction",
}
SLACK = 0.0005  # floors are written to three places


def judge(name: str, figures: Mapping[str, float], floors: Mapping[str, float]) -> tuple[list[tuple[object, ...]], int]:
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


def raised(measured: Mapping[str, Mapping[str, float]], floors: Mapping[str, Mapping[str, float]]) -> str:
    """floors.toml with every measured floor raised to the figure, cut to half a hundredth; none is lowered."""
    lines = ["# Written by: python -m benchmarks.quality --raise. Lowered by hand only, with the reason beside it."]
    for name in SCORERS:
        old = dict(floors.get(name, {}))
        new = {
            key: max(math.floor(value * 200) / 200, old.get(key, -1.0))
            for key, value in measured.get(name, old).items()
        }
        if new:
            lines += ["", f"[{name}]", *(f"{key} = {new[key]}" for key in sorted(new))]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Score what was asked for; 1 when anything is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCORERS)}; default: all")
    parser.add_argument("--packs", type=Path, default=Path(os.environ.get("COPYDESK_PACKS", "../shared/packs")))
    parser.add_argument("--raise", dest="raises", action="store_true", help="raise the floors to what is measured")
    options = parser.parse_args()
    if unknown := set(options.names) - SCORERS.keys():
        parser.error(f"no scorer called {', '.join(sorted(unknown))}")
    floors = tomllib.loads(FLOORS.read_text("utf-8"))
    rows: list[tuple[object, ...]] = [("figure", "value", "floor", "")]
    wrong, measured = 0, {}
    for name in options.names or SCORERS:
        start = time.monotonic()
        scorer = importlib.import_module(f"benchmarks.quality.{name}")
        measured[name] = scorer.score(options.packs.resolve() / SCORERS[name])
        new, bad = judge(name, measured[name], floors.get(name, {}))
        rows += new
        wrong += bad
        print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)
    print(table(rows))
    if options.raises:
        FLOORS.write_text(raised(measured, floors), "utf-8")
    print("every figure holds its floor" if not wrong else f"{wrong} figures do not hold their floor")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
