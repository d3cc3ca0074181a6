"""What a text is compared by, made in one go: its digest and its units."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.text import normalise_for_match, normalised_digest
from pipelines.units import read_units


class MatchKeys(NamedTuple):
    """The fields of an article that come of its text and serve to find its copies."""

    digest: str  # as pipelines.text.match_digest
    units: bytes  # as pipelines.units.UnitText.to_bytes


def match_keys(text: str) -> MatchKeys:
    """Digest and units of `text`, which is normalised once for both."""
    normalised = normalise_for_match(text)
    return MatchKeys(normalised_digest(normalised), read_units(normalised).to_bytes())
