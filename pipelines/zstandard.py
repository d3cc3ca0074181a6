"""Zstandard, from the standard library where it has it."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 19


def compress(data: bytes) -> bytes:
    """`data` packed as small as pays."""
    return zstd.compress(data, level=LEVEL)


def decompress(packed: bytes) -> bytes:
    """What `compress` was given. Raises ValueError when `packed` is something else."""
    try:
        return zstd.decompress(packed)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from error
