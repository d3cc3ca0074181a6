"""Texts as units: what is the same to the eye of a copy desk is the same number."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.match_keys import match_keys
from pipelines.text import normalise_for_match
from pipelines.units import MAX_UNITS, UnitText, from_bytes, read_units


def units(text: str) -> UnitText:
    return read_units(normalise_for_match(text))


def same(one: str, other: str) -> bool:
    return units(one).units.tolist() == units(other).units.tolist()


def test_case_width_punctuation_and_script_do_not_matter() -> None:
    assert same("The Mayor said: “No!”", "the mayor said no")
    assert same("ＡＢＣ１２３", "abc123")
    assert same("說：「發展」", "说，发展")
    assert not same("the mayor said no", "the mayor said yes")


def test_characters_are_units_in_scripts_without_spaces_and_words_in_others() -> None:
    assert (len(units("渡轮复航了")), units("渡轮复航了").unspaced) == (5, True)
    assert (len(units("the ferry sails again")), units("the ferry sails again").unspaced) == (4, False)
    assert (len(units("สวัสดี")) > 3, units("สวัสดี").unspaced) == (True, True)
    assert (len(units("새 다리가 열렸다")), units("새 다리가 열렸다").unspaced) == (3, False)
    assert units("iPhone 在北京发布新款").unspaced


def test_numbers_are_marked() -> None:
    said = units("12 ships and 3b boats in 2026年")
    assert said.numbers.tolist()[:2] == [True, False]
    assert int(np.count_nonzero(said.numbers)) == 2  # 12 and 2026, not 3b
    assert int(np.count_nonzero(units("2026 年 3 月").numbers)) == 2


def test_texts_without_words_have_no_units() -> None:
    for empty in ("", " \n ", "…!?", "🎉🎉"):
        assert len(units(empty)) == 0


def test_long_texts_are_compared_by_their_beginning() -> None:
    assert len(units("字" * (MAX_UNITS + 5))) == MAX_UNITS
    assert len(read_units("word " * (MAX_UNITS + 5))) == MAX_UNITS


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_has_units_that_can_be_stored(text: str) -> None:
    found = units(text)
    kept = from_bytes(found.to_bytes())
    assert kept.units.tolist() == found.units.tolist()
    assert kept.unspaced == found.unspaced
    assert match_keys(text).units == found.to_bytes()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["ferry", "渡", "轮", "42", "harbour", "說"]), min_size=1, max_size=30))
def test_the_units_of_a_beginning_are_the_beginning_of_the_units(words: list[str]) -> None:
    whole, head = read_units(" ".join(words)), read_units(" ".join(words[: len(words) // 2]))
    assert whole.units.tolist()[: len(head)] == head.units.tolist()
