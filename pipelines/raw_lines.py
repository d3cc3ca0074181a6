"""Lines and objects as they lie in files, gzip or plain, each with its place; nothing in them is read yet."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from newsroom.errors import CopydeskError
from pipelines.lines import MAX_LINE_BYTES


class RawLine(NamedTuple):
    """One object as it came; a file that is one object has the number 0."""

    number: int
    raw: bytes
    file: str = ""  # where an import is of several
    trouble: str = ""  # why there is nothing to be read


def numbered_lines(stream: BufferedReader, name: str) -> Iterator[RawLine]:
    """The lines of `stream`, gzip or plain, with their numbers from 1; blank ones left out.

    A line longer than the limit comes cut, but longer than the limit still. Raises CopydeskError for broken gzip.
    """
    source = gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == b"\x1f\x8b" else stream
    number = 0
    try:
        while line := source.readline(MAX_LINE_BYTES + 2):
            number += 1
            rest = line
            while rest and not rest.endswith(b"\n"):  # cut by the limit: to the end of it
                rest = source.readline(1 << 20)
            if line.strip():
                yield RawLine(number, line)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CopydeskError(
            f"{name}: the gzip data is broken behind line {number} ({error}); what came before is imported"
        ) from error


def objects_in(paths: Iterable[Path]) -> Iterator[RawLine]:
    """The JSON objects of files, and of the .json, .jsonl and .ndjson files of folders, gzip or not.

    A file is one object, or has one on each line.
    """
    for path in paths:
        inside = (
            sorted(each for each in path.rglob("*") if each.is_file() and _is_json(each)) if path.is_dir() else [path]
        )
        for each in inside:
            try:
                yield from _objects_of(each)
            except OSError as error:
                yield RawLine(0, b"", str(each), f"cannot be read: {error.strerror}")


def _is_json(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return name.endswith((".json", ".jsonl", ".ndjson"))


def _objects_of(path: Path) -> Iterator[RawLine]:
    """Lines, if the first of them is whole by itself; else all of the file as one."""
    with path.open("rb") as stream:
        lines = numbered_lines(stream, str(path))
        try:
            first = next(lines, None)
            if first is None:
                yield RawLine(0, b"", str(path))
            elif first.raw.rstrip().endswith(b"}") and first.raw.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
                second = next(lines, None)
                several = second is not None
                yield first._replace(number=first.number if several else 0, file=str(path))
                for each in chain([second] if second else [], lines):
                    yield each._replace(file=str(path))
            else:
                yield RawLine(0, _joined(chain([first], lines)), str(path))
        except CopydeskError as error:  # broken gzip: it costs the rest of this file
            yield RawLine(0, b"", str(path), str(error).removeprefix(f"{path}: "))


def _joined(lines: Iterable[RawLine]) -> bytes:
    """All lines as one, as far as one may be long."""
    whole = bytearray()
    for each in lines:
        whole += each.raw
        if len(whole) > MAX_LINE_BYTES:
            break
    return bytes(whole)
