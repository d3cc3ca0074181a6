"""What a server packed a body in comes off again, and a bomb is dropped before it is unpacked."""

from __future__ import annotations

import gzip
import os
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.captures import PayloadTooLarge, decode_content

TEXT = b"a page of news, " * 5000
PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip, identity": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "br, gzip": gzip.compress(brotli.compress(TEXT)),
    "": TEXT,
    "made-up": TEXT,
}


@pytest.mark.parametrize("codings", PACKED)
def test_content_codings_come_off(codings: str) -> None:
    assert decode_content(PACKED[codings], codings, len(TEXT)) == TEXT
    with pytest.raises(PayloadTooLarge):
        decode_content(PACKED[codings], codings, len(TEXT) - 1)


def test_servers_that_encode_oddly_are_understood() -> None:
    bare = zlib.compressobj(9, zlib.DEFLATED, -15)
    assert decode_content(bare.compress(TEXT) + bare.flush(), "deflate", 1 << 20) == TEXT
    for codings in ("gzip", "deflate", "br", "zstd"):
        assert decode_content(b"<html>never encoded", codings, 1 << 20) == b"<html>never encoded"
    assert decode_content(gzip.compress(TEXT) + gzip.compress(b"more"), "gzip", 1 << 20) == TEXT + b"more"
    assert decode_content(gzip.compress(TEXT) + b"trailing", "gzip", 1 << 20) == TEXT
    assert decode_content(zstd.compress(TEXT) + zstd.compress(b"more"), "zstd", 1 << 20) == TEXT + b"more"


@pytest.mark.parametrize("codings", ["gzip", "deflate", "br", "zstd"])
def test_of_a_cut_payload_the_beginning_is_read(codings: str) -> None:
    noise = os.urandom(100_000)
    whole = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}[codings](
        noise
    )
    part = decode_content(whole[:-40_000], codings, 1 << 20)
    assert noise.startswith(part)
    if codings != "zstd":  # it gives whole blocks, and noise of this size is one
        assert len(part) > 30_000


@pytest.mark.parametrize("pack", [gzip.compress, brotli.compress, zstd.compress])
def test_a_bomb_is_dropped_early(pack: object) -> None:
    bomb = pack(b"\x00" * (8 << 20))  # type: ignore[operator]
    codings = {gzip.compress: "gzip", brotli.compress: "br", zstd.compress: "zstd"}[pack]
    with pytest.raises(PayloadTooLarge):
        decode_content(bomb, codings, 1 << 20)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 3_000_000])
def test_no_byte_is_lost_at_the_edges_of_the_steps(size: int) -> None:
    for text in (b"\x00" * size, os.urandom(size)):
        for pack, codings in ((gzip.compress, "gzip"), (zlib.compress, "deflate"), (zstd.compress, "zstd")):
            assert decode_content(pack(text), codings, 4_000_000) == text
        assert decode_content(brotli.compress(text, quality=1), "br", 4_000_000) == text


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br", "zstd,zstd,gzip,gzip,gzip"])
)
def test_any_bytes_decode_to_something(body: bytes, codings: str) -> None:
    assert isinstance(decode_content(body, codings, 1 << 20), bytes)
