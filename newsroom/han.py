"""Chinese in its two scripts: characters in their simplified form, and the script that a language tag means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_SCRIPTS = {
    **dict.fromkeys(("hans", "cn", "sg", "my"), "zh-Hans"),
    **dict.fromkeys(("hant", "tw", "hk", "mo"), "zh-Hant"),
}


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


def with_script(tag: str) -> str:
    """The tag of Chinese as copydesk keeps it: zh-Hans or zh-Hant, by the script or the region in `tag`.

    zh alone, which says neither, and tags of other languages are given back as they are.
    """
    first, *rest = re.split("[-_]", tag.lower())
    scripts = [part for part in rest if len(part) == 4]  # goes before a region: zh-Hans-HK
    known = [_SCRIPTS[part] for part in scripts or rest if part in _SCRIPTS]
    return known[0] if first == "zh" and known else tag


def written_so(tag: str) -> list[str]:
    """`tag`, and for zh-Hans and zh-Hant the tags by region that mean it."""
    return [tag, *(f"zh-{part}" for part, script in _SCRIPTS.items() if script == tag and len(part) == 2)]
