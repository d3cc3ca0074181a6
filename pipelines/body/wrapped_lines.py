"""Lines broken at a fixed width, as bulletin boards and mail wrote them, joined to paragraphs again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_LEAST_LINES = 6
_LEAST_WIDTH = 24
_SLACK = 3  # characters by which a full line may fall short: a stop does not begin a line
_INDENTS = ("\u3000", "\xa0\xa0", "    ")
_STOPS = "。！？…”』」：；:;.!?"


def paragraph_lines(parts: Sequence[str]) -> list[str]:
    """The lines of `parts`, clean and without the empty ones; joined where they were broken at a fixed width."""
    lines = [" ".join(part.split()) for part in parts]
    width = _width([line for line in lines if line])
    if not width:
        return [line for line in lines if line]
    paragraphs: list[list[str]] = []
    open_line = False
    for part, line in zip(parts, lines, strict=True):
        if open_line and line and not part.lstrip("\r\n").startswith(_INDENTS):
            last = paragraphs[-1]
            last += [line] if _is_wide(last[-1][-1]) or _is_wide(line[0]) else [" ", line]
        elif line:
            paragraphs.append([line])
        open_line = width - _SLACK <= len(line) <= width + _SLACK
    return ["".join(pieces) for pieces in paragraphs]


def _width(lines: Sequence[str]) -> int:
    """The width that the lines were broken at; 0 when they were not."""
    if len(lines) < _LEAST_LINES or sum(line.endswith(tuple(_STOPS)) for line in lines) * 2 > len(lines):
        return 0
    width, _ = Counter(map(len, lines)).most_common(1)[0]
    full = sum(1 for line in lines if width - _SLACK <= len(line) <= width + _SLACK)
    return width if width >= _LEAST_WIDTH and full * 2 > len(lines) else 0


def _is_wide(character: str) -> bool:
    return character >= "\u2e80"
