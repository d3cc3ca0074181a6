"""Two texts of an article beside each other: what is said to be different makes the one out of the other."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom.differences import Change, Difference, Kept, Piece, compare
from newsroom.differences.paragraphs import split
from newsroom.differences.sequences import Effort, align
from newsroom.differences.words import Words, pieces
from newsroom.records import Article, Moment, Precision

WORDS = st.sampled_from(["river", "the", "lock", "2.5", "河", "市", "長", "—", ",", "  ", "a\u0301", "กข"])
PARAGRAPHS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=9)


def text_of(text: str, title: str = "Locks", **more: Any) -> Article:
    return Article("http://paper.example/1", "http://paper.example/1", title, text, **more)


def different(before: str, after: str) -> Difference:
    return compare(text_of(before), text_of(after))


def applied(before: str, difference: Difference) -> list[str]:
    """The paragraphs of the later text, made of the earlier one by doing what the difference says."""
    old = split(before)
    made = []
    for paragraph in difference.paragraphs:
        if paragraph.before is not None:
            assert old[paragraph.before - 1] == said(paragraph.pieces, Kept.REMOVED)
        if paragraph.after is not None:
            made.append(said(paragraph.pieces, Kept.ADDED))
            assert paragraph.after == len(made)
    taken = [paragraph.before for paragraph in difference.paragraphs if paragraph.before is not None]
    assert sorted(taken) == list(range(1, len(old) + 1))  # each was accounted for, once
    return made


def said(shown: tuple[Piece, ...], side: Kept) -> str:
    return "".join(piece.text for piece in shown if piece.kept in (Kept.SAME, side))


def marked(shown: tuple[Piece, ...]) -> str:
    marks = {Kept.SAME: "{}", Kept.REMOVED: "[-{}-]", Kept.ADDED: "{{+{}+}}"}
    return "".join(marks[piece.kept].format(piece.text) for piece in shown)


@settings(max_examples=40)
@given(PARAGRAPHS, PARAGRAPHS)
def test_doing_what_the_difference_says_gives_the_later_text(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n\n".join(after)
    assert applied(old, different(old, new)) == split(new)


@settings(max_examples=40)
@given(PARAGRAPHS, st.randoms(use_true_random=False))
def test_what_is_only_put_in_another_order_is_moved_and_nothing_is_said_to_have_changed(
    paragraphs: list[str], order: random.Random
) -> None:
    shuffled = order.sample(paragraphs, len(paragraphs))
    found = different("\n".join(paragraphs), "\n".join(shuffled))
    assert {paragraph.change for paragraph in found.paragraphs} <= {Change.SAME, Change.MOVED}
    assert found.share == 0


@settings(max_examples=40)
@given(PARAGRAPHS, PARAGRAPHS)
def test_a_moved_paragraph_is_the_same_word_for_word(before: list[str], after: list[str]) -> None:
    old, new = split("\n".join(before)), split("\n".join(after))
    for paragraph in different("\n".join(before), "\n".join(after)).paragraphs:
        if paragraph.change in (Change.SAME, Change.MOVED):
            assert paragraph.before and paragraph.after
            assert old[paragraph.before - 1] == new[paragraph.after - 1] == paragraph.text


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), max_size=60), st.lists(st.integers(0, 5), max_size=60), st.booleans())
def test_what_stays_rises_on_both_sides_and_is_equal(before: list[int], after: list[int], tired: bool) -> None:
    pairs = align(before, after, [1] * len(before), Effort(cells=0) if tired else Effort())
    assert all(before[i] == after[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_of_short_sequences_as_much_stays_as_can(before: list[int], after: list[int]) -> None:
    def longest(i: int, j: int) -> int:
        if i == len(before) or j == len(after):
            return 0
        if before[i] == after[j]:
            return 1 + longest(i + 1, j + 1)
        return max(longest(i + 1, j), longest(i, j + 1))

    if len(before) * len(after) <= 60:
        assert len(align(before, after, [1] * len(before), Effort())) == longest(0, 0)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("市长表示将在下月公布名单。", "市长表示可能在下月公布名单。", "市长表示[-将-]{+可能+}在下月公布名单。"),
        ("It cost 3.5 million.", "It cost 4.5 million.", "It cost [-3.5-]{+4.5+} million."),
        ("One two three it four five six.", "A b c it d e f.", "[-One two three it four five six-]{+A b c it d e f+}."),
        ("the lock's gate", "the lock’s gate", "the [-lock's-]{+lock’s+} gate"),
        ("नई दिल्ली में बारिश", "नई दिल्ली में धूप", "नई दिल्ली में [-बारिश-]{+धूप+}"),
        ("un cafe\u0301 noir", "un cafe noir", "un [-cafe\u0301-]{+cafe+} noir"),
        ("İstanbul'da kar", "İstanbul'da yağmur", "İstanbul'da [-kar-]{+yağmur+}"),
    ],
)  # fmt: skip
def test_words_change_as_words_and_characters_of_chinese_as_characters(before: str, after: str, shown: str) -> None:
    found = pieces(Words.of(before), Words.of(after), Effort())
    assert marked(found) == shown


def test_paragraphs_are_told_apart_moved_changed_and_new() -> None:
    before = "The council met today.\nThe mayor said the list will be out in May.\nMembers welcomed it.\nThe end."
    after = (
        "Members welcomed it.\nThe council met today.\nThe mayor said the list may be out in May.\nNew here.\nThe end."
    )
    found = different(before, after)
    assert [(each.change, each.before, each.after) for each in found.paragraphs] == [
        (Change.MOVED, 3, 1),
        (Change.SAME, 1, 2),
        (Change.CHANGED, 2, 3),
        (Change.ADDED, None, 4),
        (Change.SAME, 4, 5),
    ]
    assert (found.words_before, found.words_after, found.words_removed, found.words_added) == (19, 21, 1, 3)
    assert found.count(Change.MOVED) == 1 and round(found.share, 2) == 0.1


def test_a_paragraph_that_was_moved_and_changed_at_once_is_one() -> None:
    long = "\n".join(f"This paragraph number {number} stays where it has always stood." for number in range(4))
    found = different(
        f"The ferry leaves at nine from the old pier.\n{long}", f"{long}\nThe ferry leaves at ten from the old pier."
    )
    (changed,) = (each for each in found.paragraphs if each.change is not Change.SAME)
    assert (changed.change, changed.before, changed.after) == (Change.CHANGED, 1, 5)
    assert marked(changed.pieces) == "The ferry leaves at [-nine-]{+ten+} from the old pier."


def test_fields_come_first_and_only_those_that_differ() -> None:
    day = Moment(datetime(2026, 3, 1, tzinfo=UTC), Precision.DAY)
    before = text_of("Same.", "Budget passed", byline=("Ann Lee",), section="City", published=day)
    after = text_of("Same.", "Draft budget passed", byline=("Ann Lee", "Bo Wu"), section="City", source_name="Wire")
    found = compare(before, after)
    assert [(each.name, each.before, each.after) for each in found.fields] == [
        ("title", "Budget passed", "Draft budget passed"),
        ("published", "2026-03-01", None),
        ("byline", "Ann Lee", "Ann Lee, Bo Wu"),
        ("source", None, "Wire"),
    ]
    assert found.share == 0 and not found.is_only_space


def test_lines_broken_elsewhere_are_no_difference() -> None:
    assert different("One.\n\n\nTwo. \n", "One.\nTwo.").is_only_space
    assert not different("One.\nTwo.", "Two.\nOne.").is_only_space


def _hostile() -> dict[str, tuple[str, str]]:
    some = random.Random(1)
    few = " ".join(some.choice("abcd") for _ in range(8_000))
    han = [chr(0x4E00 + int(some.expovariate(0.01))) for _ in range(15_000)]
    edited = [some.choice(han) if some.random() < 0.01 else char for char in han]
    return {
        "equal paragraphs": ("same\n" * 4_000, "same\n" * 4_001),
        "two in turn": ("x\ny\n" * 2_500, "y\nx\nx\n" * 1_666),
        "all changed": ("\n".join(f"a{n} b c" for n in range(600)), "\n".join(f"b{n} b c" for n in range(600))),
        "few words in one paragraph": (few, few[::-1]),
        "one long line of Chinese": ("".join(han), "".join(edited)),
        "marks only": ("." * 20_000, "," * 10_000),
    }


@pytest.mark.parametrize("name", _hostile())
def test_odd_and_long_texts_are_compared_in_bounded_time(name: str) -> None:
    before, after = _hostile()[name]
    begun = time.process_time()
    found = different(before, after)
    assert time.process_time() - begun < 10  # seconds; takes about one
    assert applied(before, found) == split(after)
    if name == "one long line of Chinese":
        assert 0.005 < found.share < 0.02


def test_effort_ends() -> None:
    effort = Effort(cells=200_000)
    for _ in range(5):
        align([1, 2] * 120, [2, 1, 1] * 80, [1] * 240, effort)
    assert 0 <= effort.cells < 60_000
    assert not effort.scan(effort.items + 1) and effort.scan(effort.items) and effort.items == 0
