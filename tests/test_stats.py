"""What a run counts, and how it is judged."""

from __future__ import annotations

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Outcome, Role, State
from spiders.stats import CrawlStats, Judgement, judge_run
from storage.corpus import IngestResult
from tests.crawl_kit import capture, page, portal

ARTICLE = Article("https://paper.example/a", "https://paper.example/a", "A title", "A text.")


def settled(*outcomes: Outcome, new: bool = False, changed: bool = False, kind: str = "crawl") -> CrawlStats:
    stats = CrawlStats("paper", kind=kind)
    for outcome in outcomes:
        stats.settled(outcome, IngestResult(1, outcome.page.url, new=new, changed=changed, discovered=2))
    return stats


def refused(reason: Reason, role: Role = Role.ARTICLE, state: State = State.REFUSED) -> Outcome:
    return Outcome(page(role=role), state, reason, capture=capture())


def stored() -> Outcome:
    return Outcome(page(), State.DONE, capture=capture(), article=ARTICLE)


def test_new_changed_and_unchanged_are_told_apart() -> None:
    assert settled(stored(), new=True, changed=True).new == 1
    assert settled(stored(), new=True, changed=True).changed == 0
    assert settled(stored(), changed=True).changed == 1
    assert settled(stored()).unchanged == 1
    assert settled(Outcome(page(), State.DONE, not_modified=True)).unchanged == 1
    assert settled(Outcome(page(role=Role.FEED), State.DONE, not_modified=True)).unchanged == 0


def test_a_retry_is_no_refusal() -> None:
    stats = settled(refused(Reason.FAILED, state=State.DUE))
    assert (stats.retries, stats.refused, stats.failed, stats.article_pages) == (1, {}, {}, 0)


def test_counts_come_by_reason() -> None:
    stats = settled(refused(Reason.GONE), refused(Reason.GONE), refused(Reason.FAILED, state=State.FAILED))
    assert stats.as_dict()["refused"] == {"gone": 2}
    assert stats.as_dict()["failed"] == {"failed": 1}
    assert (stats.as_dict()["articles"]["rejected"], stats.as_dict()["discovered"]) == (2, 6)


def test_what_could_not_be_stored_is_counted_as_set_aside() -> None:
    stats = CrawlStats("paper")
    stats.settled(stored(), IngestResult(1, "https://paper.example/a", new=True, quarantined="NUL"))
    assert (stats.new, stats.refused, stats.article_pages) == (0, {"quarantined": 1}, 1)
    assert judge_run(portal(), stats).exit_code == 3


@pytest.mark.parametrize("seen", [{"new": True}, {"changed": True}, {}])
def test_a_run_that_stored_or_confirmed_something_is_well(seen: dict[str, bool]) -> None:
    assert (
        judge_run(portal(), settled(stored(), refused(Reason.BLOCKED), refused(Reason.ROBOTS), **seen)).exit_code == 0
    )


def test_a_run_with_nothing_to_do_is_well() -> None:
    assert judge_run(portal(), CrawlStats("paper")).exit_code == 0


def test_a_portal_that_refuses_us_is_5() -> None:
    judgement = judge_run(portal(), settled(refused(Reason.ROBOTS, Role.LISTING)))
    assert judgement.exit_code == 5
    assert "paper: 0 articles" in judgement.message
    assert judge_run(portal(), settled(refused(Reason.BLOCKED, state=State.FAILED))).exit_code == 5


def test_a_portal_whose_sources_cannot_be_read_is_3() -> None:
    judgement = judge_run(portal(), settled(refused(Reason.UNDECODABLE, Role.FEED, State.FAILED)))
    assert judgement.exit_code == 3
    assert "undecodable" in judgement.message


def test_pages_without_a_single_article_are_3() -> None:
    judgement = judge_run(portal(), settled(refused(Reason.NO_ARTICLE), refused(Reason.NO_ARTICLE)))
    assert judgement.exit_code == 3
    assert "2 × no-article" in judgement.message


def test_a_yield_below_what_the_portal_expects_is_3() -> None:
    stats = settled(stored(), *[refused(Reason.TOO_SHORT)] * 3, new=True)
    assert judge_run(portal(), stats).exit_code == 0
    assert judge_run(portal(expect={"yield_min": 0.2}), stats).exit_code == 0
    judgement = judge_run(portal(expect={"yield_min": 0.5}), stats)
    assert judgement.exit_code == 3
    assert "25% of 4 article pages" in judgement.message


def test_duplicate_addresses_do_not_spoil_the_yield() -> None:
    stats = settled(stored(), *[refused(Reason.DUPLICATE)] * 9, new=True)
    assert judge_run(portal(expect={"yield_min": 0.9}), stats).exit_code == 0


def test_a_revisit_that_finds_articles_gone_is_well() -> None:
    assert judge_run(portal(), settled(*[refused(Reason.GONE)] * 12)).exit_code == 3
    assert judge_run(portal(expect={"yield_min": 0.9}), settled(*[refused(Reason.GONE)] * 12, kind="revisit")) == (
        Judgement(0)
    )


def test_a_revisit_in_which_every_article_turned_into_something_else_is_3() -> None:
    assert judge_run(portal(), settled(*[refused(Reason.WALL)] * 9, kind="revisit")).exit_code == 0
    assert judge_run(portal(), settled(*[refused(Reason.WALL)] * 10, kind="revisit")).exit_code == 3


def test_few_pages_of_a_narrowed_run_say_nothing_of_the_portal() -> None:
    expecting = portal(expect={"yield_min": 0.9})
    for number, code in ((9, 0), (10, 3)):
        assert judge_run(expecting, settled(*[refused(Reason.TOO_SHORT)] * number), is_narrowed=True).exit_code == code
    assert judge_run(expecting, settled(refused(Reason.TOO_SHORT))).exit_code == 3
    blocked = settled(refused(Reason.BLOCKED, state=State.FAILED))
    assert judge_run(expecting, blocked, is_narrowed=True).exit_code == 5


def test_the_counts_say_what_kind_of_run_it_was() -> None:
    assert CrawlStats("paper").as_dict()["kind"] == "crawl"
    assert CrawlStats("paper", kind="revisit").as_dict()["kind"] == "revisit"
