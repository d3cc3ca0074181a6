"""Where a key stands in a TOML text, and how to change one without losing the comments.

`tomllib` gives values without positions. `key_lines` walks a text that `tomllib` has already accepted, so it
need not check the grammar again, only follow it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'", re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_ERROR_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|(end of document))\)$")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The 1-based line of each key, table and array element of valid TOML `text`, by its path."""
    return _Walk(text).run()


def syntax_error(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """The line and the plain message of a TOML syntax error."""
    place = _ERROR_PLACE.search(str(error))
    message = _ERROR_PLACE.sub("", str(error))
    message = message[:1].lower() + message[1:]
    if place is None:
        return 1, message
    return (int(place[1]) if place[1] else max(1, len(text.splitlines()))), message


def toml_value(value: Any) -> str:
    """`value` as TOML. A string that holds a backslash is written in single quotes where that is possible."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = "\\" in value and "'" not in value and value.isprintable()
        return f"'{value}'" if plain else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    return str(value)


def with_top_level(text: str, key: str, value: Any) -> str:
    """`text` with the one-line top-level `key` set to `value`; every other byte stays as it is."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    place = key_lines(text).get((key,))
    if place is not None:
        old = lines[place - 1]
        tail = re.search(r"[ \t]*(?:#[^\r\n]*)?[\r\n]*$", old)
        lines[place - 1] = f"{key} = {toml_value(value)}{tail[0] if tail else ending}"
        return "".join(lines)
    # A new top-level key must stand before the first table header.
    at = _first_header(text)
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    if at > 0 and not lines[at - 1].endswith("\n"):
        lines[at - 1] += ending
    lines.insert(at, f"{key} = {toml_value(value)}{ending}")
    return "".join(lines)


def _first_header(text: str) -> int:
    """The 0-based line of the first table header, or the number of lines."""
    return _Walk(text).first_header()


class _Walk:
    """One pass over a TOML text, noting where each path begins."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", " \n").removeprefix("\ufeff")
        self.at = 0
        self.found: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}  # elements seen so far of each array of tables
        self.header_line: int | None = None

    def run(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def first_header(self) -> int:
        self.run()
        return len(self.text.splitlines()) if self.header_line is None else self.header_line - 1

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _note(self, path: KeyPath) -> None:
        for depth in range(1, len(path) + 1):
            self.found.setdefault(path[:depth], self._line())

    def _key(self) -> list[str]:
        """A possibly dotted key, as its parts."""
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self.at
            quoted = self.text[start : start + 1] in ("'", '"')
            self._skip(_STRING if quoted else _BARE_KEY)
            raw = self.text[start : self.at]
            parts.append(str(tomllib.loads(f"k = {raw}")["k"]) if quoted else raw)
            self._skip(_SPACE)
            if self.text[self.at : self.at + 1] != "." or self.at == start:
                return parts
            self.at += 1

    def _header(self) -> KeyPath:
        if self.header_line is None:
            self.header_line = self._line()
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        parts = self._key()
        path: KeyPath = ()
        for number, part in enumerate(parts):
            path = (*path, part)
            last = number == len(parts) - 1
            if double and last:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        self._note(path)
        self.at += 2 if double else 1
        return path

    def _pair(self, table: KeyPath) -> None:
        path = (*table, *self._key())
        self._note(path)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        mark = self.text[self.at : self.at + 1]
        if mark == "[":
            self._array(path)
        elif mark == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if mark in ("'", '"') else _SCALAR)

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        number = 0
        while self._skip(_BLANK) < len(self.text) and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._note((*path, number))
            self._value((*path, number))
            number += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._skip(_BLANK) < len(self.text) and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1
