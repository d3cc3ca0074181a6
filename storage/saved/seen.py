"""Which texts a saved search has shown: a bit for each id of revisions.

One number that everything up to has been shown would lose articles. Concurrent writers commit ids out of order on
PostgreSQL, so that a smaller one can turn up later; and an article can come to match without a new text, as when it is
found to be a copy after it was stored. A bit for each text loses nothing. It takes at most 125 kB for a million texts,
and far less once it is packed, for most searches have shown few texts, or nearly all.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable


class Seen:
    """A set of ids, small when it is packed."""

    def __init__(self, packed: bytes = b"") -> None:
        self._bits = bytearray(zlib.decompress(packed)) if packed else bytearray()

    def __contains__(self, revision_id: int) -> bool:
        place, bit = divmod(revision_id, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def add(self, revision_ids: Iterable[int]) -> None:
        """Take ids in."""
        for revision_id in revision_ids:
            place, bit = divmod(revision_id, 8)
            if place >= len(self._bits):
                self._bits.extend(bytes(place + 1 - len(self._bits)))
            self._bits[place] |= 1 << bit

    def pack(self) -> bytes:
        """As it is stored."""
        return zlib.compress(bytes(self._bits), 6)
