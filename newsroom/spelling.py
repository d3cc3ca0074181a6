"""The "did you mean" of every message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The entry of `known` that is closest to `word`, or None when none is close. Case does not matter."""
    by_lower = {entry.lower(): entry for entry in sorted(known)}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "entry"?`, or nothing: to be put at the end of a message."""
    entry = nearest(word, known)
    return f'; did you mean "{entry}"?' if entry else ""
