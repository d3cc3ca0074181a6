"""A query as a tree: what the parser makes and both engines are asked with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from storage.search.analyser import PHRASE_TOKENS, is_run, phrase_tokens


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, at least one; folded by the analyser."""

    atoms: tuple[str, ...]
    prefix: bool = False  # the last word is only a beginning
    column: str | None = None  # title, or None for title and text

    def windows(self) -> list[tuple[tuple[str, ...], bool]]:
        """Token rows that the text has when it has the phrase; each with whether its last token is a beginning.

        More than one for a phrase too long to lie whole in every chunk; then all have to be in the article.
        """
        tokens, open_end = phrase_tokens(self.atoms)
        open_end = open_end or (self.prefix and not is_run(self.atoms[-1]))
        step = PHRASE_TOKENS // 2
        last_start = max(0, len(tokens) - PHRASE_TOKENS)
        starts = [*range(0, last_start, step), last_start]
        return [(tokens[at : at + PHRASE_TOKENS], open_end and at == last_start) for at in starts]

    def __str__(self) -> str:
        words = " ".join(self.atoms)
        quoted = words if len(self.atoms) == 1 else f'"{words}"'
        return f"{self.column}:{quoted}{'*' * self.prefix}" if self.column else f"{quoted}{'*' * self.prefix}"


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


Node = Phrase | InPortal | InLanguage | Between | Captured | Everything | Not | And | Or


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


def wanted_phrases(node: Node) -> Iterator[Phrase]:
    """The phrases that make an article match, in order; not those it must not have."""
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from wanted_phrases(part)
