"""What a spreadsheet may be given."""

from __future__ import annotations

# A spreadsheet takes what begins so for a formula: CWE-1236. Localised ones read the full-width signs as the others.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet runs: what begins like a formula has an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
