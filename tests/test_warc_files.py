"""What WARC files are called: no two share a name, and nothing that is there is written over."""

from __future__ import annotations

import errno
import fcntl
import gzip
import os
from pathlib import Path

import pytest

from newsroom.errors import ArchiveError
from storage.captures import read_capture, recover
from storage.captures.files import OPEN_SUFFIX, begin_file, file_name, finish_file, held
from storage.captures.rewrite import rewrite
from tests.captures_kit import FETCHED, page, writer


def test_writers_that_begin_in_the_same_millisecond_write_nothing_over(tmp_path: Path) -> None:
    moment = {"clock": lambda: FETCHED}
    with writer(tmp_path, **moment) as first, writer(tmp_path, **moment) as second:
        written = [first.append(page(1)), second.append(page(2))]
    with writer(tmp_path, **moment) as third:
        written.append(third.append(page(3)))
    files = [capture.address.file for capture in written]
    assert files == [file_name(FETCHED, serial) for serial in (1, 2, 3)]
    for number, capture in enumerate(written, start=1):
        assert f"Story {number}<".encode() in read_capture(tmp_path, capture.address).body


def test_a_rewritten_file_and_a_new_one_never_get_one_name(tmp_path: Path) -> None:
    moment = {"clock": lambda: FETCHED}
    with writer(tmp_path, **moment) as old:
        path = tmp_path / old.append(page(1)).address.file
    taken = [file_name(FETCHED, 2)]
    kept = rewrite(path, lambda record_id: False, taken=taken, software="copydesk/test", now=FETCHED)
    assert kept.name == file_name(FETCHED, 3)
    names = []
    for number in (2, 3):
        with writer(tmp_path, **moment) as living:
            names.append(living.append(page(number)).address.file)
    assert names == [file_name(FETCHED, 2), file_name(FETCHED, 4)]
    assert b"Story 1<" in gzip.decompress(kept.take_name().read_bytes())
    assert len(list(tmp_path.glob("*.gz"))) == 4


def test_an_open_file_beside_a_closed_one_of_its_name_is_left_alone(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        name = living.append(page(1)).address.file
        living.sync()
        early = (tmp_path / f"{name}.open").read_bytes()
        second = living.append(page(2)).address
    (tmp_path / f"{name}.open").write_bytes(early)  # from a backup that was taken before
    whole = (tmp_path / name).read_bytes()
    assert len(list(recover(tmp_path, {name: len(early)}))) == 1  # the closed one's second capture
    assert (tmp_path / name).read_bytes() == whole and (tmp_path / f"{name}.open").read_bytes() == early
    assert b"Story 2<" in read_capture(tmp_path, second).body
    with pytest.raises(ArchiveError, match="is there as well"):
        finish_file(tmp_path / f"{name}.open")
    assert (tmp_path / name).read_bytes() == whole


def test_where_there_are_no_locks_it_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="No locks available"):
        begin_file(tmp_path, FETCHED, OPEN_SUFFIX)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ArchiveError, match="No locks available"), writer(tmp_path) as living:
        living.append(page())
    (tmp_path / "there").touch()
    with pytest.raises(ArchiveError, match="there: No locks available"), held(tmp_path / "there"):
        pass
