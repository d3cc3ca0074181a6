"""Finding what is sought in a text by the rules of the index: for ranking, and for what a snippet marks."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Protocol

from newsroom.han import simplify
from storage.search.analyser import ATOM, TOKEN_CHARS, WORD_CHAR, is_run
from storage.search.stemming import LANGUAGES, Stems, stems
from storage.search.tree import Near, Phrase, Sought, Stem, places

MAX_MARKS = 100  # matches looked at when a snippet is chosen

_WORD_CHAR = re.compile(WORD_CHAR)
_WORD_REST = re.compile(f"{WORD_CHAR}*")

Span = tuple[int, int]


class Finder:
    """Finds one phrase, stem or nearness in folded text, by the same rules as the index.

    A stem goes by the stemmer of `language`; where none is given, by any language's.
    """

    def __init__(self, sought: Sought, language: str | None = None) -> None:
        self.title_only = sought.column == "title"
        self._search = _search(sought, language)

    def count(self, folded: str) -> int:
        """How often it is in `folded`."""
        return self._search.count(folded)

    def spans(self, folded: str) -> list[Span]:
        """Where it is in `folded`; the first `MAX_MARKS` places."""
        return list(islice(self._search.matches(folded), MAX_MARKS))


class Finders:
    """The finders of a query, by the language of the article that is looked through."""

    def __init__(self, phrases: Sequence[Sought]) -> None:
        self._phrases = phrases
        self._known: dict[str | None, list[Finder]] = {}

    def of(self, language: str | None) -> list[Finder]:
        """One for each phrase."""
        if language not in self._known:
            self._known[language] = [Finder(phrase, language or "") for phrase in self._phrases]
        return self._known[language]


def literal(sought: Sought) -> str | None:
    """The characters that are in a text as often as `sought`, if words stand in it as they are compared.

    None when there is more to it than to count them.
    """
    return _one_run(sought) if isinstance(sought, Phrase) and not sought.any_han else None


def _one_run(phrase: Phrase) -> str | None:
    return phrase.atoms[0] if len(phrase.atoms) == 1 and is_run(phrase.atoms[0]) else None


class _Search(Protocol):
    def count(self, folded: str) -> int: ...

    def matches(self, folded: str) -> Iterator[Span]: ...


def _search(sought: Sought, language: str | None) -> _Search:
    if isinstance(sought, Near):
        return _NearSearch(sought)
    if isinstance(sought, Stem):
        return _StemSearch(sought.word[:TOKEN_CHARS], language)
    return _PhraseSearch(sought)


class _PhraseSearch:
    def __init__(self, phrase: Phrase) -> None:
        self._simplified = phrase.any_han
        self._first = phrase.atoms[0]
        self._prefix = phrase.prefix
        self._begins_word = not is_run(phrase.atoms[0])
        self._ends_word = not is_run(phrase.atoms[-1]) and not phrase.prefix
        self._literal = _one_run(phrase)
        self._phrase = phrase

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_pattern(self._phrase))

    def count(self, folded: str) -> int:
        if self._simplified:
            folded = simplify(folded)
        if self._literal:
            return folded.count(self._literal)
        if folded.isascii():  # then the pattern alone is exact
            return len(self._pattern.findall(folded)) if self._first in folded else 0
        return sum(1 for _ in self._in(folded))

    def matches(self, folded: str) -> Iterator[Span]:
        if self._simplified:
            folded = simplify(folded)
        return _places_of(self._literal, folded) if self._literal else self._in(folded)

    def _in(self, folded: str) -> Iterator[Span]:
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


def _places_of(literal: str, folded: str) -> Iterator[Span]:
    """As a pattern finds them: none overlaps another."""
    end = 0
    while (start := folded.find(literal, end)) >= 0:
        end = start + len(literal)
        yield start, end


class _StemSearch:
    def __init__(self, word: str, language: str | None) -> None:
        own = stems(language)
        # By any language's: but no stemmer changes how most words begin.
        self._known: Sequence[Stems] = [own] if own is not None else _every_language() if language is None else []
        self._wanted = [(known, known[word]) for known in self._known]
        self._beginning = word[:1] if language is None else ""
        self._same = {word: True} if language is None or own is None else {}

    def count(self, folded: str) -> int:
        return sum(1 for _ in self.matches(folded))

    def matches(self, folded: str) -> Iterator[Span]:
        for found in ATOM.finditer(folded):
            word = found[0][:TOKEN_CHARS]
            same = self._same.get(word)
            if same is None:
                same = self._same[word] = self._has_stem(word)
            if same:
                yield found.span()

    def _has_stem(self, word: str) -> bool:
        if is_run(word) or not word.startswith(self._beginning):
            return False
        return any(known[word] == stem for known, stem in self._wanted)


def _every_language() -> list[Stems]:
    return [known for each in LANGUAGES if (known := stems(each)) is not None]


class _NearSearch:
    def __init__(self, near: Near) -> None:
        self._between = near.between
        self._searches = (_PhraseSearch(near.first), _PhraseSearch(near.second))

    def count(self, folded: str) -> int:
        return sum(1 for _ in self.matches(folded))

    def matches(self, folded: str) -> Iterator[Span]:
        """Where either phrase is with the other one near it."""
        first, second = (list(search.matches(folded)) for search in self._searches)
        near = {span for span in first if self._has_near(span, second, folded)}
        near |= {span for span in second if self._has_near(span, first, folded)}
        yield from sorted(near)

    def _has_near(self, span: Span, others: Sequence[Span], folded: str) -> bool:
        """Whether the last of `others` that begins before `span`, or the first that begins behind it, is near."""
        before = bisect_right(others, span[0], key=_start) - 1
        behind = bisect_left(others, span[0], key=_start)
        return (before >= 0 and self._is_near(others[before], span, folded)) or (
            behind < len(others) and self._is_near(span, others[behind], folded)
        )

    def _is_near(self, earlier: Span, later: Span, folded: str) -> bool:
        left = self._between
        for found in ATOM.finditer(folded, earlier[1], max(earlier[1], later[0])):
            left -= places(found[0])
            if left < 0:
                return False
        return True


def _start(span: Span) -> int:
    return span[0]


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
