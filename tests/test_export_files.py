"""Where exports are written to: pipes, links, files that are somebody's, folders that are not there, full disks."""

from __future__ import annotations

import gzip
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsroom.errors import StorageError
from newsroom.records import Article
from storage.database import Database
from storage.exports.datasette import metadata
from storage.exports.files import whole_file
from tests.command_kit import Say
from tests.export_kit import caller
from tests.shared_database import module_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOME = "https://paper.example/"
FORMATS = ("jsonl", "csv", "parquet", "sqlite", "warc", "bibtex", "ris")
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A corpus that tests only read."""
    for opened in module_database(request):
        with opened.writing() as corpus:
            corpus.portals.put("paper", name="Paper", home=HOME, definition={}, now=NOW)
            for name in "abc":
                text = f"The ferry of {name}. {os.urandom(20_000).hex()}"
                corpus.articles.store("paper", Article(HOME + name, HOME + name, f"Title {name}", text), NOW)
        yield opened


@pytest.fixture
def say(desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    return caller(desk, tmp_path, monkeypatch, capsys)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file grows beyond `size` bytes while it lasts, as on a disk that is full."""
    before, keeps_no_bytecode = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # Python 3.11 takes a .pyc that was cut short for whole
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = keeps_no_bytecode


# --- what is there --------------------------------------------------------------------------------------------------


@contextmanager
def pipe() -> Iterator[int]:
    """A pipe in the folder; what it is read by. It holds 64 KB before a writer waits."""
    os.mkfifo("pipe")
    reading = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield reading
    finally:
        os.close(reading)


@pytest.mark.parametrize("form", ["jsonl", "csv", "bibtex", "ris"])
def test_a_pipe_is_written_straight_through_and_stays(say: Say, form: str) -> None:
    wanted = say("export", "title:a", "--format", form)[1]
    with pipe() as reading:
        assert say("export", "title:a", "--format", form, "--output", "pipe")[0] == 0
        assert os.read(reading, 1 << 20).decode() == wanted != ""
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode) and list(Path().iterdir()) == [Path("pipe")]


def test_captures_go_through_a_pipe(say: Say) -> None:
    with pipe() as reading:
        assert say("export", "--format", "warc", "--output", "pipe")[0] == 0
        assert b"WARC-Type: warcinfo" in gzip.decompress(os.read(reading, 1 << 20))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--format", "parquet"], "--format parquet needs a file"),
        (["--format", "sqlite"], "--format sqlite needs a file"),
        (["--manifest", "x.json"], "--manifest needs a file"),
    ],
)
def test_what_must_be_read_again_goes_through_no_pipe(say: Say, arguments: list[str], why: str) -> None:
    with pipe():
        code, _, said = say("export", "title:a", *arguments, "--output", "pipe")
    assert code == 2 and f"pipe: {why}" in said and list(Path().iterdir()) == [Path("pipe")]


def test_the_reader_of_a_pipe_may_leave(desk: Database, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    called = [sys.executable, "-m", "copydesk", "--database", desk.url.render_as_string(hide_password=False)]
    with subprocess.Popen(
        [*called, "export", "--output", str(tmp_path / "pipe")], cwd=REPOSITORY, stderr=subprocess.PIPE
    ) as command:
        with (tmp_path / "pipe").open("rb") as pipe:
            pipe.read(100)
        assert command.stderr is not None and command.stderr.read() == b""
        assert command.wait(timeout=30) == 141


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_name_of_stdout_is_stdout(say: Say, name: str) -> None:
    assert say("export", "--output", name)[1] == say("export")[1] != ""


def test_a_link_stays_and_what_it_leads_to_is_written(say: Say) -> None:
    Path("kept").mkdir()
    Path("kept/march.jsonl").write_text("old")
    Path("latest").symlink_to("kept/march.jsonl")
    Path("next").symlink_to("kept/april.jsonl")
    for name in ("latest", "next"):
        assert say("export", "--output", name)[0] == 0
    assert Path("latest").readlink() == Path("kept/march.jsonl") and Path("next").readlink() == Path("kept/april.jsonl")
    assert Path("kept/march.jsonl").read_text() == Path("kept/april.jsonl").read_text() == say("export")[1]
    assert sorted(each.name for each in Path("kept").iterdir()) == ["april.jsonl", "march.jsonl"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_for_its_owners_eyes_alone_stays_so_from_the_beginning(say: Say, form: str) -> None:
    Path("x").write_text("old")
    Path("x").chmod(0o600)
    assert say("export", "--format", form, "--output", "x")[0] == 0
    assert mode(Path("x")) == 0o600 and Path("x").read_bytes() != b"old"
    with whole_file(Path("x")) as beside:
        assert mode(beside) == 0o600


def test_a_file_keeps_its_mode_and_a_new_one_has_what_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        for name, bits in (("read-only", 0o444), ("shared", 0o664), ("new", None)):
            path = tmp_path / name
            if bits is not None:
                path.write_text("old")
                path.chmod(bits)
            with whole_file(path) as beside:
                beside.write_text("new")
            assert (path.read_text(), mode(path)) == ("new", bits or 0o640)
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    os.chown(path, 12345, 23456)
    with whole_file(path) as beside:
        beside.write_text("new")
    assert (path.read_text(), path.stat().st_uid, path.stat().st_gid) == ("new", 12345, 23456)


# --- what fails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_that_is_not_there_is_named_as_it_was_given(say: Say, form: str) -> None:
    code, out, said = say("export", "--format", form, "--output", "none/x")
    assert (code, out) == (6, "")
    assert said == "error: none/x: No such file or directory; check the path and the disk\n"


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "sqlite", "bibtex"])
def test_a_full_disk_is_a_storage_error_and_leaves_nothing(say: Say, form: str) -> None:
    fields = ["--fields", "id,text"] if form in ("jsonl", "csv", "parquet") else []
    with files_end_at(512 if form == "bibtex" else 40_000):
        code, _, said = say("export", "--format", form, "--output", "x", *fields)
    assert code == 6 and said.startswith("error: x: ") and said.endswith("; check the path and the disk\n")
    assert ".part" not in said and list(Path().iterdir()) == []


def test_a_manifest_that_cannot_be_written_is_told_before_the_slice_is(say: Say) -> None:
    code, _, said = say("export", "--output", "x", "--manifest", "none/x.json")
    assert code == 6 and "none/x.json: No such file or directory; check the path and the disk" in said
    assert list(Path().iterdir()) == []


def test_a_manifest_does_not_appear_without_its_slice(say: Say) -> None:
    Path("x.json").write_text("of the last slice")
    assert say("export", "--output", "none/x", "--manifest", "x.json")[0] == 6
    assert Path("x.json").read_text() == "of the last slice" and list(Path().iterdir()) == [Path("x.json")]


@pytest.mark.parametrize("command", [["export"], ["search", "--limit", "0", "-o", "ndjson"]], ids=" ".join)
def test_a_full_disk_behind_stdout_is_a_storage_error(desk: Database, command: list[str]) -> None:
    url = desk.url.render_as_string(hide_password=False)
    with Path("/dev/full").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "copydesk", "--database", url, *command],
            cwd=REPOSITORY,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    said = "error: output: No space left on device; check the path and the disk\n"
    assert done.returncode == 6 and done.stderr.endswith(said)


def test_an_error_of_the_disk_names_the_target_whatever_a_library_says(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"/x: No space left on device; check"), whole_file(tmp_path / "x"):
        raise OSError(28, "Error writing bytes to .x.part")
    with pytest.raises(StorageError, match="/x: database or disk is full; check"), whole_file(tmp_path / "x"):
        raise OSError("database or disk is full")
    assert list(tmp_path.iterdir()) == []


# --- what Datasette is to know --------------------------------------------------------------------------------------


def test_what_somebody_wrote_for_datasette_stays_and_that_is_said(say: Say) -> None:
    about = Path("s.metadata.yml")
    assert "kept" not in say("export", "--format", "sqlite", "--output", "s.db")[2]
    assert about.read_text("utf-8") == metadata("s")
    assert "kept" not in say("export", "--format", "sqlite", "--output", "s.db")[2]
    mine = metadata("s").replace("      articles:\n", "      articles:\n        title: Mine\n", 1)
    about.write_text(mine, "utf-8")
    code, _, said = say("export", "ferry", "--format", "sqlite", "--output", "s.db")
    assert code == 0 and about.read_text("utf-8") == mine
    assert "kept your s.metadata.yml, which differs from ours from line 6 on; delete it to have it written anew" in said
    with sqlite3.connect("s.db") as file:
        assert file.execute("SELECT count(*) FROM articles").fetchone() == (3,)
    about.unlink()
    about.mkdir()
    code, _, said = say("export", "--format", "sqlite", "--output", "s.db")
    assert code == 6 and "s.metadata.yml: Is a directory; check the path and the disk" in said
    about.rmdir()
    assert "kept" not in say("export", "--format", "sqlite", "--output", "s.db")[2]
    assert about.read_text("utf-8") == metadata("s")
    about.write_bytes(metadata("s").encode() + b"\xff")
    said = say("export", "--format", "sqlite", "--output", "s.db")[2]
    assert f"from line {metadata('s').count(chr(10)) + 1} on" in said and about.read_bytes().endswith(b"\xff")
