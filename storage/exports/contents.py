"""What the articles of a slice said, in a few bytes each, so that the corpus can be compared with it later."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

from storage.exports.reading import Slice

if TYPE_CHECKING:
    from storage.corpus import Corpus

FIRST = 5  # ids kept of each kind of difference
_PACKED_ARTICLES = 1_000  # to a string
_URL_BYTES, _TEXTS_BYTES = 2, 3

Mark = tuple[int, bytes, bytes]  # an article's id, and pieces of sums of its address and of its line


@dataclass(frozen=True, slots=True)
class Contents:
    """A digest over every article with its texts, and what tells which of them is another later."""

    sha256: str
    packed: list[str]


@dataclass(slots=True)
class Difference:
    """What became of one kind of article: how many, and the ids of the first."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, article_id: int) -> None:
        self.count += 1
        if self.count <= FIRST:
            self.first.append(article_id)


@dataclass(frozen=True, slots=True)
class Differences:
    """Today's articles beside those of a slice; `sha256` is that of today."""

    sha256: str
    articles: int
    new: Difference
    gone: Difference
    changed: Difference


def contents(corpus: Corpus, chosen: Slice) -> Contents:
    """The contents of a slice, whose ids ascend: six bytes an article, and what holds them takes eight."""
    whole = hashlib.sha256()
    packed: list[str] = []
    part, last = bytearray(), 0
    for number, (article_id, url, texts) in enumerate(_marks(corpus, chosen, whole), start=1):
        part += _as_bytes(article_id - last) + url + texts
        last = article_id
        if number % _PACKED_ARTICLES == 0:
            packed.append(b64encode(part).decode())
            part.clear()
    if part:
        packed.append(b64encode(part).decode())
    return Contents(whole.hexdigest(), packed)


def compare(packed: Iterable[str], corpus: Corpus, chosen: Slice) -> Differences:
    """What is another in a slice today, whose ids ascend. Raises ValueError when `contents` has not made `packed`."""
    new, gone, changed = Difference(), Difference(), Difference()
    whole = hashlib.sha256()
    then = _unpacked(packed)
    old, articles = next(then, None), 0
    for now in _marks(corpus, chosen, whole):
        articles += 1
        while old and old[0] < now[0]:
            gone.add(old[0])
            old = next(then, None)
        if not old or old[:2] != now[:2]:  # in another corpus an id is another article's
            new.add(now[0])
        elif old[2] != now[2]:
            changed.add(now[0])
        if old and old[:2] == now[:2]:
            old = next(then, None)
    while old:
        gone.add(old[0])
        old = next(then, None)
    return Differences(whole.hexdigest(), articles, new, gone, changed)


def _marks(corpus: Corpus, chosen: Slice, whole: hashlib._Hash) -> Iterator[Mark]:
    """Each article of a slice; `whole` takes its line in: id, address, the digests of its texts, oldest first."""
    for article_id, url, texts in corpus.slices.digests(chosen):
        line = f"{article_id} {url} {' '.join(texts)}\n".encode()
        whole.update(line)
        yield article_id, _sum(url.encode(), _URL_BYTES), _sum(line, _TEXTS_BYTES)


def _sum(text: bytes, size: int) -> bytes:
    """The first bytes of the CRC-32: enough to tell which, for the digest over all tells whether."""
    return crc32(text).to_bytes(4, "big")[:size]


def _unpacked(packed: Iterable[str]) -> Iterator[Mark]:
    article_id = 0
    for each in packed:
        part, at = b64decode(each, validate=True), 0
        while at < len(part):
            step, at = _number(part, at)
            article_id += step
            end = at + _URL_BYTES + _TEXTS_BYTES
            if not step or end > len(part):
                raise ValueError("the list of contents is damaged")
            yield article_id, part[at : at + _URL_BYTES], part[at + _URL_BYTES : end]
            at = end


def _as_bytes(number: int) -> bytes:
    """A number as LEB128: seven bits a byte, the lowest first, the highest bit set in all but the last."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(part: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    number = shift = 0
    while at < len(part) and shift < 64:
        number |= (part[at] & 0x7F) << shift
        shift += 7
        at += 1
        if part[at - 1] < 0x80:
            return number, at
    raise ValueError("the list of contents is damaged")
