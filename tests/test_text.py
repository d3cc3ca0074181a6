from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.text import (
    clean_text,
    content_digest,
    match_digest,
    normalise_for_match,
    one_line,
    paragraphs,
    word_count,
)


def test_dress_does_not_matter_for_a_match() -> None:
    assert match_digest("The Mayor said: “No!”\n\nThen he left.") == match_digest("the  mayor said — no. Then he LEFT")
    assert match_digest("市长说：“不行！”") == match_digest("市长 说: 不行")


def test_a_changed_word_matters() -> None:
    assert match_digest("The mayor said no.") != match_digest("The mayor said yes.")


def test_boilerplate_lines_of_a_portal_do_not_matter() -> None:
    story = "市长昨天宣布了新的计划。\n计划将于明年开始。"
    assert match_digest(f"（原标题：市长宣布新计划）\n{story}\n责任编辑：王小明") == match_digest(story)
    assert match_digest("Read more: the other story\nThe plan starts.") == match_digest("The plan starts.")


def test_full_width_letters_match_plain_ones() -> None:
    assert normalise_for_match("ＡＢＣ１２３") == "abc123"


def test_an_edit_in_the_title_is_another_content() -> None:
    assert content_digest("One", "text") != content_digest("Two", "text")
    assert content_digest("One ", "text\n") == content_digest("One", "text")


def test_what_a_database_cannot_hold_is_taken_out() -> None:
    assert clean_text("a\x00b\ud800c\x0bd\r\ne\u2028f") == "abcd\ne\nf"
    assert one_line("a\xad b\x00\n c") == "a b c"


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs(" a  b \n\n\n\n c\t d ") == "a b\n\nc d"


def test_words_are_counted_in_scripts_with_and_without_spaces() -> None:
    assert word_count("The mayor didn't say 3 words.") == 6
    assert word_count("市长说OK") == 4
    assert word_count("") == 0


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_and_never_fails(text: str) -> None:
    once = normalise_for_match(text)
    assert normalise_for_match(once) == once
    clean_text(text).encode()
    assert "\x00" not in clean_text(text)
