from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.language import detect_language

TEXTS = {
    "en": "The council met on Tuesday evening and agreed to build two new schools in the north of the town.",
    "de": "Der Stadtrat hat am Dienstagabend beschlossen, im Norden der Stadt zwei neue Schulen zu bauen.",
    "fr": "Le conseil municipal s'est réuni mardi soir et a décidé de construire deux écoles au nord de la ville.",
    "es": "El ayuntamiento se reunió el martes por la tarde y decidió construir dos escuelas en el norte de la ciudad.",
    "ru": "Городской совет собрался во вторник вечером и решил построить две новые школы на севере города.",
    "ja": "市議会は火曜日の夜に開かれ、市の北部に新しい学校を二つ建てることを決めた。",
    "ko": "시의회는 화요일 저녁 회의를 열고 도시 북쪽에 학교 두 곳을 짓기로 결정했다.",
    "zh-Hans": "市议会周二晚上开会，决定在城市北部建设两所新学校，预计后年开学。",
    "zh-Hant": "市議會週二晚上開會，決定在城市北部興建兩所新學校，預計後年開學。",
    "ar": "اجتمع مجلس المدينة مساء الثلاثاء وقرر بناء مدرستين جديدتين في شمال المدينة",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_of_a_sentence_is_told(language: str) -> None:
    found, confidence = detect_language(TEXTS[language])
    assert found == language
    assert 0.5 < confidence <= 1.0


@pytest.mark.parametrize("text", ["", "  \n", "12 345 — 67 %", "https://example.org/a/b", "x"])
def test_no_words_have_no_language(text: str) -> None:
    assert detect_language(text) == ("und", 0.0)


def test_every_thread_and_run_gives_the_same_answer() -> None:
    short = ["Sport", "Die Hand", "un dos", "la casa es", "hotel taxi", "no"]
    first = [detect_language(text) for text in short]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            assert list(threads.map(detect_language, short)) == first


def test_a_kanji_headline_in_a_japanese_text_does_not_make_it_chinese() -> None:
    assert detect_language("市議会、新学校建設決定。" + TEXTS["ja"])[0] == "ja"
