"""Real texts, and what each says: folded and cut into words here, without the index's code."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import Stemmer

LEAST_CHARS = 60  # of a paragraph that is a text of its own
_STEMMERS = {  # of the languages that the packs name
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fr": "french", "hi": "hindi", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_OTHER_LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th"}
_UNSPACED = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "HANGUL", "THAI CHAR", "LAO ", "KHMER", "MYANMAR", "BOPOMOFO")
_ALSO_UNSPACED = "々〆〇ー"


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is stored."""

    title: str
    body: str
    language: str | None


def texts(pack: Path) -> Iterator[Text]:
    """Those of the copies pack, and those of the extraction pack beside it, whole and by paragraph."""
    with gzip.open(pack / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for said in map(json.loads, lines):
            yield Text(said["title"] or "", said["text"], said["lang"])
    with (pack.parent / "extraction" / "gt.jsonl").open(encoding="utf-8") as lines:
        for said in map(json.loads, lines):
            if not said["text"]:
                continue
            yield Text(said["title"] or "", said["text"], said["language"])
            for paragraph in re.split(r"\n+", said["text"]):
                if len(paragraph) >= LEAST_CHARS:
                    yield Text("", paragraph, said["language"])


class Reading:
    """What a text says, as pieces in a row: runs of scripts without spaces, and words of others."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.title, self.body = _Passage(text.title), _Passage(text.body)
        self.passages = (self.title, self.body)

    @cached_property
    def simplified(self) -> Reading:
        """The same in simplified characters."""
        return Reading(Text(simplify(self.text.title), simplify(self.text.body), self.text.language))

    @cached_property
    def stems(self) -> frozenset[str]:
        words = {word for passage in self.passages for word in passage.words}
        name = _STEMMERS.get((self.text.language or "").lower().split("-")[0])
        return frozenset(_stemmer(name).stemWords(sorted(words)) if name else words)

    def stem(self, word: str) -> str:
        name = _STEMMERS.get((self.text.language or "").lower().split("-")[0])
        return _stemmer(name).stemWord(word) if name else word


class _Passage:
    """Folded text with every gap between pieces as one space, and a space at either end.

    "6G技术" and "6G 技术" are the same: a space stands wherever a run and a word meet.
    """

    def __init__(self, written: str) -> None:
        self.spaced = f" {' '.join(_pieces(written))} "

    @cached_property
    def words(self) -> list[str]:
        return [piece for piece in self.spaced.split() if not unspaced(piece[0])]

    def places(self, phrase: str) -> list[tuple[int, int]]:
        """Where `phrase` is, counted in words and in characters of scripts without spaces."""
        needle = phrase_in(phrase, False)
        lead = needle.startswith(" ")
        found, at = [], self.spaced.find(needle)
        takes = sum(len(piece) if unspaced(piece[0]) else 1 for piece in _pieces(phrase))
        while at >= 0:
            start = bisect_left(self._starts, at + lead)
            found.append((start, start + takes))
            at = self.spaced.find(needle, at + 1)
        return found

    @cached_property
    def _starts(self) -> list[int]:
        """Where in `spaced` each place begins."""
        starts, before = [], " "
        for at, char in enumerate(self.spaced):
            if char != " " and (unspaced(char) or before == " "):
                starts.append(at)
            before = char
        return starts


def phrase_in(phrase: str, beginning: bool) -> str:
    """What `spaced` has where it has the phrase: a word ends where it ends, a run may go on."""
    pieces = _pieces(phrase)
    lead = "" if unspaced(pieces[0][0]) else " "
    end = "" if beginning or unspaced(pieces[-1][0]) else " "
    return f"{lead}{' '.join(pieces)}{end}"


_EDGE = "\x01"  # on either side of a character of a script without spaces; two of them in a row are no edge


class _Characters(dict[int, str]):
    """What becomes of each folded character."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if not plain or unicodedata.category(plain[0])[0] not in "LNM":
            becomes = " " if plain else ""
        else:
            becomes = f"{_EDGE}{plain}{_EDGE}" if unspaced(plain[0]) else plain
        self[code] = becomes
        return becomes


_CHARACTERS = _Characters()


def _pieces(written: str) -> list[str]:
    """The runs and words of a text, folded."""
    folded = unicodedata.normalize("NFKC", written).casefold().translate(_CHARACTERS)
    return folded.replace(_EDGE * 2, "").replace(_EDGE, " ").split()


def _plain(char: str) -> str:
    """The letter without its accent, when it is Latin; nothing, for what cannot be seen."""
    if char in "\u00ad\u200b\u2060\ufeff" or "\u0300" <= char <= "\u036f":
        return ""
    base = unicodedata.normalize("NFD", char)[0]
    return _OTHER_LETTERS.get(char, base if base.isascii() and base.isalpha() else char)


@cache
def unspaced(char: str) -> bool:
    """Whether `char` is of a script that is written without spaces."""
    name = unicodedata.name(char, "")
    return char in _ALSO_UNSPACED or (name.startswith(_UNSPACED) and unicodedata.category(char)[0] in "LM")


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)


@cache
def _to_simplified() -> dict[int, str]:
    lines = Path("newsroom/han_variants.txt").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    rows = zip(lines[::2], lines[1::2], strict=True)
    return {ord(old): new for olds, news in rows for old, new in zip(olds, news, strict=True)}


def simplify(written: str) -> str:
    return unicodedata.normalize("NFKC", written).translate(_to_simplified())
