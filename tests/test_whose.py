"""Whose story it was: fluency, then credits, then time, then length; and no more certainty than there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.whose import Facts, Why, credit_of, pair_order, source_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN = Facts(1, "https://a.example/1", 200, NOON)


def other(**changes: object) -> Facts:
    return replace(PLAIN, article_id=2, url="https://b.example/2", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        ({"is_spun": True, "published_utc": NOON}, {"published_utc": NOON + timedelta(days=1)}, Why.FLUENCY),
        ({"published_utc": NOON}, {"published_utc": NOON + timedelta(days=1), "credit": 1}, Why.CREDIT),
        ({"credit": -1}, {}, Why.CREDIT),
        ({"published_utc": NOON}, {"published_utc": NOON - timedelta(minutes=1), "units": 50}, Why.TIME),
        ({"published_utc": NOON}, {"published_utc": NOON, "units": 300}, Why.LENGTH),
        ({"first_seen_utc": NOON}, {"first_seen_utc": NOON - timedelta(hours=1)}, Why.SEEN),
    ],
)
def test_the_source_is_told_by_the_first_that_says_something(
    mine: dict[str, object], theirs: dict[str, object], why: Why
) -> None:
    one, second = replace(PLAIN, **mine), other(**theirs)  # type: ignore[arg-type]
    for members in ([one, second], [second, one]):
        verdict = source_of(members)
        assert (verdict.article_id, verdict.why) == (2, why)
        assert 0 < verdict.confidence < 1 and verdict.reason


def test_a_day_alone_is_not_earlier_than_a_minute_of_it_and_one_text_needs_no_reason() -> None:
    exact = replace(PLAIN, published_utc=NOON.replace(hour=0, minute=5))
    day = other(published_utc=NOON.replace(hour=0), is_day=True, units=100)
    assert source_of([exact, day]).why is not Why.LENGTH or source_of([exact, day]).article_id == 1
    assert source_of([PLAIN]).why is Why.ONLY


def test_of_two_texts_with_words_exchanged_the_less_fluent_is_the_copy() -> None:
    fluent, spun = replace(PLAIN, fluency=1.9), other(fluency=1.7, published_utc=NOON - timedelta(days=1))
    copy, source, why = pair_order(fluent, spun, words_exchanged=True)
    assert (copy.article_id, source.article_id, why) == (2, 1, Why.FLUENCY)
    copy, source, why = pair_order(fluent, replace(spun, fluency=1.89), words_exchanged=True)
    assert why is not Why.FLUENCY


@pytest.mark.parametrize(
    ("text", "source_name", "original_title", "credit"),
    [
        ("本报记者 王小明 报道", None, None, 1),
        ("【环球日报驻东京记者 李四】", None, None, 1),
        ("From our own correspondent in Port Wendle", None, None, 1),
        ("The council met.", None, None, 0),
        ("The council met.", "Reuters", None, -1),
        ("The council met.", "The Harbour Post", None, 0),
        ("The council met.", "harbour", None, 0),
        ("市议会开会。", None, "市议会昨日开会", -1),
    ],
)
def test_credits_say_whose_it_is(text: str, source_name: str | None, original_title: str | None, credit: int) -> None:
    assert credit_of(text, source_name, original_title, ["The Harbour Post", "harbour", ""]) == credit
