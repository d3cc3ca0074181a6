"""The grammar of queries: a recursive descent from what was typed to a tree. The language: `storage.search.query`."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import NoReturn

from newsroom.han import simplify
from storage.search.analyser import PHRASE_TOKENS, atoms, is_run
from storage.search.tree import And, Everything, Near, Node, Not, Or, Phrase, Stem
from storage.search.values import WrongValue, read_value

MAX_CHARS = 4_000
MAX_PHRASES = 64
MAX_DEPTH = 40
NEAR_PLACES = 10  # between the two, when it is not said
STEM_COSTS = 4  # as much as so many phrases
TEXT_FIELDS = ("title", "byline", "source", "section")
FIELDS = (*TEXT_FIELDS, "portal", "lang", "kind", "story", "date", "captured")

_ALSO_CALLED = {
    "author": "byline", "authors": "byline", "by": "byline", "cluster": "story", "copy": "kind", "headline": "title",
    "language": "lang", "outlet": "source", "published": "date", "site": "portal", "type": "kind",
}  # fmt: skip

_QUOTES = "“”„‟＂「」『』〝〞«»"
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) != "："}
SAME = str.maketrans({**_WIDE, **dict.fromkeys(_QUOTES, '"'), "−": "-", "〜": "~", "∼": "~"})
OPERATOR = re.compile(r'(AND|&&?|OR|\|\|?|NOT)(?=[\s()"]|$)')
_MEANING = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR"}
_MINUS = re.compile(r'(?<![^\s(])-(?=[\w"(])')
_FIELD = re.compile(r"([A-Za-z]+)[:：](?!//)")
_WORD = re.compile(r'[^\s"()]+')
_NEAR = re.compile(r"NEAR\s*\(")
_NEAR_WHOLE = re.compile(r'NEAR\s*\(((?:"[^"]*"|[^"()])*)\)')
_NEAR_NUMBER = re.compile(r",\s*(\d{1,6})\s*\Z", re.ASCII)
_NEAR_OPERAND = re.compile(r'"[^"]*"\*?|[^\s",]+')
_ENDING = re.compile(r"([*~]+)\d*")
_PROXIMITY = re.compile(r'"([^"]*\w[^"]*)"~(\d{1,9})', re.ASCII)
_NEAR_BETWEEN = re.compile(r'("[^"]*"|[^\s"()]+)\s+NEAR/(\d+)\s+("[^"]*"|[^\s"()]+)', re.ASCII)


class Unreadable(Exception):
    """`why` the query cannot be read from character `at` on, and what was perhaps meant `instead`."""

    def __init__(self, at: int, why: str, instead: str | None) -> None:
        super().__init__(why)
        self.at = at
        self.instead = instead


class Parser:
    """Recursive descent over one query; `_at` is the next character to read."""

    def __init__(self, written: str, fold_han: bool = False) -> None:
        self._text = written.translate(SAME)
        self._fold_han = fold_han
        self._at = 0
        self._depth = 0
        self._phrases = 0

    def whole(self) -> Node:
        if len(self._text) > MAX_CHARS:
            self._fail(0, f"{len(self._text)} characters; at most {MAX_CHARS} are searched for")
        if self._text.strip() in {"", "*"}:
            return Everything()
        tree = self._either(None)
        if self._at < len(self._text):
            self._fail(self._at, "no ( stands before this )", self._with("", self._at, self._at + 1))
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
                    self._fail_and(at)
                open_and = at
            elif (part := self._one(column)) is not None:
                parts.append(part)
                open_and = None
        if open_and is not None:
            self._fail_and(open_and)
        if not parts:
            self._fail(start, "nothing to search for here", self._without_hole(start))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _fail_and(self, at: int) -> NoReturn:
        found = OPERATOR.match(self._text, at)
        self._fail(at, "AND needs something on both sides", self._with("", at, found.end() if found else at))

    def _without_hole(self, start: int) -> str | None:
        """The query without the operator or the empty group around a place where nothing is sought."""
        if found := OPERATOR.match(self._text, self._at):
            return self._with("", self._at, found.end())
        if operator := re.search(r"(OR|\|\|?)\s*\Z", self._text[:start]):
            return self._with("", operator.start(), start)
        opened = self._text.rfind("(", 0, start)
        return self._with("", opened, self._at + 1) if opened >= 0 else None

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
                end = self._at
                part = None if self._ends_here() or self._sees_operator("AND") else self._one(column)
                if part is None:
                    self._fail(at, "NOT needs something to leave out", self._with("", at, end))
                return Not(part)
            if field := self._field():
                return self._in_field(field, at)
            return self._primary(column)
        finally:
            self._depth -= 1

    # --- fields -------------------------------------------------------------------------------------------------

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
        likely = difflib.get_close_matches(name, (*FIELDS, *_ALSO_CALLED), 1, 0.7)
        near = [_ALSO_CALLED.get(each, each) for each in ([name] if name in _ALSO_CALLED else likely)]
        hint = f"did you mean {near[0]}:?" if near else f"there are {', '.join(f'{field}:' for field in FIELDS)}"
        instead = self._with(f"{near[0]}:" if near else f"{found[1]} ", self._at, found.end())
        return self._fail(self._at, f"no field is called {found[1]}; {hint}", instead)

    def _in_field(self, field: str, at: int) -> Node | None:
        self._skip_space()
        if self._ends_here():
            self._fail(at, f"{field}: needs a value", self._with("", at, self._at))
        if field in TEXT_FIELDS:
            return self._primary(field)
        value_at = self._at
        if self._text[value_at] == "(":
            why = f"{field}: takes one value; write ({field}:a OR {field}:b)"
            self._fail(value_at, why, self._spread(field, at))
        value, _ = self._value()
        try:
            return read_value(field, value.strip())
        except WrongValue as wrong:
            return self._fail(value_at, str(wrong), self._with(wrong.instead, value_at, self._at))

    def _spread(self, field: str, at: int) -> str:
        """The query with the field before each value of the group that begins here."""
        end = self._text.find(")", at)
        end = len(self._text) if end < 0 else end
        values = [each for each in _WORD.findall(self._text[self._at : end]) if not OPERATOR.fullmatch(each)]
        return self._with(f"({' OR '.join(f'{field}:{each}' for each in values)})", at, end + 1)

    # --- words --------------------------------------------------------------------------------------------------

    def _primary(self, column: str | None) -> Node | None:
        at = self._at
        if self._text[at] != "(":
            return self._near(column) if _NEAR.match(self._text, at) else self._word(column)
        self._at += 1
        inner = self._either(column)
        if self._text[self._at : self._at + 1] != ")":
            self._fail(at, "this ( is not closed", f"{self._text})")
        self._at += 1
        return inner

    def _word(self, column: str | None) -> Phrase | Stem | None:
        at = self._at
        if found := _NEAR_BETWEEN.search(self._text):
            instead = self._with(f"NEAR({found[1]} {found[3]}, {found[2]})", found.start(), found.end())
            self._fail(found.end(1) + 1, f"NEAR is written around what it is for: NEAR(a b, {found[2]})", instead)
        if found := _PROXIMITY.match(self._text, at):
            pair = atoms(found[1])
            instead = f"NEAR({' '.join(pair)}, {found[2]})" if len(pair) == 2 else f'"{found[1]}"'
            why = "~ and a number stands for NEAR in other programs; here it is NEAR(a b, 5)"
            self._fail(found.end(1) + 1, why, self._with(instead, at, found.end()))
        return self._sought(*self._value(), column, at)

    def _sought(self, written: str, quoted: bool, column: str | None, at: int) -> Phrase | Stem | None:
        """What a word or a quoted text asks for; `at` is where it stands."""
        words = written.rstrip("*~ ") if quoted else written.rstrip("*~")
        ending = written[len(words) :].replace(" ", "")
        found = tuple(atoms(words))
        if "~" in ending:
            return self._stem(found, ending, column, at)
        if "*" in words and not quoted:
            star = words.index("*")
            self._fail(at + star, "* is for the end of a word only", self._with(words[: star + 1], at, self._at))
        if not found:
            why = "* needs the beginning of a word before it"
            return self._fail(at, why, self._with("", at, self._at)) if ending else None
        self._count(at)
        return self._phrase(found, bool(ending), column)

    def _phrase(self, found: tuple[str, ...], prefix: bool, column: str | None) -> Phrase:
        any_han = self._fold_han and any(map(is_run, found))
        if any_han:
            found = tuple(map(simplify, found))
        return Phrase(found, prefix and not is_run(found[-1]), column, any_han)

    def _stem(self, found: tuple[str, ...], ending: str, column: str | None, at: int) -> Phrase | Stem:
        words = " ".join(found)
        if not found:
            self._fail(at, "~ needs a word before it", self._with("", at, self._at))
        if len(found) > 1:
            instead = f"NEAR({words}, {NEAR_PLACES})" if len(found) == 2 else f'"{words}"'
            self._fail(at, "~ is for one word: its stem", self._with(instead, at, self._at))
        if "*" in ending:
            self._fail(at, "either ~ or *: a stem, or a beginning", self._with(f"{words}~", at, self._at))
        if column not in {None, "title"}:
            self._fail(at, f"~ is for title and text, not for {column}:", self._with(words, at, self._at))
        if is_run(found[0]):  # of a script whose words do not change
            self._count(at)
            return self._phrase(found, False, column)
        self._count(at, STEM_COSTS)
        return Stem(found[0], column)

    def _near(self, column: str | None) -> Near:
        at = self._at
        found = _NEAR_WHOLE.match(self._text, at)
        if found is None:
            end = self._text.find(")", at) + 1 or len(self._text)
            inside, between = _near_parts(self._text[at:end].partition("(")[2].rstrip(")").replace("(", " "))
            self._fail(at, "NEAR takes two words or phrases in ( )", self._with_near(inside, between, at, end))
        written, between = _near_parts(found[1])
        self._at = found.end()
        if len(written) != 2:
            instead = self._with_near(written, between, at, self._at)
            self._fail(at, f"NEAR takes two words or phrases and , and a number; here are {len(written)}", instead)
        first, second = self._near_operands(written, between, column, at)
        most = PHRASE_TOKENS - first.places - second.places
        if most < 0:
            self._fail(at, f"NEAR is for phrases of {PHRASE_TOKENS} words or characters together", None)
        if between > most:
            instead = self._with_near(written, most, at, self._at)
            self._fail(at, f"at most {most} may be between these two", instead)
        return Near(first, second, between)

    def _near_operands(self, written: list[str], between: int, column: str | None, at: int) -> tuple[Phrase, Phrase]:
        found: list[Phrase] = []
        for each in written:
            words = each.rstrip('*~"')
            one = self._sought(each.replace('"', ""), True, column, at) if atoms(words) else None
            if not isinstance(one, Phrase):
                instead = self._with_near([each.rstrip("~") for each in written], between, at, self._at)
                self._fail(at, f"NEAR takes words and phrases, not {each}", instead)
            found.append(one)
        if any(each.any_han for each in found):
            found = [replace(each, any_han=True) for each in found]
        return found[0], found[1]

    def _with_near(self, written: list[str], between: int, at: int, end: int) -> str:
        pair = [each for each in written if atoms(each)][:2]
        instead = f"NEAR({' '.join(pair)}, {between})" if len(pair) == 2 else " ".join(pair)
        return self._with(instead, at, end)

    # --- characters ---------------------------------------------------------------------------------------------

    def _value(self) -> tuple[str, bool]:
        """Takes a quoted text or a word; * and ~ behind the closing quote come with it."""
        if self._text[self._at] != '"':
            word = _WORD.match(self._text, self._at)
            if word is None:
                self._fail(self._at, "a word or a quoted phrase has to stand here")
            self._at = word.end()
            return word[0], False
        start = self._at
        end = self._text.find('"', start + 1)
        if end < 0:
            self._fail(start, "this quote is not closed", f'{self._text}"')
        self._at = end + 1
        ending = _ENDING.match(self._text, self._at)
        if ending is None:
            return self._text[start + 1 : end], True
        self._at = ending.end()
        return self._text[start + 1 : end] + ending[1], True

    def _count(self, at: int, phrases: int = 1) -> None:
        self._phrases += phrases
        if self._phrases > MAX_PHRASES:
            self._fail(at, f"more than {MAX_PHRASES} words or phrases; one with ~ counts as {STEM_COSTS}")

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found is not None

    def _sees_operator(self, name: str) -> bool:
        found = OPERATOR.match(self._text, self._at)
        return found is not None and _MEANING.get(found[1], found[1]) == name

    def _take_operator(self, name: str) -> bool:
        self._skip_space()
        return self._sees_operator(name) and self._take(OPERATOR)

    def _with(self, instead: str, start: int, end: int) -> str:
        """The query with `instead` in the place of what is there from `start` to `end`."""
        return f"{self._text[:start]}{instead}{self._text[end:]}"

    def _fail(self, at: int, why: str, instead: str | None = None) -> NoReturn:
        raise Unreadable(at, why, instead)


def _near_parts(inside: str) -> tuple[list[str], int]:
    """What stands within the parentheses of NEAR: words and phrases, and how many places may be between them."""
    number = _NEAR_NUMBER.search(inside)
    words = inside[: number.start()] if number else inside
    return _NEAR_OPERAND.findall(words), int(number[1]) if number else NEAR_PLACES
