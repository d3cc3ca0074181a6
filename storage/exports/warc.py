"""A WARC file of chosen articles: their captures, record by record, as the bytes they are in the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from newsroom.errors import ArchiveError
from newsroom.records import Capture
from storage.captures import layout
from storage.captures.excerpt import members
from storage.exports.reading import BATCH

if TYPE_CHECKING:
    from storage.corpus import Corpus


@dataclass(slots=True)
class WarcSlice:
    """What a slice holds, and what could not be put into it."""

    articles: int = 0
    captures: int = 0  # answers: responses and revisits
    removed: int = 0  # captures that retention had taken away
    without_capture: int = 0  # articles of which nothing is in the slice
    withheld: int = 0  # revisits whose payload is that of a withheld article
    unreadable: list[str] = field(default_factory=list)  # what is wrong with each record that could not be copied


def write_warc(
    corpus: Corpus,
    article_ids: Iterable[int],
    folder: Path,
    path: Path,
    *,
    name: str,
    info: Mapping[str, str],
    now: datetime,
) -> Iterator[WarcSlice]:
    """Write the captures of the articles to `path`; after each article, the slice so far.

    A revisit comes behind what it refers to, whoever's page that was, so that it resolves within the file, which
    begins with a warcinfo record of its own. `folder` holds the corpus' WARC files.
    """
    ids = iter(article_ids)
    with path.open("wb") as out:
        out.write(layout.warcinfo(name, now, info).data)
        writing = _Writing(corpus, folder, out)
        while batch := list(islice(ids, BATCH)):
            captures = corpus.captures.by_articles(batch)
            for one in batch:
                writing.add(captures.get(one, []))
                yield writing.done
    yield writing.done


class _Writing:
    """One slice while it is written."""

    def __init__(self, corpus: Corpus, folder: Path, out: BinaryIO) -> None:
        self._corpus = corpus
        self._folder = folder
        self._out = out
        self._there: set[int] = set()  # ids of the captures in the file
        self.done = WarcSlice()

    def add(self, captures: Iterable[Capture]) -> None:
        """The captures of one article."""
        self.done.articles += 1
        is_any_in = False
        for capture in captures:
            if capture.removed_utc is not None:
                self.done.removed += 1
            else:
                is_any_in |= self._put(capture)
        self.done.without_capture += not is_any_in

    def _put(self, capture: Capture) -> bool:
        """Copy a capture behind what it refers to; whether it is in the file now."""
        chain = [capture]
        while (original := self._original(chain[-1])) is not None:
            if original.id in self._there:
                break
            if original in chain:
                return self._leave(capture, "refers to itself")
            if self._is_withheld(original):
                self.done.withheld += 1
                return False
            chain.append(original)
        if original is None and chain[-1].revisit_of is not None:
            return self._leave(capture, f"refers to {chain[-1].revisit_of}, which is not kept")
        return all(self._copy(each) for each in reversed(chain))

    def _original(self, capture: Capture) -> Capture | None:
        return self._corpus.captures.by_record(capture.revisit_of) if capture.revisit_of else None

    def _is_withheld(self, capture: Capture) -> bool:
        rights = self._corpus.rights
        return rights.is_withholding and any(map(rights.embargo, self._corpus.captures.articles_of(capture)))

    def _copy(self, capture: Capture) -> bool:
        if capture.id in self._there:
            return True
        try:
            for member in members(self._folder, capture.address):
                self._out.write(member)
        except ArchiveError as error:
            return self._leave(capture, str(error))
        if capture.id is not None:
            self._there.add(capture.id)
        self.done.captures += 1
        return True

    def _leave(self, capture: Capture, why: str) -> bool:
        self.done.unreadable.append(f"{capture.address.record_id} of {capture.url}: {why}")
        return False
