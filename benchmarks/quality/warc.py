"""Archives: what is read of the pack's files, of which some are bad on purpose, and whether each bad one is explained.

The pack's manifest says how many records warcio reads of each file. It hands out a record that is cut short as whole,
and records without a length: such a record counts as read here when it is reported with its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.archives import verify_warc

BAD_ON_PURPOSE = ("bad", "clipped", "trunc", "wrong-chunks", "digest", "invalid", ".lz4", ".cdx")


@dataclass(frozen=True, slots=True)
class Seen:
    """One file of the pack."""

    name: str
    stated: int  # records that warcio reads
    records: int  # that we read
    problems: tuple[str, ...]
    crash: str = ""


def score(folder: Path) -> dict[str, float]:
    """Figures between 0 and 1."""
    seen = [_seen(folder, each) for each in json.loads((folder / "manifest.json").read_text("utf-8"))]
    for each in seen:
        if each.crash or each.problems or each.records != each.stated:
            print(f"  {each.name}: {each.records} of {each.stated}; {each.crash or '; '.join(each.problems[:2])}")
    stated = sum(each.stated for each in seen)
    held = sum(min(each.records, each.stated) for each in seen)
    told = sum(min(each.records + len(each.problems), each.stated) for each in seen)
    bad = [each for each in seen if _is_bad(each)]
    return {
        "crashed_none": sum(not each.crash for each in seen) / len(seen),
        "explained": sum(bool(each.problems) for each in bad) / len(bad),
        "records_read": held / stated,
        "records_read_or_explained": told / stated,
    }


def _is_bad(seen: Seen) -> bool:
    """Bad by its name, or not read as the manifest says. What warcio gives up on and we read needs no excuse."""
    return seen.records < seen.stated or any(
        word in seen.name for word in BAD_ON_PURPOSE if "target-uri" not in seen.name
    )


def _seen(folder: Path, entry: Mapping[str, Any]) -> Seen:
    stated = int((entry.get("warcio_1_8_1") or {}).get("records") or 0)
    try:
        found = verify_warc(folder / "files" / entry["file"])
    except Exception as error:  # what is scored here
        return Seen(entry["file"], stated, 0, (), f"{type(error).__name__}: {error}")
    return Seen(entry["file"], stated, found.records, tuple(found.problems))
