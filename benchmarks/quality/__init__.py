"""Scores on the packs, held against committed floors: `python -m benchmarks.quality`, or `make quality`.

Each module here has one function `score(pack: Path) -> dict[str, float]` for the pack it is named after, or for a part
of it. A figure may not fall below its floor in floors.toml, and every figure has a floor.
"""
