"""Cleanup beside crawls, after them, stopped and killed: the corpus is sound at every moment."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from newsroom.errors import StorageError
from newsroom.records import Candidate, Capture, Role
from storage.captures import Original
from storage.cleanup.policy import Policy
from storage.cleanup.run import Choices, clean
from storage.database import Database
from storage.holds import Scope
from tests.captures_kit import page, writer
from tests.cleanup_kit import BOTH, MONTH, NOW, YESTERDAY, Archive, aged, config_of, end_run, mixed, start_run


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    """An empty corpus with two portals, on either database."""
    return Archive(database, tmp_path / "home")


# --- beside crawls, and after them ---------------------------------------------------------------------------------


def test_beside_a_running_crawl_a_file_is_given_up_and_deleted_when_the_crawl_has_ended(archive: Archive) -> None:
    mixed(archive)
    run = start_run(archive, f"{socket.gethostname()}:1:paper")  # process 1 lives
    counted, report = archive.clean(dry=True), archive.clean()
    assert (counted.files["pending"], counted.pending_bytes) == (1, report.pending_bytes)
    assert (report.files["rewritten"], report.files["pending"], len(archive.files())) == (1, 1, 2)
    assert archive.verify().ok
    assert archive.clean(now=NOW + timedelta(hours=1)).files["leftovers"] == 0
    end_run(archive, run)
    report = archive.clean(now=NOW + timedelta(hours=2))
    assert (report.files["leftovers"], report.is_empty) == (1, False)
    archive.check()


def test_what_a_crawl_came_to_refer_to_while_it_was_being_removed_is_taken_back(archive: Archive) -> None:
    with archive.writer() as living:
        original = archive.article(living, 1, body=b"the same page")
        archive.article(living, 2)
    run = start_run(archive, f"{socket.gethostname()}:1:paper")
    archive.clean()
    assert archive.kept() == []
    found = Original(original.address.record_id, original.url, original.fetched_utc)
    with writer(archive.warc, known=lambda digest: found) as living:  # the crawl had looked it up just before
        capture = living.append(replace(page(url="https://paper.example/copy", body=b"the same page"), fetched_utc=NOW))
    assert capture.revisit_of == original.address.record_id
    with archive.database.writing() as corpus:
        corpus.captures.put(capture, NOW, run_id=run)
        address = capture.address
        corpus.captures.mark({address.file: address.offset + address.length}, NOW)
    end_run(archive, run)
    report = archive.clean(now=NOW + timedelta(hours=1))
    assert (report.restored, report.files["leftovers"]) == (1, 1)
    assert sorted(archive.kept_numbers()) == ["copy", "story-1"]
    archive.check()


def test_a_file_that_a_crawl_is_writing_is_not_touched(archive: Archive) -> None:
    living = archive.writer()
    archive.feed(living, 1)
    before = archive.files()
    assert archive.clean().is_empty
    assert archive.files() == before
    living.close()
    assert archive.clean().files["deleted"] == 1


def test_a_hold_placed_while_a_file_is_written_anew_is_respected(archive: Archive) -> None:
    mixed(archive)
    placed: list[int] = []

    def place(_records: int, _beside: str) -> None:
        if not placed:
            with archive.database.writing() as corpus:
                url = "https://paper.example/story-1"
                placed.append(corpus.holds.add(Scope.URL, url, note="now", now=NOW - timedelta(seconds=1)))

    report = archive.clean(progress=place)
    assert (report.held, report.captures["paper", "evidence"].rows) == (1, 2)
    assert archive.kept_numbers() == ["story-1", "story-20", "feed-21"]
    archive.check()


def test_leases_and_runs_of_dead_processes_are_ended_and_those_of_others_are_not(archive: Archive) -> None:
    dead, other = f"{socket.gethostname()}:4194304:paper", "elsewhere:1:paper"
    with archive.database.writing() as corpus:
        for number, owner in enumerate((dead, other)):
            url = f"https://paper.example/{number}"
            corpus.frontier.add("paper", [Candidate(url, url, Role.ARTICLE)], NOW)
            assert len(corpus.frontier.lease("paper", owner, 1, NOW)) == 1
            corpus.runs.start("paper", owner=owner, version="1", now=NOW)
    counted = archive.clean(dry=True)
    assert (counted.leases, counted.interrupted) == (1, 1)
    report = archive.clean()
    assert (report.leases, report.interrupted) == (1, 1)
    with archive.database.reading() as corpus:
        assert (corpus.frontier.owners(), corpus.runs.running_owners()) == ([other], [other])
    assert archive.clean(now=NOW + timedelta(hours=1)).leases == 1  # its time is over


def test_only_one_cleanup_is_at_work(archive: Archive) -> None:
    mixed(archive)
    seen: list[str] = []

    def second(_records: int, _beside: str) -> None:
        if not seen:
            with pytest.raises(StorageError, match="another cleanup is at work") as caught:
                archive.clean()
            seen.append(str(caught.value.exit_code))

    archive.clean(progress=second)
    assert seen == ["6"]
    archive.check()


def test_a_cleanup_that_is_told_to_stop_keeps_what_is_done_and_leaves_nothing_half(archive: Archive) -> None:
    for number in range(2):
        with archive.writer() as living:
            archive.article(living, number)
            archive.article(living, number + 10, when=YESTERDAY)
    looked: list[int] = []
    in_the_second_file = 8
    report = archive.clean(
        progress=lambda records, _: looked.append(records), stopping=lambda: len(looked) >= in_the_second_file
    )
    assert (report.stopped, report.files["rewritten"]) == (True, 1)
    archive.check()
    assert len(archive.kept()) == 3
    assert archive.clean().files["rewritten"] == 1


# --- kills --------------------------------------------------------------------------------------------------------

DEEDS = {"open", "os.rename", "os.remove", "os.truncate"}


def _writes(flags: object) -> bool:
    """Whether a file that is opened so may change: before one that is only read, all is as after the last deed."""
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) != 0


def _clean_and_die(database: Database, home: Path, moment: int) -> None:
    """A cleanup that is killed right before its `moment`th deed: a file opened to write, named or deleted, a commit."""
    deeds = 0

    def die_in_time() -> None:
        nonlocal deeds
        deeds += 1
        if deeds == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(name: str, arguments: tuple[object, ...]) -> None:
        if name in DEEDS and (name != "open" or (str(home) in str(arguments[0]) and _writes(arguments[2]))):
            die_in_time()

    sys.addaudithook(hear)
    event.listen(database.engine, "commit", lambda connection: die_in_time())
    policy, config = Policy(BOTH, logs=MONTH), config_of(database, home)
    clean(database, config, policy, "copydesk/test", NOW, Choices(really=True))
    os._exit(7)  # it lived to its end


def as_it_was(archive: Archive, saved: Path, captures: list[Capture]) -> None:
    """Take a cleanup back: the home folder from its copy, the rows by hand."""
    shutil.rmtree(archive.home)
    shutil.copytree(saved, archive.home)
    files = sorted({capture.address.file for capture in captures})
    with archive.database.engine.begin() as connection:
        for capture in captures:
            connection.execute(
                text(
                    "UPDATE captures SET removed_utc = NULL, warc_offset = :offset, "
                    "warc_file_id = (SELECT id FROM warc_files WHERE name = :file) WHERE id = :id"
                ),
                {"id": capture.id, "offset": capture.address.offset, "file": capture.address.file},
            )
        connection.execute(
            text("DELETE FROM warc_files WHERE name NOT IN (:one, :two)"), {"one": files[0], "two": files[-1]}
        )
        connection.execute(text("UPDATE warc_files SET removed_utc = NULL"))
    archive.database.close()  # a child must not inherit connections; it does inherit compiled statements


def test_a_kill_at_any_moment_leaves_a_sound_corpus_that_the_next_cleanup_tidies(
    archive: Archive, tmp_path: Path
) -> None:
    with archive.writer() as living:
        archive.article(living, 1)
        archive.feed(living, 2)
    with archive.writer() as living:
        archive.article(living, 3)
        archive.article(living, 4, when=YESTERDAY)
    log = aged(archive.home / "logs" / "old.log", MONTH * 2)
    captures, saved = archive.kept(), tmp_path / "saved"
    shutil.copytree(archive.home, saved)
    context, moment, code = multiprocessing.get_context("fork"), 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        moment += 1 if archive.database.is_sqlite else 3  # the files are the same, and a server takes longer
        as_it_was(archive, saved, captures)
        child = context.Process(target=_clean_and_die, args=(archive.database, archive.home, moment))
        child.start()
        child.join(60)
        code = child.exitcode or 0
        assert code in (-signal.SIGKILL, 7), f"moment {moment}: {code}"
        report = archive.verify()
        assert report.ok, f"moment {moment}: {report}"
        assert archive.clean(logs=MONTH).problems == []
        archive.check()
        assert (archive.kept_numbers(), log.exists()) == (["story-4"], False), moment
    assert moment > 12
