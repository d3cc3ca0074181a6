"""Files of a test run in memory: nothing here outlives a power cut, so nothing need wait for a disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def folder() -> str | None:
    """A folder in memory with room for what a run writes; None where there is none."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 1 << 30 else None


def use() -> None:
    """Have pytest put its temporary folders there, unless it was told where."""
    if (chosen := folder()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", chosen)
