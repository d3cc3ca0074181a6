"""Archives of others: what is read of them, whatever is wrong."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from newsroom.errors import ArchiveError
from storage.archives import ArchivedRecord, ArchiveFile, Damage, Place, Unread, archives_in, iter_warc, read_archive
from storage.archives import verify_warc as verify
from storage.archives.http import parse_answer, without_chunks
from tests.archives_kit import answer, arc, html, members, page, record, sha1, wacz, write

INFO = record("warcinfo", None, b"software: made here\r\n", number=9)


def everything(data: bytes, start: Place = Place(0)) -> list[ArchivedRecord | Damage]:  # noqa: B008 (frozen)
    return list(read_archive(io.BytesIO(data), start))


def kinds(data: bytes) -> list[str]:
    return [each.type if isinstance(each, ArchivedRecord) else f"damage: {each.problem}" for each in everything(data)]


@pytest.mark.parametrize(
    "packed",
    [
        lambda *records: b"".join(records),
        members,
        lambda *records: gzip.compress(b"".join(records)),
        lambda *records: b"\r\n".join(members(each) for each in records).replace(b"\r\n\x1f\x8b", b"\x1f\x8b"),
        lambda *records: members(*records) + b"\x00" * 700,
    ],
    ids=["plain", "a-member-each", "one-member-for-all", "joined", "padded-with-zeros"],
)
def test_records_are_read_however_they_are_packed(packed: Callable[..., bytes]) -> None:
    data = packed(INFO, page(), page(number=2), record("request", number=3))
    assert kinds(data) == ["warcinfo", "response", "response", "request"]


def test_a_record_split_over_gzip_members_is_whole() -> None:
    one = page()
    data = members(INFO) + gzip.compress(one[:700]) + gzip.compress(one[700:]) + members(page(number=2))
    assert kinds(data) == ["warcinfo", "response", "response"]


def test_reading_goes_on_at_the_place_where_it_stopped() -> None:
    for data in (members(INFO, page(), page(number=2)), gzip.compress(INFO + page() + page(number=2)), INFO + page()):
        found = everything(data)
        for number, each in enumerate(found):
            assert isinstance(each, ArchivedRecord)
            assert [one.place for one in everything(data, each.end)] == [one.place for one in found[number + 1 :]]


@pytest.mark.parametrize(
    ("bad", "problem", "torn"),
    [
        (record(block=b"x" * 90, length=900), "is shorter than its Content-Length", True),
        (record(block=b"x" * 90, length=20), "does not end where its Content-Length says", False),
        (record(block=b"x", length="many"), "has no Content-Length that can be read ('many')", False),
        (record(block=b"x", length="9" * 30), "more than is read of one record", False),
        (record(WARC_Thing="x" * 70_000), "has a header of more than 64 KB", False),
        (record(more="x: y\r\n" * 1_100), "has more than 1,000 header fields", False),
        (b"<html>no record</html>\n" * 30, "does not begin as a record", False),
    ],
    ids=["short", "long", "no-length", "vast", "huge-header", "many-fields", "no-record"],
)
def test_a_bad_record_costs_only_itself(bad: bytes, problem: str, torn: bool) -> None:
    for data in (members(INFO, bad, page()), INFO + bad + page()):
        info, damage, *rest = everything(data)
        assert isinstance(info, ArchivedRecord) and isinstance(damage, Damage)
        assert problem in damage.problem or "does not end where" in damage.problem
        assert [each.type for each in rest if isinstance(each, ArchivedRecord)] == ["response"]
    assert next(each for each in everything(INFO + bad) if isinstance(each, Damage)).torn == torn


def test_a_torn_gzip_file_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    whole = members(INFO, page())
    (tmp_path / "cut.warc.gz").write_bytes(whole + members(page(number=2))[:200])
    found = verify(tmp_path / "cut.warc.gz")
    assert (found.records, found.torn_at, found.problems) == (
        2,
        len(whole),
        [f"record at byte {len(whole)} is cut short"],
    )


def test_damage_in_a_member_does_not_hide_what_is_behind_it() -> None:
    bent = bytearray(members(page(number=2)))
    bent[60:80] = b"\xff" * 20
    data = members(INFO) + bytes(bent) + members(page(number=3), page(number=4))
    assert [kind.partition(" (")[0] for kind in kinds(data)] == ["warcinfo", "damage: does not decompress"] + [
        "response"
    ] * 2


def test_an_answer_that_is_as_long_as_it_says_is_whole_though_its_record_is_short() -> None:
    body = html()
    block = answer(body, more=f"Content-Length: {len(body)}")
    (found,) = everything(record(block=block, length=len(block) + 8).rstrip(b"\r\n") + b"\n")
    assert isinstance(found, ArchivedRecord) and (parse_answer(found.block or b"") or found).body.startswith(body)  # type: ignore[union-attr]


def test_headers_with_bare_line_ends_old_versions_and_folded_lines_are_read() -> None:
    old = record(block=answer(html(), end="\n"), end="\n", WARC_Note="one\n two").replace(b"WARC/1.0", b"WARC/0.18")
    (found,) = everything(old)
    assert isinstance(found, ArchivedRecord) and found.header("warc-note") == "one two"
    read = parse_answer(found.block or b"")
    assert read is not None and (read.status, read.body) == (200, html())


def test_digests_are_recomputed_in_each_spelling() -> None:
    block = answer(html())
    good = record(block=block, WARC_Block_Digest=sha1(block), WARC_Payload_Digest=sha1(html()))
    half = record(block=block, WARC_Block_Digest=sha1(b"other"), WARC_Payload_Digest=sha1(html()))
    bad = record(block=block, WARC_Payload_Digest=sha1(b"other"))
    found = [each for each in everything(good + half + bad + record(block=block)) if isinstance(each, ArchivedRecord)]
    assert [(each.block_ok, each.payload_ok, each.digests_agree) for each in found] == [
        (True, True, True),
        (False, True, True),
        (None, False, False),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("body", "read", "problem"),
    [
        (b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", b"hello world", ""),
        (b"hello world, not chunked", b"hello world, not chunked", ""),
        (b"2026 was a year", b"2026 was a year", ""),
        (b"5\r\nhello\r\nzz\r\n", b"hello", "no chunk size at byte 10"),
        (b"5\r\nhello\r\nff\r\nshort", b"helloshort", "a chunk of 255 bytes has only 5"),
        (b"5\r\nhello\r\n", b"hello", "the last chunk is missing"),
    ],
)
def test_chunks_are_taken_off_and_wrong_ones_are_named(body: bytes, read: bytes, problem: str) -> None:
    found, said = without_chunks(body)
    assert found == read and said.startswith(problem)


def test_arc_files_are_read_under_the_names_of_warc() -> None:
    data = arc(("http://paper.example/a story?x=y z", answer(html())), ("dns:paper.example", b"paper.example 60 IN A"))
    for each in (data, gzip.compress(data)):
        head, story, name = everything(each)
        assert (
            isinstance(head, ArchivedRecord) and isinstance(story, ArchivedRecord) and isinstance(name, ArchivedRecord)
        )
        assert (head.type, story.type, name.type) == ("arc-header", "response", "resource")
        assert (story.url, story.header("WARC-Date")) == ("http://paper.example/a story?x=y z", "2020-03-04T05:06:07Z")


@pytest.mark.parametrize("length", ["-1", "abc", "9" * 20])
def test_an_arc_record_without_a_length_costs_only_itself(length: str) -> None:
    bad = arc(("http://paper.example/bad", answer(html())), length=length)
    good = arc(("http://paper.example/good", answer(html()))).partition(b"\n\n")[2]
    _, damage, story = everything(bad + good)
    assert isinstance(damage, Damage) and (damage.url, damage.problem) == (
        "http://paper.example/bad",
        f"has no length that can be read ({length!r})",
    )
    assert isinstance(story, ArchivedRecord) and story.url == "http://paper.example/good"


def test_a_bomb_is_read_in_constant_memory_and_its_block_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.archives.parts.MAX_KEPT_BYTES", 1 << 20)
    bomb = record(block=answer(b"0" * (20 << 20)))
    assert len(members(bomb)) < 40_000
    found, behind = everything(members(bomb, page()))
    assert isinstance(found, ArchivedRecord) and found.block is None and found.block_bytes > 20 << 20
    assert isinstance(behind, ArchivedRecord)


def test_folders_packages_and_what_is_no_archive_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "b.warc.gz", page())
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "a.warc", page())
    wacz(tmp_path / "c.wacz", one__warc__gz=members(page()), two__warc=page(), note__txt=b"x")
    wacz(tmp_path / "empty.wacz")
    (tmp_path / "broken.wacz").write_bytes(b"PK\x03\x04 no package")
    for name in ("d.warc.lz4", "e.cdxj", "readme.txt", "f.warc.gz.open"):
        (tmp_path / name).write_bytes(b"x")
    found = list(archives_in([tmp_path, tmp_path / "b.warc.gz"]))
    assert [each.name for each in found if isinstance(each, ArchiveFile)] == [
        "b.warc.gz",
        "c.wacz!archive/one.warc.gz",
        "c.wacz!archive/two.warc",
        "a.warc",
    ]
    said = {Path(each.name).name: each.why for each in found if isinstance(each, Unread)}
    assert {name: why.partition(";")[0].partition(" (")[0] for name, why in said.items()} == {
        "broken.wacz": "is no WACZ package that can be opened",
        "d.warc.lz4": "is LZ4",
        "e.cdxj": "is an index, not an archive",
        "empty.wacz": "is a WACZ package without WARC files below archive/",
        "f.warc.gz.open": "is being written by a crawl, or was left by one that was killed",
    }
    assert [each.type for each in iter_warc(tmp_path / "c.wacz") if isinstance(each, ArchivedRecord)] == [
        "response"
    ] * 2
    with pytest.raises(ArchiveError, match=r"d\.warc\.lz4: is LZ4"):
        list(iter_warc(tmp_path / "d.warc.lz4"))


def test_a_file_of_anything_is_explained_not_raised(tmp_path: Path) -> None:
    for number, data in enumerate(
        (b"", b"\x1f\x8b\x08", b"\x00" * 500, b"WARC/1.1", b"\x28\xb5\x2f\xfd....", gzip.compress(b"hello"))
    ):
        path = tmp_path / f"{number}.warc.gz"
        path.write_bytes(data)
        found = verify(path)
        assert found.records == 0 and bool(found.problems) == bool(data)
