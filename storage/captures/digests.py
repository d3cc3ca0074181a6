"""Digests of WARC records, recomputed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

KNOWN_ALGORITHMS = {"md5", "sha1", "sha256", "sha384", "sha512"}
END_OF_HEAD = b"\r\n\r\n"
MAX_HEAD_BYTES = 1 << 20

Find = Callable[[str], str | None]


class Digest:
    """A digest field of a record, and the same computed from the bytes."""

    def __init__(self, field: str | None) -> None:
        name, _, self._expected = (field or "").partition(":")
        name = name.strip().lower().replace("-", "")
        self._hash = hashlib.new(name, usedforsecurity=False) if name in KNOWN_ALGORITHMS else None

    def update(self, data: bytes) -> None:
        """Add bytes."""
        if self._hash:
            self._hash.update(data)

    def agrees(self) -> bool | None:
        """Whether the field tells the truth; None when there is none, or none that we know."""
        return None if self._hash is None else self._hash.digest() in _spellings(self._expected.strip())


class Block:
    """Takes a record's block piece by piece: its HTTP head, and whether its digests agree."""

    def __init__(self, kind: str, find: Find, *, check: bool) -> None:
        is_http = (find("Content-Type") or "").startswith("application/http")
        self.http_head = b""
        self._head: bytearray | None = bytearray() if is_http else None
        self._block = Digest(find("WARC-Block-Digest") if check else None)
        # The payload of a revisit lies elsewhere, and a segment holds only a part of it.
        whole = kind != "revisit" and find("WARC-Segment-Number") is None
        self._payload: Digest | None = Digest(find("WARC-Payload-Digest") if check and whole else None)

    def update(self, data: bytes) -> None:
        """Add the next piece."""
        self._block.update(data)
        if self._head is not None:
            data = self._split(data)
        if self._payload:
            self._payload.update(data)

    def agrees(self) -> tuple[bool | None, bool | None]:
        """For the block and for the payload: True, False, or None when it was not checked."""
        return self._block.agrees(), self._payload.agrees() if self._payload else None

    def _split(self, data: bytes) -> bytes:
        """Collect the HTTP head; what is left of `data` behind it."""
        assert self._head is not None
        self._head += data
        end = self._head.find(END_OF_HEAD)
        if end < 0:
            if len(self._head) > MAX_HEAD_BYTES:
                self._head = self._payload = None
            return b""
        end += len(END_OF_HEAD)
        self.http_head, rest, self._head = bytes(self._head[:end]), bytes(self._head[end:]), None
        if b"\ntransfer-encoding:" in self.http_head.lower():
            self._payload = None  # the payload is what is left without the chunks, which few writers digest
        return rest


def _spellings(text: str) -> list[bytes]:
    """The bytes a digest may stand for: hexadecimal, base32 or base64."""
    out = []
    for decode in (bytes.fromhex, _base32, _base64):
        try:
            out.append(decode(text))
        except (ValueError, binascii.Error):
            continue
    return out


def _base32(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8), casefold=True)


def _base64(text: str) -> bytes:
    return base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
