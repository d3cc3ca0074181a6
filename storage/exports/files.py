"""Files that are there whole or not at all, and those that can only be written as they are."""

from __future__ import annotations

import gzip
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from newsroom.errors import StorageError

_NAME_CHARS = 50  # of the name of a file beside: with four bytes each, and the number, they fit into the 255 of a name


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """The path of a file to be written beside `target`; it takes that name, and is on the disk, once the block ends.

    What was at `target` stays until then, and for good when the block fails; the new file has its mode, and its owner
    where that is permitted. A link stays one: what it leads to is written. A pipe or a device is written in place.
    Raises StorageError for trouble with the disk, before the block where the folder is not there.
    """
    try:
        if is_in_place(target):
            yield target
        else:
            with _file_beside(Path(os.path.realpath(target))) as beside:
                yield beside
    except BrokenPipeError:
        raise  # the reader has what it wanted
    except OSError as error:
        raise disk_trouble(target, error) from error


def is_in_place(target: Path) -> bool:
    """Whether `target` is there and no regular file, such as a pipe: nothing can take its name."""
    try:
        return not stat.S_ISREG(target.stat().st_mode)
    except OSError:  # nothing is there, or whoever writes to it is told
        return False


def disk_trouble(target: object, error: OSError) -> StorageError:
    """The error to raise when `target` cannot be written."""
    why = os.strerror(error.errno) if error.errno else str(error)  # a library's own words name the file beside
    return StorageError(f"{target}: {why}; check the path and the disk")


@contextmanager
def _file_beside(target: Path) -> Iterator[Path]:
    # A number of its own: process ids are alike in different containers, and two threads have one.
    beside = target.with_name(f".{target.name[:_NAME_CHARS]}.{secrets.randbits(48)}.part")
    before = target.stat() if target.exists() else None
    # What is there may be for its owner's eyes alone; so is what is to take its place, from the beginning.
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if before else 0o666))
    try:
        yield beside
        with beside.open("rb") as written:
            if before:
                mode = stat.S_IMODE(before.st_mode)
                try:
                    os.fchown(written.fileno(), before.st_uid, before.st_gid)
                except OSError:  # another's, or one that is nobody's in this container
                    mode &= ~stat.S_IRWXG  # which were for another group
                os.fchmod(written.fileno(), mode)
            os.fsync(written.fileno())
        beside.replace(target)
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
