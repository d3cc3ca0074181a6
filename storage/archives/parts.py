"""What WARC and ARC records have in common when they are read: a head of limited length, and a block."""

from __future__ import annotations

from storage.archives.http import parse_answer, split_head, without_chunks
from storage.archives.stream import ByteStream
from storage.captures.digests import Digest
from storage.captures.pieces import CHUNK_BYTES
from storage.captures.walk import Headers, find_header

MAX_KEPT_BYTES = 64 << 20  # a larger block is counted, not kept
MAX_BLOCK_BYTES = 4 << 30  # decompressed; behind this, reading goes on at the next member


class Fault(Exception):
    """What is wrong with a record."""

    def __init__(self, problem: str, *, torn: bool = False, url: str = "") -> None:
        super().__init__(problem)
        self.torn = torn
        self.url = url


class Checked:
    """A block taken piece by piece: kept when it is small enough, and compared with its digests."""

    def __init__(self, headers: Headers, kind: str) -> None:
        self._headers = headers
        self._kind = kind
        self._digest = Digest(find_header(headers, "WARC-Block-Digest"))
        self._kept: bytearray | None = bytearray()

    def update(self, data: bytes) -> None:
        """Add the next piece."""
        self._digest.update(data)
        if self._kept is not None:
            self._kept += data
            if len(self._kept) > MAX_KEPT_BYTES:
                self._kept = None

    @property
    def block(self) -> bytes | None:
        """The block; None when it was too large."""
        return None if self._kept is None else bytes(self._kept)

    def agrees(self) -> tuple[bool | None, bool | None]:
        """For block and payload: True, False, or None when it was not checked."""
        return self._digest.agrees(), self._payload_agrees()

    def _payload_agrees(self) -> bool | None:
        stated = find_header(self._headers, "WARC-Payload-Digest")
        block = self.block
        # The payload of a revisit lies elsewhere, and a segment holds only a part of it.
        if block is None or self._kind == "revisit" or find_header(self._headers, "WARC-Segment-Number"):
            return None
        is_http = (find_header(self._headers, "Content-Type") or "").startswith("application/http")
        payload = split_head(block)[1] if is_http else block
        first = _agrees(stated, payload)
        return first if first is not False else _agrees(stated, without_chunks(payload)[0])


def _agrees(stated: str | None, data: bytes) -> bool | None:
    digest = Digest(stated)
    digest.update(data)
    return digest.agrees()


def read_block(stream: ByteStream, size: int, into: Checked, url: str) -> None:
    """Read a block of `size` bytes, which may go on in the next gzip member.

    Raises Fault when it is shorter, unless the HTTP answer in it is as long as that itself says.
    """
    left = size
    while left:
        piece = stream.take(min(left, CHUNK_BYTES))
        if piece:
            into.update(piece)
            left -= len(piece)
        elif not _goes_on(stream):
            if _is_whole_answer(into.block):
                return
            raise Fault("is shorter than its Content-Length", torn=True, url=url)


def _goes_on(stream: ByteStream) -> bool:
    """Whether the next member, if there is one, is more of this block and no record of its own."""
    return stream.next_member() and not stream.peek(12).startswith((b"WARC/", b"filedesc://"))


def _is_whole_answer(block: bytes | None) -> bool:
    answer = parse_answer(block) if block else None
    stated = answer.header("Content-Length") or "" if answer else ""
    if answer is None or not stated.isdecimal() or len(stated) > 18:
        return False
    return len(answer.body) >= int(stated) and not answer.body[int(stated) :].strip(b"\r\n")
