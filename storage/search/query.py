"""The query language: from what was typed to a tree, or a `QueryError` that shows where, and what can be read.

    中国 经济            both, anywhere in the article          AND may be written
    "crude oil"          the words in a row                     “ ” and ＂ are quotes too
    oil OR gas           either
    oil NOT gas, -gas    without
    (oil OR gas) price   grouped
    econom*              words that begin so
    running~             words with the same stem, in the language of the article: run, runs, running
    NEAR(a b, 5)         two words or phrases with at most 5 others between them, in either order; 10 when not said.
                         Of scripts without spaces, each character counts
    title:oil            in the headline; also title:"…" and title:(…)
    byline:smith         of the people who wrote it             source:xinhua      of the agency or paper it names
    section:sport        of its section                         all three also with "…" and (…)
    portal:bbc           a portal's id, or words of its name
    lang:zh              a language; zh covers zh-Hans and zh-Hant
    kind:copy            a story that another likely told first; kind:original, likely the first of several;
                         kind:single, the only one. Or a copy of this kind of any other: identical, near, excerpt,
                         spun, script, passage, compilation
    story:123            the articles of the story that article 123 is in
    date:2026-01..2026-03, date:2026, date:2026-03-05, date:..2025       published then (UTC)
    captured:2026-03-05, captured:2026-03-01..2026-03-05                 first captured, or imported, then (UTC)

A word with a stem: "running~" finds the articles in whose title or text some word has, by the stemmer of the article's
language, the stem that "running" has by it. In a language without a stemmer it is the word itself.

Words are compared without case and accents, full-width letters as others. Operators are upper case, so that "and" stays
a word; typed in full width or with curly quotes they are the same. An empty query, or * alone, finds everything.
"""

from __future__ import annotations

import re
import unicodedata

from newsroom.errors import QueryError
from storage.search.analyser import atoms
from storage.search.grammar import MAX_CHARS, MAX_PHRASES, OPERATOR, SAME, Parser, Unreadable
from storage.search.tree import Node

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # no database takes all of these
MENDED_CHARS = 200  # of what could be asked instead
_MENDINGS = 12


def parse(query: str, *, fold_han: bool = False) -> Node:
    """The tree of `query`; with `fold_han`, traditional and simplified characters are the same in its words.

    Raises QueryError with a caret under the place that does not parse and a query that does, and nothing else.
    """
    written = _UNSAFE.sub(" ", query)
    try:
        return Parser(written, fold_han).whole()
    except Unreadable as trouble:
        raise QueryError(_told(written, trouble)) from None


def _told(written: str, trouble: Unreadable) -> str:
    """The message: why, where, and what can be asked instead."""
    # A wide character takes two columns, and so does the ideographic space put under it.
    wide = ("\u3000" if unicodedata.east_asian_width(char) in "WF" else " " for char in written[: trouble.at])
    shown = f"query, character {trouble.at + 1}: {trouble}\n  {written}\n  {''.join(wide)}^"
    return f"{shown}\nwrite: {_mended(written, trouble)}"


def _mended(written: str, trouble: Unreadable) -> str:
    """A query that can be read and is close to what was written; at the least its words."""
    instead = trouble.instead
    for _ in range(_MENDINGS):
        if instead is None or len(instead) > MENDED_CHARS:
            break
        instead = " ".join(instead.split())
        try:
            Parser(instead).whole()
        except Unreadable as other:
            instead = other.instead
        else:
            return instead or "*"
    words = atoms(OPERATOR.sub(" ", written[:MAX_CHARS].translate(SAME)))
    return " ".join(" ".join(words[:MAX_PHRASES])[:MENDED_CHARS].split()) or "*"
