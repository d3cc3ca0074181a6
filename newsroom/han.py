"""Chinese characters in their simplified form, one by one: enough to compare texts in either script."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def simplified() -> Mapping[int, int]:
    """By code point of a traditional character, that of its simplified form."""
    text = files("newsroom").joinpath("han_variants.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        ord(old): ord(new)
        for olds, news in zip(lines[::2], lines[1::2], strict=True)
        for old, new in zip(olds, news, strict=True)
    }


def simplify(text: str) -> str:
    """`text` with its traditional characters simplified, character by character. Its length stays."""
    return text if text.isascii() else text.translate(simplified())
