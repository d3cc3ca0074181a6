"""Stories of pairs: the same whatever the order, no gluing by round-ups, a curator's word above all."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cluster import Pair, Part, holds_several, stories

PAIRS = st.lists(
    st.builds(Pair, st.integers(0, 12), st.integers(0, 12), st.sampled_from([0.8, 0.9, 0.95, 0.99])), max_size=30
)
DECIDED = st.lists(st.tuples(st.integers(0, 5), st.integers(6, 12)), max_size=5)


def whole(length: float) -> Part:
    return Part(length=length, covers=length, whole=True)


def lead(covers: float) -> Part:
    return Part(length=1.0, covers=covers, whole=False)


@settings(max_examples=200, deadline=None)
@given(PAIRS, DECIDED, DECIDED, st.randoms())
def test_the_order_of_pairs_does_not_matter(
    pairs: list[Pair], same: list[tuple[int, int]], apart: list[tuple[int, int]], draw: random.Random
) -> None:
    first = stories(range(13), pairs, same, apart)
    shuffled = [Pair(pair.other, pair.one, pair.score) for pair in draw.sample(pairs, len(pairs))]
    assert stories(range(13), shuffled, list(reversed(same)), apart) == first
    assert sorted(each for group in first for each in group) == list(range(13))
    for one, other in apart:
        assert not any(one in group and other in group for group in first)


def test_copies_of_copies_are_one_story() -> None:
    assert stories([1, 2, 3, 4], [Pair(1, 2, 0.9), Pair(3, 2, 0.9)]) == [frozenset({1, 2, 3}), frozenset({4})]


def test_articles_held_apart_take_those_with_them_that_are_like_them() -> None:
    pairs = [Pair(1, 2, 0.9), Pair(2, 3, 0.99), Pair(1, 4, 0.95)]
    assert stories([1, 2, 3, 4], pairs, apart=[(1, 3)]) == [frozenset({1, 4}), frozenset({2, 3})]


def test_a_curator_can_join_what_no_text_joins() -> None:
    assert stories([1, 2, 3], [Pair(2, 3, 0.9)], same=[(1, 3)]) == [frozenset({1, 2, 3})]


def test_three_whole_stories_make_a_compilation_and_excerpts_of_one_do_not() -> None:
    parts = {1: whole(0.2), 2: whole(0.3), 3: whole(0.25)}
    assert holds_several(9, parts, {})
    assert not holds_several(9, parts, {1: {7}, 2: {7}, 3: {7}})  # all three are copies of 7
    assert not holds_several(9, parts, {}, alike={(1, 2), (2, 3)})


def test_two_stories_are_a_compilation_when_they_make_up_most_of_the_page() -> None:
    assert holds_several(9, {1: whole(0.4), 2: whole(0.45)}, {})
    assert not holds_several(9, {1: whole(0.2), 2: whole(0.3)}, {})
    assert not holds_several(9, {1: whole(0.4), 2: whole(0.45)}, {1: {2}, 2: {1}})


def test_the_beginnings_of_several_stories_are_a_digest_but_a_copy_that_quotes_is_not() -> None:
    assert holds_several(9, {1: lead(0.15), 2: lead(0.2)}, {})
    assert not holds_several(9, {1: lead(0.15), 2: lead(0.2), 3: Part(1.1, 0.9, whole=False)}, {})
    assert not holds_several(9, {1: lead(0.15)}, {})
