from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.clues import read_clues
from pipelines.extract import extract
from pipelines.language import declared_languages, detect_language, find_language
from pipelines.markup import parse

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
    "is": "Borgarstjórn ákvað á þriðjudagskvöld að byggja tvo nýja skóla í norðurhluta bæjarins, það var samþykkt.",
    "az": "Şəhər şurası çərşənbə axşamı şəhərin şimalında iki yeni məktəb tikmək qərarına gəldi.",
    "be": "Гарадскі савет у аўторак увечары вырашыў пабудаваць на поўначы горада дзве новыя школы.",
    "sr": "Градско веће је у уторак увече одлучило да на северу града изгради две нове школе, рођене из дуге расправе.",
    "ka": "საკრებულომ სამშაბათს გადაწყვიტა ქალაქის ჩრდილოეთით ორი ახალი სკოლის აშენება.",
    "hy": "Քաղաքային խորհուրդը երեքշաբթի երեկոյան որոշեց երկու նոր դպրոց կառուցել։",
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


def test_every_process_gives_the_same_answer() -> None:
    texts = [*TEXTS.values(), "la casa es"]
    code = f"from pipelines.language import detect_language\nprint([detect_language(text) for text in {texts!r}])"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_turkish_in_the_wrong_charset_is_not_icelandic() -> None:
    assert (
        detect_language("Öðrencilerin yaptýklarý bu eserlerden övgüyle söz eden büyükelçi, baþkana teþekkür etti.")[0]
        != "is"
    )


@pytest.mark.parametrize(
    ("text", "prior"),
    [("Das Hotel", "de"), ("El hotel", "es-MX"), ("Taxi", "nl"), ("Новости", "bg"), ("व्यापक", "hi"), ("لهمان", "fa")],
)
def test_a_declaration_decides_for_a_few_words(text: str, prior: str) -> None:
    assert detect_language(text, prior=prior)[0] == prior[:2]


@pytest.mark.parametrize("prior", ["en", "de", "ru", "zh", "xx", ""])
@pytest.mark.parametrize("language", TEXTS)
def test_a_declaration_does_not_overrule_a_sentence(language: str, prior: str) -> None:
    assert detect_language(TEXTS[language], prior=prior) == detect_language(TEXTS[language])


def test_a_declaration_in_another_script_decides_nothing() -> None:
    assert detect_language("Das Hotel", prior="ru") == detect_language("Das Hotel")
    assert detect_language("Новости", prior="el") == detect_language("Новости")


def test_chinese_that_both_ways_of_writing_share_is_as_declared() -> None:
    assert detect_language("大家晚上好", prior="zh-TW")[0] == "zh-Hant"
    assert detect_language("大家晚上好", prior="zh-CN")[0] == "zh-Hans"
    assert detect_language(TEXTS["zh-Hans"], prior="zh-TW")[0] == "zh-Hans"


def test_the_record_says_how_the_language_was_told_and_what_was_not_believed() -> None:
    html = f"<html lang=en><head><meta property=og:locale content=de_DE></head><body><p>{TEXTS['de']}</p></body></html>"
    said = declared_languages(read_clues(parse(html)), "fr")
    assert [tag for tag, _ in said] == ["en", "de_DE", "fr"]
    language, confidence, found = find_language(TEXTS["de"], said)
    assert (language, found.rule) == ("de", "langdetect")
    assert confidence is not None
    assert [(each.value, each.why) for each in found.rejected] == [
        ("en", "<html lang> says so, the text does not"),
        ("fr", "portal file says so, the text does not"),
    ]


def test_the_portals_language_reaches_a_short_text() -> None:
    found = extract(b"<h1>Neu</h1><p>Das Taxi</p>", "https://www.example.org/a-b-c-d", min_chars=1, language="de")
    assert (found.language, found.provenance["language"].place) == ("de", "portal file")  # type: ignore[union-attr]
