"""What a text's searchable words are: one analyser for both databases, for indexing and for asking.

Scripts that are written without spaces (Han, kana, hangul, Thai, Lao, Khmer, Burmese) become overlapping pairs of
characters, and the last character of each run alone. So any run of characters can be asked for as adjacent pairs, and
one character alone as the beginning of a pair: both are exact. Everything else becomes one token a word.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, zip_longest

from newsroom.han import simplified

ANALYSER_VERSION = 2  # kept with every chunk: tokens are deleted by computing them again
WAITING = 0  # in the place of a version: this chunk has no tokens yet

# PostgreSQL keeps 255 positions of one lexeme and 16,383 in all; past that, phrases silently miss.
CHUNK_TOKENS = 8_000
CHUNK_SAME_TOKEN = 250
CHUNK_CHARS = 200_000  # a tsvector holds 1 MiB; four bytes a character at the worst
CHUNK_OVERLAP = 64  # a phrase of up to 65 tokens lies whole in one chunk
PHRASE_TOKENS = CHUNK_OVERLAP + 1
TOKEN_CHARS = 128  # a lexeme of more than 2,046 bytes is an error in PostgreSQL

# Class bodies for regular expressions. Digits of these scripts count as words, so they are left out.
RUN_CLASS = (
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb"  # hangul
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d\u1780-\u17d3\u17dc\u17dd"  # Burmese, Khmer
)
# Vowel signs and accents that belong to the word before them, though Python's \w does not take them.
MARK_CLASS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0900-\u0903\u093a-\u094f\u0951-\u0957"
    "\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3\u0a01-\u0a03\u0a3c-\u0a4d\u0a70\u0a71\u0a81-\u0a83"
    "\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b56\u0b57\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3e-\u0c4d\u0c55"
    "\u0c56\u0c81-\u0c83\u0cbc-\u0ccd\u0cd5\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d82\u0d83\u0dca-\u0ddf"
    "\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e\u0f3f\u0f71-\u0f84\u0f90-\u0fbc"
)
LETTER = rf"[^\W_{RUN_CLASS}{MARK_CLASS}]"
WORD_CHAR = rf"(?:{LETTER}|[{MARK_CLASS}])"
_LETTERS = rf"{LETTER}+(?:[{MARK_CLASS}]+{LETTER}*)*"
ATOM = re.compile(rf"[{RUN_CLASS}]+|{_LETTERS}")
_ASCII_ATOM = re.compile(r"[a-z0-9]+")
_RUN_START = re.compile(f"[{RUN_CLASS}]")

INVISIBLE = ("\u00ad", "\u200b", "\u2060", "\ufeff")  # soft hyphen, zero-width space, word joiner, BOM


def _plain_letters() -> dict[str, str]:
    """Latin letters with an accent or a stroke, and what they are without."""
    plain = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th"}
    for code in (*range(0x00E0, 0x0250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            plain[chr(code)] = base
    return plain


_PLAIN = _plain_letters()
_ACCENTED = re.compile("[\u0300-\u036f" + "".join(_PLAIN) + "]")
_WIDE = re.compile("[\u2026\u3000\uff01-\uff5e]")
_NARROW = {char: unicodedata.normalize("NFKC", char) for char in ("\u2026", "\u3000", *map(chr, range(0xFF01, 0xFF5F)))}

_COMMON = "，：；！？（）"  # in nearly every Chinese text, so not worth a call each
_TYPOGRAPHY = "‘’“”„«»–—°"  # all that keeps most European texts from being ASCII once they are folded


def _narrow(found: re.Match[str]) -> str:
    return _NARROW[found[0]]


def fold(text: str) -> str:
    """`text` as it is compared: NFKC, case folded, Latin letters without accents, invisible characters gone."""
    if text.isascii():
        return text.lower()
    # Full-width punctuation alone would send every Chinese text down the slow path of normalize(), ten times the cost.
    for char in _COMMON:
        text = text.replace(char, _NARROW[char])
    text = unicodedata.normalize("NFKC", _WIDE.sub(_narrow, text)).casefold()
    for char in INVISIBLE:
        if char in text:
            text = text.replace(char, "")
    return _ACCENTED.sub(lambda found: _PLAIN.get(found[0], ""), text)


# What stays as it is when it is folded, but for upper case; or is no part of a word, before and after.
_PLAIN_CLASS = (
    "\x00-\x7f\u00a0\u00ab\u00b0\u00b7\u00bb\u00d7\u2010-\u2015\u2018-\u2026\u2030\u25a0-\u25ff\u3000-\u3003\u3005-\u3011"
    "\u3014-\u301b\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20\uff5b-\uff5e"
)
_NOT_PLAIN = re.compile(f"[^{_PLAIN_CLASS}]")


def is_plain(text: str) -> bool:
    """Whether a phrase can be looked for in `text` in lower case as well as in `text` folded: nine in ten Chinese."""
    return _NOT_PLAIN.search(text) is None


def atoms(text: str) -> list[str]:
    """The runs and words of `text`, folded, in order."""
    return _atoms(_fold_apart(text))


def _fold_apart(text: str) -> str:
    """`text` folded, with spaces for punctuation that would keep it from the expression for ASCII, twice as fast."""
    folded = fold(text)
    if not folded.isascii():
        for char in _TYPOGRAPHY:
            folded = folded.replace(char, " ")
    return folded


def _atoms(folded: str) -> list[str]:
    return (_ASCII_ATOM if folded.isascii() else ATOM).findall(folded)


def is_run(atom: str) -> bool:
    """True when `atom` is of a script written without spaces."""
    first = atom[0]
    return "\u4e00" <= first <= "\u9fff" or (first > "\u0e00" and _RUN_START.match(first) is not None)


def tokens(text: str) -> list[str]:
    """The index tokens of `text`, in order; a token's place in the list is its position."""
    folded = _fold_apart(text)
    found = _atoms(folded)
    if folded.isascii():
        return _cut(found)
    runs = [atom if "\u4e00" <= atom < "\ua000" or is_run(atom) else _WORD for atom in found]
    if _WORD not in runs:
        return _woven(" ".join(runs)).split()
    words = _cut([atom for atom, run in zip(found, runs, strict=True) if run is _WORD])
    if len(words) == len(found):
        return words
    between = _woven(" ".join(runs)).split(_WORD)
    return "".join(chain.from_iterable(zip_longest(between, words, fillvalue=""))).split()


def _cut(words: list[str]) -> list[str]:
    return words if max(map(len, words), default=0) <= TOKEN_CHARS else [word[:TOKEN_CHARS] for word in words]


_WORD = "\0"  # holds a word's place among runs
_CODES = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"
_FALSE_START = re.compile("   . ")  # the space before a run, and its first character


def _woven(runs: str) -> str:
    """The tokens of `runs`, which single spaces set apart, with spaces between them.

    All pairs of neighbours at once, those with a space taken out again: four times as fast as run by run.
    """
    chars = array("I", runs.encode(_CODES))
    pairs = array("I", [ord(" ")]) * (3 * len(chars))
    pairs[::3] = chars
    pairs[1:-3:3] = chars[1:]
    return _FALSE_START.sub(" ", pairs.tobytes().decode(_CODES))


def has_variants(text: str) -> bool:
    """Whether `text` has a character that is written otherwise in simplified Chinese."""
    return _variants().search(text) is not None


@cache
def _variants() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, simplified()))}]")


def _atom_tokens(atom: str) -> tuple[str, ...]:
    if not is_run(atom):
        return (atom[:TOKEN_CHARS],)
    if len(atom) == 1:
        return (atom,)
    return (*map(str.__add__, atom, atom[1:]), atom[-1])


def phrase_tokens(phrase_atoms: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The adjacent tokens that a text with these atoms in a row has, and whether the last may only be a beginning.

    A run at the end may go on in the text, so its last character alone is not asked for; a run of one character is
    the beginning of some pair.
    """
    found: list[str] = []
    for atom in phrase_atoms[:-1]:
        found += _atom_tokens(atom)
    last = phrase_atoms[-1]
    if not is_run(last):
        return (*found, last[:TOKEN_CHARS]), False
    if len(last) == 1:
        return (*found, last), True
    return (*found, *map(str.__add__, last, last[1:])), False


def pieces(found: list[str]) -> Iterator[list[str]]:
    """The tokens `found` in overlapping pieces that both engines index without loss; none when there are none."""
    if len(found) <= CHUNK_SAME_TOKEN:  # nearly every title, many texts: nothing to count
        if found:
            yield found
        return
    start = 0
    while True:
        end = _piece_end(found, start)
        yield found[start:end]
        if end == len(found):
            return
        start = end - CHUNK_OVERLAP


def _piece_end(found: list[str], start: int) -> int:
    """Where the piece that begins at `start` has to end."""
    rest = found[start : start + CHUNK_TOKENS]
    repeated = len(rest) - len(set(rest))  # no token is there more often than once more
    if repeated < CHUNK_SAME_TOKEN and (len(rest) * TOKEN_CHARS <= CHUNK_CHARS or sum(map(len, rest)) <= CHUNK_CHARS):
        return start + len(rest)
    seen: Counter[str] = Counter()
    chars = 0
    for place, token in enumerate(rest):
        seen[token] += 1
        chars += len(token)
        if seen[token] > CHUNK_SAME_TOKEN or chars > CHUNK_CHARS:
            return start + place
    return start + len(rest)
