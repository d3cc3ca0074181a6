"""What stems, nearness, fields and folded characters match, against a plain reading of every text."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate, pairwise

import pytest
import Stemmer
from sqlalchemy import text
from sqlalchemy.orm import Session

from newsroom.records import CopyKind
from storage.search.finding import Finder
from storage.search.query import parse
from storage.search.searchable import Searchable
from storage.search.stemming import LANGUAGES, stems
from storage.search.tree import wanted_phrases
from storage.search.writer import IndexWriter
from storage.tables import CopyRow, StoryMemberRow
from tests.search_kit import BOTH, START, Desk, open_desk

on_sqlite = pytest.fixture(params=["sqlite"])(open_desk)
on_postgres = pytest.fixture(params=["postgres"])(open_desk)


# --- against a plain reading --------------------------------------------------------------------------------------

# A small world, so that things are near each other often: some characters differ only by their script.
HAN = "中国國体體育学學"
SIMPLE = str.maketrans("國體學", "国体学")
WORDS = ["run", "runs", "running", "runner", "oil", "oils", "oily", "economic", "economies", "nationale", "national"]
MARKS = ["，", "。", " ", "\n", "—"]
STEMMED = {"en": Stemmer.Stemmer("english"), "fr": Stemmer.Stemmer("french")}  # of the languages drawn, those with one


def _passage(draw: random.Random, length: int) -> str:
    parts = []
    for _ in range(length):
        kind = draw.random()
        if kind < 0.5:
            parts.append("".join(draw.choice(HAN) for _ in range(draw.randint(1, 5))))
        elif kind < 0.85:
            parts.append(" ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 3))))
        else:
            parts.append(draw.choice(MARKS))
    return draw.choice(["", " "]).join(parts)


@cache
def _places(passage: str) -> list[int]:
    """How many places are before each character: every one of Chinese is a place, and every other word."""
    letters = [char.isascii() and char.isalnum() for char in passage]
    begins = [letter and not before for before, letter in pairwise([False, *letters])]
    return list(
        accumulate((begin or "一" <= char <= "鿿" for begin, char in zip(begins, passage, strict=True)), initial=0)
    )


def _occurrences(passage: str, phrase: str) -> list[tuple[int, int]]:
    """Where a phrase is, in places from and up to; the letters beside a word and the gaps inside runs looked at."""
    words = re.findall(r"[一-鿿]+|[a-z0-9]+", phrase.lower())
    gap = r"[^一-鿿a-z0-9]"
    pattern = words[0]
    for before, word in pairwise(words):
        pattern += (f"{gap}*" if before.isascii() != word.isascii() else f"{gap}+") + word
    if words[0].isascii():
        pattern = rf"(?<![a-z0-9]){pattern}"
    if words[-1].isascii() and not phrase.endswith("*"):
        pattern = rf"{pattern}(?![a-z0-9])"
    takes = sum(1 if word.isascii() else len(word) for word in words)
    starts = [_places(passage)[match.start()] for match in re.finditer(f"(?={pattern})", passage.lower())]
    return [(start, start + takes) for start in starts]


Test = Callable[[tuple[str, str], str], bool]


def _near(first: str, second: str, between: int) -> Test:
    def test(texts: tuple[str, str], _language: str) -> bool:
        for passage in texts:
            others = _occurrences(passage, second)
            for one in _occurrences(passage, first):
                for other in others:
                    earlier, later = sorted((one, other))
                    if later[0] - earlier[1] <= between:
                        return True
        return False

    return test


def _stem(word: str) -> Test:
    def test(texts: tuple[str, str], language: str) -> bool:
        found = re.findall(r"[a-z0-9]+", " \n ".join(texts).lower())
        stemmer = STEMMED.get(language)
        if stemmer is None:
            return word in found
        return stemmer.stemWord(word) in stemmer.stemWords(found)

    return test


def _says(phrase: str) -> Test:
    return lambda texts, _language: any(_occurrences(passage, phrase) for passage in texts)


def _phrase(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.45:
        return "".join(draw.choice("中国体育学") for _ in range(draw.randint(1, 3)))
    if kind < 0.75:
        return draw.choice(WORDS)
    if kind < 0.85:
        return draw.choice(["ru", "econ", "o", "nation"]) + "*"
    if kind < 0.93:
        return f'"{draw.choice(WORDS)} {draw.choice(WORDS)}"'
    return f'"{draw.choice(WORDS)} {draw.choice("中国体育学")}"'


def _question(draw: random.Random) -> tuple[str, Test]:
    kind = draw.random()
    if kind < 0.5:
        first, second, between = _phrase(draw), _phrase(draw), draw.choice([0, 1, 2, 3, 5, 12])
        return f"NEAR({first} {second}, {between})", _near(first, second, between)
    if kind < 0.75:
        word = draw.choice([*WORDS, "nationaux", "ran", "economy"])
        return f"{word}~", _stem(word)
    phrase = _phrase(draw)
    return phrase, _says(phrase)


def test_stems_nearness_and_folding_agree_with_a_plain_reading(on_sqlite: Desk, on_postgres: Desk) -> None:
    draw = random.Random(20260301)
    languages = ["en", "en-GB", "fr", "zh-Hans", "zh-Hant", "und", "xx", "eng", None]
    articles = [(_passage(draw, 2), _passage(draw, draw.randint(1, 12)), draw.choice(languages)) for _ in range(60)]
    articles += [
        ("long", _passage(draw, 900), "en"),
        ("國體" * 300, "中国 " * 255 + "running oil", "en"),  # more of one pair when simplified than a piece may have
    ]
    for desk in (on_sqlite, on_postgres):
        for title, body, language in articles:
            desk.add(title, body, language=language)
    wrong = []
    for _ in range(140):
        query, test = _question(draw)
        fold = draw.random() < 0.4
        truth = set()
        for article_id, (title, body, language) in enumerate(articles, start=1):
            texts = (title.translate(SIMPLE), body.translate(SIMPLE)) if fold else (title, body)
            if test(texts, (language or "").removesuffix("-GB")):
                truth.add(article_id)
        here, there = (one.index.search(query, limit=0, fold_han=fold) for one in (on_sqlite, on_postgres))
        if {hit.article_id for hit in here.hits} != truth or here != there:
            wrong.append((query, fold, truth ^ {hit.article_id for hit in here.hits}, here == there))
        wrong += [
            (query, hit)
            for hit in here.hits
            if "~" not in query and not _counted(query, fold, articles[hit.article_id - 1])
        ]
    assert not wrong


def _counted(query: str, fold: bool, article: tuple[str, str, str | None]) -> int:
    """How often what makes an article a hit is found in it, which ranks it and marks it."""
    (finder,) = [Finder(sought, article[2] or "") for sought in wanted_phrases(parse(query, fold_han=fold))]
    return sum(finder.count(passage.lower()) for passage in article[:2])


# --- in detail ----------------------------------------------------------------------------------------------------


def _shelf(request: pytest.FixtureRequest) -> Iterator[Desk]:
    for desk in open_desk(request):
        desk.add(
            "Runners ran", "The economies are running.", language="en", byline=("Ann Lee", "Bo Wu"), section="World"
        )  # 1
        desk.add("Läufer", "running", language="de", byline=("李安",), source_name="新华社", section="国际新闻")  # 2
        desk.add("體育", "學生在國家體育館跑步", language="zh-Hant", byline=("陳國華",), source_name="Ann Post")  # 3
        desk.add("体育", "学生在国家体育馆跑步，Lee", language="zh-Hans", source_name="中新社")  # 4
        yield desk


shelf = pytest.fixture(scope="module", params=BOTH)(_shelf)  # to read only
own_shelf = pytest.fixture(params=BOTH)(_shelf)  # to change


FOUND = {
    "runs~": [1],  # in German, "running" has another stem
    "laufe~": [2],
    "economy~": [1],
    "title:runner~": [1],
    "title:running~": [],
    "-runs~ lang:en": [],
    "byline:lee": [1],
    'byline:"ann lee"': [1],
    'byline:"lee bo"': [],  # two people
    "byline:李": [2],
    "byline:an*": [1],
    "byline:(lee OR 李安)": [1, 2],
    "lee": [4],  # a field is not the text
    "source:新华": [2],
    "source:ann": [3],
    "section:world OR section:新闻": [1, 2],
    "NOT byline:lee": [2, 3, 4],
    "国家": [4],
    "國家": [3],
}

FOUND_IN_EITHER_SCRIPT = {
    "國家": [3, 4],
    "国家": [3, 4],
    "国": [3, 4],
    "title:体育": [3, 4],
    "byline:国华": [3],
    "NEAR(国家 跑步, 3)": [3, 4],
    "NEAR(国家 跑步, 2)": [],
    "lee": [4],
    "-体育 lang:zh": [],
}


def test_fields_stems_and_either_script_find(shelf: Desk) -> None:
    assert {query: sorted(shelf.ids(query)) for query in FOUND} == FOUND
    either = {query: sorted(shelf.ids(query, fold_han=True)) for query in FOUND_IN_EITHER_SCRIPT}
    assert either == FOUND_IN_EITHER_SCRIPT


def test_what_is_found_in_the_other_script_is_marked(shelf: Desk) -> None:
    hits = {hit.article_id: hit for hit in shelf.index.search("国家", fold_han=True).hits}
    assert [hits[3].snippet[start:end] for start, end in hits[3].marks] == ["國家"]


def test_the_index_of_a_changed_article_forgets_all_that_was_said_of_it(own_shelf: Desk) -> None:
    own_shelf.revise(3, "體操", "新聞", language="en", byline=("Ann Wu",), source_name="Post", section="Sport")
    for query in ("byline:国华", "title:体育", "国家体育馆", "source:ann"):
        assert 3 not in own_shelf.ids(query, fold_han=True)
    assert own_shelf.ids("byline:wu section:sport source:post") == [3]
    for number in (1, 2, 3, 4):
        IndexWriter(own_shelf.session).remove(number)
    if own_shelf.session.get_bind().dialect.name == "sqlite":
        own_shelf.session.execute(text("INSERT INTO search_fts (search_fts) VALUES ('optimize')"))
        assert own_shelf.session.execute(text("SELECT count(*) FROM search_terms")).scalar_one() == 0


def test_kinds_of_copies_and_stories(own_shelf: Desk) -> None:
    _relate(own_shelf.session)
    assert own_shelf.ids("kind:copy") == [4]
    assert own_shelf.ids("kind:original") == [3]
    assert sorted(own_shelf.ids("kind:single")) == [1, 2]
    assert own_shelf.ids("kind:script") == [4]
    assert own_shelf.ids("kind:near") == [2]
    assert sorted(own_shelf.ids("story:3")) == sorted(own_shelf.ids("story:4")) == [3, 4]
    assert own_shelf.ids("story:1") == [1]
    assert own_shelf.ids("story:999999999999999999") == []
    assert sorted(own_shelf.ids("-story:4 OR kind:script")) == [1, 2, 4]
    for kind in CopyKind:
        assert str(parse(f"kind:{kind.value}")) == f"kind:{kind.value}"


def _relate(session: Session) -> None:
    for member, source in ((3, True), (4, False)):
        session.add(StoryMemberRow(article_id=member, story_id=3, is_source=source))
    for copy, other, kind in ((4, 3, "script"), (2, 1, "near")):
        session.add(
            CopyRow(
                article_id=copy,
                other_id=other,
                kind=kind,
                score=1.0,
                same=1.0,
                evidence={},
                decided_by="seen",
                found_utc=START,
            )
        )
    session.flush()


# --- what is indexed ----------------------------------------------------------------------------------------------


def test_text_cannot_forge_what_only_the_index_may_say() -> None:
    forged = "\ue000lee \ue004enrun \ue006国 \ue00f"
    (chunk,) = Searchable(forged, forged, byline=(forged,), source=forged).chunks()
    tags = {token[0] for token in chunk.extra if token != "\ue00f"}
    assert not any("\ue000" <= char <= "\uf8ff" for token in chunk.title + chunk.body for char in token)
    assert not any("\ue000" <= char <= "\uf8ff" for token in chunk.extra for char in token[1:])
    assert tags <= {"\ue000", "\ue001"}


def test_extra_tokens_keep_to_the_limits_of_a_chunk() -> None:
    names = tuple(f"name{number} 國{'長' * (number % 7)}" for number in range(900))
    hostile = Searchable("國長" * 9_000, "running " * 300 + "國長 " * 20_000, names, "學" * 700, "體", "en")
    chunks = hostile.chunks()
    for chunk in chunks:
        for column in (chunk.title, chunk.body, chunk.extra):
            assert len(column) <= 8_000
            assert max((column.count(token) for token in set(column)), default=0) <= 250
    whole = [token for chunk in chunks for token in chunk.extra]
    assert {"\ue000name0", "\ue000name899", "\ue004enrun", "\ue006国长", "\ue005长国"} <= set(whole)


def test_stems_of_the_installed_stemmer_are_those_that_are_indexed() -> None:
    """Another stemmer needs another ANALYSER_VERSION: what was indexed could not be taken out again."""
    words = ["running", "economies", "nationale", "häuser", "corriendo", "новостями", "haberlerin", "katternas"]
    said = {language: [stems(language)[word] for word in words] for language in LANGUAGES}  # type: ignore[index]
    assert said["en"][:3] == ["run", "economi", "national"]
    assert said["ru"][5] == "новост" and said["es"][4] == "corr" and said["fr"][2] == "national"
    digest = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:16]
    assert digest == "8b897ff79a52d392"
