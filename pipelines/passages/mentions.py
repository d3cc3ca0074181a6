"""The numbers and names that a text mentions, and which of them another text keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pipelines.passages.tokens import Tokens, fold

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_TITLE = re.compile(r"《[^《》\n]{1,40}》")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9&'’.+-]*[A-Za-z0-9+](?: [A-Z][A-Za-z0-9&'’.+-]*[A-Za-z0-9+])*")
_OPENING = "\"'“‘„«‹「『(（[【"
_JOINTS = (" ", "-", "’", "'")  # between the words of one name
_NAME_WORDS = 4


def numbers_of(text: str) -> list[str]:
    """The numbers of `text` as written, each once."""
    return distinct(_NUMBER.findall(text))


def number_key(number: str) -> str:
    """What equal numbers have in common, however they are written."""
    return fold(number).replace(",", "").rstrip(".")


def names_of(tokens: Tokens, stretches: Iterable[tuple[int, int]]) -> list[str]:
    """The names in `stretches` of the text, from place to place, each once.

    Capitalised words in mid-sentence; in a text without spaces the titles in 《》 and the words in Latin letters.
    """
    read: Callable[[Tokens, int, int], Iterator[str]] = _unspaced_names if tokens.unspaced else _capitalised
    return distinct(name for start, end in stretches for name in read(tokens, start, end))


def _unspaced_names(tokens: Tokens, start: int, end: int) -> Iterator[str]:
    part = tokens.text[start:end]
    yield from _TITLE.findall(part)
    yield from _LATIN_WORD.findall(part)


def _capitalised(tokens: Tokens, start: int, end: int) -> Iterator[str]:
    text, starts, ends = tokens.text, tokens.starts, tokens.ends
    first, last = tokens.within(start, end)
    upper = [token for token in range(first, last) if text[starts[token]].isupper()]
    if not upper:
        return
    opens = set(tokens.firsts)
    name: list[int] = []
    for token in upper:
        before = starts[token] - 1
        if token in opens or (before >= 0 and text[before] in _OPENING and not name):
            if name:
                yield _name(tokens, name)
            name = []
            continue
        if name and (
            token != name[-1] + 1 or text[ends[name[-1]] : starts[token]] not in _JOINTS or len(name) >= _NAME_WORDS
        ):
            yield _name(tokens, name)
            name = []
        if name or ends[token] - starts[token] > 1:
            name.append(token)
    if name:
        yield _name(tokens, name)


def _name(tokens: Tokens, words: list[int]) -> str:
    return tokens.text[tokens.starts[words[0]] : tokens.ends[words[-1]]]


def kept_and_lost(
    mentions: Iterable[str], known: Callable[[str], bool], most: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`mentions` that are `known` and those that are not, at most `most` of each."""
    kept: list[str] = []
    lost: list[str] = []
    for mention in mentions:
        (kept if known(mention) else lost).append(mention)
    return tuple(kept[:most]), tuple(lost[:most])


def distinct(mentions: Iterable[str]) -> list[str]:
    """Each of `mentions` once, in their order."""
    return list(dict.fromkeys(mentions))
