"""Which tokens of an article stand where in the index: title, body, and `extra` for all that is asked for by choice.

Tokens in `extra` begin with a tag, a private-use character that no token of a text has, so that each of its fields is
searched apart from the others, and no phrase crosses from one into the next:

    byline, source, section     their words, for the fields of the query language
    stems                       of the words whose stem is another word, with their language: `word~`
    simplified                  title, text and the three fields with every Chinese character in its simplified form,
                                where that makes a difference: `--fold-han`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from newsroom.han import simplify
from newsroom.records import Article
from storage.search.analyser import CHUNK_CHARS, CHUNK_TOKENS, TOKEN_CHARS, fold, has_variants, is_plain, is_run, pieces
from storage.search.analyser import tokens as tokens_of
from storage.search.stemming import Stems, stemming_language, stems
from storage.storable import storable

TAGS = {"byline": "\ue000", "source": "\ue001", "section": "\ue002"}
STEM_TAGS = {"title": "\ue003", "body": "\ue004"}
SIMPLIFIED_TAGS = {"title": "\ue005", "body": "\ue006", "byline": "\ue007", "source": "\ue008", "section": "\ue009"}
_BREAK = "\ue00f"  # between names: nobody is called by the end of one and the beginning of the next


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an article: the tokens of each column, by position."""

    title: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Searchable:
    """What of an article can be searched, as it is stored with the revision."""

    title: str
    text: str
    byline: Sequence[str] = ()
    source: str | None = None
    section: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, said: Article) -> Self:
        byline = storable(said.byline)
        return cls(said.title, said.text, byline, said.source_name, said.section, said.language)

    @property
    def chars(self) -> int:
        return len(self.title) + len(self.text)

    @property
    def is_plain(self) -> bool:
        """Whether words stand in title and text as they are compared, but for upper case."""
        return is_plain(self.title) and is_plain(self.text)

    def chunks(self) -> list[Chunk]:
        """Its pieces for the index, at least one."""
        title, body = tokens_of(self.title), tokens_of(self.text)
        titles, bodies, extras = list(pieces(title)), list(pieces(body)), list(_rows(self._extra(title, body)))
        count = max(1, len(titles), len(bodies), len(extras))
        return [Chunk(_nth(titles, place), _nth(bodies, place), _nth(extras, place)) for place in range(count)]

    def _extra(self, title: list[str], body: list[str]) -> Iterator[list[str]]:
        """What `extra` holds: a list of tokens for each field, none of them empty."""
        fields = {
            "byline": _names(self.byline),
            "source": _name(self.source or ""),
            "section": _name(self.section or ""),
        }
        for name, found in fields.items():
            if found:
                yield _tagged(TAGS[name], found)
        known = stems(self.language)
        texts = (("title", self.title, title), ("body", self.text, body))
        if known is not None:
            for name, _, found in texts:
                if other := list(_other_stems(found, known)):
                    yield _tagged(f"{STEM_TAGS[name]}{stemming_language(self.language)}", other)
        for name, written, found in texts:
            if has_variants(written if written.isascii() or is_plain(written) else fold(written)):
                yield _tagged(SIMPLIFIED_TAGS[name], _simplified(found))
        for name, found in fields.items():
            if found and has_variants("".join(found)):
                yield _tagged(SIMPLIFIED_TAGS[name], _simplified(found))


def _nth(lists: Sequence[list[str]], place: int) -> list[str]:
    return lists[place] if place < len(lists) else []


def _tagged(tag: str, found: Iterable[str]) -> list[str]:
    return [tag + token for token in found]


@lru_cache(maxsize=4_096)
def _name(written: str) -> tuple[str, ...]:
    """The tokens of what many articles have in common."""
    return tuple(tokens_of(written))


def _names(byline: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in byline:
        if named := _name(name):
            found += (_BREAK, *named) if found else named
    return found


def _simplified(found: Iterable[str]) -> list[str]:
    return simplify(" ".join(found)).split(" ")


def _other_stems(found: list[str], known: Stems) -> Iterator[str]:
    """The stems of the words among `found` whose stem is another word; each once."""
    words = (word for word in dict.fromkeys(found) if word < "\u0e00" or not is_run(word))
    return iter(dict.fromkeys(stem for word in words if (stem := known[word]) != word))


def _rows(streams: Iterable[list[str]]) -> Iterator[list[str]]:
    """The tokens of `extra` chunk by chunk: every list whole in one, or in pieces that overlap."""
    row: list[str] = []
    for stream in streams:
        for place, piece in enumerate(pieces(stream)):
            # Two pieces of one list would have its overlap twice.
            if place or not _fit(row, piece):
                yield row
                row = []
            row = row + piece if row else piece
    if row:
        yield row


def _fit(row: list[str], piece: list[str]) -> bool:
    """Whether both keep to the limits of a chunk together; no token is in both."""
    together = len(row) + len(piece)
    if together * TOKEN_CHARS <= CHUNK_CHARS:
        return True
    return together <= CHUNK_TOKENS and sum(map(len, row)) + sum(map(len, piece)) <= CHUNK_CHARS
