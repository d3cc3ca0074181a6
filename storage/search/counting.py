"""How often phrases stand in articles, matches in the title thrice: what BM25 goes by.

Where one token is asked for, it is read off the index: PostgreSQL's says of most articles that they have it once,
SQLite's has every place, for when not too many articles have it. Then no text is read. Otherwise it is counted in the
texts; literals by PostgreSQL itself, while it looks the articles up. All give the same numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from storage.dialect import plain_rows
from storage.search.analyser import fold, is_run
from storage.search.asking import token_of
from storage.search.candidates import UNCOUNTED, Candidates, Times
from storage.search.combining import Condition
from storage.search.finding import Finder, Finders, literal
from storage.search.schema import TERMS_TABLE
from storage.search.tree import Phrase, Sought

TITLE_WEIGHT = 3

LONG_TEXT_CHARS = 20_000  # of a text that is in several pieces, no more is counted in
READ_OFF_UP_TO = 4_000  # articles with a token; of more of them, counting in the newest texts is cheaper

_LAST = "\U0010ffff"
_IN_TITLE = " || ',' || ".join(["doc"] * TITLE_WEIGHT)
_TERMS = (  # every piece as often as it counts; as one text, for row by row takes longer
    f"SELECT group_concat(CASE col WHEN 'title' THEN {_IN_TITLE} WHEN 'body' THEN {{}} END) "  # noqa: S608
    f"FROM {TERMS_TABLE} WHERE term >= ? AND term <= ?"
)
_TEXTS = (
    "SELECT c.article_id, c.is_plain, r.language, r.title, {} "
    "FROM chunks AS c JOIN revisions AS r ON r.id = c.revision_id WHERE {}"
)
# The ids are written into it: as parameters, so many take longer than the reading, and so does PostgreSQL's IN.
_AMONG = {"sqlite": "{} IN ({})", "postgresql": "{} = ANY ('{{{}}}')"}
_BYTES_OF = "(octet_length({}) - octet_length(replace({}, {{}}, '')))"
_BEGINNING = f"substr(r.text, 1, {LONG_TEXT_CHARS})"


def counted_there(phrases: Sequence[Sought], *, apart: bool = False) -> list[Condition]:
    """PostgreSQL's column for each phrase, of how often it stands in the revision `r` of the piece `c`.

    `UNCOUNTED` where it must be counted here; no columns when nothing can be counted there. With `apart`, there is one
    phrase, and `c.is_once` says where the index has it once.
    """
    columns: list[Condition] = []
    for phrase in phrases:
        once = "WHEN c.is_whole AND c.is_once THEN 1 " if apart else ""
        if sought := literal(phrase):
            weights = {"r.title": TITLE_WEIGHT} if phrase.column == "title" else {"r.title": TITLE_WEIGHT, "r.text": 1}
            found = " + ".join(f"{weight} * {_BYTES_OF.format(column, column)}" for column, weight in weights.items())
            counted, values = f"WHEN c.is_whole AND c.is_plain THEN ({found}) / {len(sought.encode())} ", len(weights)
        elif once:
            counted, values = "", 0
        else:
            return []
        columns.append(Condition(f"CASE {once}{counted}ELSE {UNCOUNTED} END", (sought or "",) * values))
    return columns


def count(connection: Connection, phrases: Sequence[Sought], articles: Candidates, holding: int) -> Sequence[Times]:
    """By phrase, how often it stands in each of `articles`; at most `holding` articles have any one of the phrases."""
    by_phrase = articles.times or _read_off(connection, phrases, articles, holding)
    if by_phrase and UNCOUNTED not in by_phrase[0]:
        return by_phrase
    counted = [list(times) for times in by_phrase] or [[UNCOUNTED] * len(articles) for _ in phrases]
    places = [place for place, number in enumerate(counted[0]) if number == UNCOUNTED]
    found = _count_here(connection, phrases, [(articles.ids[place], articles.pieces[place]) for place in places])
    nowhere = (0,) * len(phrases)
    for place in places:
        for times, number in zip(counted, found.get(articles.ids[place], nowhere), strict=True):
            times[place] = number
    return counted


def have_no_case(phrases: Iterable[Sought]) -> bool:
    """Whether upper case makes no difference to `phrases`, for they are of scripts that have none."""
    return all(isinstance(phrase, Phrase) and all(map(is_run, phrase.atoms)) for phrase in phrases)


# --- off the index ------------------------------------------------------------------------------------------------


def _read_off(connection: Connection, phrases: Sequence[Sought], articles: Candidates, holding: int) -> Sequence[Times]:
    """By phrase, how often it stands in each of `articles` by SQLite's index, `UNCOUNTED` of those in several pieces.

    Nothing when that cannot be read off, or would take longer than to count.
    """
    spans = [(token, token + _LAST * open_end) for token, open_end in filter(None, map(token_of, phrases))]
    if connection.dialect.name != "sqlite" or holding > READ_OFF_UP_TO or len(spans) < len(phrases):
        return ()
    found = []
    for span, phrase in zip(spans, phrases, strict=True):
        by_piece = _by_piece(connection, span, phrase.column)
        found.append([*map(by_piece.__getitem__, articles.pieces)])
    return found


def _by_piece(connection: Connection, span: tuple[str, str], column: str | None) -> Counter[int | None]:
    """By piece of the index, how often any of the tokens in `span` stands in it; of None, `UNCOUNTED`."""
    ((places,),) = plain_rows(connection, _TERMS.format("NULL" if column else "doc"), span)
    times: Counter[int | None] = Counter(json.loads(f"[{places or ''}]"))
    times[None] = UNCOUNTED
    return times


# --- in the texts -------------------------------------------------------------------------------------------------


def _count_here(
    connection: Connection, phrases: Sequence[Sought], articles: Sequence[tuple[int, int | None]]
) -> dict[int, tuple[int, ...]]:
    """By article, how often each of the phrases stands in its text; `articles` are ids, each with its only piece.

    Of those that are not in the index, nothing.
    """
    whole = [piece for _, piece in articles if piece is not None]
    several = [article_id for article_id, piece in articles if piece is None]
    caseless = have_no_case(phrases)
    finders = Finders(phrases)
    found: dict[int, tuple[int, ...]] = {}
    among = _AMONG[connection.dialect.name]
    for key, which, body in (("c.id", whole, "r.text"), ("c.position = 0 AND c.article_id", several, _BEGINNING)):
        if not which:
            continue
        asked = _TEXTS.format(body, among.format(key, ",".join(map(str, which))))
        for article_id, is_plain, language, *texts in plain_rows(connection, asked):
            compared = texts if is_plain and caseless else [_compared(each, is_plain) for each in texts]
            found[article_id] = _times(finders.of(language), *compared)
    return found


def _compared(written: str, plain: bool) -> str:
    """`written` as phrases are looked for in it."""
    return written.lower() if plain else fold(written)


def _times(finders: Iterable[Finder], title: str, body: str) -> tuple[int, ...]:
    return tuple(
        TITLE_WEIGHT * finder.count(title) + (0 if finder.title_only else finder.count(body)) for finder in finders
    )
