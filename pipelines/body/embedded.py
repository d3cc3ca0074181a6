"""The article inside the data that a client-rendered page carries along for its scripts to draw."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from newsroom.records import Rejected
from pipelines.markup import Element, parse

_OPEN = re.compile(r"<script\b[^<>]{0,2000}>", re.IGNORECASE)
_CLOSE = re.compile(r"</script", re.IGNORECASE)
_MARKUP = re.compile(r"(?:<|u003c)p[ >\\]", re.IGNORECASE)
# Where data begin in a script: assigned, handed to a function, or all there is.
_START = re.compile(r"(?:^|[=(,:])\s{0,20}(?=[\[{])")
_IS_DATA = re.compile(r"\s{0,20}(?:\w{1,8}:)?[\[{]")  # a row of a stream begins with its number
_PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
_MOST_CHARS = 2_000_000
_MOST_STARTS = 20  # each may be read to the script's end
_MOST_VALUES = 50_000
_LEAST_PARAGRAPHS = 3
_LEAST_CHARS = 300
_DECODER = json.JSONDecoder(strict=False)


def embedded_article(page: str) -> Element | None:
    """The longest text in paragraphs among the JSON strings of the scripts of `page`, parsed; None without any."""
    best = ""
    for script in _scripts(page[:_MOST_CHARS]):
        if _MARKUP.search(script) is not None:
            best = max(best, *_texts(script, 0), key=len)
    tree = parse(f"<html><body><article>{best}</article></body></html>") if best else None
    return None if isinstance(tree, Rejected) else tree


def _scripts(page: str) -> Iterator[str]:
    at = 0
    while (opened := _OPEN.search(page, at)) and (closed := _CLOSE.search(page, opened.end())):
        yield page[opened.end() : closed.start()]
        at = closed.end()


def _texts(script: str, depth: int) -> Iterator[str]:
    """The strings in a script's data that are paragraphs of HTML, and those within strings that are data again."""
    for value in _strings(script):
        if len(value) < _LEAST_CHARS:
            continue
        if len(_PARAGRAPH.findall(value)) >= _LEAST_PARAGRAPHS and not _IS_DATA.match(value):
            yield value
        elif depth < 2 and _MARKUP.search(value):
            yield from _texts(value, depth + 1)
    yield ""


def _strings(script: str) -> Iterator[str]:
    at, tries = 0, 0
    while tries < _MOST_STARTS and (start := _START.search(script, at)):
        tries += 1
        try:
            value, at = _DECODER.raw_decode(script, start.end())
        except (ValueError, RecursionError):
            at = start.end() + 1
            continue
        yield from _within(value)


def _within(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    left = [value]
    for _ in range(_MOST_VALUES):
        if not left:
            return
        found = left.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            left.extend(found)
        elif isinstance(found, dict):
            left.extend(found.values())
