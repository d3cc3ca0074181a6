"""Storing what a batch of pages led to: articles, revisions, copies, quarantine, watermarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsroom.dates import ADDRESS_ORIGIN
from newsroom.reasons import Reason
from newsroom.records import (
    Announcement,
    Article,
    Candidate,
    Capture,
    Declined,
    InjectedLink,
    Moment,
    Outcome,
    Page,
    Precision,
    Provenance,
    Role,
    State,
    WarcAddress,
)
from storage.corpus import Corpus, IngestResult
from storage.database import Database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)
FILE = "copydesk-test.warc.gz"
HOME = "https://paper.example/"


@pytest.fixture
def desk(database: Database) -> Iterator[Database]:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="The Paper", home=HOME, definition={"home": HOME}, now=NOW)
    yield database


def article(url: str, text: str, **fields: object) -> Article:
    digest = f"sha256:match of {' '.join(text.split())}"
    plain = Article(url=url, canonical_url=url, title="A headline", text=text, match_digest=digest)
    return replace(plain, **fields)  # type: ignore[arg-type]


def capture(url: str, number: int, when: datetime = NOW, status: int = 200) -> Capture:
    address = WarcAddress(FILE, offset=number * 1000, length=900, record_id=f"<urn:uuid:{number}>")
    return Capture(url, when, status, "text/html", f"sha256:{number}", 500, address)


def leased(corpus: Corpus, *urls: str, now: datetime = NOW) -> list[Page]:
    """Pages of the test's portal, entered and leased."""
    corpus.frontier.add("paper", [Candidate(url, url, Role.ARTICLE) for url in urls], now)
    pages = {page.url: page for page in corpus.frontier.lease("paper", "test", 1000, now)}
    return [pages[url] for url in urls]


def fetched(database: Database, number: int, said: Article, now: datetime = NOW, **fields: object) -> IngestResult:
    """`said` fetched from its own URL and stored."""
    with database.writing() as corpus:
        if (page := corpus.frontier.page(said.url)) is None:
            (page,) = leased(corpus, said.url, now=now)
        outcome = Outcome(page, State.DONE, capture=capture(said.url, number, now), article=said)
        (result,) = corpus.ingest("paper", None, [replace(outcome, **fields)], {}, now)  # type: ignore[arg-type]
    return result


def test_a_page_leads_to_an_article_with_everything_it_said(desk: Database) -> None:
    url = HOME + "bridge"
    said = article(
        url,
        "The bridge opened.\nIt is long.",
        byline=("Ann Lee",),
        source_name="新华社",
        published=Moment(NOW, Precision.DAY, "+08:00", "json-ld"),
        modified=Moment(LATER),
        language="en",
        language_confidence=0.99,
        tags=("bridges", "桥"),
        injected_links=(InjectedLink("buy now", "shop"),),
        lead_image_caption="A rig.",
        parts=("https://news.example/a_2.html",),
        links=(HOME + "other",),
        is_accessible_for_free=False,
        word_count=6,
        content_digest="sha256:content",
        extractor="trafilatura",
        extractor_version="2.3.1",
        provenance={"title": Provenance("json-ld", "headline", (Declined("Oil", "h1 unlike the headline"),))},
    )
    result = fetched(desk, 1, said)
    assert (result.new, result.changed, result.quarantined) == (True, True, None)
    with desk.reading() as corpus:
        stored = corpus.articles.get(url)
        assert stored is not None
        assert stored.id == result.article_id
        assert stored.portal_id == "paper"
        kept = replace(said, modified=Moment(LATER), extractor="", extractor_version="")
        assert stored.article == kept
        page = corpus.frontier.page(url)
        assert page is not None
        assert (page.state, page.article_id) == (State.DONE, result.article_id)
        assert [each.address for each in corpus.captures.by_article(stored.id)] == [capture(url, 1).address]
        assert [hit.article_id for hit in corpus.search.search("bridge").hits] == [stored.id]


def test_the_same_text_again_is_only_seen_again(desk: Database) -> None:
    first = fetched(desk, 1, article(HOME + "a", "Text."))
    again = fetched(desk, 2, article(HOME + "a", "Text."), LATER)
    assert (again.article_id, again.revision_id) == (first.article_id, first.revision_id)
    assert (again.new, again.changed) == (False, False)
    with desk.reading() as corpus:
        stored = corpus.articles.get(HOME + "a")
        assert stored is not None
        assert (stored.first_seen_utc, stored.last_seen_utc, stored.revision_count) == (NOW, LATER, 1)


def test_an_edit_and_its_return_are_two_more_revisions(desk: Database) -> None:
    for number, text in enumerate(["First.", "Second.", "First."], start=1):
        fetched(desk, number, article(HOME + "a", text), NOW + timedelta(hours=number))
    with desk.reading() as corpus:
        stored = corpus.articles.get(HOME + "a")
        assert stored is not None
        revisions = corpus.revisions.iterate(stored.id)
        assert [(each.number, each.article.text) for each in revisions] == [
            (1, "First."),
            (2, "Second."),
            (3, "First."),
        ]
        assert (stored.article.text, stored.revision_number) == ("First.", 3)
        assert corpus.search.search("second").total == 0
        assert corpus.search.search("first").total == 1


def test_the_same_text_elsewhere_is_a_copy_of_the_earliest(desk: Database) -> None:
    ids = [
        fetched(desk, number, article(HOME + name, "Same words."), NOW + timedelta(hours=number)).article_id
        for number, name in enumerate("abc")
    ]
    with desk.reading() as corpus:
        copies = corpus.copies.of(ids[0] or 0)
        assert [(each.article_id, each.other_id, each.kind, each.score) for each in copies] == [
            (ids[1], ids[0], "identical", 1.0),
            (ids[2], ids[0], "identical", 1.0),
        ]
        assert corpus.articles.count() == 3


def test_an_article_edited_into_a_later_ones_text_is_still_the_earlier(desk: Database) -> None:
    early = fetched(desk, 1, article(HOME + "a", "Mine."))
    late = fetched(desk, 2, article(HOME + "b", "Theirs."), LATER)
    edited = fetched(desk, 3, article(HOME + "a", "Theirs."), LATER + timedelta(hours=1))
    assert [(each.article_id, each.other_id) for each in edited.copies] == [(late.article_id, early.article_id)]


def test_another_address_of_an_article_is_a_duplicate_and_its_canonical_page_is_read(desk: Database) -> None:
    said = article(HOME + "a?print=1", "Text.", canonical_url=HOME + "a")
    first = fetched(desk, 1, said)
    with desk.reading() as corpus:
        twin, canonical = corpus.frontier.page(HOME + "a?print=1"), corpus.frontier.page(HOME + "a")
        assert twin is not None
        assert canonical is not None
        assert (twin.state, twin.reason, twin.article_id) == (State.REFUSED, Reason.DUPLICATE, first.article_id)
        assert (canonical.state, canonical.reason, canonical.article_id) == (State.DONE, None, first.article_id)
        stored = corpus.articles.get(HOME + "a")
        assert stored is not None
        assert stored.id == first.article_id


def test_another_form_of_a_stored_article_does_not_revise_it(desk: Database) -> None:
    fetched(desk, 1, article(HOME + "a", "The bridge has opened."))
    twin = fetched(desk, 2, article(HOME + "amp/a", "The bridge has opened. (AMP)", canonical_url=HOME + "a"), LATER)
    assert (twin.new, twin.changed) == (False, False)
    with desk.reading() as corpus:
        stored = corpus.articles.get(HOME + "a")
        assert stored is not None
        assert (stored.article.text, stored.revision_count) == ("The bridge has opened.", 1)


def test_a_page_that_is_gone_dates_the_article_and_its_return_undoes_it(desk: Database) -> None:
    first = fetched(desk, 1, article(HOME + "a", "Text."))
    for number, state, reason, gone in (
        (2, State.REFUSED, Reason.GONE, LATER),
        (3, State.REFUSED, Reason.FAILED, LATER),
        (4, State.DONE, None, None),
    ):
        with desk.writing() as corpus:
            page = corpus.frontier.page(HOME + "a")
            assert page is not None
            outcome = Outcome(page, state, reason, capture=capture(page.url, number, LATER), not_modified=not reason)
            corpus.ingest("paper", None, [outcome], {}, LATER)
        with desk.reading() as corpus:
            stored = corpus.articles.get(first.article_id or 0)
            assert stored is not None
            assert stored.gone_utc == gone


def test_text_that_postgresql_refuses_is_stored_the_same_on_both(desk: Database) -> None:
    odd = "a\x00b \ud800 \ud83d\ude00"
    said = article(
        HOME + "odd",
        odd,
        title=odd,
        byline=(odd,),
        tags=(odd,),
        section=odd,
        provenance={odd: Provenance(odd, odd, (Declined(odd, odd),))},
        published=Moment(NOW, zone=odd, origin=odd),
    )
    result = fetched(desk, 1, said, detail=odd, etag=odd)
    assert result.quarantined is None
    clean = "ab \ufffd \U0001f600"
    with desk.reading() as corpus:
        stored = corpus.articles.get(HOME + "odd")
        assert stored is not None
        kept = stored.article
        assert {kept.title, kept.text, *kept.byline, *kept.tags, kept.section, *kept.provenance} == {clean}
        assert kept.published == Moment(NOW, zone=clean, origin=clean)


def test_one_bad_page_of_twenty_is_quarantined_with_its_capture(desk: Database) -> None:
    urls = [f"{HOME}{number}" for number in range(20)]
    with desk.writing() as corpus:
        outcomes = [
            Outcome(page, State.DONE, capture=capture(page.url, number), article=article(page.url, f"Text {number}."))
            for number, page in enumerate(leased(corpus, *urls))
        ]
        bad = article(urls[7], "Text.", published=Moment(datetime(2026, 3, 1)))  # noqa: DTZ001  (naive: refused)
        outcomes[7] = replace(outcomes[7], article=bad)
        results = corpus.ingest("paper", None, outcomes, {FILE: 20_000}, NOW)
    assert [number for number, each in enumerate(results) if each.quarantined] == [7]
    with desk.reading() as corpus:
        assert corpus.articles.count() == 19
        (kept,) = corpus.quarantine.list()
        assert (kept.url, kept.stage, kept.reason) == (urls[7], "store", Reason.QUARANTINED)
        assert "naive datetime" in kept.detail
        assert kept.capture_id is not None
        assert corpus.captures.get(kept.capture_id) is not None
        page = corpus.frontier.page(urls[7])
        assert page is not None
        assert (page.state, page.reason) == (State.REFUSED, Reason.QUARANTINED)
        assert corpus.captures.watermarks() == {FILE: 20_000}


def test_a_bad_capture_does_not_keep_its_page_from_the_ledger(desk: Database) -> None:
    with desk.writing() as corpus:
        (page,) = leased(corpus, HOME + "a")
        bad = replace(capture(page.url, 1), fetched_utc=datetime(2026, 3, 1))  # noqa: DTZ001
        (result,) = corpus.ingest("paper", None, [Outcome(page, State.DONE, capture=bad)], {}, NOW)
    assert result.quarantined
    assert result.capture_id is None
    with desk.reading() as corpus:
        assert [each.url for each in corpus.quarantine.list()] == [HOME + "a"]


def test_nothing_of_a_batch_is_stored_when_its_transaction_fails(desk: Database) -> None:
    def work() -> None:
        with desk.writing() as corpus:
            (page,) = leased(corpus, HOME + "a")
            outcome = Outcome(page, State.DONE, capture=capture(page.url, 1), article=article(page.url, "Text."))
            corpus.ingest("paper", None, [outcome], {FILE: 2000}, NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    with desk.reading() as corpus:
        assert corpus.frontier.page(HOME + "a") is None
        assert corpus.captures.watermarks() == {}
        assert corpus.articles.count() == 0


def test_a_listing_page_announces_and_discovers(desk: Database) -> None:
    feed = HOME + "feed.xml"
    with desk.writing() as corpus:
        (page,) = leased(corpus, feed)
        candidates = (Candidate(HOME + "a", HOME + "a", Role.ARTICLE), Candidate(HOME + "b", HOME + "b", Role.ARTICLE))
        said = Announcement(HOME + "a", HOME + "a", feed, "feed", "A")
        outcome = Outcome(page, State.DONE, capture=capture(feed, 1), candidates=candidates, announcements=(said,))
        (result,) = corpus.ingest("paper", None, [outcome], {}, NOW)
        assert result.discovered == 2
        (announced,) = [corpus.frontier.page(HOME + "a")]
        assert announced is not None
        assert [each.title for each in corpus.announcements.of(announced.id)] == ["A"]


def announce(database: Database, url: str, published: Moment) -> None:
    """A feed of the test's portal has `url` published then."""
    said = Announcement(url, url, HOME + "feed.xml", "feed", "A", published)
    with database.writing() as corpus:
        corpus.frontier.announce("paper", [said], {url: Candidate(url, url, Role.ARTICLE)}, NOW)


def stored_date(database: Database, article_id: int | None) -> Moment | None:
    assert article_id is not None
    with database.reading() as corpus:
        revision = list(corpus.revisions.iterate(article_id))[-1]
        return revision.article.published


def test_an_undated_article_has_the_date_of_its_announcement(desk: Database) -> None:
    said = Moment(NOW - timedelta(hours=3), Precision.MINUTE, origin="feed")
    announce(desk, HOME + "a", said)
    result = fetched(desk, 1, article(HOME + "a", "Some text"))
    assert stored_date(desk, result.article_id) == said
    with desk.reading() as corpus:
        found = corpus.articles.get(HOME + "a")
        assert found is not None
        assert found.article.provenance["published"] == Provenance("feed", "announcement")


def test_the_announcement_beats_the_day_in_the_address_and_nothing_else(desk: Database) -> None:
    said = Moment(NOW - timedelta(hours=3), Precision.MINUTE, origin="feed")
    day = Moment(NOW.replace(hour=0, minute=0), Precision.DAY, origin=ADDRESS_ORIGIN)
    own = Moment(NOW - timedelta(hours=9), origin="json-ld datePublished")
    for name, known, kept in (("a", day, said), ("b", own, own)):
        announce(desk, HOME + name, said)
        result = fetched(desk, ord(name), article(HOME + name, f"Text {name}", published=known))
        assert stored_date(desk, result.article_id) == kept


def test_a_time_announced_for_the_future_is_not_believed(desk: Database) -> None:
    announce(desk, HOME + "a", Moment(NOW + timedelta(days=9), origin="feed"))
    assert stored_date(desk, fetched(desk, 1, article(HOME + "a", "Some text")).article_id) is None


def test_the_page_that_an_announced_address_leads_to_has_its_date(desk: Database) -> None:
    said = Moment(NOW - timedelta(hours=3), Precision.MINUTE, origin="feed")
    announce(desk, HOME + "short", said)
    with desk.writing() as corpus:
        corpus.frontier.add(
            "paper", [Candidate(HOME + "a", HOME + "a", Role.ARTICLE, found_on=HOME + "short", redirects=1)], NOW
        )
    result = fetched(desk, 1, article(HOME + "a", "Some text"))
    assert stored_date(desk, result.article_id) == said


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
