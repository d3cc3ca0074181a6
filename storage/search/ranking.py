"""BM25 in our own code, so that both databases rank alike.

How often a phrase stands in an article is read off the index where one token is asked for and not too many have it:
then no text is read. Otherwise it is counted in the texts. Both give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from storage.search.analyser import TOKEN_CHARS, fold, is_run
from storage.search.finding import Finder
from storage.search.schema import TERMS_TABLE
from storage.search.tree import Phrase, Sought

K1, B = 1.2, 0.75  # BM25, Robertson and Zaragoza 2009, section 3.4
TITLE_WEIGHT = 3

LONG_TEXT_CHARS = 20_000  # of a text that is in several pieces, no more is counted in
READ_OFF_UP_TO = 4_000  # articles with a token; of more of them, counting in the newest texts is cheaper

_LAST = "\U0010ffff"
_TERMS = text(
    f"SELECT c.article_id, t.col, c.chars, c.is_whole FROM {TERMS_TABLE} AS t JOIN chunks AS c ON c.id = t.doc "  # noqa: S608
    "WHERE t.term >= :first AND t.term <= :last"
)
_TEXTS = (  # the ids are written into it: as parameters, so many take longer than the reading
    "SELECT c.article_id, c.chars, c.is_plain, r.title, "  # noqa: S608
    f"CASE WHEN c.is_whole THEN r.text ELSE substr(r.text, 1, {LONG_TEXT_CHARS}) END "
    "FROM chunks AS c JOIN revisions AS r ON r.id = c.revision_id WHERE c.position = 0 AND c.article_id IN ({})"
)


@dataclass(slots=True)
class Counted:
    """An article to be ranked: its length, and how often each phrase stands in it, matches in the title thrice."""

    chars: int
    times: list[int]


class Counter:
    """Counts the phrases of one question in the articles to be ranked."""

    def __init__(self, connection: Connection, phrases: Sequence[Sought]) -> None:
        self._connection = connection
        self._phrases = phrases

    def count(self, ids: Sequence[int], holding: int) -> dict[int, Counted]:
        """By article of `ids`; at most `holding` articles have any one of the phrases."""
        if not ids:
            return {}
        found: dict[int, Counted] = {}
        if self._connection.dialect.name == "sqlite" and holding <= READ_OFF_UP_TO and all(map(_tokens, self._phrases)):
            found = self._read_off(set(ids))
        found |= self._count_in_texts([one for one in ids if one not in found])
        wordless = {one: Counted(0, [0] * len(self._phrases)) for one in ids if one not in found}
        return found | wordless

    def _read_off(self, wanted: set[int]) -> dict[int, Counted]:
        """Off the index, those of `wanted` that are one piece each and have any of the phrases."""
        found: dict[int, Counted] = {}
        for place, phrase in enumerate(self._phrases):
            first, last = _tokens(phrase) or ("", "")
            weights = {"title": TITLE_WEIGHT, "body": 0 if phrase.column else 1}
            span = {"first": first, "last": last}
            for article_id, column, chars, is_whole in self._connection.execute(_TERMS, span):
                if not is_whole or article_id not in wanted:
                    continue
                if (counted := found.get(article_id)) is None:
                    counted = found[article_id] = Counted(chars, [0] * len(self._phrases))
                counted.times[place] += weights.get(column, 0)
        return found

    def _count_in_texts(self, ids: Sequence[int]) -> dict[int, Counted]:
        if not ids:
            return {}
        finders = [Finder(phrase) for phrase in self._phrases]
        caseless = all(isinstance(phrase, Phrase) and all(map(is_run, phrase.atoms)) for phrase in self._phrases)
        rows = self._connection.exec_driver_sql(_TEXTS.format(",".join(map(str, ids))))
        found: dict[int, Counted] = {}
        for article_id, chars, plain, title, body in rows:
            compared = (title, body) if plain and caseless else (_compared(title, plain), _compared(body, plain))
            found[article_id] = Counted(chars, _times(finders, *compared))
        return found


def _tokens(phrase: Sought) -> tuple[str, str] | None:
    """The first and last of the tokens that stand in the index as often as `phrase` in the text; None when none do."""
    if not isinstance(phrase, Phrase) or phrase.any_han:
        return None
    ((token, *others), open_end), *more = phrase.windows()
    doubled = len(phrase.atoms[0]) == 2 and len(set(token)) == 1  # 哈哈哈 has it once by count, twice by tokens
    if others or more or doubled or len(token) >= TOKEN_CHARS:
        return None
    return token, token + _LAST if open_end else token


def _compared(written: str, plain: bool) -> str:
    """`written` as phrases are looked for in it."""
    return written.lower() if plain else fold(written)


def _times(finders: Iterable[Finder], title: str, body: str) -> list[int]:
    return [TITLE_WEIGHT * finder.count(title) + (0 if finder.title_only else finder.count(body)) for finder in finders]


def inverse_frequency(holding: int, all_chunks: int) -> float:
    """The weight of a phrase that `holding` of `all_chunks` have; always above 0."""
    return round(math.log(1 + (all_chunks - holding + 0.5) / (holding + 0.5)), 6)


def mean_chars(counted: Iterable[Counted]) -> float:
    """The mean length that others are compared with; never below 1."""
    lengths = [each.chars for each in counted]
    return max(1.0, round(sum(lengths) / len(lengths), 3)) if lengths else 1.0


def ranked(counted: dict[int, Counted], mean: float, rarity: Sequence[float]) -> list[tuple[float, int]]:
    """Scores and ids, best first, ties by the newer id."""
    scored = [(_score(each, mean, rarity), article_id) for article_id, each in counted.items()]
    return sorted(scored, key=lambda pair: (-pair[0], -pair[1]))


def _score(counted: Counted, mean: float, rarity: Sequence[float]) -> float:
    damping = K1 * (1 - B + B * counted.chars / mean)
    parts = [
        weight * times * (K1 + 1) / (times + damping)
        for times, weight in zip(counted.times, rarity, strict=True)
        if times
    ]
    return round(math.fsum(parts), 6)
