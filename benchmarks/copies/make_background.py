"""Write pipelines/background-1.bin: counts of hashed runs of words in packs/copies and packs/extraction.

    python -m benchmarks.copies.make_background

One text a story is counted; the file holds counts alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.copies.pack import PACKS, load
from pipelines.background import SHIPPED, count
from pipelines.text import normalise_for_match
from pipelines.units import UnitText, read_units

TARGET = Path(__file__).parents[2] / "pipelines" / SHIPPED


def texts() -> Iterator[tuple[str, UnitText]]:
    """Every text that is counted, with its language."""
    for each in load():
        if each.is_original:
            yield each.language, each.units
    for line in (PACKS / "extraction" / "gt.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        if page.get("text"):
            yield page.get("lang") or "und", read_units(normalise_for_match(page["text"]))


def main() -> None:
    """Write the file."""
    made = count("1", texts())
    TARGET.write_bytes(made.to_bytes(level=9))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, {sum(made.texts.values()):,} texts {made.texts}")


if __name__ == "__main__":
    main()
