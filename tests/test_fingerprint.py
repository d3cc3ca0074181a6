"""Fingerprints: few hashes, the same wherever the words stand, none of them common in news."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from newsroom.errors import CopydeskError
from pipelines import background as backgrounds
from pipelines.background import COMMON, Background, count, from_bytes
from pipelines.fingerprint import fingerprint
from pipelines.shingles import shingles
from pipelines.text import normalise_for_match
from pipelines.units import UnitText, read_units
from tests.copies_kit import Writer


def units(text: str) -> UnitText:
    return read_units(normalise_for_match(text))


@pytest.fixture(scope="module")
def nothing() -> Background:
    return count("none", [])


@pytest.mark.parametrize(("sentences", "size"), [(12, 32), (60, 65), (300, 128)])
def test_longer_texts_have_more_hashes(nothing: Background, sentences: int, size: int) -> None:
    text = units(Writer().story(sentences))
    hashes = fingerprint(text, nothing).hashes
    assert len(hashes) == min(max(len(text) // 16, 32), 128) == pytest.approx(size, abs=3)
    assert list(hashes) == sorted(set(hashes))
    assert hashes[0] >= 0 and hashes[-1] < 1 << 63


def test_the_hashes_are_those_of_every_process_and_machine(nothing: Background) -> None:
    assert fingerprint(units("the ferry sails again"), nothing).hashes[:1] == (388391730621184017,)
    assert fingerprint(units("渡轮今天复航"), nothing).hashes[:1] == (778486089944018043,)


@pytest.mark.parametrize("chinese", [False, True])
def test_a_copy_shares_hashes_whatever_was_done_to_it(nothing: Background, chinese: bool) -> None:
    writer = Writer(3)
    text = writer.story(24, chinese=chinese)
    own = set(fingerprint(units(text), nothing).hashes)
    half, other = "\n".join(text.split("\n")[2:6]), writer.story(24, chinese=chinese)
    for copy in (writer.spun(text, 0.1), half, text.upper(), "Advertisement\n" + text):
        assert len(own & set(fingerprint(units(copy), nothing).hashes)) >= 2
    assert not own & set(fingerprint(units(other), nothing).hashes)


def test_what_many_texts_say_is_no_part_of_a_fingerprint() -> None:
    writer = Writer(5)
    usual = "the prime minister said on monday that he would not comment on the matter"
    known = count("own", [("en", units(f"{usual} {writer.story(3)}")) for _ in range(COMMON)])
    text = units(f"{usual} {writer.story(6)}")
    assert not set(fingerprint(text, known).hashes) & set(shingles(units(usual)).tolist())
    assert fingerprint(units(usual), known).hashes  # a text of nothing else keeps them


def test_a_text_of_unusual_words_is_less_fluent() -> None:
    writer = Writer(6)
    stories = [writer.story(12) for _ in range(20)]
    known = count("own", [("en", units(story)) for story in stories])
    plain, spun = known.fluency(units(stories[0])), known.fluency(units(writer.spun(stories[0], 0.3)))
    assert plain is not None and spun is not None and plain > spun + 0.05
    assert known.fluency(units("")) is None


def test_a_background_can_be_kept_and_a_damaged_one_is_named() -> None:
    made = count("own-1", [("zh", units("渡轮今天复航了"))])
    kept = from_bytes(made.to_bytes())
    assert (kept.version, kept.texts) == ("own-1", {"zh": 1})
    assert np.array_equal(kept.shingles, made.shingles) and np.array_equal(kept.runs, made.runs)
    for damaged in (b"", b"nonsense", made.to_bytes()[:-20], replace(made, shingles=made.shingles[:9]).to_bytes()):
        with pytest.raises(CopydeskError, match="background table: damaged"):
            from_bytes(damaged)


def test_the_shipped_background_is_small_and_knows_both_languages() -> None:
    shipped = backgrounds.shipped()
    assert files("pipelines").joinpath(backgrounds.SHIPPED).stat().st_size <= 2 << 20  # type: ignore[attr-defined]
    assert shipped.version == "1"
    assert shipped.texts["zh"] > 1_000 and shipped.texts["en"] > 1_000


def test_a_fingerprint_costs_less_than_thrice_the_reading_of_its_text() -> None:
    text = Writer(9).story(60, chinese=True)[:700]
    read, known = units(text), backgrounds.shipped()

    def cost(work: object) -> float:
        best = 1e9
        for _ in range(5):
            begun = time.process_time()
            for _ in range(30):
                work()  # type: ignore[operator]
            best = min(best, time.process_time() - begun)
        return best

    assert cost(lambda: fingerprint(read, known)) < 3 * cost(lambda: units(text))
