"""WARC files on disk: what they are called, who holds them, how they are made durable."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import re
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError

OPEN_SUFFIX = ".open"  # a file is called so until its writer has closed it
PART_SUFFIX = ".part"  # or so, while a cleanup copies another's records into it: no recovery looks at it
OWN_NAME = re.compile(r"^copydesk-\d{17}-[A-Za-z0-9.-]+-\d+-\d+\.warc\.gz$")


def begin_file(folder: Path, started_utc: datetime, suffix: str, taken: Collection[str] = ()) -> tuple[str, int]:
    """Create a new WARC file and hold its lock: its name, which `suffix` follows until it is whole, and its descriptor.

    No file has that name, whole or not, and it is none of the `taken`: what is there is never written over, not even
    when two writers of one process begin in the same millisecond. Raises OSError when the disk refuses.
    """
    for serial in itertools.count(1):
        name = file_name(started_utc, serial)
        path = folder / (name + suffix)
        if name in taken:
            continue
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            continue
        try:
            is_ours = try_lock(descriptor, path)
        except OSError:
            path.unlink()
            os.close(descriptor)
            raise
        if not is_ours:  # a recovery took it for a crashed writer's; leave it that one
            os.close(descriptor)
            continue
        # Looked for after ours is there, and in the order in which a name changes: of two that begin one name under two
        # suffixes, one sees the other.
        if any((folder / (name + other)).exists() for other in (OPEN_SUFFIX, PART_SUFFIX, "") if other != suffix):
            path.unlink()
            os.close(descriptor)
            continue
        return name, descriptor
    raise AssertionError("there is always another serial number")


def file_name(started_utc: datetime, serial: int) -> str:
    """What the `serial`-th file that this process begins in a millisecond is called: sorts by time."""
    host = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname()).strip("-") or "host"
    stamp = started_utc.strftime("%Y%m%d%H%M%S") + f"{started_utc.microsecond // 1000:03d}"
    return f"copydesk-{stamp}-{host}-{os.getpid()}-{serial:05d}.warc.gz"


def closed_name(path: Path) -> str:
    """The name that a capture's address has: without `.open`."""
    return path.name.removesuffix(OPEN_SUFFIX)


def find_file(folder: Path, name: str) -> Path:
    """Where the file called `name` lies now, still open or closed. Raises ArchiveError when it is not there."""
    if Path(name).name != name:
        raise ArchiveError(f"{name!r}: not the name of a file in {folder}")
    for _ in range(2):  # twice: it may be renamed between the two looks
        for path in (folder / name, folder / (name + OPEN_SUFFIX)):
            if path.exists():
                return path
    raise ArchiveError(f"{folder / name}: no such WARC file; restore it from a backup, then run copydesk verify")


def finish_file(path: Path) -> Path:
    """Take `.open` or `.part` off the name of a whole file whose lock is held, durably; where it lies now.

    Raises ArchiveError when there is a file of that name: nothing is written over.
    """
    target = path.with_name(path.name.removesuffix(OPEN_SUFFIX).removesuffix(PART_SUFFIX))
    if target.exists():
        raise ArchiveError(f"{path}: {target.name} is there as well; keep the longer, and move the other away")
    path.rename(target)
    sync_folder(path.parent)
    return target


def has_twin(path: Path) -> bool:
    """Whether a file that is still open has another beside it that was closed, as in a folder of two backups."""
    return path.name.endswith(OPEN_SUFFIX) and path.with_name(closed_name(path)).exists()


def refused(path: Path, error: OSError) -> ArchiveError:
    """The error to raise when the disk refuses `path`."""
    return ArchiveError(f"{path}: {error.strerror or error}; free or repair the disk, then start again")


def warc_files(folder: Path) -> list[Path]:
    """Every WARC file below `folder`, open or closed, by name."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if closed_name(path).endswith((".warc.gz", ".warc")))


def try_lock(descriptor: int, path: Path) -> bool:
    """Take the writer's lock on an open file; False when somebody holds it or it is no longer the file at `path`.

    Raises OSError where the file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    # Between open and lock another process may have renamed the file: a lock on that would guard nothing.
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock of an existing file; gives False, holding nothing, when a live process has it."""
    try:
        descriptor = _open_to_lock(path)
    except FileNotFoundError:  # its holder has just renamed it
        yield False
        return
    try:
        try:
            mine = try_lock(descriptor, path)
        except OSError as error:
            raise refused(path, error) from error
        yield mine
    finally:
        os.close(descriptor)


def _open_to_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)  # NFS locks only what is open for writing
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def sync_folder(folder: Path) -> None:
    """Make names created or changed in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
