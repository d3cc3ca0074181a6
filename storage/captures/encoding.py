"""Content codings: from the bytes on the wire to the bytes of the page, within a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import brotli  # type: ignore[import-untyped]
from backports import zstd

from newsroom.errors import ArchiveError

STEP_BYTES = 1 << 16
MAX_CODINGS = 4  # nobody sane applies more; each one multiplies what a bomb can do


class PayloadTooLarge(ArchiveError):
    """The decoded payload is larger than the caller allows."""


def decode_content(body: bytes, codings: str | None, max_bytes: int) -> bytes:
    """`body` without the codings that a Content-Encoding header names, last applied first.

    A body that is not encoded as the header says stays as it is; of one that is cut short, what can be read is given.
    Raises PayloadTooLarge when more than `max_bytes` come out, at any step.
    """
    names = [name.strip().lower() for name in (codings or "").split(",")]
    for name in list(reversed(names))[:MAX_CODINGS]:
        body = _decode_one(body, name, max_bytes)
    if len(body) > max_bytes:
        raise PayloadTooLarge(f"payload of {len(body)} bytes; the limit is {max_bytes}")
    return body


def _decode_one(body: bytes, name: str, max_bytes: int) -> bytes:
    if not body:
        return body
    if name in {"gzip", "x-gzip"}:
        return _collect(_zlib(body, 31), body, max_bytes)
    if name == "deflate":
        # The standard means zlib; some servers send the bare stream.
        has_header = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        return _collect(_zlib(body, 15 if has_header else -15), body, max_bytes)
    if name == "br":
        return _collect(_brotli(body), body, max_bytes)
    if name == "zstd":
        return _collect(_zstd(body), body, max_bytes)
    return body


def _collect(pieces: Iterator[bytes], raw: bytes, max_bytes: int) -> bytes:
    out = bytearray()
    try:
        for piece in pieces:
            out += piece
            if len(out) > max_bytes:
                raise PayloadTooLarge(f"payload decodes to more than {max_bytes} bytes, which is the limit")
    except (zlib.error, brotli.error, zstd.ZstdError):
        if not out:
            return raw
    return bytes(out)


def _zlib(body: bytes, wbits: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits)
    packed = b""
    at = 0
    while at < len(body) or packed:
        if len(packed) < 2:
            packed += body[at : at + STEP_BYTES]
            at += STEP_BYTES
        yield unpacker.decompress(packed, STEP_BYTES)
        packed = unpacker.unconsumed_tail
        if unpacker.eof:
            packed = unpacker.unused_data or body[at : at + STEP_BYTES]
            at += 0 if unpacker.unused_data else STEP_BYTES
            if wbits != 31 or not packed.startswith(b"\x1f"):
                return
            unpacker = zlib.decompressobj(wbits)  # several gzip members are one stream
    yield unpacker.flush()


def _brotli(body: bytes) -> Iterator[bytes]:
    unpacker = brotli.Decompressor()
    for at in range(0, len(body), STEP_BYTES):
        piece = unpacker.process(body[at : at + STEP_BYTES], output_buffer_limit=STEP_BYTES)
        # can_accept_more_data() does not mean that all output has come: 8 MB of zeros fit into 14 bytes.
        while piece or not unpacker.can_accept_more_data():
            yield piece
            if unpacker.is_finished():
                return
            piece = unpacker.process(b"", output_buffer_limit=STEP_BYTES)


def _zstd(body: bytes) -> Iterator[bytes]:
    unpacker = zstd.ZstdDecompressor()
    packed = b""
    at = 0
    while at < len(body) or packed or not unpacker.needs_input:
        if unpacker.needs_input and not packed:
            packed = body[at : at + STEP_BYTES]
            at += STEP_BYTES
        yield unpacker.decompress(packed, STEP_BYTES)
        packed = b""  # it keeps what it has not used
        if unpacker.eof:
            packed = unpacker.unused_data
            if not packed and at >= len(body):
                return
            unpacker = zstd.ZstdDecompressor()  # several frames are one stream
