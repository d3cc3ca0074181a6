"""What a corpus keeps beside articles: captures and watermarks, hosts, runs, portals, counts, the quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsroom.reasons import Reason
from newsroom.records import (
    Candidate,
    Outcome,
    Page,
    Role,
    State,
)
from storage.database import Database
from tests.corpus_kit import FILE, HOME, LATER, NOW, article, capture, fetched, leased, with_portal

desk = pytest.fixture(with_portal)


# --- captures


def test_a_record_enters_once_and_a_watermark_never_goes_back(desk: Database) -> None:
    with desk.writing() as corpus:
        ids = [corpus.captures.put(capture(HOME, number), NOW) for number in (1, 2, 1)]
        corpus.captures.mark({FILE: 500}, NOW)
        corpus.captures.mark({FILE: 300}, NOW)
        corpus.captures.close_file(FILE, NOW)
        assert ids[0] == ids[2] != ids[1]
        assert corpus.captures.watermarks() == {FILE: 500}
        assert [each.id for each in corpus.captures.all()] == ids[:2]
        assert [each.id for each in corpus.captures.by_url(HOME)] == ids[:2]


def test_a_payload_is_known_by_the_whole_capture_that_holds_it(desk: Database) -> None:
    with desk.writing() as corpus:
        cut = replace(capture(HOME, 1), payload_digest="sha256:x", truncated="length")
        whole = replace(capture(HOME, 2), payload_digest="sha256:x")
        again = replace(capture(HOME, 3), payload_digest="sha256:x", revisit_of="<urn:uuid:2>")
        for each in (cut, whole, again):
            corpus.captures.put(each, NOW)
        known = corpus.captures.known("sha256:x")
        assert known is not None
        assert (known.record_id, known.url, known.fetched_utc) == ("<urn:uuid:2>", HOME, NOW)
        assert corpus.captures.known("sha256:y") is None
        held = corpus.captures.by_record("<urn:uuid:3>")
        assert held is not None
        assert held.revisit_of == "<urn:uuid:2>"


def test_a_capture_without_its_outcome_is_still_to_be_processed(desk: Database) -> None:
    with desk.writing() as corpus:
        page, done = leased(corpus, HOME + "a", HOME + "b")
        for number in (1, 2):
            corpus.captures.put(capture(page.url, number), NOW, page_id=page.id)
        corpus.ingest("paper", None, [Outcome(done, State.DONE, capture=capture(done.url, 3))], {}, NOW)
        (pending,) = corpus.captures.unprocessed()
        assert (pending.page_id, pending.capture.address.record_id) == (page.id, "<urn:uuid:2>")
        corpus.ingest("paper", None, [Outcome(page, State.DONE, capture=pending.capture)], {}, NOW)
        assert corpus.captures.unprocessed() == []


# --- hosts, runs, portals


def test_robots_txt_is_kept_for_a_day(desk: Database) -> None:
    with desk.writing() as corpus:
        corpus.hosts.set_retry_after("https://paper.example", LATER)
        corpus.hosts.put_robots("https://paper.example", 200, b"User-agent: *\n" + b"#" * 600_000, NOW)
        kept = corpus.hosts.robots("https://paper.example", NOW + timedelta(hours=23))
        assert kept is not None
        assert (kept.status, len(kept.body), kept.fetched_utc) == (200, 512 * 1024, NOW)
        assert corpus.hosts.robots("https://paper.example", NOW + timedelta(hours=24)) is None
        assert corpus.hosts.retry_after("https://paper.example", NOW) == LATER
        assert corpus.hosts.retry_after("https://paper.example", LATER) is None
        assert corpus.hosts.robots("https://elsewhere.example", NOW) is None


def test_a_run_ends_as_it_says_or_is_interrupted_by_its_owners_death(desk: Database) -> None:
    with desk.writing() as corpus:
        first = corpus.runs.start("paper", owner="desk:1", version="0.1", now=NOW)
        second = corpus.runs.start("paper", owner="desk:2", version="0.1", now=NOW)
        corpus.runs.finish(first, state="done", exit_code=0, stats={"fetched": 3}, now=LATER)
        assert corpus.runs.running_owners() == ["desk:2"]
        assert corpus.runs.interrupt("desk:2") == 1
        assert [(run.id, run.state) for run in corpus.runs.list("paper")] == [(second, "interrupted"), (first, "done")]
        ended = corpus.runs.get(first)
        assert ended is not None
        assert (ended.stats, ended.exit_code, ended.finished_utc) == ({"fetched": 3}, 0, LATER)


def test_a_portal_is_what_its_file_last_said(desk: Database) -> None:
    with desk.writing() as corpus:
        corpus.portals.put("paper", name="新报", home=None, definition={"tags": ["a\x00b"]}, now=LATER)
        (portal,) = corpus.portals.list()
    assert (portal.name, portal.home, portal.definition, portal.first_seen_utc) == ("新报", None, {"tags": ["ab"]}, NOW)


# --- imports, statistics, quarantine


def test_an_article_that_was_crawled_first_is_found_by_every_id_it_is_imported_under(desk: Database) -> None:
    first = fetched(desk, 1, article(HOME + "a", "Text."))
    with desk.writing() as corpus:
        for source_id in ("src-1", "src-2"):
            stored = corpus.articles.store("paper", article(HOME + "a", "Text."), LATER, source_id=source_id)
            assert (stored.article_id, stored.new, stored.changed) == (first.article_id, False, False)
        for source_id in ("src-1", "src-2"):
            found = corpus.articles.by_source_id(source_id)
            assert found is not None
            assert (found.url, found.source_id) == (HOME + "a", "src-1")


def test_the_corpus_can_be_counted(desk: Database) -> None:
    fetched(desk, 1, article(HOME + "a", "One."))
    fetched(desk, 2, article(HOME + "a", "Two."), LATER)
    with desk.reading() as corpus:
        counted = corpus.counts()
    assert counted == {
        "portals": 1,
        "pages": 1,
        "captures": 2,
        "articles": 1,
        "revisions": 2,
        "copies": 0,
        "runs": 0,
        "quarantine": 0,
    }


def _refuse(desk: Database, number: int, reason: Reason, detail: str, now: datetime = NOW) -> Page:
    """Have a page of its own refused by reading, as often as this is called."""
    url = f"{HOME}{number}"
    with desk.writing() as corpus:
        corpus.frontier.add("paper", [Candidate(url, url, Role.ARTICLE)], now)
        page = corpus.frontier.page(url)
        assert page is not None
        outcome = Outcome(page, State.REFUSED, reason, detail, capture=capture(url, number, now))
        corpus.ingest("paper", None, [outcome], {}, now)
    return page


def test_a_page_that_breaks_a_limit_is_set_aside_once_and_its_tries_are_counted(desk: Database) -> None:
    _refuse(desk, 1, Reason.RESOURCE_LIMIT, "more than 10 s of CPU")
    _refuse(desk, 1, Reason.QUARANTINED, "the worker ended with 1", LATER)
    with desk.reading() as corpus:
        (kept,) = corpus.quarantine.list()
    assert (kept.stage, kept.reason, kept.detail) == ("extract", Reason.QUARANTINED, "the worker ended with 1")
    assert (kept.created_utc, kept.tries, kept.tried_utc) == (NOW, 2, LATER)


def test_a_page_that_can_be_read_after_all_leaves_the_quarantine(desk: Database) -> None:
    _refuse(desk, 1, Reason.RESOURCE_LIMIT, "more than 10 s of CPU")
    _refuse(desk, 2, Reason.RESOURCE_LIMIT, "more than 10 s of CPU")
    _refuse(desk, 1, Reason.TOO_SHORT, "41 characters", LATER)
    with desk.reading() as corpus:
        assert [each.url for each in corpus.quarantine.list()] == [HOME + "2"]
        assert corpus.quarantine.list(released=True)[0].released_utc == LATER


def test_pages_of_the_quarantine_come_by_how_long_they_have_waited_for_a_try(desk: Database) -> None:
    for number in (1, 2, 3):
        _refuse(desk, number, Reason.RESOURCE_LIMIT if number < 3 else Reason.QUARANTINED, "no", NOW)
    _refuse(desk, 1, Reason.RESOURCE_LIMIT, "still no", LATER)
    with desk.writing() as corpus:
        corpus.quarantine.put(HOME, stage="import", reason=Reason.QUARANTINED, detail="line 7", now=NOW)

        def urls(**which: object) -> list[str]:
            return [each.url.removeprefix(HOME) for each in corpus.quarantine.pages(**which)]  # type: ignore[arg-type]

        assert urls() == ["2", "3", "1"]
        assert urls(limit=1) == ["2"]
        assert urls(reason=Reason.QUARANTINED) == ["3"]
        assert (urls(portal_id="paper"), urls(portal_id="other")) == (["2", "3", "1"], [])


def test_the_latest_run_is_told_by_its_kind_and_one_that_names_none_is_a_crawl(desk: Database) -> None:
    with desk.writing() as corpus:
        assert corpus.runs.latest("paper") is None
        started = {
            kind: corpus.runs.start("paper", owner="desk:1", version="1", now=NOW, kind=kind)
            for kind in (None, "crawl", "revisit")
        }
        corpus.runs.interrupt("desk:1")
        latest = {kind: corpus.runs.latest("paper", kind) for kind in ("crawl", "revisit")}
        assert {kind: run and (run.id, run.state) for kind, run in latest.items()} == {
            "crawl": (started["crawl"], "interrupted"),
            "revisit": (started["revisit"], "interrupted"),
        }
        corpus.runs.start("paper", owner="desk:2", version="1", now=NOW)
        assert corpus.runs.latest("paper").state == "running"  # type: ignore[union-attr]


def test_what_was_released_from_quarantine_is_no_longer_listed(desk: Database) -> None:
    with desk.writing() as corpus:
        kept = corpus.quarantine.put(HOME, stage="extract", reason=Reason.RESOURCE_LIMIT, detail="\x00", now=NOW)
        corpus.quarantine.release(kept, LATER)
        assert corpus.quarantine.list() == []
        assert [each.released_utc for each in corpus.quarantine.list(released=True)] == [LATER]


def test_refusals_that_come_of_reading_are_kept_as_extractions(desk: Database) -> None:
    with desk.writing() as corpus:
        short, blocked = leased(corpus, HOME + "short", HOME + "blocked")
        outcomes = [
            Outcome(short, State.REFUSED, Reason.TOO_SHORT, capture=capture(short.url, 1)),
            Outcome(blocked, State.REFUSED, Reason.BLOCKED, capture=capture(blocked.url, 2, status=403)),
        ]
        corpus.ingest("paper", None, outcomes, {}, NOW)
    with desk.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT reason, revision_id FROM extractions").all()
    assert [tuple(row) for row in rows] == [("too-short", None)]


def test_an_article_is_looked_at_again_by_the_steps_of_its_ladder(desk: Database) -> None:
    url, ladder = HOME + "a", (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))

    def due_after(number: int, text: str, when: datetime) -> datetime | None:
        fetched(desk, number, article(url, text), when, revisit=ladder)
        with desk.reading() as corpus:
            page = corpus.frontier.page(url)
        assert page is not None
        return page.due_utc

    assert due_after(1, "Text.", NOW) == NOW + timedelta(hours=1)
    assert due_after(2, "Text.", NOW + timedelta(hours=2)) == NOW + timedelta(hours=6)
    assert due_after(3, "Edited.", NOW + timedelta(hours=6)) == NOW + timedelta(days=1)
    assert due_after(4, "Edited.", NOW + timedelta(days=2)) is None
