"""What counts as a word, and how long texts are cut so that both engines index them without loss."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.analyser import (
    CHUNK_CHARS,
    CHUNK_OVERLAP,
    CHUNK_SAME_TOKEN,
    CHUNK_TOKENS,
    TOKEN_CHARS,
    fold,
    phrase_tokens,
    pieces,
    tokens,
)
from storage.search.searchable import Chunk, Searchable


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("中国经济", ["中国", "国经", "经济", "济"]),
        ("中", ["中"]),
        ("6G技术，发展", ["6g", "技术", "术", "发展", "展"]),
        ("Crude-oil prices: $1,000", ["crude", "oil", "prices", "1", "000"]),
        ("snake_case don't", ["snake", "case", "don", "t"]),
        ("ＡＢＣ１２３", ["abc123"]),
        ("Café naïve Łódź Straße", ["cafe", "naive", "lodz", "strasse"]),
        ("Cafe\u0301", ["cafe"]),
        ("infor\u00admation 中\u200b国", ["information", "中国", "国"]),
        ("ｶﾞｽ", ["ガス", "ス"]),
        ("한국어 뉴스", ["한국", "국어", "어", "뉴스", "스"]),
        ("ข่าว", ["ข่", "่า", "าว", "ว"]),
        ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
        ("Новости", ["новости"]),
        ("й", ["й"]),
        ("x" * 300, ["x" * TOKEN_CHARS]),
        ("\x00\ud800 — !", []),
    ],
)
def test_text_becomes_pairs_of_characters_and_words(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("atoms", "asked"),
    [
        (["中国经济"], (("中国", "国经", "经济"), False)),  # the run may go on
        (["中"], (("中",), True)),  # the beginning of any pair, or the last character alone
        (["经济", "oil"], (("经济", "济", "oil"), False)),  # the run has to end before a word
        (["oil", "价"], (("oil", "价"), True)),
        (["crude", "oil"], (("crude", "oil"), False)),
    ],
)
def test_a_phrase_asks_for_what_the_text_must_have(atoms: list[str], asked: tuple[tuple[str, ...], bool]) -> None:
    assert phrase_tokens(atoms) == asked


def _assert_whole(text: str) -> list[list[str]]:
    """Pieces keep to the limits and give the text back when the overlap is taken out."""
    found = list(pieces(tokens(text)))
    for piece in found:
        assert len(piece) <= CHUNK_TOKENS
        assert max(Counter(piece).values()) <= CHUNK_SAME_TOKEN
        assert sum(map(len, piece)) <= CHUNK_CHARS
    joined = found[0] + [token for piece in found[1:] for token in piece[CHUNK_OVERLAP:]] if found else []
    assert joined == tokens(text)
    for before, after in pairwise(found):
        assert before[-CHUNK_OVERLAP:] == after[:CHUNK_OVERLAP]
    return found


def test_a_long_text_is_cut_at_the_token_limit() -> None:
    assert len(_assert_whole(" ".join(f"w{number}" for number in range(20_000)))) == 3


def test_a_repeated_word_cuts_earlier_than_length_does() -> None:
    assert len(_assert_whole("哈" * 1_000)) == 6
    assert len(_assert_whole("oil " * 251)) == 2
    assert len(_assert_whole("oil " * 250)) == 1


def test_long_tokens_cut_before_a_vector_overflows() -> None:
    assert len(_assert_whole(" ".join(f"{number}" + "x" * TOKEN_CHARS for number in range(3_000)))) == 2


def test_an_article_without_words_has_an_empty_chunk_and_a_title_alone_has_one() -> None:
    assert list(pieces(tokens("…—！"))) == []
    assert Searchable("", "…—！").chunks() == [Chunk()]
    assert Searchable("Oil", "").chunks() == [Chunk(["oil"])]
    assert [len(chunk.body) for chunk in Searchable("Oil", "oil " * 300).chunks()] == [250, 114]


@given(st.text(max_size=200))
def test_any_text_is_cut_without_loss(text: str) -> None:
    _assert_whole(text)
    assert all(token and not set(token) & set(" '\"\\_:*") for token in tokens(text))


@given(st.text(alphabet="中国ＡｂéßЙー…　1 ,", max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
