"""BM25 in our own code, so that both databases rank alike.

How often a phrase stands in an article is read off the index where one token is asked for and not too many have it:
then no text is read. Otherwise it is counted in the texts. Both give the same numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from storage.dialect import plain_rows
from storage.search.analyser import TOKEN_CHARS, fold, is_run
from storage.search.finding import Finder, Finders
from storage.search.question import Candidate
from storage.search.schema import TERMS_TABLE
from storage.search.tree import Phrase, Sought

K1, B = 1.2, 0.75  # BM25, Robertson and Zaragoza 2009, section 3.4
TITLE_WEIGHT = 3

LONG_TEXT_CHARS = 20_000  # of a text that is in several pieces, no more is counted in
READ_OFF_UP_TO = 4_000  # articles with a token; of more of them, counting in the newest texts is cheaper

Times = list[int]  # for each article, how often a phrase stands in it, matches in the title thrice

_LAST = "\U0010ffff"
_TERMS = (
    "SELECT CASE col WHEN 'body' THEN doc WHEN 'title' THEN -doc END "  # noqa: S608
    f"FROM {TERMS_TABLE} WHERE term >= ? AND term <= ?"
)
_TEXTS = (  # the ids are written into it: as parameters, so many take longer than the reading
    "SELECT c.article_id, r.language, c.is_plain, r.title, "  # noqa: S608
    f"CASE WHEN c.is_whole THEN r.text ELSE substr(r.text, 1, {LONG_TEXT_CHARS}) END "
    "FROM chunks AS c JOIN revisions AS r ON r.id = c.revision_id WHERE c.position = 0 AND c.article_id IN ({})"
)


def count(
    connection: Connection, phrases: Sequence[Sought], articles: Sequence[Candidate], holding: int
) -> list[Times]:
    """By phrase, how often it stands in each of `articles`; at most `holding` articles have any one of the phrases."""
    spans = [span for phrase in phrases if (span := _tokens(phrase))]
    if connection.dialect.name != "sqlite" or holding > READ_OFF_UP_TO or len(spans) < len(phrases):
        found = _count_in_texts(connection, phrases, [each.id for each in articles])
        return [[found[each.id][place] for each in articles] for place in range(len(phrases))]
    in_pieces = [_read_off(connection, span, phrase.column).get for span, phrase in zip(spans, phrases, strict=True)]
    pieces = [each.piece or 0 for each in articles]
    by_phrase = [[times(each, 0) + TITLE_WEIGHT * times(-each, 0) for each in pieces] for times in in_pieces]
    if 0 in pieces:
        found = _count_in_texts(connection, phrases, [each.id for each in articles if each.piece is None])
        for at, each in enumerate(articles):
            for numbers, number in zip(by_phrase, found.get(each.id, ()), strict=False):
                numbers[at] = number
    return by_phrase


def _read_off(connection: Connection, span: tuple[str, str], column: str | None) -> Counter[int]:
    """By piece of the index, how often any of the tokens in `span` stands in it."""
    times = Counter([place for (place,) in plain_rows(connection, _TERMS, span)])
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
    connection: Connection, phrases: Sequence[Sought], ids: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    if not ids:
        return {}
    caseless = have_no_case(phrases)
    finders = Finders(phrases)
    found: dict[int, tuple[int, ...]] = dict.fromkeys(ids, (0,) * len(phrases))
    rows = plain_rows(connection, _TEXTS.format(",".join(map(str, ids))))
    for article_id, language, plain, title, body in rows:
        compared = (title, body) if plain and caseless else (_compared(title, plain), _compared(body, plain))
        found[article_id] = _times(finders.of(language), *compared)
    return found


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


def mean_chars(articles: Sequence[Candidate]) -> float:
    """The mean length that others are compared with; never below 1."""
    return max(1.0, round(sum(each.chars for each in articles) / len(articles), 3)) if articles else 1.0


def ranked(
    articles: Sequence[Candidate], by_phrase: Sequence[Times], mean: float, rarity: Sequence[float]
) -> list[tuple[float, int]]:
    """Scores and ids, best first, ties by the newer id."""
    shortest, longer, most = K1 * (1 - B), K1 * B / mean, K1 + 1
    dampings = [shortest + longer * chars for _, _, _, chars, _ in articles]
    scores = [0.0] * len(articles)
    for times, weight in zip(by_phrase, rarity, strict=True):
        scores = [
            score + (weight * number / (number + damping) if number else 0.0)
            for score, number, damping in zip(scores, times, dampings, strict=True)
        ]
    scored = sorted(zip([-round(most * score, 6) for score in scores], [-each.id for each in articles], strict=True))
    return [(-score, -article_id) for score, article_id in scored]
