"""Verification finds each kind of damage, names it, and repairs only what nobody misses."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from newsroom.records import Capture
from storage.captures import CaptureWriter, Original, cdxj, read_capture, verify, walk
from storage.captures.layout import compress
from storage.captures.repair import next_member
from tests.captures_kit import FETCHED, crashed, page, writer


def stored(folder: Path, pages: int = 3) -> tuple[Path, list[Capture]]:
    """A closed file with `pages` answers, a revisit and a 304."""
    with writer(folder) as living:
        captures = [living.append(page(number)) for number in range(pages)]
        captures.append(living.append(page(0)))
        first = captures[0]
        original = Original(first.address.record_id, first.url, first.fetched_utc)
        captures.append(living.append(page(status=304, body=b"", headers=()), original=original))
    (path,) = folder.glob("*.warc.gz")
    return path, captures


def test_a_sound_archive_is_reported_sound(tmp_path: Path) -> None:
    path, captures = stored(tmp_path)
    seen: list[tuple[str, int]] = []
    report = verify(tmp_path, iter(captures), progress=lambda file, records: seen.append((file, records)))
    assert report.ok
    assert (report.files, report.records, report.unreferenced) == (1, 11, 0)
    assert report.read_bytes == path.stat().st_size
    assert seen == [(path.name, 11)]


def test_an_empty_or_missing_folder_is_sound_when_nothing_is_claimed(tmp_path: Path) -> None:
    assert verify(tmp_path, []).ok
    assert verify(tmp_path / "nowhere", []).ok


def test_answers_that_the_database_does_not_know_are_counted(tmp_path: Path) -> None:
    _, captures = stored(tmp_path)
    report = verify(tmp_path, captures[:3])
    assert (report.ok, report.unreferenced) == (True, 2)


def test_a_torn_tail_is_found_and_cut_only_on_request(tmp_path: Path) -> None:
    path, captures = stored(tmp_path)
    size = path.stat().st_size
    with path.open("ab") as file:
        torn_bytes = file.write(gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n")[:-3])
    report = verify(tmp_path, captures)
    assert [(finding.file, finding.offset, finding.problem) for finding in report.torn] == [
        (path.name, size, "is cut short")
    ]
    assert path.stat().st_size > size
    report = verify(tmp_path, captures, repair=True)
    assert (report.ok, report.cut_bytes, path.stat().st_size) == (True, torn_bytes, size)
    assert verify(tmp_path, captures).ok


def test_a_torn_record_that_the_database_knows_is_kept_for_a_person_to_look_at(tmp_path: Path) -> None:
    path, captures = stored(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    size = path.stat().st_size
    report = verify(tmp_path, captures, repair=True)
    assert [finding.problem for finding in report.torn] == ["is cut short"]
    assert [finding.url for finding in report.missing] == [captures[-1].url]
    assert (report.cut_bytes, path.stat().st_size) == (0, size)


def test_damage_in_the_middle_costs_one_record_and_is_never_cut(tmp_path: Path) -> None:
    path, captures = stored(tmp_path)
    where = captures[1].address
    data = bytearray(path.read_bytes())
    data[where.offset + where.length // 2] ^= 0xFF
    path.write_bytes(data)
    report = verify(tmp_path, captures, repair=True)
    assert [finding.offset for finding in report.torn] == [where.offset]
    assert [finding.url for finding in report.missing] == [captures[1].url]
    assert report.records == 10
    report = verify(tmp_path, [], repair=True)  # not even when nobody claims what is behind it
    assert (report.cut_bytes, len(report.torn), path.stat().st_size) == (0, 1, len(data))


def test_a_record_changed_by_somebody_who_can_compress_has_bad_digests(tmp_path: Path) -> None:
    path, captures = stored(tmp_path)
    where = captures[2].address
    data = path.read_bytes()
    text = gzip.decompress(data[where.offset : where.offset + where.length])
    forged = compress([text.replace(b"Story 2", b"Glory 2")])
    path.write_bytes(data[: where.offset] + forged + data[where.offset + where.length :])
    report = verify(tmp_path, captures[:2])
    assert [(finding.offset, finding.url) for finding in report.bad_digests] == [(where.offset, captures[2].url)]


def test_the_database_and_the_file_must_name_the_same_payload(tmp_path: Path) -> None:
    _, captures = stored(tmp_path)
    wrong = [replace(captures[0], payload_digest="sha256:" + "0" * 64), *captures[1:]]
    report = verify(tmp_path, wrong)
    assert [finding.url for finding in report.bad_digests] == [captures[0].url]
    assert not report.missing


def test_captures_without_file_record_or_original_are_missing(tmp_path: Path) -> None:
    _, captures = stored(tmp_path)
    elsewhere = replace(captures[0], address=replace(captures[0].address, file="gone.warc.gz"))
    other_id = replace(captures[1], address=replace(captures[1].address, record_id="<urn:uuid:other>"))
    orphan = replace(captures[3], revisit_of="<urn:uuid:nobody>")
    report = verify(tmp_path, [elsewhere, other_id, captures[2], orphan])
    problems = [finding.problem for finding in report.missing]
    assert len(problems) == 3
    assert f"not <urn:uuid:other> of {captures[1].address.length}" in problems[0]
    assert "no whole record" in problems[1]
    assert "<urn:uuid:nobody>, which no capture is" in problems[2]


def test_a_file_being_written_is_read_but_not_touched(tmp_path: Path) -> None:
    living = writer(tmp_path)
    committed, ahead = living.append(page(1)), living.append(page(2))
    path = tmp_path / (committed.address.file + ".open")
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08half a record")
    report = verify(tmp_path, [committed], repair=True)
    assert report.ok
    assert (report.live, report.unreferenced, report.cut_bytes) == ([committed.address.file], 0, 0)
    assert path.stat().st_size > len(whole)
    assert not verify(tmp_path, [replace(ahead, address=replace(ahead.address, offset=10**9))]).ok


def test_a_crashed_file_is_mended_and_left_for_recovery(tmp_path: Path) -> None:
    path, ends = crashed(tmp_path, 3)
    path.write_bytes(path.read_bytes()[: ends[2] - 1])
    report = verify(tmp_path, [], repair=True)
    assert (report.ok, report.unreferenced, path.exists()) == (True, 2, True)
    assert report.cut_bytes > 0
    assert [record.type for record in walk(path)][-1] == "request"


def test_files_of_others_are_judged_but_never_cut(tmp_path: Path) -> None:
    guest = tmp_path / "guest.warc.gz"
    guest.write_bytes(b"\x1f\x8b\x08junk")
    report = verify(tmp_path, [], repair=True)
    assert [finding.file for finding in report.torn] == ["guest.warc.gz"]
    assert guest.read_bytes() == b"\x1f\x8b\x08junk"


@pytest.mark.parametrize("padding", [0, 1, (1 << 20) - 3, (1 << 20) - 2, (1 << 20) - 1, 1 << 20, 3 << 20])
def test_the_next_record_is_found_behind_any_amount_of_junk(tmp_path: Path, padding: int) -> None:
    path = tmp_path / "a.warc.gz"
    junk = b"\x1f\x8b\x08no" + b"\x00" * padding
    path.write_bytes(junk + compress([b"WARC/1.1\r\n"]))
    assert next_member(path, 0) == len(junk)
    assert next_member(path, len(junk)) is None


def test_cdxj_lines_are_sorted_and_lead_back_to_the_records(tmp_path: Path) -> None:
    path, captures = stored(tmp_path)
    lines = list(cdxj(path))
    assert lines == sorted(lines)
    assert len(lines) == len(captures)
    by_offset = {capture.address.offset: capture for capture in captures}
    for line in lines:
        key, stamp, text = line.split(" ", 2)
        fields = json.loads(text)
        capture = by_offset[int(fields["offset"])]
        assert key.startswith("example,paper)/story-")
        assert stamp == FETCHED.strftime("%Y%m%d%H%M%S")
        assert (fields["filename"], int(fields["length"])) == (path.name, capture.address.length)
        assert (fields["url"], fields["status"]) == (capture.url, str(capture.status))
        assert read_capture(tmp_path, capture.address).url == fields["url"]
    mimes = [json.loads(line.split(" ", 2)[2])["mime"] for line in lines]
    assert sorted(mimes) == ["text/html"] * 3 + ["warc/revisit"] * 2


def test_cdxj_of_an_open_file_names_it_as_it_will_be_called(tmp_path: Path) -> None:
    living: CaptureWriter = writer(tmp_path)
    capture = living.append(page(1))
    (line,) = cdxj(tmp_path / (capture.address.file + ".open"))
    living.close()
    assert json.loads(line.split(" ", 2)[2])["filename"] == capture.address.file
