"""BM25 in our own code, so that both databases rank alike.

How often a phrase stands in an article is read off the index where one token is asked for and not too many have it:
then no text is read. Otherwise it is counted in the texts. Both give the same numbers.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection

from storage.dialect import plain_rows
from storage.search.analyser import TOKEN_CHARS, fold, is_run
from storage.search.candidates import Candidates, Text
from storage.search.finding import Finder, Finders, literal
from storage.search.schema import TERMS_TABLE
from storage.search.tree import Phrase, Sought

K1, B = 1.2, 0.75  # BM25, Robertson and Zaragoza 2009, section 3.4
TITLE_WEIGHT = 3

LONG_TEXT_CHARS = 20_000  # of a text that is in several pieces, no more is counted in
READ_OFF_UP_TO = 4_000  # articles with a token; of more of them, counting in the newest texts is cheaper

Times = list[int]  # for each article, how often a phrase stands in it, matches in the title thrice

_MILLION = 1_000_000
_LAST = "\U0010ffff"
_TERMS = (  # as one text, for row by row takes longer
    "SELECT json_group_array(CASE col WHEN 'body' THEN doc WHEN 'title' THEN -doc END) "  # noqa: S608
    f"FROM {TERMS_TABLE} WHERE term >= ? AND term <= ?"
)
# The ids are written into it: as parameters, so many take longer than the reading, and so does PostgreSQL's IN.
_TEXTS = {
    "sqlite": "SELECT id, {} FROM revisions WHERE id IN ({})",
    "postgresql": "SELECT id, {} FROM revisions WHERE id = ANY ('{{{}}}')",
}
_BYTES_OF = "(octet_length({}) - octet_length(replace({}, %s, '')))"
_BEGINNING = f"substr(text, 1, {LONG_TEXT_CHARS})"


def count(connection: Connection, phrases: Sequence[Sought], articles: Candidates, holding: int) -> list[Times]:
    """By phrase, how often it stands in each of `articles`; at most `holding` articles have any one of the phrases."""
    spans = [span for phrase in phrases if (span := _tokens(phrase))]
    if connection.dialect.name != "sqlite" or holding > READ_OFF_UP_TO or len(spans) < len(phrases):
        found = _count_in_texts(connection, phrases, articles.texts())
        nowhere = (0,) * len(phrases)
        return [[found.get(each, nowhere)[place] for each in articles.ids] for place in range(len(phrases))]
    in_pieces = [_read_off(connection, span, phrase.column).get for span, phrase in zip(spans, phrases, strict=True)]
    by_phrase = [
        [times(piece, 0) + TITLE_WEIGHT * times(-piece, 0) if piece else 0 for piece in articles.pieces]
        for times in in_pieces
    ]
    if None in articles.pieces:
        found = _count_in_texts(connection, phrases, [each for each in articles.texts() if each.in_pieces])
        for at, article_id in enumerate(articles.ids):
            for numbers, number in zip(by_phrase, found.get(article_id, ()), strict=False):
                numbers[at] = number
    return by_phrase


def _read_off(connection: Connection, span: tuple[str, str], column: str | None) -> Counter[int | None]:
    """By piece of the index, how often any of the tokens in `span` stands in it."""
    ((places,),) = plain_rows(connection, _TERMS, span)
    times: Counter[int | None] = Counter(json.loads(places))
    if column is None:
        return times
    return Counter({place: number for place, number in times.items() if place is not None and place < 0})


def _tokens(phrase: Sought) -> tuple[str, str] | None:
    """The first and last of the tokens that stand in the index as often as `phrase` in the text; None when none do."""
    if not isinstance(phrase, Phrase) or phrase.any_han:
        return None
    ((token, *others), open_end), *more = phrase.windows()
    doubled = len(phrase.atoms[0]) == 2 and len(set(token)) == 1  # 哈哈哈 has it once by count, twice by tokens
    if others or more or doubled or len(token) >= TOKEN_CHARS:
        return None
    return token, token + _LAST if open_end else token


def _count_in_texts(
    connection: Connection, phrases: Sequence[Sought], texts: Sequence[Text]
) -> dict[int, tuple[int, ...]]:
    """By article, how often each of the phrases stands in its text."""
    found: dict[int, tuple[int, ...]] = {}
    whole = [each for each in texts if not each.in_pieces]
    if connection.dialect.name == "postgresql" and all(map(literal, phrases)):
        found.update(_counted_there(connection, phrases, [each for each in whole if each.is_plain]))
        whole = [each for each in whole if not each.is_plain]
    found.update(_counted_here(connection, phrases, whole, "text"))
    found.update(_counted_here(connection, phrases, [each for each in texts if each.in_pieces], _BEGINNING))
    return found


def _counted_there(
    connection: Connection, phrases: Sequence[Sought], texts: Sequence[Text]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Counts literals in plain texts by the server, for bringing the texts over takes longer."""
    counts: list[str] = []
    values: list[str] = []
    for phrase in phrases:
        sought = literal(phrase) or ""
        weights = {"title": TITLE_WEIGHT} if phrase.column == "title" else {"title": TITLE_WEIGHT, "text": 1}
        bytes_of = (f"{weight} * {_BYTES_OF.format(column, column)}" for column, weight in weights.items())
        counts.append(f"({' + '.join(bytes_of)}) / {len(sought.encode())}")
        values += [sought] * len(weights)
    for text, times in _of_each(connection, ", ".join(counts), texts, values):
        yield text.article_id, times


def _counted_here(
    connection: Connection, phrases: Sequence[Sought], texts: Sequence[Text], column: str
) -> Iterator[tuple[int, tuple[int, ...]]]:
    caseless = have_no_case(phrases)
    finders = Finders(phrases)
    for text, (language, title, body) in _of_each(connection, f"language, title, {column}", texts):
        as_it_is = text.is_plain and caseless
        compared = (title, body) if as_it_is else (_compared(each, text.is_plain) for each in (title, body))
        yield text.article_id, _times(finders.of(language), *compared)


def _of_each(
    connection: Connection, columns: str, texts: Sequence[Text], values: Sequence[str] = ()
) -> Iterator[tuple[Text, tuple[Any, ...]]]:
    """Each of the texts, and what `columns` are of it."""
    known = {each.revision: each for each in texts}
    if known:
        asked = _TEXTS[connection.dialect.name].format(columns, ",".join(map(str, known)))
        for revision, *row in plain_rows(connection, asked, values):
            yield known[revision], tuple(row)


def have_no_case(phrases: Iterable[Sought]) -> bool:
    """Whether upper case makes no difference to `phrases`, for they are of scripts that have none."""
    return all(isinstance(phrase, Phrase) and all(map(is_run, phrase.atoms)) for phrase in phrases)


def _compared(written: str, plain: bool) -> str:
    """`written` as phrases are looked for in it."""
    return written.lower() if plain else fold(written)


def _times(finders: Iterable[Finder], title: str, body: str) -> tuple[int, ...]:
    return tuple(
        TITLE_WEIGHT * finder.count(title) + (0 if finder.title_only else finder.count(body)) for finder in finders
    )


def inverse_frequency(holding: int, all_chunks: int) -> float:
    """The weight of a phrase that `holding` of `all_chunks` have; always above 0."""
    return round(math.log(1 + (all_chunks - holding + 0.5) / (holding + 0.5)), 6)


def mean_chars(articles: Candidates) -> float:
    """The mean length that others are compared with; never below 1."""
    return max(1.0, round(sum(articles.chars) / len(articles), 3)) if len(articles) else 1.0


def ranked(
    articles: Candidates,
    by_phrase: Sequence[Times],
    mean: float,
    rarity: Sequence[float],
    most: int | None = None,
) -> list[tuple[float, int]]:
    """Scores, of six digits behind the point, and ids; the best `most` or all, best first, ties by the newer id."""
    shortest, longer, highest = K1 * (1 - B), K1 * B / mean, (K1 + 1) * _MILLION
    dampings = [shortest + longer * chars for chars in articles.chars]
    scores = [0.5] * len(articles)
    for times, rare in zip(by_phrase, rarity, strict=True):
        weight = highest * rare
        scores = [
            score + weight * number / (number + damping)
            for score, number, damping in zip(scores, times, dampings, strict=True)
        ]
    scored = zip(map(int, scores), articles.ids, strict=True)
    best = nlargest(most, scored) if most is not None else sorted(scored, reverse=True)
    return [(score / _MILLION, article_id) for score, article_id in best]
