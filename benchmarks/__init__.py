"""Measurements, each a command: `python -m benchmarks.NAME --help`. They read the packs, which are kept elsewhere."""
