"""Files that are no JSON lines, told by their first bytes, with what to do about each."""

from __future__ import annotations

import re
import shlex
import zlib
from io import BufferedReader

from newsroom.errors import UsageError

_GZIP = b"\x1f\x8b"
_LINES = "copydesk import jsonl -"
_AS_LINES = "write it out as one JSON object a line first, then copydesk import jsonl"
# By how they begin: what it is, and the next step; {0} is the file.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"WARC/", "a WARC file", "copydesk import warc {0}"),
    (b"filedesc://", "an ARC file", "copydesk import warc {0}"),
    (b" CDX ", "an index, not an archive", "import the WARC files that it points to: copydesk import warc FILE"),
    (b"PAR1", "a Parquet file", _AS_LINES),
    (
        b"SQLite format 3\0",
        "a SQLite database",
        "if copydesk's: copydesk --database sqlite:///{0} export --format jsonl",
    ),
    (b"PK\x03\x04", "a ZIP file", "unpack it first; if it is a WACZ package: copydesk import warc FILE.wacz"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", f"zstd -dc {{0}} | {_LINES}"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", f"lz4 -dc {{0}} | {_LINES}"),
    (b"BZh", "compressed with bzip2", f"bzip2 -dc {{0}} | {_LINES}"),
    (b"\xfd7zXZ\0", "compressed with xz", f"xz -dc {{0}} | {_LINES}"),
    (b"\xff\xfe", "UTF-16 text", f"iconv -f UTF-16 -t UTF-8 {{0}} | {_LINES}"),
    (b"\xfe\xff", "UTF-16 text", f"iconv -f UTF-16 -t UTF-8 {{0}} | {_LINES}"),
)
_ARRAY = re.compile(rb"\[\s*\{")
_SPREAD = re.compile(rb"\{[ \t]*\r?\n")
_OBJECT = re.compile(rb"^\0*\{", re.MULTILINE)  # a line may be damaged, and others be good
_BINARY = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")


def refuse_other_files(stream: BufferedReader, name: str, path: str = "FILE") -> None:
    """Raise UsageError when `stream` begins as something else than JSON lines, gzip or not; nothing of it is consumed.

    The message says what it is, and how what lies at `path` can be read.
    """
    raw = stream.peek(4096)
    is_packed = raw.startswith(_GZIP)
    if found := _kind(_unpacked(raw) if is_packed else raw):
        what, next_step = found
        file, first = path, ""
        if is_packed and "import warc" not in next_step:
            file, first = path.removesuffix(".gz"), f"unpack it first: gzip -dk {shlex.quote(path)}; then "
        raise UsageError(f"{name} is {what}, not JSON lines; {first}{next_step.format(shlex.quote(file))}")


def _unpacked(packed: bytes) -> bytes:
    """The first bytes; broken gzip is left to whoever reads it."""
    try:
        return zlib.decompressobj(31).decompress(packed, 4096)
    except zlib.error:
        return b""


def _kind(head: bytes) -> tuple[str, str] | None:
    for beginning, what, next_step in _KINDS:
        if head.startswith(beginning):
            return what, next_step
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _ARRAY.match(text):
        return "one JSON array", f"make lines of it: jq -c '.[]' {{0}} | {_LINES}"
    if _SPREAD.match(text):
        return "JSON over several lines", f"make lines of it: jq -c . {{0}} | {_LINES}"
    if not _OBJECT.search(head) and _BINARY.search(head):
        return "binary data", _AS_LINES
    return None
