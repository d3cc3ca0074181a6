"""What goes into a WARC file comes out again, whatever the server sent and however the writer ended."""

from __future__ import annotations

import errno
import gzip
import multiprocessing
import os
import resource
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from newsroom.errors import ArchiveError
from newsroom.records import WarcAddress
from storage.captures import (
    DamagedRecord,
    cut_torn_tail,
    read_capture,
    recover,
    walk,
)
from storage.captures.files import file_name, held, try_lock
from storage.captures.layout import safe_uri
from tests.captures_kit import FETCHED, HTML, crashed, page, writer

ODD_PAGES = {
    "plain": page(1),
    "empty": page(2, body=b"", headers=()),
    "chunked": page(3, headers=(*HTML, (b"Transfer-Encoding", b"chunked"))),
    "wrong length": page(4, headers=(*HTML, (b"Content-Length", b"7"), (b"Content-Length", b"9"))),
    "forged header": page(
        5, headers=((b"X-A\r\nB", b"1\r\n\r\nHTTP/1.1 500 X\x00"), (b"", b"x"), (b"Set-Cookie", b"\xff"))
    ),
    "forged address": page(6, url="http://paper.example/a b\r\nWARC-Type: warcinfo\r\n\r\n"),
    "not ASCII": page(7, url="http://paper.example/报?q=\udc80"),
    "cut": page(8, truncated="length", ip="2001:db8::1", protocol="h2", notes={"x-robots-tag": "noarchive\r\nX: ü"}),
    "no such status": page(9, status=799, ip="not an address"),
    "not modified": page(10, status=304, body=b"", headers=((b"ETag", b'"1"'), (b"Content-Length", b"400"))),
    "record inside": page(11, body=b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n"),
}


class Options:
    """What warcio's checker wants to be told."""

    def __init__(self, path: Path) -> None:
        self.inputs = [str(path)]
        self.verbose = False


@pytest.fixture
def odd_file(tmp_path: Path) -> Path:
    with writer(tmp_path) as living:
        for exchange in (*ODD_PAGES.values(), page(1)):
            living.append(exchange)
    (path,) = tmp_path.glob("*.warc.gz")
    return path


def test_warcio_finds_every_digest_true(odd_file: Path) -> None:
    assert Checker(Options(odd_file)).process_all() == 0


def test_fastwarc_finds_every_digest_true(odd_file: Path) -> None:
    kinds = []
    with odd_file.open("rb") as stream:
        for record in FastIterator(stream, parse_http=False):
            assert record.verify_block_digest()
            kinds.append(str(record.record_type))
    with odd_file.open("rb") as stream:
        payloads = [r.verify_payload_digest() for r in FastIterator(stream) if str(r.record_type) == "response"]
    assert payloads == [True] * 10
    assert kinds == ["warcinfo"] + ["request", "response"] * 9 + ["request", "revisit"] + ["request", "response"] + [
        "request",
        "revisit",
    ]


def test_every_record_is_one_gzip_member_with_an_exact_length_and_an_id_of_its_own(odd_file: Path) -> None:
    data = odd_file.read_bytes()
    found = list(walk(odd_file, check=True))
    for record in found:
        unpacker = zlib.decompressobj(31)
        text = unpacker.decompress(data[record.offset : record.end])
        assert unpacker.eof
        assert not unpacker.unused_data
        assert text.startswith(b"WARC/1.1\r\n")
        assert text.endswith(b"\r\n\r\n")
        assert record.block_ok
    assert found[-1].end == len(data)
    assert len({record.record_id for record in found}) == len(found) == 25


def test_warcio_reads_the_offsets_we_give(odd_file: Path) -> None:
    ours = [(record.offset, record.length) for record in walk(odd_file)]
    with odd_file.open("rb") as stream:
        archive = ArchiveIterator(stream)
        theirs = [(archive.get_record_offset(), archive.get_record_length()) for _ in archive]
    assert ours == theirs


@pytest.mark.parametrize("name", ODD_PAGES)
def test_an_answer_is_read_back_as_it_was_sent(tmp_path: Path, name: str) -> None:
    exchange = ODD_PAGES[name]
    with writer(tmp_path) as living:
        capture = living.append(exchange)
        stored = read_capture(tmp_path, capture.address)  # while the file is still open
    assert read_capture(tmp_path, capture.address) == stored
    assert (stored.body, stored.status, stored.fetched_utc) == (exchange.body, exchange.status, FETCHED)
    assert stored.url == capture.url == safe_uri(exchange.url)
    assert (stored.truncated, stored.notes) == (exchange.truncated, exchange.notes)


def test_plain_headers_are_stored_byte_for_byte(tmp_path: Path) -> None:
    headers = (*HTML, (b"X-Odd_Name", b"\xe9\xff  two  spaces"), (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"))
    with writer(tmp_path) as living:
        capture = living.append(page(headers=headers))
    assert read_capture(tmp_path, capture.address).headers == headers


def test_head_and_payload_agree_and_what_the_server_said_is_kept_aside(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        chunked, wrong = living.append(ODD_PAGES["chunked"]), living.append(ODD_PAGES["wrong length"])
    stored = read_capture(tmp_path, chunked.address)
    assert stored.header("Transfer-Encoding") is None
    assert stored.header("X-Archive-Orig-Transfer-Encoding") == "chunked"
    assert stored.header("Content-Length") == str(len(stored.body))
    stored = read_capture(tmp_path, wrong.address)
    lengths = [value for key, value in stored.headers if key == b"Content-Length"]
    assert lengths == [b"%d" % len(stored.body)]
    assert stored.header("X-Archive-Orig-Content-Length") == "7"


def test_no_header_can_forge_another(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        capture = living.append(ODD_PAGES["forged header"])
    stored = read_capture(tmp_path, capture.address)
    assert [key for key, _ in stored.headers] == [b"X-A_B", b"Set-Cookie"]
    assert stored.status == 200


def test_credentials_stay_out_of_the_archive(tmp_path: Path) -> None:
    secret = ((b"Proxy-Authorization", b"Basic c2VjcmV0"), (b"authorization", b"Bearer secret"), (b"Accept", b"*/*"))
    exchange = page()
    with writer(tmp_path) as living:
        living.append(type(exchange)(exchange.url, FETCHED, 200, secret, HTML, b"x"))
    (path,) = tmp_path.glob("*.warc.gz")
    (request,) = (record for record in walk(path) if record.type == "request")
    assert request.http_head == b"GET /story-1.html HTTP/1.1\r\nHost: paper.example\r\nAccept: */*\r\n\r\n"


@settings(max_examples=80, deadline=None)
@given(
    url=st.text().map(lambda tail: "http://" + tail),
    headers=st.lists(st.tuples(st.binary(), st.binary())),
    body=st.binary(),
    cut=st.none() | st.text(),
    notes=st.dictionaries(st.text(), st.text()),
)
def test_whatever_a_server_sends_makes_one_sound_record(
    tmp_path_factory: pytest.TempPathFactory,
    url: str,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    cut: str | None,
    notes: dict[str, str],
) -> None:
    folder = tmp_path_factory.mktemp("any")
    exchange = page(url=url, headers=tuple(headers), body=body, truncated=cut, notes=notes)
    with writer(folder) as living:
        capture = living.append(exchange)
    stored = read_capture(folder, capture.address)
    assert (stored.body, stored.status, stored.url, stored.notes) == (body, 200, capture.url, notes)
    (path,) = folder.iterdir()
    found = list(walk(path, check=True))
    assert [(record.type, record.block_ok) for record in found] == [
        ("warcinfo", True),
        ("request", True),
        ("response", True),
    ]
    assert found[-1].payload_ok
    assert Checker(Options(path)).process_all() == 0


def test_a_new_file_is_begun_when_the_old_one_is_full_or_old(tmp_path: Path) -> None:
    now = FETCHED
    living = writer(tmp_path, max_bytes=2000, max_age_s=3600, clock=lambda: now)
    first = living.append(page(1)).address.file
    assert living.append(page(2, body=os.urandom(3000))).address.file == first
    second = living.append(page(3)).address.file
    now += timedelta(seconds=3600)
    third = living.append(page(4)).address.file
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [first, second, third + ".open"]
    assert living.position == (third, (tmp_path / names[-1]).stat().st_size)
    living.close()
    assert living.position is None
    assert sorted(path.name for path in tmp_path.iterdir()) == [first, second, third]


def test_threads_share_a_writer(tmp_path: Path) -> None:
    captures = []
    with writer(tmp_path) as living:

        def work(base: int) -> None:
            for number in range(base, base + 25):
                captures.append(living.append(page(number)))
                living.sync()

        threads = [threading.Thread(target=work, args=(base,)) for base in (0, 100, 200, 300)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    bodies = {read_capture(tmp_path, capture.address).body for capture in captures}
    assert len(bodies) == 100
    (path,) = tmp_path.glob("*.warc.gz")
    assert len(list(walk(path, check=True))) == 201


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    """A disk that is full: the kernel writes up to the limit, then refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_part_of_a_record(tmp_path: Path) -> None:
    living = writer(tmp_path)
    kept = living.append(page(1)).address
    end = kept.offset + kept.length
    with files_no_larger_than(end + 100), pytest.raises(ArchiveError, match=r"\.warc\.gz\.open: File too large"):
        living.append(page(2))
    assert (tmp_path / (kept.file + ".open")).stat().st_size == end
    after = living.append(page(3)).address
    living.close()
    assert list(walk(tmp_path / kept.file, check=True))[-1].end == after.offset + after.length


def test_a_disk_full_from_the_start_leaves_no_file(tmp_path: Path) -> None:
    living = writer(tmp_path)
    with files_no_larger_than(100), pytest.raises(ArchiveError, match="File too large"):
        living.append(page(1))
    assert list(tmp_path.iterdir()) == []
    capture = living.append(page(1))
    living.close()
    assert next(walk(tmp_path / capture.address.file)).type == "warcinfo"


def test_nothing_more_is_written_to_a_file_that_did_not_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    living = writer(tmp_path)
    first = living.append(page(1))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(ArchiveError, match="Input/output error"):
            living.sync()
    assert living.append(page(2)).address.file != first.address.file
    living.close()


def test_walk_stops_at_every_possible_tear(tmp_path: Path) -> None:
    path, ends = crashed(tmp_path, 2)
    whole = path.read_bytes()
    starts = [record.offset for record in walk(path)] + [len(whole)]
    edges = {start + step for start in starts for step in (-9, -1, 0, 1, 2, 18)}
    for size in sorted(edges | set(range(ends[0] + 1, len(whole), 11))):
        if not ends[0] < size < len(whole):
            continue
        path.write_bytes(whole[:size])
        last = max(start for start in starts if start <= size)
        if size in starts:
            assert cut_torn_tail(path, ends[0]) == 0
        else:
            with pytest.raises(DamagedRecord) as caught:
                list(walk(path, ends[0]))
            assert caught.value.offset == last
            assert cut_torn_tail(path, ends[0]) == size - last
        assert path.stat().st_size == last


@pytest.mark.parametrize(
    "tail", [b"\x00" * 5000, b"\x1f\x8b\x08\x00", b"junk", gzip.compress(b"not a record", mtime=0)]
)
def test_junk_behind_the_last_record_is_cut(tmp_path: Path, tail: bytes) -> None:
    path, ends = crashed(tmp_path, 1)
    with path.open("ab") as file:
        file.write(tail)
    assert cut_torn_tail(path) == len(tail)
    assert path.stat().st_size == ends[-1]


RECORD = b"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: 4\r\n\r\nbody\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (RECORD + RECORD, "shares its gzip member"),
        (RECORD.replace(b"4", b"3"), "does not end where"),
        (RECORD.replace(b"4", b"9"), "is shorter than"),
        (RECORD.replace(b"Content-Length: 4", b"Content-Length: -4"), "has no Content-Length"),
        (RECORD.replace(b"4", b"4" * 30), "larger than the limit"),
        (RECORD.replace(b"WARC/", b"HTTP/"), "has no WARC header"),
        (b"WARC/1.1\r\n" + b"A: b\r\n" * 20_000, "has no WARC header"),
    ],
)
def test_a_whole_gzip_member_need_not_be_a_whole_record(tmp_path: Path, text: bytes, problem: str) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(RECORD) + gzip.compress(text))
    records = walk(path)
    assert next(records).end == len(gzip.compress(RECORD))
    with pytest.raises(DamagedRecord, match=problem):
        next(records)


def test_a_lock_on_a_file_that_was_renamed_meanwhile_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.touch()
    with path.open("rb") as file:
        path.rename(tmp_path / "a.warc.gz")
        assert not try_lock(file.fileno(), path)
        path.touch()
        assert not try_lock(file.fileno(), path)
    with held(path) as mine, held(path) as another:
        assert (mine, another) == (True, False)


def test_a_start_inside_a_record_cuts_nothing(tmp_path: Path) -> None:
    path, ends = crashed(tmp_path, 3)
    size = path.stat().st_size
    with pytest.raises(ArchiveError, match="nothing was cut"):
        cut_torn_tail(path, ends[1] - 5)
    assert path.stat().st_size == size


def test_a_bomb_in_a_member_is_refused_and_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "bomb.warc.gz"
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n" % (64 << 20)
    path.write_bytes(gzip.compress(head + b"\x00" * (64 << 20)))
    with pytest.raises(DamagedRecord, match="larger than the limit") as caught:
        list(walk(path, max_record_bytes=1 << 20))
    assert not caught.value.torn


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_walk_survives_any_damage(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path, _ = crashed(folder, 2)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        share = data.draw(st.integers(0, 999_999))  # the length differs a little from run to run
        whole[len(whole) * share // 1_000_000] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        assert len(list(walk(path, check=True))) == 5
    except DamagedRecord as damage:
        assert damage.offset < len(whole)


def test_the_wrong_record_at_an_address_is_not_handed_out(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        one, two = living.append(page(1)).address, living.append(page(2)).address
    with pytest.raises(ArchiveError, match="run copydesk verify"):
        read_capture(tmp_path, WarcAddress(one.file, one.offset, one.length, two.record_id))
    with pytest.raises(ArchiveError, match="no such WARC file"):
        read_capture(tmp_path, WarcAddress("gone.warc.gz", 0, 1, "x"))
    with pytest.raises(ArchiveError, match="not the name of a file"):
        read_capture(tmp_path, WarcAddress("../../etc/passwd", 0, 1, "x"))


def test_recovery_gives_what_is_behind_the_watermark_and_nothing_else(tmp_path: Path) -> None:
    path, ends = crashed(tmp_path, 5)
    with path.open("ab") as file:
        file.write(gzip.compress(b"WARC/1.1\r\ntorn")[:20])
    name = path.name.removesuffix(".open")
    found = list(recover(tmp_path, {name: ends[2]}))
    assert [item.response.url for item in found] == [page(3).url, page(4).url]
    assert [item.committed_bytes for item in found] == ends[3:]
    assert [item.name for item in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).stat().st_size == ends[-1]
    assert list(recover(tmp_path, {name: ends[-1]})) == []


def test_recovered_captures_are_those_that_the_writer_gave(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        given_out = [living.append(exchange) for exchange in (*ODD_PAGES.values(), page(1))]
    assert [item.capture for item in recover(tmp_path, {})] == given_out


def test_a_file_closed_before_its_commit_is_recovered_too(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        first, second = living.append(page(1)), living.append(page(2))
    mark = first.address.offset + first.address.length
    assert [item.capture for item in recover(tmp_path, {first.address.file: mark})] == [second]


def test_recovery_leaves_a_living_writer_alone(tmp_path: Path) -> None:
    with writer(tmp_path) as living:
        address = living.append(page(1)).address
        assert list(recover(tmp_path, {})) == []
        assert (tmp_path / (address.file + ".open")).exists()
    assert len(list(recover(tmp_path, {}, in_use=lambda name: True))) == 0
    assert len(list(recover(tmp_path, {}))) == 1


def test_recovery_touches_no_file_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "guest.warc.gz").write_bytes(b"not even a record")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / (file_name(FETCHED, 1) + ".open")).touch()  # killed before its first write
    assert list(recover(tmp_path, {})) == []
    assert sorted(item.name for item in tmp_path.iterdir()) == ["guest.warc.gz", "notes.txt"]
    assert (tmp_path / "guest.warc.gz").read_bytes() == b"not even a record"


def write_until_killed(folder: Path, acknowledge: Connection) -> None:
    """Append pages, and say after every fourth which it was and where it ends on the disk."""
    living, number = writer(folder), 0
    while True:
        number += 1
        address = living.append(page(number, body=b"%d " % number * 20_000)).address
        if number % 4 == 0:
            living.sync()
            acknowledge.send((number, address.offset + address.length))


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for round_number in range(10):
        folder = tmp_path / str(round_number)
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(target=write_until_killed, args=(folder, theirs))
        child.start()
        theirs.close()
        told = [ours.recv() for _ in range(1 + round_number)]
        child.kill()
        child.join(30)
        with ours, suppress(EOFError):
            while True:
                told.append(ours.recv())
        acknowledged, end = told[-1]
        found = [item.response for item in recover(folder, {})]
        assert [response.url for response in found] == [page(n).url for n in range(1, len(found) + 1)]
        assert len(found) >= acknowledged
        (path,) = folder.iterdir()
        assert path.suffix == ".gz"
        assert path.stat().st_size >= end
        assert all(record.block_ok is not False for record in walk(path, check=True))
