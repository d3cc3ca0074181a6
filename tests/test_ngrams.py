from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException
from langdetect.utils.ngram import NGram

from pipelines.ngrams import Profiles, likeliest

LANGUAGES = ("en", "de", "nl", "no", "da", "vi", "tr", "ru", "bg")
TEXTS = [
    "The council met on Tuesday evening and agreed to build two new schools in the north of the town.",
    "Der Stadtrat hat beschlossen, zwei neue Schulen zu bauen \u2013 \u201enach langer Debatte\u201c, sagt die CDU.",
    "Kommunen vedtok tirsdag kveld å bygge to nye skoler nord i byen.",
    "Kommunen vedtog tirsdag aften at bygge to nye skoler nord for byen.",
    "Городской совет NATO и EU решил построить две новые школы на севере города.",
    "Ho\u0323i dong tha\u0300nh pho\u0302\u0301 quyết định xây hai trường học mới",
    "Hotel",
    "NATO UN EU",
    "Taxi, 12:30 \u2019\u2019\u2019 \u2014 \u2014",
    "i a",
]


@cache
def factory() -> DetectorFactory:
    made = DetectorFactory()
    made.load_json_profile([(Path(PROFILES_DIRECTORY) / name).read_text("utf-8") for name in LANGUAGES])
    made.set_seed(0)
    return made


@cache
def profiles() -> Profiles:
    weights = {gram: tuple(each) for gram, each in factory().word_lang_prob_map.items()}
    return Profiles(tuple(factory().langlist), weights, NGram.normalize)


def langdetects(text: str) -> tuple[str, float] | None:
    detector = factory().create()
    detector.n_trial = 3
    detector.append(text)
    try:
        best = detector.get_probabilities()[0]
    except LangDetectException:
        return None
    return best.lang, best.prob


@pytest.mark.parametrize("text", [*TEXTS, "", "  ", "67 %", "\u6771\u4eac"])
def test_the_answer_is_langdetects_own(text: str) -> None:
    assert likeliest(NGram.normalize_vi(text), profiles()) == langdetects(text)


def test_the_texts_try_more_than_one_language() -> None:
    assert len({found[0] for text in TEXTS if (found := langdetects(text))}) >= 5


def test_the_same_text_has_the_same_answer_again() -> None:
    assert [likeliest(text, profiles()) for text in TEXTS] == [likeliest(text, profiles()) for text in TEXTS]
