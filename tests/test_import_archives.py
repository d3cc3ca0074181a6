"""Archives imported: pages as crawled ones, captures with their times, and every record counted."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from newsroom.errors import StorageError
from newsroom.reasons import Reason
from newsroom.records import Candidate, Role, State
from pipelines.archives.desk import Choices
from pipelines.archives.importing import import_warc
from pipelines.archives.report import ArchiveReport
from pipelines.workers import ExtractionPool
from storage.captures import cut_torn_tail, verify, walk
from storage.captures.files import OPEN_SUFFIX
from storage.database import Database, open_database
from storage.exports.warc import write_warc
from tests.archives_kit import TEXT, answer, arc, html, members, page, record, sha1, wacz, write
from tests.captures_kit import page as exchange
from tests.captures_kit import writer
from tests.nursery import Forked

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STORY = "http://paper.example/ferry.html"
FOUR_OH_FOUR = answer(b"gone", "404 Not Found")


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractionPool]:
    opened = ExtractionPool(1)
    yield opened
    opened.close_now()


@pytest.fixture
def bring(database: Database, tmp_path: Path, pool: ExtractionPool) -> Any:
    """Import files into the database."""

    def call(*paths: Path, **choices: Any) -> ArchiveReport:
        settings: dict[str, Any] = {"portals": tmp_path / "portals", "version": "1", "clock": lambda: NOW}
        return import_warc(database, tmp_path / "warc", paths, pool=pool, choices=Choices(**choices), **settings)

    return call


def adds_up(report: ArchiveReport) -> bool:
    counts = report.counts()
    parts = ("new", "changed", "unchanged", "already", "refused", "left_out", "bad")
    return bool(counts["records"] == sum(counts[name] for name in parts))


def texts(database: Database, url: str = STORY) -> list[tuple[int, str, str]]:
    with database.reading() as corpus:
        found = corpus.articles.find(url)
        assert found is not None
        return [
            (each.number, each.article.title, f"{each.observed_utc:%Y-%m-%d}")
            for each in corpus.revisions.iterate(found)
        ]


def test_every_record_of_an_archive_is_counted_once_and_its_pages_are_stored(
    database: Database, bring: Any, tmp_path: Path
) -> None:
    short = record(url="http://paper.example/short", block=answer(html(text=["Too little."])), number=3)
    path = write(
        tmp_path / "a.warc.gz",
        record("warcinfo", None, b"software: x\r\n", number=20),
        record("request", number=21),
        page(number=1, WARC_IP_Address="192.0.2.9"),
        page(number=2),
        short,
        record(url="http://paper.example/gone", block=FOUR_OH_FOUR, number=4),
        record(url="http://paper.example/robots.txt", block=answer(b"User-agent: *", kind="text/plain"), number=5),
        record(url="http://paper.example/a.png", block=answer(b"\x89PNG", kind="image/png"), number=6),
        record("metadata", "http://paper.example/ferry.html", b"x: y", number=7),
        record("resource", "file:///x.html", html(), number=8),
        record(
            "resource",
            "http://other.example/notice.html",
            html("Notice of works", TEXT[::-1]),
            number=9,
            Content_Type="text/html",
        ),
        record(url=None, block=answer(html()), number=10),
        record(block=b"no HTTP here", number=11),
        record(block=answer(html()), date="9999-12-31T23:59:59Z", number=12),
        record(block=answer(html()), date=None, number=13),
        record(block=answer(html()), number=14, WARC_Payload_Digest=sha1(b"other")),
        record(block=answer(b"5\r\nhello\r\nzz\r\n", more="Transfer-Encoding: chunked"), number=15),
    )
    report = bring(path)
    assert adds_up(report) and report.counts() | {"copies": 0} == {
        "archives": 1, "unread_files": 0, "records": 17, "new": 2, "changed": 0, "unchanged": 0, "already": 1,
        "refused": 1, "left_out": 7, "bad": 6, "copies": 0,
        "refused_by_reason": {"too-short": 1},
        "left_out_by_kind": {"metadata": 1, "not HTML": 1, "not http": 1, "request": 1, "robots.txt": 1,
                             "status 404": 1, "warcinfo": 1},
    }  # fmt: skip
    with database.reading() as corpus:
        stored = corpus.articles.get(STORY)
        assert stored is not None and stored.capture_id is not None
        seen = datetime(2020, 3, 4, 5, 6, 7, tzinfo=UTC)
        assert (stored.portal_id, stored.first_seen_utc, stored.observed_utc) == ("paper-example", seen, seen)
        capture = corpus.captures.get(stored.capture_id)
        assert capture is not None and capture.fetched_utc == seen
        assert capture.notes["imported_from"] == "a.warc.gz" and capture.notes["imported_record"].endswith("0001>")
        refused = corpus.frontier.page("http://paper.example/short")
        assert refused is not None and (refused.state, refused.reason) == (State.REFUSED, Reason.TOO_SHORT)
        other = corpus.articles.get("http://other.example/notice.html")
        assert other is not None and other.portal_id == "other-example"
        aside = [each.detail for each in corpus.quarantine.list()]
        assert len(aside) == 6 and all(each.startswith("a.warc.gz: record at byte ") for each in aside)
        (run,) = corpus.runs.list()
        assert (run.state, run.stats["kind"], run.stats["records"]) == ("done", "import", 17)
    assert_sound(database, tmp_path / "warc", captures=3)


def assert_sound(database: Database, folder: Path, captures: int) -> None:
    """Our own WARC files pass our check and warcio's, and hold what the database says."""
    with database.reading() as corpus:
        known = list(corpus.captures.all())
    assert len(known) == captures
    report = verify(folder, known)
    assert report.ok and report.unreferenced == 0
    for path in folder.glob("*.warc.gz"):
        kinds = [each.type for each in walk(path, check=True)]
        with path.open("rb") as file:
            read = [(each.rec_type, each.digest_checker.passed) for each in _drained(file)]
        assert [kind for kind, _ in read] == kinds and all(passed is not False for _, passed in read)
        assert "request" not in kinds  # nobody here asked


def _drained(file: Any) -> Iterator[Any]:
    for each in ArchiveIterator(file, check_digests=True):
        each.content_stream().read()
        yield each


def test_the_same_archive_again_changes_nothing(database: Database, bring: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", page(), page("http://paper.example/2", number=2, title="A second story"))
    assert bring(path).new == 2
    again, anew = bring(path), bring(path, again=True)
    copied = write(tmp_path / "b.warc", page("http://paper.example/2", number=2, title="A second story"))
    elsewhere = bring(copied)
    assert [(each.records, each.already, each.new) for each in (again, anew, elsewhere)] == [
        (2, 2, 0),
        (2, 2, 0),
        (1, 1, 0),
    ]
    assert len(texts(database)) == 1
    assert_sound(database, tmp_path / "warc", captures=2)


def test_captures_of_one_address_are_its_history_in_whatever_order_they_come(
    database: Database, bring: Any, tmp_path: Path
) -> None:
    def dated(name: str, *dates_and_titles: tuple[str, str]) -> Path:
        records = (
            page(date=f"{date}T00:00:00Z", title=title, number=int(date.replace("-", "")))
            for date, title in dates_and_titles
        )
        return write(tmp_path / name, *records)

    bring(dated("later.warc", ("2021-05-01", "Ferry sails again"), ("2021-06-01", "Ferry sails no more")))
    assert texts(database) == [(1, "Ferry sails again", "2021-05-01"), (2, "Ferry sails no more", "2021-06-01")]
    earlier = dated(
        "earlier.warc",
        ("2021-05-20", "Ferry sails again"),  # what was said then
        ("2021-05-25", "Ferry sails no more"),  # said sooner than was known
        ("2020-01-01", "Ferry is to sail"),  # a text of its own, before all others
        ("2021-05-10", "Ferry sails with delay"),  # and one between two others
    )
    report = bring(earlier)
    assert (report.changed, report.unchanged) == (2, 2)
    assert texts(database) == [
        (1, "Ferry is to sail", "2020-01-01"),
        (2, "Ferry sails again", "2021-05-01"),
        (3, "Ferry sails with delay", "2021-05-10"),
        (4, "Ferry sails no more", "2021-05-25"),
    ]
    with database.reading() as corpus:
        stored = corpus.articles.get(STORY)
        assert stored is not None and stored.article.title == "Ferry sails no more"
        assert (stored.revision_number, stored.revision_count) == (4, 4)
        assert (f"{stored.first_seen_utc:%F}", f"{stored.last_seen_utc:%F}") == ("2020-01-01", "2021-06-01")
        assert corpus.search.search("more").total == 1 and corpus.search.search("delay").total == 0
        dated = corpus._connection.exec_driver_sql("SELECT DISTINCT dated_s FROM chunks").scalar_one()
        assert dated == datetime(2020, 1, 1, tzinfo=UTC).timestamp()  # what newest first goes by
        shown = corpus.frontier.page(STORY)
        assert shown is not None and f"{shown.fetched_utc:%F}" == "2021-06-01"


def test_revisits_are_given_the_page_that_they_refer_to_also_when_it_comes_later(
    database: Database, bring: Any, tmp_path: Path
) -> None:
    head = answer()[: -len(b"\r\n\r\n")] + b"\r\n\r\n"

    def revisit(
        number: int, date: str, block: bytes = head, profile: str = "identical-payload-digest", **fields: str
    ) -> bytes:
        profile = f"http://netpreserve.org/warc/1.1/revisit/{profile}"
        return record("revisit", block=block, date=f"{date}T00:00:00Z", number=number, WARC_Profile=profile, **fields)

    def to(number: int) -> str:
        return f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"

    early = write(
        tmp_path / "early.warc.gz",
        revisit(2, "2020-04-01", WARC_Refers_To=to(1)),  # its original comes in the next file
        revisit(3, "2020-05-01", b"", "server-not-modified", WARC_Refers_To=to(1)),
        revisit(4, "2020-06-01", WARC_Refers_To=to(77)),  # nobody has that
        revisit(5, "2020-06-02", answer(kind="image/png"), WARC_Refers_To=to(77)),
    )
    late = write(
        tmp_path / "later.warc.gz", page(), revisit(6, "2020-07-01", WARC_Refers_To_Date="2020-03-04T05:06:07Z")
    )
    report = bring(early, late)
    assert adds_up(report) and (report.new, report.unchanged, report.bad) == (1, 3, 1)
    assert report.left_out == {"not HTML": 1}
    assert [str(each) for each in report.problems] == [
        f"early.warc.gz: record at byte {report.problems[0].place} refers to {to(77)}, which is neither in the corpus "
        "nor in what was imported before it"
    ]
    with database.reading() as corpus:
        assert [each.detail.count(to(77)) for each in corpus.quarantine.list()] == [1]
        stored = corpus.articles.get(STORY)
        assert stored is not None and f"{stored.last_seen_utc:%F}" == "2020-07-01" and stored.revision_count == 1
        captures = corpus.captures.by_url(STORY)
        original = next(each for each in captures if each.revisit_of is None)
        assert {each.revisit_of for each in captures if each is not original} == {original.address.record_id}
    assert_sound(database, tmp_path / "warc", captures=4)
    assert bring(early, late).already == 6


def test_arc_and_wacz_are_imported_alike_and_dates_are_kept_apart(
    database: Database, bring: Any, tmp_path: Path
) -> None:
    said = '<meta property="article:published_time" content="2014-02-03T10:00:00Z">'
    old = write(tmp_path / "old.arc.gz", arc((STORY, answer(html(head=said))), date="20150607080910"))
    later = members(record(url=STORY, block=answer(html(head=said)), date="2016-01-01T00:00:00Z", number=2))
    report = bring(old, wacz(tmp_path / "later.wacz", data__warc__gz=later))
    assert (report.archives, report.new, report.unchanged, report.bad) == (2, 1, 1, 0)
    with database.reading() as corpus:
        stored = corpus.articles.get(STORY)
        assert stored is not None and stored.article.published is not None
        assert f"{stored.article.published.utc:%F}" == "2014-02-03"
        assert (f"{stored.first_seen_utc:%F}", f"{stored.last_seen_utc:%F}") == ("2015-06-07", "2016-01-01")


def test_a_record_without_a_date_is_dated_by_its_answer(database: Database, bring: Any, tmp_path: Path) -> None:
    block = answer(html(), more="Date: Wed, 28 Jan 2009 17:05:56 GMT")
    assert bring(write(tmp_path / "odd.warc", record(block=block, date="2008-10-294T05:21:46-0700"))).new == 1
    with database.reading() as corpus:
        (capture,) = corpus.captures.by_url(STORY)
        assert f"{capture.fetched_utc:%F}" == "2009-01-28" and "captured_by" in capture.notes


def test_what_a_crawl_decides_is_left_to_it(database: Database, bring: Any, tmp_path: Path) -> None:
    waiting, withheld = "http://paper.example/waiting.html", "http://paper.example/withheld.html"
    with database.writing() as corpus:
        corpus.portals.put("river", name="River", home="http://paper.example/", definition={
            "id": "river", "name": "River", "home": "http://paper.example/",
        }, now=NOW)  # fmt: skip
        corpus.frontier.add("river", [
            Candidate(waiting, waiting, Role.ARTICLE),
            Candidate(withheld, withheld, Role.ARTICLE, reason=Reason.RIGHTS),
        ], NOW)  # fmt: skip
    report = bring(
        write(tmp_path / "a.warc", page(waiting), page(withheld, number=2), page(number=3, WARC_Truncated="length"))
    )
    assert (report.new, report.left_out, report.refused) == (1, {"rights": 1}, {"truncated": 1})
    with database.reading() as corpus:
        page_waiting, article = corpus.frontier.page(waiting), corpus.articles.get(waiting)
        assert page_waiting is not None and article is not None
        assert (page_waiting.state, page_waiting.article_id, article.portal_id) == (State.DUE, article.id, "river")
        assert corpus.articles.get(withheld) is None and corpus.captures.by_url(withheld) == []


def test_a_poison_page_costs_only_itself_and_can_be_retried(
    database: Database, bring: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pipelines.archives.desk.read_options",
        lambda portal, now: {"min_chars": None if portal.id == "bad-example" else 100},
    )
    report = bring(write(tmp_path / "a.warc", page("http://bad.example/"), page(number=2)))
    assert (report.new, report.refused) == (1, {"quarantined": 1})
    with database.reading() as corpus:
        (held,) = corpus.quarantine.pages()
        assert (held.url, held.reason, held.capture_id is None) == ("http://bad.example/", Reason.QUARANTINED, False)


def test_an_import_stops_after_so_many_records_and_goes_on(database: Database, bring: Any, tmp_path: Path) -> None:
    pages = [page(f"http://paper.example/{number}", number=number, title=f"Story {number}") for number in range(1, 5)]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(pages)))
    first, second, third = bring(path, limit=1), bring(path, limit=2), bring(path)
    assert [(each.records, each.already, each.new) for each in (first, second, third)] == [
        (1, 0, 1),
        (3, 1, 2),
        (4, 3, 1),
    ]
    assert all(map(adds_up, (first, second, third)))
    assert_sound(database, tmp_path / "warc", captures=4)


def test_of_two_imports_of_one_archive_the_second_to_store_gives_way(
    database: Database, tmp_path: Path, pool: ExtractionPool
) -> None:
    pages = [page(f"http://paper.example/{number}.html", number=number) for number in range(60)]
    archive = write(tmp_path / "papers.warc.gz", *pages)
    settings: dict[str, Any] = {"portals": tmp_path / "portals", "version": "1", "clock": lambda: NOW, "pool": pool}
    others: list[ArchiveReport] = []

    def meanwhile(_report: ArchiveReport) -> None:
        if not others:
            others.append(import_warc(database, tmp_path / "warc", [archive], **settings))

    with pytest.raises(StorageError, match="another import is storing this archive; run this one again"):
        import_warc(database, tmp_path / "warc", [archive], on_progress=meanwhile, **settings)
    assert others[0].counts()["records"] == 60
    assert_sound(database, tmp_path / "warc", captures=60)
    again = import_warc(database, tmp_path / "warc", [archive], **settings)
    assert (again.records, again.already) == (60, 60)


def test_what_a_killed_import_wrote_is_not_written_again(database: Database, bring: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", page(), page("http://paper.example/2", number=2, title="A second story"))
    bring(path)
    (ours,) = (tmp_path / "warc").glob("*.warc.gz")
    with database.writing() as corpus:  # as if it had been killed between the file and the database
        for name in (
            "fingerprint_hashes",
            "recent_hashes",
            "fingerprints",
            "extractions",
            "archives",
            "copies",
            "story_members",
        ):
            corpus._connection.exec_driver_sql(f"DELETE FROM {name}")
        corpus._connection.exec_driver_sql("UPDATE pages SET article_id = NULL")
        corpus._connection.exec_driver_sql("UPDATE articles SET revision_id = NULL")
        for article in (1, 2):
            corpus.index.remove(article)
        for name in ("chunks", "revisions", "articles", "captures", "pages", "warc_files"):
            corpus._connection.exec_driver_sql(f"DELETE FROM {name}")
    ours.rename(ours.with_name(ours.name + OPEN_SUFFIX))
    with ours.with_name(ours.name + OPEN_SUFFIX).open("ab") as file:
        file.write(b"\x1f\x8b\x08torn")
    report = bring(path)
    assert (report.new, report.already) == (2, 0)
    assert ours.exists() and cut_torn_tail(ours) == 0
    assert_sound(database, tmp_path / "warc", captures=2)


def test_files_of_a_crawl_that_was_killed_are_left_to_a_crawl(database: Database, bring: Any, tmp_path: Path) -> None:
    living = writer(tmp_path / "warc")
    living.append(exchange())
    living.sync()
    (left,) = (tmp_path / "warc").glob("*.open")
    kept = left.read_bytes()
    living.close()
    left.with_name(left.name.removesuffix(OPEN_SUFFIX)).unlink()
    left.write_bytes(kept)
    assert bring(write(tmp_path / "a.warc", page())).new == 1
    assert left.read_bytes() == kept


# --- the command --------------------------------------------------------------------------------------------------


def copydesk(folder: Path, *words: str) -> Forked:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    return Forked(words, cwd=folder, env=clean)


def test_killed_it_goes_on_where_it_was_and_stores_nothing_twice(tmp_path: Path) -> None:
    total = 60
    pages = (
        page(f"http://paper.example/{number}", number=number, title=f"Story {number}") for number in range(1, total + 1)
    )
    write(tmp_path / "a.warc.gz", *pages)
    begun = copydesk(tmp_path, "import", "warc", "a.warc.gz", "--jobs", "1")
    file = tmp_path / "copydesk-data" / "corpus.sqlite3"
    deadline = time.monotonic() + 60
    while _articles(file) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    begun.send_signal(signal.SIGKILL)
    begun.communicate()
    stored = _articles(file)
    assert 20 <= stored < total
    out, _ = (finished := copydesk(tmp_path, "import", "warc", "a.warc.gz", "--jobs", "1", "--json")).communicate()
    assert finished.returncode == 0
    counts = json.loads(out)
    assert (counts["already"], counts["new"], counts["records"]) == (stored, total - stored, total)
    with open_database(f"sqlite:///{file}") as database:
        assert_sound(database, tmp_path / "copydesk-data" / "warc", captures=total)
        with database.reading() as corpus:
            assert corpus.articles.count() == total
            runs = [(each.state, each.stats["new"], each.stats["records"]) for each in corpus.runs.list()]
            assert runs == [("done", total - stored, total), ("interrupted", stored, stored)]


def _articles(file: Path) -> int:
    if not file.exists():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
        except sqlite3.OperationalError:  # it is being made
            return 0


def test_a_dry_run_stores_nothing_and_bad_files_end_with_3(say: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.warc.gz", page(), record("request", number=2))
    code, out, _ = say("import", "warc", "a.warc.gz", "--dry-run", "--jobs", "1", "--json")
    counts = json.loads(out)
    assert code == 0 and (counts["records"], counts["new"], counts["left_out_by_kind"]) == (2, 1, {"request": 1})
    (tmp_path / "b.warc.gz").write_bytes(members(page())[:300])
    (tmp_path / "c.cdxj").write_text("x")
    code, out, said = say("import", "warc", "b.warc.gz", "c.cdxj", "--dry-run", "--jobs", "1", "--json")
    assert code == 3 and json.loads(out)["bad"] == 1
    assert "b.warc.gz: record at byte 0 is cut short" in said and "c.cdxj: is an index, not an archive" in said
    assert "b.warc.gz and 1 more: no record was good" in said
    assert not (tmp_path / "copydesk-data").exists()


def test_what_is_exported_as_warc_is_imported_as_the_same_articles(
    database: Database, bring: Any, tmp_path: Path, pool: ExtractionPool
) -> None:
    pages = [page(f"http://paper.example/{number}", number=number, title=f"Story {number}") for number in (1, 2)]
    bring(write(tmp_path / "a.warc.gz", *pages, page("http://paper.example/1", number=3, date="2021-01-01T00:00:00Z")))
    slice_ = tmp_path / "slice.warc.gz"
    with database.reading() as corpus:
        ids = [each.id for each in corpus.articles.iterate()]
        *_, written = write_warc(corpus, ids, tmp_path / "warc", slice_, name=slice_.name, info={}, now=NOW)
    assert (written.articles, written.captures) == (2, 3)
    with open_database(f"sqlite:///{tmp_path / 'second.sqlite3'}", create=True) as second:
        settings: dict[str, Any] = {"portals": tmp_path, "version": "1", "clock": lambda: NOW, "pool": pool}
        report = import_warc(second, tmp_path / "second", [slice_], **settings)
        assert (report.new, report.unchanged, report.changed, report.bad) == (2, 0, 1, 0)
        for url in ("http://paper.example/1", "http://paper.example/2"):
            assert texts(second, url) == texts(database, url)
        with second.reading() as corpus:
            (capture, _) = corpus.captures.by_url("http://paper.example/1")
            assert (capture.notes["imported_from"], capture.notes["imported_digest"][:7]) == (slice_.name, "sha256:")
