"""Revisits: answers whose payload lies with an earlier capture, and how they are read back."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from newsroom.errors import ArchiveError
from storage.captures import Original, payload, read_capture
from tests.captures_kit import FETCHED, HTML, page, writer

NOT_MODIFIED = page(10, status=304, body=b"", headers=((b"ETag", b'"1"'), (b"Content-Length", b"400")))


def test_the_same_payload_again_is_a_revisit_that_reads_like_the_original(tmp_path: Path) -> None:
    body = os.urandom(50_000)
    with writer(tmp_path) as living:
        first = living.append(page(body=body))
        again = living.append(page(url="http://paper.example/other", body=body))
    assert again.revisit_of == first.address.record_id
    assert again.address.length < 1000
    assert (again.payload_digest, again.payload_bytes) == (first.payload_digest, len(body))
    assert read_capture(tmp_path, again.address).body == b""
    stored = read_capture(tmp_path, again.address, {first.address.record_id: first.address}.get)
    assert (stored.url, stored.body) == ("http://paper.example/other", body)
    with pytest.raises(ArchiveError, match="refers to"):
        read_capture(tmp_path, again.address, lambda record_id: None)


def test_a_payload_known_from_an_earlier_file_is_a_revisit(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        first = living.append(page())
    original = Original(first.address.record_id, first.url, first.fetched_utc)
    with writer(tmp_path, known={first.payload_digest: original}.get) as living:
        again = living.append(page())
    assert again.revisit_of == first.address.record_id
    assert again.address.file != first.address.file


def test_empty_and_cut_payloads_are_never_revisits(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        captures = [living.append(page(body=body, truncated=cut)) for body, cut in [(b"", None), (b"half", "time")] * 2]
    assert [capture.revisit_of for capture in captures] == [None] * 4


def test_a_304_reads_as_the_page_it_confirms(tmp_path: Path) -> None:
    packed = (*HTML, (b"Content-Encoding", b"gzip"))
    with writer(tmp_path) as living:
        first = living.append(page(headers=packed, body=gzip.compress(b"the story")))
        original = Original(first.address.record_id, first.url, first.fetched_utc)
        again = living.append(NOT_MODIFIED, original=original)
    stored = read_capture(tmp_path, again.address, {first.address.record_id: first.address}.get)
    assert (again.status, again.revisit_of, stored.status) == (304, first.address.record_id, 304)
    assert payload(stored) == b"the story"


def test_a_304_that_confirms_an_unchanged_answer_reads_as_the_page_that_both_stand_for(tmp_path: Path) -> None:
    packed = (*HTML, (b"Content-Encoding", b"gzip"))
    body = gzip.compress(b"the story")
    with writer(tmp_path) as living:
        first = living.append(page(headers=packed, body=body))
        unchanged = living.append(page(url="http://paper.example/other", headers=packed, body=body))
        original = Original(unchanged.address.record_id, unchanged.url, unchanged.fetched_utc)
        again = living.append(NOT_MODIFIED, original=original)
    known = {each.address.record_id: each.address for each in (first, unchanged)}
    stored = read_capture(tmp_path, again.address, known.get)
    assert unchanged.revisit_of == first.address.record_id and again.revisit_of == unchanged.address.record_id
    assert (stored.status, stored.record_id, payload(stored)) == (304, again.address.record_id, b"the story")


def test_revisits_that_lead_to_each_other_end(tmp_path: Path) -> None:
    original = Original("<urn:uuid:0>", "http://paper.example/", FETCHED)
    with writer(tmp_path) as living:
        again = living.append(NOT_MODIFIED, original=original)
    with pytest.raises(ArchiveError, match="revisit of a revisit"):
        read_capture(tmp_path, again.address, lambda record_id: again.address)
