"""Storing what a batch of pages led to: articles, revisions, copies, dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from newsroom.dates import ADDRESS_ORIGIN
from newsroom.reasons import Reason
from newsroom.records import (
    Announcement,
    Candidate,
    Declined,
    InjectedLink,
    Moment,
    Outcome,
    Precision,
    Provenance,
    Role,
    State,
)
from storage.database import Database
from tests.corpus_kit import FILE, HOME, LATER, NOW, article, capture, fetched, leased, with_portal

desk = pytest.fixture(with_portal)


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


def test_storing_what_a_page_led_to_looks_through_no_table(sqlite_url: str) -> None:
    """Or a crawl would be slower with every article that there is."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    with Database(sqlite_url) as database:
        database.upgrade()
        with_portal(database)
        fetched(database, 1, article(HOME + "a", "The bridge opened."))
        event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        fetched(database, 2, article(HOME + "b", "The bridge closed."))
        fetched(database, 3, article(HOME + "c", "The bridge opened."))
        fetched(database, 4, article(HOME + "b", "The bridge opened again."), LATER)
        with database.engine.connect() as connection:
            plans = {
                statement: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
                for statement, values in list(asked)
                if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
            }
    assert len(plans) > 10
    assert {statement: plan for statement, plan in plans.items() if any("SCAN" in step for step in plan)} == {}
