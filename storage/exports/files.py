"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsroom.errors import StorageError


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """The path of a file to be written beside `target`; it takes that name, and is on the disk, once the block ends.

    What was at `target` stays until then, and for good when the block fails. Raises StorageError for trouble with
    the disk.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(target)
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror or error}; check the path and the disk") from error
    finally:
        beside.unlink(missing_ok=True)
