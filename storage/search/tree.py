"""A query as a tree: what the parser makes and both engines are asked with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from storage.search.analyser import PHRASE_TOKENS, is_run, phrase_tokens

Row = tuple[tuple[str, ...], bool]  # adjacent tokens, and whether the last is only a beginning


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, at least one; folded by the analyser."""

    atoms: tuple[str, ...]
    prefix: bool = False  # the last word is only a beginning
    column: str | None = None  # title, byline, source or section; None for title and text
    any_han: bool = False  # traditional and simplified characters are the same; the atoms are simplified

    def windows(self) -> list[Row]:
        """Token rows that the text has when it has the phrase; each with whether its last token is a beginning.

        More than one for a phrase too long to lie whole in every chunk; then all have to be in the article.
        """
        tokens, open_end = phrase_tokens(self.atoms)
        open_end = open_end or (self.prefix and not is_run(self.atoms[-1]))
        step = PHRASE_TOKENS // 2
        last_start = max(0, len(tokens) - PHRASE_TOKENS)
        starts = [*range(0, last_start, step), last_start]
        return [(tokens[at : at + PHRASE_TOKENS], open_end and at == last_start) for at in starts]

    @property
    def places(self) -> int:
        """How many places it takes in a text: a character of a script without spaces takes one, and so does a word."""
        return sum(map(places, self.atoms))

    def __str__(self) -> str:
        words = " ".join(self.atoms)
        quoted = words if len(self.atoms) == 1 else f'"{words}"'
        return f"{_before(self.column)}{quoted}{'*' * self.prefix}"


@dataclass(frozen=True, slots=True)
class Stem:
    """Words with the stem of `word`, by the stemmer of the language that the text is in."""

    word: str
    column: str | None = None  # title, or None for title and text

    def __str__(self) -> str:
        return f"{_before(self.column)}{self.word}~"


@dataclass(frozen=True, slots=True)
class Near:
    """Two phrases in one field, in either order, with at most `between` places between them."""

    first: Phrase
    second: Phrase
    between: int

    @property
    def column(self) -> str | None:
        return self.first.column

    def __str__(self) -> str:
        first, second = (replace(each, column=None) for each in (self.first, self.second))
        return f"{_before(self.column)}NEAR({first} {second}, {self.between})"


@dataclass(frozen=True, slots=True)
class InPortal:
    """Articles of a portal: its id, or words of its name."""

    value: str

    def __str__(self) -> str:
        return f'portal:"{self.value}"'


@dataclass(frozen=True, slots=True)
class InLanguage:
    """Articles in a language; zh covers zh-Hans and zh-Hant."""

    tag: str

    def __str__(self) -> str:
        return f"lang:{self.tag}"


@dataclass(frozen=True, slots=True)
class Between:
    """Articles published from `since` up to but not including `until`; None is open."""

    since: datetime | None
    until: datetime | None
    written: str

    def __str__(self) -> str:
        return f"date:{self.written}"


@dataclass(frozen=True, slots=True)
class Captured:
    """Articles first captured from `since` up to but not including `until`; None is open."""

    since: datetime | None
    until: datetime | None
    written: str

    def __str__(self) -> str:
        return f"captured:{self.written}"


@dataclass(frozen=True, slots=True)
class InStory:
    """Articles of the story that article `number` is in; a story's own number is one of its articles'."""

    number: int

    def __str__(self) -> str:
        return f"story:{self.number}"


@dataclass(frozen=True, slots=True)
class OfKind:
    """Articles that are such a copy, or that are the likely `original` of others, or the `single` one of a story."""

    kind: str

    def __str__(self) -> str:
        return f"kind:{self.kind}"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every article."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Not:
    """What `part` does not find."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_grouped(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """What every one of `parts` finds; at least two."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(map(_grouped, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """What any of `parts` finds; at least two."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(_grouped, self.parts))


Sought = Phrase | Stem | Near  # what is looked for in texts
About = InPortal | InLanguage | Between | Captured | InStory | OfKind  # what is known of articles
Node = Sought | About | Everything | Not | And | Or


def places(atom: str) -> int:
    """How many places an atom takes in a text."""
    return len(atom) if is_run(atom) else 1


def _before(column: str | None) -> str:
    return f"{column}:" if column else ""


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


def wanted_phrases(node: Node) -> Iterator[Sought]:
    """What makes an article match by its title and text, in order; not what it must not have."""
    if isinstance(node, Phrase | Stem | Near):
        if node.column in {None, "title"}:
            yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from wanted_phrases(part)
