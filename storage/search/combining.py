"""Words that are combined with AND, OR and NOT as one question to the index.

Whether an article of one piece has all of some words shows in that piece. Of an article in several, each word may
stand in another piece: it is asked for word by word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from storage.search.asking import Asked, asked_of, token_of, tsqueries
from storage.search.schema import AGAIN, FTS_TABLE, VECTOR_TABLE
from storage.search.tree import And, Near, Node, Not, Or, Phrase

MAX_LEVELS = 10  # of a tree; the engines' parsers give up on more than some dozens of parentheses

_IN_TEXT = (
    "CASE WHEN is_whole AND is_plain THEN (SELECT strpos(r.title, {}) > 0 OR strpos(r.text, {}) > 0 "  # noqa: S608
    f"FROM revisions AS r WHERE r.id = {VECTOR_TABLE}.revision_id) "
    "ELSE title @@ CAST({} AS tsquery) OR body @@ CAST({} AS tsquery) END"
)
_IN_PIECES = "article_id IN (SELECT article_id FROM {} WHERE NOT is_whole AND {})"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, or another expression, in plain SQL, with {} in the places of its values."""

    template: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Combined:
    """What is asked of the index."""

    of_piece: Condition  # of a piece that is an article alone; and of any, when one can answer for its article
    of_article: Condition  # of the article_id of a piece that is not
    is_one: bool  # whether one piece can answer for its article, however many that has
    # Where one word is asked for: of a piece that has it once, by PostgreSQL's index; and of every other that has it.
    apart: tuple[Condition, Condition] | None = None


def combined(tree: Node, *, sqlite: bool) -> Combined | None:
    """`tree` as one question; None when it asks for more than words, or only for what must not be there."""
    if not _is_of_words(tree) or _levels(tree) > MAX_LEVELS:
        return None
    if sqlite:
        question = _Rendering("NOT", _fts, _fts).of(tree).template
        of_piece = Condition(f"{FTS_TABLE} MATCH {{}}", (question,))
        of_article = _Rendering("AND NOT", _article_with_fts, _article_with_fts).of(tree)
    else:
        of_piece = _Rendering("AND NOT", vectors, _piece_with_vectors).of(tree)
        of_article = _Rendering("AND NOT", _article_with_vectors, _article_with_vectors).of(tree)
    return Combined(of_piece, of_article, _merged(tree) is not None, None if sqlite else _apart(tree))


def _is_of_words(node: Node) -> bool:
    if isinstance(node, Or):
        return all(map(_is_of_words, node.parts))
    if isinstance(node, And):
        asked = [part.part if isinstance(part, Not) else part for part in node.parts]
        return all(map(_is_of_words, asked)) and not all(isinstance(part, Not) for part in node.parts)
    return isinstance(node, Phrase | Near)


def _levels(node: Node) -> int:
    parts = node.parts if isinstance(node, And | Or) else (node.part,) if isinstance(node, Not) else ()
    return 1 + max(map(_levels, parts), default=0)


def _merged(node: Node) -> list[Asked] | None:
    """What to ask for when any one of it answers `node`; None when more than one has to."""
    if isinstance(node, Phrase | Near):
        questions = asked_of(node)
        return questions[0] if len(questions) == 1 else None
    if not isinstance(node, Or):
        return None
    each = [_merged(part) for part in node.parts]
    return None if None in each else [one for asked in each if asked for one in asked]


def _apart(tree: Node) -> tuple[Condition, Condition] | None:
    """What pieces have that have the word `tree` once, and what the others; None when it is no word."""
    if not isinstance(tree, Phrase) or tree.column or (found := token_of(tree)) is None or found[1]:
        return None
    word, again, any_again = f"'{found[0]}'", f"'{AGAIN}{found[0]}'", f"'{AGAIN}'"
    once = _any_vector({"body": f"{word} & !{again} & !{any_again}"})
    return once, _any_vector({"title": word, "body": f"{again} | {word} & {any_again}"})


_Leaf = Callable[[Sequence[Asked]], Condition]


@dataclass(frozen=True, slots=True)
class _Rendering:
    """How a tree is written down: its leaves, and those that must not be there."""

    without: str
    wanted: _Leaf
    unwanted: _Leaf

    def of(self, node: Node) -> Condition:
        if (asked := _merged(node)) is not None:
            return self.wanted(asked)
        if isinstance(node, Or):
            one = [part for part in node.parts if _merged(part) is not None]
            others = [self.of(part) for part in node.parts if _merged(part) is None]
            return _joined("OR", [*([self.of(Or(tuple(one)))] if one else []), *others])
        if isinstance(node, And):
            found = _joined("AND", [self.of(part) for part in node.parts if not isinstance(part, Not)])
            if unwanted := tuple(part.part for part in node.parts if isinstance(part, Not)):
                against = _Rendering(self.without, self.unwanted, self.unwanted)
                return _joined(self.without, [found, against.of(unwanted[0] if len(unwanted) == 1 else Or(unwanted))])
            return found
        assert isinstance(node, Phrase | Near)
        return _joined("AND", [self.wanted(each) for each in asked_of(node)])


def _joined(operator: str, parts: Sequence[Condition]) -> Condition:
    values = tuple(value for part in parts for value in part.values)
    return Condition(f"({f' {operator} '.join(part.template for part in parts)})", values)


def _fts(asked: Sequence[Asked]) -> Condition:
    """In the words of FTS5: no SQL."""
    return Condition(f"({' OR '.join(each.fts() for each in asked)})", ())


def _article_with_fts(asked: Sequence[Asked]) -> Condition:
    matching = f"+id IN (SELECT rowid FROM {FTS_TABLE} WHERE {FTS_TABLE} MATCH {{}})"  # noqa: S608
    return Condition(_IN_PIECES.format("chunks", matching), (_fts(asked).template,))


def vectors(asked: Sequence[Asked]) -> Condition:
    """What a row of PostgreSQL's index has when it answers any of `asked`."""
    (first, *others) = asked
    if first.literal and len(first.row[0]) > 1 and first.column is None and not others:
        return _literal(first, first.literal)
    return _any_vector(tsqueries(asked))


def _any_vector(questions: Mapping[str, str]) -> Condition:
    conditions = " OR ".join(f"{name} @@ CAST({{}} AS tsquery)" for name in questions)
    return Condition(f"({conditions})", tuple(questions.values()))


def _literal(asked: Asked, literal: str) -> Condition:
    """As any phrase, but plain articles are looked through as text: to unpack their vectors takes longer."""
    phrase = asked.tsquery()
    by_index = _any_vector({"title": phrase, "body": asked.ts_anywhere()})
    return _joined("AND", [by_index, Condition(_IN_TEXT, (literal, literal, phrase, phrase))])


def _piece_with_vectors(asked: Sequence[Asked]) -> Condition:
    """As a set: to look at the vectors of each piece takes longer than to look up all that match."""
    inner = vectors(asked)
    return Condition(f"chunk_id IN (SELECT chunk_id FROM {VECTOR_TABLE} WHERE {inner.template})", inner.values)  # noqa: S608


def _article_with_vectors(asked: Sequence[Asked]) -> Condition:
    inner = vectors(asked)
    return Condition(_IN_PIECES.format(VECTOR_TABLE, inner.template), inner.values)
