"""How alike two texts are: the same whichever comes first, and told apart from a template by its numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.alignment import Anchors
from pipelines.likeness import FEATURES, Likeness, compare, held_runs
from pipelines.text import normalise_for_match
from pipelines.units import UnitText, read_units
from tests.copies_kit import Writer


def units(text: str) -> UnitText:
    return read_units(normalise_for_match(text))


def likeness(one: str, other: str) -> Likeness:
    return compare(Anchors(units(one)), Anchors(units(other)))


def feature(found: Likeness, name: str) -> float:
    return float(found.features[FEATURES.index(name)])


@pytest.mark.parametrize("chinese", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.15, 0.4])
def test_the_order_of_two_texts_does_not_matter(chinese: bool, rate: float) -> None:
    writer = Writer(21)
    text = writer.story(12, chinese=chinese)
    spun = writer.spun(text, rate)
    assert len(units(text)) == len(units(spun))  # of equal length, neither is the shorter one
    assert np.array_equal(likeness(text, spun).features, likeness(spun, text).features)


def test_exchanged_words_cost_themselves_and_a_moved_paragraph_costs_nothing() -> None:
    writer = Writer(22)
    text = writer.story(18)
    lines = text.split("\n")
    moved = "\n".join([*lines[3:], *lines[:3]])
    assert likeness(text, moved).same > 0.97
    assert 0.75 < likeness(text, writer.spun(text, 0.2)).same < 0.9
    assert likeness(text, writer.story(18)).same < 0.1


def test_numbers_that_agree_are_told_from_numbers_that_do_not() -> None:
    writer = Writer(23)
    text = writer.story(16)
    kept = writer.spun(text, 0.15)
    other = "".join(str((int(each) + 7) % 10) if each.isdigit() else each for each in kept)
    assert feature(likeness(text, kept), "numbers_agree") > 0.9
    assert feature(likeness(text, other), "numbers_agree") < 0.2


def test_many_texts_are_held_against_one_at_once_as_one_by_one() -> None:
    writer = Writer(24)
    text = writer.story(18)
    given = [
        writer.spun(text, 0.2),
        writer.story(18),
        text,
        writer.story(6, chinese=True),
        "\n".join(text.split("\n")[:2]),
    ]
    others = [units(each) for each in given]
    together = held_runs(units(text), others)
    alone = [held_runs(units(text), [other])[0] for other in others]
    assert together == pytest.approx(alone, abs=0.03)
    assert together[0] > 0.4 and together[2] > 0.95 and together[4] > 0.95
    assert together[1] < 0.1 and together[3] == 0
    assert held_runs(units(text), []) == []
