"""The query language: from what was typed to a tree, or a `QueryError` that shows where.

    中国 经济            both, anywhere in the article          AND may be written
    "crude oil"          the words in a row                     “ ” and ＂ are quotes too
    oil OR gas           either
    oil NOT gas, -gas    without
    (oil OR gas) price   grouped
    econom*              words that begin so
    title:oil            in the headline; also title:"…" and title:(…)
    portal:bbc           a portal's id, or words of its name
    lang:zh              a language; zh covers zh-Hans and zh-Hant
    date:2026-01..2026-03, date:2026, date:2026-03-05, date:..2025       published then (UTC)
    captured:2026-03-05, captured:2026-03-01..2026-03-05                 first captured, or imported, then (UTC)

Operators are upper case, so that "and" stays a word. An empty query, or * alone, finds everything.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from newsroom.errors import QueryError
from storage.search.analyser import atoms, is_run
from storage.search.tree import And, Between, Captured, Everything, InLanguage, InPortal, Node, Not, Or, Phrase

MAX_CHARS = 4_000
MAX_PHRASES = 64
MAX_DEPTH = 40
FIELDS = ("title", "portal", "lang", "date", "captured")

_QUOTES = "“”„‟＂「」『』〝〞«»"
_SAME = str.maketrans({**dict.fromkeys(_QUOTES, '"'), "（": "(", "）": ")", "＊": "*", "－": "-", "−": "-"})
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # no database takes all of these
_OPERATOR = re.compile(r'(AND|&&?|OR|\|\|?|NOT)(?=[\s()"]|$)')
_MEANING = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR"}
_MINUS = re.compile(r'(?<![^\s(])-(?=[\w"(])')
_FIELD = re.compile(r"([A-Za-z]+)[:：](?!//)")
_WORD = re.compile(r'[^\s"()]+')
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


def parse(query: str) -> Node:
    """The tree of `query`. Raises QueryError with a caret under the place that does not parse, and nothing else."""
    return _Parser(_UNSAFE.sub(" ", query).translate(_SAME)).whole()


def date_span(written: str) -> tuple[datetime | None, datetime | None]:
    """The UTC times that `2026`, `2026-03`, `2026-03-05` or `A..B` span: from, and up to but not including.

    None is an open end. Raises ValueError, with a sentence for people, when it is no date.
    """
    first, dots, last = written.partition("..")
    if not dots:
        return _span_of_day(first)
    since = _span_of_day(first)[0] if first else None
    until = _span_of_day(last)[1] if last else None
    if since is None and until is None:
        raise ValueError("a span needs a date on at least one side of ..")
    if since is not None and until is not None and since >= until:
        raise ValueError("the span ends before it begins")
    return since, until


def _span_of_day(written: str) -> tuple[datetime, datetime]:
    found = _DAY.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is not a date like 2026, 2026-03 or 2026-03-05")
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, 1 if month is None else month, 1 if day is None else day, tzinfo=UTC)
        if day is not None:
            return start, start + timedelta(days=1)
        if month is not None and month < 12:
            return start, start.replace(month=month + 1)
        return start, start.replace(year=start.year + 1, month=1)
    except (ValueError, OverflowError):
        raise ValueError(f"{written!r} is not in the calendar") from None


class _Parser:
    """Recursive descent over one query; `_at` is the next character to read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._phrases = 0

    def whole(self) -> Node:
        if len(self._text) > MAX_CHARS:
            raise QueryError(f"query: {len(self._text)} characters; at most {MAX_CHARS} are searched for")
        if self._text.strip() in {"", "*"}:
            return Everything()
        tree = self._either(None)
        if self._at < len(self._text):
            self._fail(self._at, "no ( stands before this )")
        return tree

    def _either(self, column: str | None) -> Node:
        parts = [self._both(column)]
        while self._take_operator("OR"):
            parts.append(self._both(column))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, column: str | None) -> Node:
        start = self._at
        parts: list[Node] = []
        open_and: int | None = None
        while not self._ends_here():
            at = self._at
            if self._take_operator("AND"):
                if not parts or open_and is not None:
                    self._fail(at, "AND needs something on both sides")
                open_and = at
            elif (part := self._one(column)) is not None:
                parts.append(part)
                open_and = None
        if open_and is not None:
            self._fail(open_and, "AND needs something on both sides")
        if not parts:
            self._fail(start, "nothing to search for here")
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _ends_here(self) -> bool:
        self._skip_space()
        return self._at == len(self._text) or self._text[self._at] == ")" or self._sees_operator("OR")

    def _one(self, column: str | None) -> Node | None:
        """One operand; None for a word without a single searchable character."""
        self._skip_space()
        at = self._at
        if self._depth >= MAX_DEPTH:
            self._fail(at, f"more than {MAX_DEPTH} levels deep")
        self._depth += 1
        try:
            if self._take_operator("NOT") or self._take(_MINUS):
                part = None if self._ends_here() or self._sees_operator("AND") else self._one(column)
                return Not(part) if part else self._fail(at, "NOT needs something to leave out")
            if field := self._field():
                return self._in_field(field, at)
            return self._primary(column)
        finally:
            self._depth -= 1

    def _field(self) -> str | None:
        """Takes `name:` where it is a field; leaves it where it is only a word with a colon."""
        found = _FIELD.match(self._text, self._at)
        if found is None:
            return None
        name = found[1].lower()
        if name in FIELDS:
            self._at = found.end()
            return name
        if found[0].endswith("：") or not self._text[found.end() : found.end() + 1].strip():
            return None  # a headline that was pasted in: "Breaking: …"
        near = difflib.get_close_matches(name, FIELDS, 1)
        hint = f"did you mean {near[0]}:?" if near else f"there are {', '.join(f'{field}:' for field in FIELDS)}."
        return self._fail(self._at, f'no field is called {found[1]}; {hint} For the words alone write "{found[1]} …"')

    def _in_field(self, field: str, at: int) -> Node | None:
        self._skip_space()
        if self._ends_here():
            self._fail(at, f"{field}: needs a value")
        if field == "title":
            return self._primary("title")
        value_at = self._at
        if self._text[value_at] == "(":
            self._fail(value_at, f"{field}: takes one value; write ({field}:a OR {field}:b)")
        value, _ = self._value()
        value = value.strip()
        if field == "portal":
            return InPortal(value) if value else self._fail(value_at, "portal: needs an id or a name")
        if field == "lang":
            tagged = _TAG.fullmatch(value)
            return InLanguage(value.lower()) if tagged else self._fail(value_at, "lang: takes a tag like zh or en")
        try:
            span = date_span(value)
        except ValueError as error:
            return self._fail(value_at, f"{field}: {error}")
        return Captured(*span, value) if field == "captured" else Between(*span, value)

    def _primary(self, column: str | None) -> Node | None:
        at = self._at
        if self._text[at] != "(":
            return self._phrase(column)
        self._at += 1
        inner = self._either(column)
        if self._text[self._at : self._at + 1] != ")":
            self._fail(at, "this ( is not closed")
        self._at += 1
        return inner

    def _phrase(self, column: str | None) -> Phrase | None:
        at = self._at
        written, quoted = self._value()
        words = written.rstrip("* ") if quoted else written.rstrip("*")
        prefix = "*" in written[len(words) :]
        if "*" in words and not quoted:
            self._fail(at + words.index("*"), "* is for the end of a word only: econom*")
        found = tuple(atoms(words))
        if not found:
            return self._fail(at, "* needs the beginning of a word before it") if prefix else None
        self._phrases += 1
        if self._phrases > MAX_PHRASES:
            self._fail(at, f"more than {MAX_PHRASES} words or phrases")
        return Phrase(found, prefix and not is_run(found[-1]), column)

    def _value(self) -> tuple[str, bool]:
        """Takes a quoted text or a word; a * behind the closing quote comes with it."""
        if self._text[self._at] != '"':
            word = _WORD.match(self._text, self._at)
            if word is None:
                self._fail(self._at, "a word or a quoted phrase has to stand here")
            self._at = word.end()
            return word[0], False
        start = self._at
        end = self._text.find('"', start + 1)
        if end < 0:
            self._fail(start, "this quote is not closed")
        self._at = end + 1
        if self._text[self._at : self._at + 1] == "*":
            self._at += 1
            return self._text[start + 1 : end] + "*", True
        return self._text[start + 1 : end], True

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found is not None

    def _sees_operator(self, name: str) -> bool:
        found = _OPERATOR.match(self._text, self._at)
        return found is not None and _MEANING.get(found[1], found[1]) == name

    def _take_operator(self, name: str) -> bool:
        self._skip_space()
        return self._sees_operator(name) and self._take(_OPERATOR)

    def _fail(self, at: int, why: str) -> NoReturn:
        # A wide character takes two columns, and so does the ideographic space put under it.
        wide = ("\u3000" if unicodedata.east_asian_width(char) in "WF" else " " for char in self._text[:at])
        raise QueryError(f"query, character {at + 1}: {why}\n  {self._text}\n  {''.join(wide)}^")
