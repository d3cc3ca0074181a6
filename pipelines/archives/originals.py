"""The captures that revisit records refer to: in what is being imported, or in the corpus from before."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from newsroom.records import Capture, WarcAddress
from pipelines.archives.pages import IMPORTED_DIGEST, IMPORTED_RECORD, ArchivedPage, LeftOut, Reference
from storage.captures.layout import safe_uri
from storage.captures.reader import read_capture
from storage.corpus import Corpus

REMEMBERED = 50_000  # records of this import, about 15 MB; behind them the corpus is asked by address
SAME_TIME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Revisited:
    """The page of a revisit, whole, and the capture that it refers to."""

    page: ArchivedPage
    original: Capture


class Originals:
    """Finds originals, and gives revisits their payload."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours: OrderedDict[str, str] = OrderedDict()  # their record id: ours

    def remember(self, their_id: str, capture: Capture) -> None:
        """Note under which id of ours a record of an archive is kept."""
        self._ours[their_id] = capture.address.record_id
        if len(self._ours) > REMEMBERED:
            self._ours.popitem(last=False)

    def whole(self, page: ArchivedPage, corpus: Corpus) -> Revisited | LeftOut | None:
        """The page of a revisit with the payload of its original; None when that is not to be found.

        Raises ArchiveError when it was found and cannot be read back.
        """
        reference = page.reference
        assert reference is not None
        original = self._find(page, reference, corpus)
        if original is None:
            return None
        if page.exchange.status == 304:
            return Revisited(page, original)
        found = page.with_payload(*self._payload(original, corpus))
        return found if isinstance(found, LeftOut) else Revisited(found, original)

    def _payload(self, original: Capture, corpus: Corpus) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
        def lookup(record_id: str) -> WarcAddress | None:
            found = corpus.captures.by_record(record_id)
            return found.address if found else None

        response = read_capture(self._folder, original.address, lookup)
        return response.body, response.headers

    def _find(self, page: ArchivedPage, reference: Reference, corpus: Corpus) -> Capture | None:
        theirs = reference.record_id
        for record_id in (self._ours.get(theirs or ""), theirs):
            if record_id and (found := corpus.captures.by_record(record_id)):
                return found
        captured = page.exchange.fetched_utc
        addresses = dict.fromkeys([reference.url or page.exchange.url, page.exchange.url])
        held = [each for url in addresses for each in corpus.captures.by_url(safe_uri(url)) if _holds_page(each)]
        fitting = [each for each in held if _fits(each, reference)]
        earlier = [each for each in held if each.fetched_utc <= captured]
        if not fitting and reference.not_modified and not theirs and not reference.fetched_utc:
            fitting = earlier  # the server spoke of what it had sent last
        return max(fitting, key=lambda each: (each.fetched_utc <= captured, each.fetched_utc), default=None)


def _holds_page(capture: Capture) -> bool:
    return capture.status == 200 and capture.removed_utc is None and not capture.truncated


def _fits(capture: Capture, reference: Reference) -> bool:
    if reference.record_id and capture.notes.get(IMPORTED_RECORD) == reference.record_id:
        return True
    if reference.digest and capture.notes.get(IMPORTED_DIGEST) == reference.digest:
        return True
    return reference.fetched_utc is not None and abs(capture.fetched_utc - reference.fetched_utc) < SAME_TIME
