"""Files that are there whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from newsroom.errors import StorageError


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """The path of a file to be written beside `target`; it takes that name, and is on the disk, once the block ends.

    What was at `target` stays until then, and for good when the block fails. Raises StorageError for trouble with
    the disk.
    """
    # A number of its own: process ids are alike in different containers, and two threads have one.
    beside = target.with_name(f".{target.name}.{secrets.randbits(48)}.part")
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(target)
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror or error}; check the path and the disk") from error
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def text_file(path: Path, *, gzipped: bool = False) -> Iterator[IO[str]]:
    """A file to write lines of text to, in UTF-8; gzipped without name and time, so that the same lines make one file.

    What cannot be written in UTF-8 becomes a question mark.
    """
    with path.open("wb") as file:
        if not gzipped:
            with io.TextIOWrapper(file, "utf-8", errors="replace", newline="") as out:
                yield out
            return
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6)
        with packed, io.TextIOWrapper(io.BufferedWriter(packed, 1 << 16), "utf-8", errors="replace", newline="") as out:
            yield out
