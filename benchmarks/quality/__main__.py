"""Score the packs and compare with the floors: `python -m benchmarks.quality [NAME …]`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

from benchmarks.processes import table
from benchmarks.quality import floors

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
    "copies": "copies",
    "search": "copies",
    "warc": "warc",
}


def main() -> int:
    """Score what was asked for; 1 when anything is below its floor."""
    options = _options()
    known = floors.load()
    rows: list[tuple[object, ...]] = [("figure", "value", "floor", "")]
    wrong, measured, packs = 0, {}, {}
    for name in options.names or SCORERS:
        start = time.monotonic()
        folder = options.packs.resolve() / SCORERS[name]
        packs[SCORERS[name]] = floors.fingerprint(folder)
        measured[name] = importlib.import_module(f"benchmarks.quality.{name}").score(folder)
        if packs[SCORERS[name]] == known.packs.get(SCORERS[name], packs[SCORERS[name]]):
            new, bad = floors.judge(name, measured[name], known.figures.get(name, {}))
        else:
            new = [(f"{name}.{key}", value, "", "another pack") for key, value in sorted(measured[name].items())]
            bad = 0
        rows += new
        wrong += bad
        print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)
    print(table(rows))
    if options.raises:
        floors.FILE.write_text(floors.written(floors.raised(known, measured, packs)), "utf-8")
    if options.lower:
        floors.FILE.write_text(floors.written(floors.lowered(known, measured, options.lower, options.because)), "utf-8")
    if others := sorted(pack for pack, print_ in packs.items() if print_ != known.packs.get(pack, print_)):
        print(f"not the packs that the floors were measured on, so not compared: {', '.join(others)}")
    print("every figure holds its floor" if not wrong else f"{wrong} figures do not hold their floor")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCORERS)}; default: all")
    parser.add_argument("--packs", type=Path, default=Path(os.environ.get("COPYDESK_PACKS", "../shared/packs")))
    parser.add_argument("--raise", dest="raises", action="store_true", help="raise the floors to what is measured")
    parser.add_argument("--lower", metavar="FIGURE", help="lower one floor, such as dates.f1, to what is measured")
    parser.add_argument("--because", metavar="REASON", help="why; kept beside the floors")
    options = parser.parse_args()
    if unknown := set(options.names) - SCORERS.keys():
        parser.error(f"no scorer called {', '.join(sorted(unknown))}")
    if bool(options.lower) != bool(options.because):
        parser.error("--lower and --because go together: a floor is lowered for a reason")
    if options.raises and options.lower:
        parser.error("--raise or --lower, not both")
    return options


if __name__ == "__main__":
    sys.exit(main())
