"""What a phrase, a stem or a nearness asks of the index, in the words of either engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from storage.search.analyser import TOKEN_CHARS, is_run
from storage.search.finding import literal
from storage.search.searchable import SIMPLIFIED_TAGS, STEM_TAGS, TAGS
from storage.search.stemming import LANGUAGES, stems
from storage.search.tree import Near, Phrase, Row, Sought

NO_STEMMER = ""  # in the place of a language: every one that has no stemmer

_Tokens = list[tuple[str, bool]]  # each with whether it is only a beginning


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about one chunk: tokens in a row, or two such rows near each other."""

    column: str | None  # of the index; None for title and body
    row: Row
    other: Row | None = None
    between: int = 0  # tokens, at most
    short: tuple[bool, bool] = (False, False)  # whether each row has a token less than its phrase takes places
    literal: str | None = None  # the characters that stand in a plain text that answers; None when there is more to it

    def tagged(self, tag: str) -> Asked:
        """The same of tokens with `tag`, which are in `extra`."""
        other = self.other and _tagged(tag, self.other)
        return Asked("extra", _tagged(tag, self.row), other, self.between, self.short)

    def fts(self) -> str:
        """As FTS5 is asked."""
        question = _fts_row(self.row)
        if self.other is not None:
            rows, between = (self.row, self.other), self.between
            if all(self.short):
                between += 1  # from the last pair of either, it is one token further
            elif any(self.short):
                rows = (_lengthened(rows[0], self.short[0]), _lengthened(rows[1], self.short[1]))
            question = f"NEAR({' '.join(map(_fts_row, rows))}, {between})"
        return f"{{{self.column}}} : {question}" if self.column else question

    def tsquery(self) -> str:
        """As PostgreSQL is asked of one column."""
        if self.other is None:
            return _ts_row(_opened(self.row))
        return " | ".join(dict.fromkeys(self._nearnesses()))

    def ts_anywhere(self) -> str:
        """As PostgreSQL is asked whether the tokens of the row are there at all, which it can tell by its index."""
        return " & ".join(f"'{token}'" for token in dict.fromkeys(self.row[0]))

    def _nearnesses(self) -> Iterator[str]:
        """Every way in which the two rows can stand near each other."""
        assert self.other is not None
        rows = (_opened(self.row), _opened(self.other))
        for first, second, short in ((*rows, self.short[0]), (*rows[::-1], self.short[1])):
            for distance in range(1, self.between + short + 2):
                yield f"({_ts_row(first)}) <{distance}> ({_ts_row(second)})"
            for shift in range(len(first)):
                if merged := _merged(first, second, shift):
                    yield _ts_row(merged)


def asked_of(sought: Sought) -> list[list[Asked]]:
    """Questions of which a chunk answers any one; one such list, or more when each may be answered by another chunk.

    For a stem, those of the words that have it by changing; the words that are it are asked for by `plain_stems`.
    """
    if isinstance(sought, Phrase):
        rows = sought.windows()
        written = literal(sought) if len(rows) == 1 and not rows[0][1] else None
        return [_wherever(sought, Asked(_column(sought), row, literal=written)) for row in rows]
    if isinstance(sought, Near):
        (first,), (second,) = sought.first.windows(), sought.second.windows()
        short = (_is_short(sought.first), _is_short(sought.second))
        return [_wherever(sought.first, Asked(_column(sought.first), first, second, sought.between, short))]
    tags = [STEM_TAGS["title"]] if sought.column else list(STEM_TAGS.values())
    word = sought.word[:TOKEN_CHARS]
    return [[Asked("extra", ((_stem_token(tag, each, word),), False)) for tag in tags for each in LANGUAGES]]


def token_of(sought: Sought) -> tuple[str, bool] | None:
    """The token that the index has as often as a text has `sought`, and whether it is only the beginning of such.

    None when there is none.
    """
    if not isinstance(sought, Phrase) or sought.any_han:
        return None
    ((token, *others), open_end), *more = sought.windows()
    doubled = len(sought.atoms[0]) == 2 and len(set(token)) == 1  # 哈哈哈 has it once by count, twice by tokens
    return None if others or more or doubled or len(token) >= TOKEN_CHARS else (token, open_end)


def plain_stems(word: str, column: str | None) -> dict[Asked, tuple[str, ...]]:
    """What to ask for the words that are the stem of `word` themselves, and of which languages that holds."""
    word = word[:TOKEN_CHARS]
    found: dict[str, list[str]] = {word: [NO_STEMMER]}
    for language in LANGUAGES:
        known = stems(language)
        assert known is not None
        if known[known[word]] == known[word]:
            found.setdefault(known[word], []).append(language)
    return {Asked(column, ((plain,), False)): tuple(languages) for plain, languages in found.items()}


def tsqueries(asked: Sequence[Asked]) -> dict[str, str]:
    """By column of the index, what PostgreSQL is asked when any of `asked` will do."""
    found: dict[str, list[str]] = {}
    for each in asked:
        question = each.tsquery()
        for column in (each.column,) if each.column else ("title", "body"):
            found.setdefault(column, []).append(f"({question})")
    return {column: " | ".join(questions) for column, questions in found.items()}


def _stem_token(tag: str, language: str, word: str) -> str:
    known = stems(language)
    assert known is not None
    return f"{tag}{language}{known[word]}"


def _column(phrase: Phrase) -> str | None:
    return "extra" if phrase.column in TAGS else phrase.column


def _wherever(phrase: Phrase, asked: Asked) -> list[Asked]:
    """`asked` in the fields that `phrase` goes by, and in their simplified forms when it goes by those too."""
    found = [asked.tagged(TAGS[phrase.column])] if phrase.column in TAGS else [asked]
    if phrase.any_han:
        found += [asked.tagged(SIMPLIFIED_TAGS[name]) for name in ([phrase.column] if phrase.column else STEM_TAGS)]
    return found


def _is_short(phrase: Phrase) -> bool:
    """Whether it ends in a pair of characters, which is one token."""
    return is_run(phrase.atoms[-1]) and len(phrase.atoms[-1]) > 1


def _lengthened(row: Row, short: bool) -> Row:
    """`row` with its last character as a token of its own, so that it takes as many tokens as places."""
    if not short:
        return row
    last = row[0][-1]
    return (*row[0], last[:-2] + last[-1]), True


def _tagged(tag: str, row: Row) -> Row:
    return tuple(tag + token for token in row[0]), row[1]


def _fts_row(row: Row) -> str:
    return f'"{" ".join(row[0])}"{"*" if row[1] else ""}'


def _opened(row: Row) -> _Tokens:
    last = len(row[0]) - 1
    return [(token, row[1] and place == last) for place, token in enumerate(row[0])]


def _ts_row(tokens: _Tokens) -> str:
    return " <-> ".join(f"'{token}':*" if open_end else f"'{token}'" for token, open_end in tokens)


def _merged(first: _Tokens, second: _Tokens, shift: int) -> _Tokens | None:
    """The row that has `first` from its beginning and `second` from `shift` on; None when they contradict."""
    found: _Tokens = []
    for one, other in zip_longest(first, [*([None] * shift), *second]):
        token = _both(one, other) if one and other else one or other
        if token is None:
            return None
        found.append(token)
    return found


def _both(one: tuple[str, bool], other: tuple[str, bool]) -> tuple[str, bool] | None:
    """What a token is that is both."""
    for (token, open_end), (longer, end) in ((one, other), (other, one)):
        if token == longer:
            return token, open_end and end
        if open_end and longer.startswith(token):
            return longer, end
    return None
