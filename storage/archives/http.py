"""The HTTP answer inside a record's block, as far as it can be made out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.captures.digests import MAX_HEAD_BYTES
from storage.captures.layout import Header

MAX_HEADERS = 1_000
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/([\d.]+) +(\d{3})\b")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status line, headers and body."""

    protocol: str
    status: int
    headers: tuple[Header, ...]
    body: bytes  # without its transfer coding, still content-encoded
    problem: str = ""  # why the body is not the whole one

    def header(self, name: str) -> str | None:
        """The first header called `name`, in any case."""
        wanted = name.lower().encode("ascii")
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)


def split_head(block: bytes) -> tuple[bytes, bytes]:
    """A message's head and its body; a block without a blank line is all head, unless it is too long for one."""
    blank = _BLANK_LINE.search(block, 0, MAX_HEAD_BYTES)
    if blank is None:
        return (block, b"") if len(block) <= MAX_HEAD_BYTES else (b"", block)
    return block[: blank.start()], block[blank.end() :]


def parse_answer(block: bytes) -> HttpAnswer | None:
    """The answer in `block`; None when it does not begin as one."""
    status = _STATUS.match(block)
    if status is None:
        return None
    head, body = split_head(block)
    lines = re.split(rb"\r?\n(?![ \t])", head)[1 : MAX_HEADERS + 1]
    pairs = (line.partition(b":") for line in lines)
    headers = tuple(
        (name.strip(), re.sub(rb"\r?\n[ \t]+", b" ", value).strip()) for name, colon, value in pairs if colon
    )
    problem = ""
    if any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers):
        body, problem = without_chunks(body)
    return HttpAnswer(f"HTTP/{status[1].decode()}", int(status[2]), headers, body, problem)


def without_chunks(body: bytes) -> tuple[bytes, str]:
    """`body` without the chunked coding, and what is wrong with it.

    One that does not begin with a chunk is taken as it is: many writers undo the coding and leave the header.
    """
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        size = _CHUNK_SIZE.match(body, at)
        if size is None:
            return (body, "") if not parts else (b"".join(parts), f"no chunk size at byte {at} of the body")
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts), ""
        piece = body[size.end() : size.end() + length]
        if len(piece) < length:
            if not parts:  # a page that happens to begin with a number
                return body, ""
            return b"".join([*parts, piece]), f"a chunk of {length} bytes has only {len(piece)}"
        parts.append(piece)
        at = size.end() + length
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0
    return b"".join(parts), "" if not parts else "the last chunk is missing"
