"""Stems of words, by the Snowball stemmer of the text's language: what `word~` goes by.

Stems are made of words as the analyser folds them, without accents, for indexing and for asking alike.
"""

from __future__ import annotations

import re
import threading
from functools import cache

import Stemmer

from storage.search.analyser import TOKEN_CHARS, WORD_CHAR

KEPT_WORDS = 200_000  # of a language, whose stems are kept: a corpus of English news has as many

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
LANGUAGES = tuple(_ALGORITHMS)  # two letters each

_WORD = re.compile(f"{WORD_CHAR}+")


class Stems(dict[str, str]):
    """The stems of one language by word, made when they are first asked for."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._stemmer = Stemmer.Stemmer(_ALGORITHMS[language], 0)
        self._turn = threading.Lock()

    def __missing__(self, word: str) -> str:
        with self._turn:  # the stemmer works in a buffer of its own
            stem: str = self._stemmer.stemWord(word)
        if not _WORD.fullmatch(stem) or len(stem) > TOKEN_CHARS:
            stem = word
        if len(self) >= KEPT_WORDS:
            self.clear()
        self[word] = stem
        return stem


@cache
def _stems(language: str) -> Stems:
    return Stems(language)


def stemming_language(tag: str | None) -> str | None:
    """The language, of two letters, by whose stemmer a text in `tag` goes; None when there is none."""
    language = (tag or "").lower()
    return language[:2] if language[:2] in _ALGORITHMS and language[2:3] in {"", "-"} else None


def stems(tag: str | None) -> Stems | None:
    """The stems of the words of a text in `tag`; None when its language has no stemmer."""
    language = stemming_language(tag)
    return _stems(language) if language else None
