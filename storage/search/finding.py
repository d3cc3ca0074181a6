"""Finding a phrase in a text by the rules of the index: for ranking, and for what a snippet marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from storage.search.analyser import WORD_CHAR, is_run
from storage.search.tree import Phrase

MAX_MARKS = 100  # matches looked at when a snippet is chosen

_WORD_CHAR = re.compile(WORD_CHAR)
_WORD_REST = re.compile(f"{WORD_CHAR}*")


class Finder:
    """Finds one phrase in folded text, by the same rules as the index."""

    def __init__(self, phrase: Phrase) -> None:
        self.title_only = phrase.column == "title"
        self._first = phrase.atoms[0]
        self._prefix = phrase.prefix
        self._begins_word = not is_run(phrase.atoms[0])
        self._ends_word = not is_run(phrase.atoms[-1]) and not phrase.prefix
        self._literal = phrase.atoms[0] if len(phrase.atoms) == 1 and not self._begins_word else None
        self._pattern = re.compile(_pattern(phrase))

    def count(self, folded: str) -> int:
        """How often the phrase is in `folded`."""
        if self._literal:
            return folded.count(self._literal)
        if folded.isascii():  # then the pattern alone is exact
            return len(self._pattern.findall(folded)) if self._first in folded else 0
        return sum(1 for _ in self._matches(folded))

    def spans(self, folded: str) -> list[tuple[int, int]]:
        """Where the phrase is in `folded`; the first `MAX_MARKS` places."""
        return list(islice(self._matches(folded), MAX_MARKS))

    def _matches(self, folded: str) -> Iterator[tuple[int, int]]:
        if self._first not in folded:
            return
        for match in self._pattern.finditer(folded):
            start, end = match.span()
            if self._begins_word and start and _in_word(folded[start - 1]):
                continue
            if self._ends_word and end < len(folded) and _in_word(folded[end]):
                continue
            if self._prefix and (rest := _WORD_REST.match(folded, end)):
                end = rest.end()
            yield start, end


def _pattern(phrase: Phrase) -> str:
    """The atoms in a row. Its classes are ASCII, for larger ones take milliseconds to compile; `_in_word` is exact."""
    parts: list[str] = []
    for place, atom in enumerate(phrase.atoms):
        word = not is_run(atom)
        if place:  # two of a kind would be one without something between them
            parts.append(r"[\W_]*" if word == is_run(phrase.atoms[place - 1]) else r"[\W_]+")
        open_end = phrase.prefix and place == len(phrase.atoms) - 1
        # Looks back from behind the word, for a pattern that starts with plain letters is found fast.
        escaped = re.escape(atom)
        begins = f"(?<![a-z0-9]{escaped})" if word else ""
        ends = "(?![a-z0-9])" if word and not open_end else ""
        parts.append(f"{escaped}{begins}{ends}")
    return "".join(parts)


@lru_cache(maxsize=4_096)
def _in_word(char: str) -> bool:
    return _WORD_CHAR.match(char) is not None
