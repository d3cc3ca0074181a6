"""Write newsroom/han_variants.txt: each traditional character with its simplified form, from OpenCC (Apache-2.0).

python -m benchmarks.copies.han_variants
"""

from __future__ import annotations

from pathlib import Path

import opencc

BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
TARGET = Path(__file__).parents[2] / "newsroom" / "han_variants.txt"
HEAD = "# Traditional characters, and below each row their simplified forms. Made from OpenCC's t2s (Apache-2.0).\n"
ROW = 60


def pairs() -> list[tuple[str, str]]:
    """Characters that have one simplified form, with it."""
    convert = opencc.OpenCC("t2s").convert
    every = [chr(code) for block in BLOCKS for code in block]
    return [(char, simple) for char in every if len(simple := convert(char)) == 1 and simple != char]


def main() -> None:
    """Write the file."""
    found = pairs()
    rows = [found[at : at + ROW] for at in range(0, len(found), ROW)]
    lines = ["".join(column) for row in rows for column in zip(*row, strict=True)]
    TARGET.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(found)} characters")


if __name__ == "__main__":
    main()
