"""Cleanup takes away what has been kept long enough, and nothing else."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastReader
from warcio.archiveiterator import ArchiveIterator

from newsroom.portals import Portal
from newsroom.reasons import Reason
from newsroom.records import Article, Part
from storage.captures import cdxj, recover
from storage.cleanup.policy import Tier, policy_of
from storage.cleanup.run import Choices, clean
from storage.database import Database
from tests.captures_kit import crashed, page
from tests.cleanup_kit import MONTH, NOW, OLD, OTHER, YESTERDAY, Archive, aged, digest_of, end_run, mixed, start_run


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    """An empty corpus with two portals, on either database."""
    return Archive(database, tmp_path / "home")


# --- what goes and what stays -------------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_says_exactly_what_a_real_run_does(archive: Archive, tmp_path: Path) -> None:
    mixed(archive)
    archive.database.checkpoint(force=True)
    before = digest_of(tmp_path)
    counted = archive.clean(dry=True)
    archive.database.checkpoint(force=True)
    assert digest_of(tmp_path) == before
    done = archive.clean()
    same = ("captures", "held", "runs", "quarantine", "leases", "logs", "temporary", "orphans")
    ours, theirs = counted.as_dict(), done.as_dict()
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
    assert (counted.files["rewritten"], counted.freed_bytes) == (done.files["rewritten"], done.freed_bytes)
    assert counted.captures["paper", "evidence"].rows == counted.captures["paper", "other"].rows == 3
    assert counted.captures["paper", "other"].records == 6
    assert (counted.dry_run, done.dry_run, done.verified_files) == (True, False, 1)


def test_what_is_said_to_go_is_what_the_file_loses(archive: Archive) -> None:
    mixed(archive)
    (before,) = archive.files().values()
    said = archive.clean(dry=True).freed_bytes
    archive.clean()
    (after,) = archive.files().values()
    added = len(after) - (len(before) - said)  # the record that names the old file
    assert 0 < added < 600


def test_without_a_retention_no_capture_and_no_article_goes(archive: Archive) -> None:
    mixed(archive)
    before = archive.files()
    policy, unclear = policy_of(archive.config, [Portal(id="paper", home="https://paper.example/")], [])
    report = clean(
        archive.database, archive.config, policy, "copydesk/test", NOW + timedelta(days=9999), Choices(really=True)
    )
    assert (report.captures, unclear, archive.files()) == ({}, [], before)
    archive.check()


def test_a_file_in_which_all_has_expired_is_deleted_and_its_rows_stay_as_proof(archive: Archive) -> None:
    with archive.writer() as living:
        first = archive.article(living, 1)
        archive.feed(living, 2)
    with archive.writer() as living:
        archive.article(living, 3, when=YESTERDAY)
    report = archive.clean()
    assert (report.files["deleted"], report.files["rewritten"]) == (1, 0)
    archive.check()
    assert archive.kept_numbers() == ["story-3"]
    removed = archive.removed()
    assert [capture.removed_utc for capture in removed] == [NOW, NOW]
    assert removed[0].payload_digest == first.payload_digest
    assert removed[0].address == first.address  # it says where the record lay
    with archive.database.reading() as corpus:
        assert corpus.counts()["articles"] == corpus.counts()["revisions"] == 2
        found = corpus.articles.get(first.url)
        assert found is not None
        assert "number1" in found.article.text
        assert corpus.captures.by_article(found.id)[0].removed_utc == NOW


def test_a_rewritten_file_holds_the_rest_byte_for_byte_and_other_readers_read_it(archive: Archive) -> None:
    mixed(archive)
    (old,) = archive.files().values()
    kept = {capture.url: capture for capture in archive.kept() if capture.fetched_utc == YESTERDAY}
    archive.clean()
    ((name, new),) = archive.files().items()
    for capture in archive.kept():
        before, after = kept[capture.url].address, capture.address
        assert new[after.offset : after.offset + after.length] == old[before.offset : before.offset + before.length]
        assert (after.file, after.length, after.record_id) == (name, before.length, before.record_id)
    with (archive.warc / name).open("rb") as file:
        types = [(each.rec_type, each.rec_headers.get_header("WARC-Target-URI")) for each in ArchiveIterator(file)]
    story, feed = "https://paper.example/story-20.html", "https://paper.example/feed-21.xml"
    requests = [("request", story), ("response", story), ("request", feed), ("response", feed)]
    assert types == [("warcinfo", None), ("warcinfo", None), *requests]
    with (archive.warc / name).open("rb") as file:
        read = [(each.headers.get("WARC-Target-URI"), each.verify_block_digest()) for each in FastReader(file)]
    assert [url for url, _ in read] == [None, None, story, story, feed, feed]
    lines = list(cdxj(archive.warc / name))
    offsets = sorted(capture.address.offset for capture in archive.kept())
    assert sorted(int(line.partition('"offset": "')[2].partition('"')[0]) for line in lines) == offsets
    archive.check()


def test_what_texts_were_read_from_and_the_rest_are_kept_for_their_own_times(archive: Archive) -> None:
    mixed(archive)
    archive.clean(OTHER)
    assert archive.kept_numbers() == ["story-0", "story-1", "story-2", "story-20", "feed-21"]
    archive.clean({("paper", Tier.EVIDENCE): MONTH})
    assert archive.kept_numbers() == ["story-20", "feed-21"]
    archive.check()


def test_the_later_pages_of_an_article_count_as_what_its_text_was_read_from(archive: Archive) -> None:
    with archive.writer() as living:
        url = "https://paper.example/long.html"
        second = living.append(replace(page(url="https://paper.example/long_2.html"), fetched_utc=OLD))
        part = Part(2, "https://paper.example/long_2.html", Reason.DUPLICATE, f"page 2 of {url}", second)
        archive.feed(living, 5)
        article = Article(url, url, "Long", "Both pages.", parts=(part.url,), match_digest="sha256:l")
        archive.store(living, url, 1, article=article, parts=(part,))
    archive.clean(OTHER)
    assert sorted(archive.kept_numbers()) == ["long", "long_2"]
    archive.check()


def test_a_portal_that_is_not_named_keeps_what_lies_in_the_same_file(archive: Archive) -> None:
    with archive.writer() as living:
        archive.article(living, 1)
        archive.article(living, 2, portal="wire")
    archive.clean()
    assert [capture.url for capture in archive.kept()] == ["https://wire.example/story-2.html"]
    archive.check()


def test_the_record_that_a_kept_revisit_refers_to_stays_until_the_revisit_goes(archive: Archive) -> None:
    with archive.writer() as living:
        archive.article(living, 1, body=b"the same page")
        archive.article(living, 2)
    with archive.writer() as living:
        again = archive.store(living, "https://paper.example/print/story-1", 1, body=b"the same page", when=YESTERDAY)
    assert again.revisit_of
    report = archive.clean()
    assert report.kept["referred"] == 1
    assert sorted(archive.kept_numbers()) == ["story-1", "story-1"]
    archive.check()
    report = archive.clean(now=NOW + timedelta(days=60))  # both have expired: one cleanup takes both
    assert (report.captures["paper", "evidence"].rows, report.captures["paper", "other"].rows) == (1, 1)
    assert archive.files() == {}


def test_a_revisit_that_is_not_yet_in_the_database_keeps_what_it_refers_to(archive: Archive) -> None:
    with archive.writer() as living:
        archive.article(living, 1, body=b"the same page")
    living = archive.writer()
    ahead = living.append(replace(page(url="https://paper.example/other", body=b"the same page"), fetched_utc=NOW))
    assert ahead.revisit_of
    report = archive.clean()
    assert (report.kept["referred"], report.captures) == (1, {})
    living.close()
    assert archive.clean().recoverable == [ahead.address.file]


def test_pages_to_be_read_in_quarantine_or_being_fetched_keep_their_captures(archive: Archive) -> None:
    with archive.writer() as living:
        archive.store(living, "https://paper.example/unread", 1, settles=False)
        poison = archive.refused(living, 2)
        archive.refused(living, 3)
        archive.article(living, 4)
    with archive.database.writing() as corpus:
        found = corpus.captures.by_url(poison.url)[0]
        corpus.quarantine.put(
            poison.url, stage="extract", reason=Reason.RESOURCE_LIMIT, detail="", now=OLD, capture_id=found.id
        )
        corpus.frontier.wake(["https://paper.example/story-4.html"], NOW)
        corpus.frontier.lease("paper", "elsewhere:1:paper", 10, NOW)
    report = archive.clean()
    assert (report.kept["unread"], report.kept["leased"]) == (1, 2)  # the unread page is leased, too
    assert archive.kept_numbers() == ["unread", "short-2", "story-4"]
    archive.check()


def test_a_file_waits_until_a_quarter_has_expired_but_no_longer_than_a_week(archive: Archive) -> None:
    with archive.writer() as living:
        archive.feed(living, 1, when=NOW - timedelta(days=31))
        for number in range(2, 9):
            archive.feed(living, number, when=YESTERDAY)
    report = archive.clean()
    assert (report.kept["waiting"], report.captures, report.is_empty) == (1, {}, True)
    assert archive.clean(now=NOW + timedelta(days=7)).files["rewritten"] == 1
    assert len(archive.kept()) == 7
    archive.check()


def test_retention_comes_from_the_file_then_from_the_table_and_else_is_for_ever(archive: Archive) -> None:
    archive.enter_portal("gone", retention="10d")
    archive.enter_portal("both", retention="10d", retention_other="forever")
    archive.enter_portal("odd", retention="soon")
    files = [
        Portal(id="paper", home="https://paper.example/", retention="1y", retention_other="5d"),
        Portal(id="both", home="https://both.example/"),
    ]
    with archive.database.reading() as corpus:
        policy, unclear = policy_of(archive.config, files, corpus.portals.list())
    assert policy.captures == {
        ("gone", Tier.EVIDENCE): timedelta(days=10),
        ("gone", Tier.OTHER): timedelta(days=10),
        ("paper", Tier.EVIDENCE): timedelta(days=365),
        ("paper", Tier.OTHER): timedelta(days=5),
    }
    assert [line.partition(":")[0] for line in unclear] == ["odd"]
    assert (policy.runs, policy.quarantine, policy.logs) == tuple(timedelta(days=each) for each in (365, 90, 30))


def test_a_retention_longer_than_there_are_years_is_for_ever(archive: Archive) -> None:
    mixed(archive)
    assert archive.clean({("paper", Tier.OTHER): timedelta(days=999_999_999)}).is_empty


# --- rows ---------------------------------------------------------------------------------------------------------


def test_old_runs_go_but_the_newest_of_a_portal_and_those_that_alone_say_whose_a_capture_is(archive: Archive) -> None:
    with archive.database.writing() as corpus:
        runs = [corpus.runs.start("paper", owner="x:1:paper", version="1", now=OLD) for _ in range(4)]
        for run in runs:
            corpus.runs.finish(run, state="done", exit_code=0, stats={}, now=OLD)
    with archive.writer() as living:
        archive.article(living, 1, run=runs[0])
        robots = living.append(replace(page(url="https://paper.example/robots.txt"), fetched_utc=OLD))
    with archive.database.writing() as corpus:
        corpus.captures.put(robots, OLD, run_id=runs[1])
        corpus.captures.mark({robots.address.file: robots.address.offset + robots.address.length}, OLD)
    assert archive.clean({}, dry=True, runs=MONTH).runs == 2
    assert archive.clean({}, runs=MONTH).runs == 2
    with archive.database.reading() as corpus:
        assert [run.id for run in corpus.runs.list()] == [runs[3], runs[1]]
    archive.clean()  # robots.txt is the portal's by its run, and goes with the rest
    assert archive.kept() == []
    assert archive.clean(runs=MONTH).runs == 1


def test_what_left_the_quarantine_long_ago_goes_and_what_is_in_it_stays(archive: Archive) -> None:
    with archive.database.writing() as corpus:
        for number, left in enumerate((OLD, YESTERDAY, None)):
            url = f"https://paper.example/{number}"
            row = corpus.quarantine.put(url, stage="extract", reason=Reason.RESOURCE_LIMIT, detail="", now=OLD)
            if left:
                corpus.quarantine.release(row, left)
    assert archive.clean({}, dry=True, quarantine=MONTH).quarantine == 1
    assert archive.clean({}, quarantine=MONTH).quarantine == 1
    with archive.database.reading() as corpus:
        assert [each.url[-1] for each in corpus.quarantine.list(released=True)] == ["1", "2"]


# --- files --------------------------------------------------------------------------------------------------------


def test_old_logs_and_leftovers_of_killed_writes_go_and_nothing_else(archive: Archive, tmp_path: Path) -> None:
    home = archive.home
    old = [
        aged(home / "logs" / "2026" / "crawl.log", MONTH * 2),
        aged(home / ".day.parquet.4711.part", MONTH),
        aged(home / "portals" / ".paper.toml.ab12_x9z", MONTH),
    ]
    kept = [
        aged(home / "logs" / "new.log", timedelta(days=1)),
        aged(home / ".day.parquet.4712.part", timedelta(hours=1)),
        aged(home / "portals" / "paper.toml", MONTH * 9),
        aged(home / "notes.txt", MONTH * 9),
        aged(tmp_path / "elsewhere" / "old.log", MONTH * 9),
    ]
    (home / "logs" / "linked").symlink_to(tmp_path / "elsewhere")
    counted, report = archive.clean(dry=True, logs=MONTH), archive.clean(logs=MONTH)
    assert (report.logs.rows, report.logs.bytes, report.temporary.rows) == (1, 10, 2)
    assert (counted.logs, counted.temporary) == (report.logs, report.temporary)
    assert [path.exists() for path in (*old, *kept)] == [False] * 3 + [True] * 5


def test_a_copy_that_a_killed_cleanup_left_goes_and_one_that_is_all_there_is_stays(archive: Archive) -> None:
    mixed(archive)
    ((name, whole),) = archive.files().items()
    copy = archive.warc / name.replace("-00001.", "-00009.")
    copy.write_bytes(whole)
    assert archive.clean({}, dry=True).orphans.rows == 1
    assert archive.clean({}).orphans.rows == 1
    assert not copy.exists()
    copy.write_bytes(whole)
    (archive.warc / name).unlink()
    report = archive.clean({})
    assert (report.orphans.rows, report.missing, report.recoverable) == (0, [name], [copy.name])
    assert copy.read_bytes() == whole


def test_an_open_file_beside_a_closed_one_never_takes_its_place(archive: Archive) -> None:
    with archive.writer() as living:
        archive.article(living, 1)
    ((name, whole),) = archive.files().items()
    twin = archive.warc / f"{name}.open"
    twin.touch()  # a writer was killed before it saw that the name is taken
    assert archive.clean({}).orphans.rows == 1 and not twin.exists()
    twin.write_bytes(whole[:50])
    (problem,) = archive.clean({}).problems
    assert "is there as well; keep the longer" in problem and twin.read_bytes() == whole[:50]
    assert (archive.warc / name).read_bytes() == whole


def test_files_of_dead_processes_are_finished_deleted_or_left_to_recovery(archive: Archive) -> None:
    with archive.writer() as living:
        archive.article(living, 1)
    ((name, whole),) = archive.files().items()
    (archive.warc / name).rename(archive.warc / f"{name}.open")
    with (archive.warc / f"{name}.open").open("ab") as file:
        file.write(b"\x1f\x8b\x08torn")
    with_captures, _ = crashed(archive.warc, 2)
    empty = archive.warc / name.replace("-00001.", "-00007.")
    empty.with_name(empty.name + ".open").write_bytes(whole[:50])
    part = archive.warc / f"{name.replace('-00001.', '-00008.')}.part"
    part.write_bytes(b"half")
    stranger = archive.warc / "guest.warc.gz"
    stranger.write_bytes(b"whatever")
    counted, report = archive.clean({}, dry=True), archive.clean({})
    for each in (counted, report):
        assert (each.files["finished"], each.orphans.rows, each.temporary.rows) == (1, 1, 1)
        assert (each.strangers, each.recoverable) == (["guest.warc.gz"], [with_captures.name.removesuffix(".open")])
    assert sorted(archive.files()) == sorted([name, with_captures.name, "guest.warc.gz"])
    assert archive.files()[name] == whole
    assert archive.verify().cut_bytes == 0
    with archive.database.reading() as corpus:
        marks = corpus.captures.watermarks()
    assert len(list(recover(archive.warc, marks))) == 2


def test_a_damaged_file_is_reported_and_left_and_others_are_cleaned(archive: Archive) -> None:
    for first in (1, 11):
        with archive.writer() as living:
            archive.article(living, first)
            archive.article(living, first + 1, when=YESTERDAY)
    damaged = archive.warc / archive.kept()[0].address.file
    bad = bytearray(damaged.read_bytes())
    bad[archive.kept()[1].address.offset + 100] ^= 0xFF
    damaged.write_bytes(bad)
    report = archive.clean()
    assert report.files["rewritten"] == 1
    assert [problem.partition(": ")[0] for problem in report.problems] == [str(damaged)]
    assert damaged.read_bytes() == bytes(bad)
    assert archive.kept_numbers() == ["story-1", "story-2", "story-12"]
    assert not [path for path in archive.warc.iterdir() if path.name.endswith(".part")]


def test_a_file_on_another_machine_is_reported_and_its_captures_stay(archive: Archive) -> None:
    mixed(archive)
    ((name, whole),) = archive.files().items()
    (archive.warc / name).unlink()
    report = archive.clean()
    assert (report.missing, report.captures, len(archive.kept())) == ([name], {}, 8)
    (archive.warc / name).write_bytes(whole)
    archive.check()


# --- the database -------------------------------------------------------------------------------------------------


def test_the_database_gives_room_back_when_asked_and_not_beside_a_crawl(archive: Archive) -> None:
    mixed(archive)
    run = start_run(archive, f"{socket.gethostname()}:1:paper")
    said = archive.clean({}, vacuum=True).database
    if archive.database.is_sqlite:
        assert (said["vacuumed"], said["not_vacuumed_because"]) == (False, "a crawl is running")
    end_run(archive, run)
    said = archive.clean(vacuum=True).database
    assert said["vacuumed"] is True
    if not archive.database.is_sqlite:
        assert said["tables"] == ["captures", "warc_files"]
        with archive.database.engine.connect() as connection:
            query = "SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'captures' AND vacuum_count > 0"
            assert connection.exec_driver_sql(query).scalar_one() == 1
