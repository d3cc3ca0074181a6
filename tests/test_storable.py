"""What both databases can hold, made from what pages may say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsroom.records import Moment, Precision
from storage.storable import MAX_URL_BYTES, storable, storable_record, storable_text, storable_url

anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_any_text_becomes_encodable_without_nul_and_stays_so(text: str) -> None:
    clean = storable_text(text)
    assert "\x00" not in clean
    clean.encode()
    assert storable_text(clean) == clean


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")))
def test_sound_text_is_not_touched(text: str) -> None:
    assert storable_text(text) is text
    assert storable([text, {"a": text}]) == [text, {"a": text}]


@given(st.text(min_size=1), st.integers(0, 3000))
def test_any_url_becomes_a_key_short_enough_for_an_index_and_stays_so(text: str, times: int) -> None:
    key = storable_url("https://paper.example/" + text * times)
    assert len(key.encode()) <= MAX_URL_BYTES
    assert storable_url(key) == key


def test_long_urls_that_differ_at_their_end_are_different_keys() -> None:
    long = "https://paper.example/" + "x" * 5000
    assert storable_url(long + "a") != storable_url(long + "b")


def test_a_record_keeps_its_type_and_its_other_fields() -> None:
    (moment,) = [Moment(utc=None, precision=Precision.DAY, zone="+\x0008:00")]  # type: ignore[arg-type]
    assert storable_record(moment) == Moment(utc=None, precision=Precision.DAY, zone="+08:00")  # type: ignore[arg-type]
