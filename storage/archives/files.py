"""Which files hold archives: files and folders as named, and the WARC files inside WACZ packages."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from newsroom.errors import ArchiveError
from storage.captures.files import OPEN_SUFFIX

ARCHIVES = (".warc", ".warc.gz", ".arc", ".arc.gz")
_NOT_READ = {
    ".warc.lz4": "is LZ4; unpack it first (lz4 -d)",
    ".warc.zst": "is Zstandard; unpack it first (zstd -d)",
    ".cdx": "is an index, not an archive; import the WARC files that it points to",
    ".cdxj": "is an index, not an archive; import the WARC files that it points to",
    ".cdx.gz": "is an index, not an archive; import the WARC files that it points to",
    ".idx": "is an index, not an archive; import the WARC files that it points to",
    OPEN_SUFFIX: "is being written by a crawl, or was left by one that was killed; run copydesk process first",
}
_EDGE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is no archive, or none that can be read."""

    name: str
    why: str


@dataclass(frozen=True)
class ArchiveFile:
    """One archive: a file, or the `member` of a WACZ package."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """How reports and captures name it."""
        return f"{self.path.name}!{self.member}" if self.member else self.path.name

    @cached_property
    def size(self) -> int:
        """Bytes."""
        with self.open() as file:
            return file.seek(0, 2)

    @cached_property
    def digest(self) -> str:
        """What the file is known by when it comes again, wherever it lies: its size, and both its ends."""
        with self.open() as file:
            size = file.seek(0, 2)
            file.seek(0)
            digest = hashlib.sha256(b"%d:" % size + file.read(_EDGE_BYTES))
            if size > _EDGE_BYTES:
                file.seek(max(_EDGE_BYTES, size - _EDGE_BYTES))
                digest.update(file.read(_EDGE_BYTES))
        return f"sha256:{digest.hexdigest()}"

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open it for reading. Raises ArchiveError."""
        try:
            if self.member is None:
                with self.path.open("rb") as file:
                    yield file
                return
            with zipfile.ZipFile(self.path) as package, package.open(self.member) as inside:
                yield cast(BinaryIO, inside)
        except OSError as error:
            raise ArchiveError(f"{self.path}: {error.strerror or error}; check the file and its permissions") from error
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
            raise ArchiveError(f"{self.path}: cannot be unpacked ({error}); get it again") from error


def archives_in(paths: Iterable[Path]) -> Iterator[ArchiveFile | Unread]:
    """The archives that `paths` name, each once, those of a folder by name; and files that are none.

    In a folder, files that have nothing to do with archives are passed over.
    """
    seen: set[Path] = set()
    for path in paths:
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        for each in inside:
            real = each.resolve()
            if real in seen or (path.is_dir() and not _concerns(each)):
                continue
            seen.add(real)
            yield from _of_file(each)


def _concerns(path: Path) -> bool:
    return path.name.lower().endswith((*ARCHIVES, ".wacz", *_NOT_READ))


def _of_file(path: Path) -> Iterator[ArchiveFile | Unread]:
    name = path.name.lower()
    why = next((why for ending, why in _NOT_READ.items() if name.endswith(ending)), None)
    if why is not None:
        yield Unread(str(path), why)
    elif name.endswith(".wacz"):
        yield from _of_wacz(path)
    else:
        yield ArchiveFile(path)


def _of_wacz(path: Path) -> Iterator[ArchiveFile | Unread]:
    try:
        with zipfile.ZipFile(path) as package:
            names = [each for each in package.namelist() if each.startswith("archive/")]
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        yield Unread(str(path), f"is no WACZ package that can be opened ({error})")
        return
    members = sorted(each for each in names if each.lower().endswith(ARCHIVES))
    if not members:
        yield Unread(str(path), "is a WACZ package without WARC files below archive/")
    yield from (ArchiveFile(path, member) for member in members)
