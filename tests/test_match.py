"""Copies found end to end, on both databases: kinds, stories, orders of arrival, curators, kills."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsroom.records import Article, CopyKind
from pipelines import background as backgrounds
from pipelines.candidates import RARE_HOLDERS, candidates
from pipelines.match import Matcher
from pipelines.rematch import read_missing, start_over
from pipelines.stories import put_together
from storage.database import Database, open_database
from storage.dialect import table
from tests.copies_kit import NOW, Writer, article, kinds, know, partition, store

TRADITIONAL = str.maketrans(
    "这为国们来个时说对会过发还经进动学开实现业关体两机长问间",
    "這為國們來個時說對會過發還經進動學開實現業關體兩機長問間",
)
COUNCIL = (
    "The council of {} voted {} to {} on Monday to build a new bridge over the river {}.\n"
    "The bridge will cost {} million and open in {}, the mayor {} told the meeting.\n"
    "Residents will be asked for their opinion before work begins, and may write to the town hall until {} March.\n"
    "The old bridge was closed in {} after a report found cracks in its piers, and will be taken down afterwards."
)


def corpus_of(seed: int = 1) -> dict[str, tuple[str, Article]]:
    """Stories of both languages with copies of every kind; by key, the story each belongs to and the article."""
    writer, made = Writer(seed), {}
    for number in range(10):
        story, chinese = f"s{number}", number % 2 == 1
        language = "zh-Hans" if chinese else "en"
        text = writer.story(24, chinese=chinese)
        lines = text.split("\n")
        copies = {
            "base": text,
            "exact": text,
            "spun": writer.spun(text, 0.15),
            "half": "\n".join(lines[1:5]),
            "edit": "\n".join(lines[:-1]) + "\n" + writer.story(1, chinese=chinese),
        }
        for kind, copy in copies.items():
            made[f"{story}-{kind}"] = (story, article(f"{story}-{kind}", copy, title=story, language=language))
    for number in range(3):  # round-ups: three whole stories each
        held = [made[f"s{2 * number + at}-base"][1].text for at in (0, 2, 4)]
        made[f"round{number}"] = (f"round{number}", article(f"round{number}", "\n".join(held), title="The week"))
    for number in range(8):
        made[f"alone{number}"] = (f"alone{number}", article(f"alone{number}", writer.story(12)))
    return made


def stories_of(made: dict[str, tuple[str, Article]]) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for key, (story, _) in made.items():
        groups.setdefault(story, set()).add(key)
    return {frozenset(group) for group in groups.values()}


def test_copies_are_put_together_whatever_the_order_and_size_of_batches(database: Database, tmp_path: object) -> None:
    """The other orders go into SQLite files; one by one, once: the slowest need not be compared with both databases."""
    made = corpus_of()
    seen = set()
    for order, size in ((0, 100), (1, 1), (2, 7)) if database.is_sqlite else ((0, 100), (2, 7)):
        keys = list(made)
        random.Random(order).shuffle(keys)
        other = database if order == 0 else open_database(f"sqlite:///{tmp_path}/{order}.sqlite3", create=True)
        for at in range(0, len(keys), size):
            store(other, [(key, made[key][1]) for key in keys[at : at + size]])
        assert partition(other) == stories_of(made)
        pairs = {frozenset((one, two)) for one, two, kind in kinds(other) if kind != CopyKind.COMPILATION}
        seen.add(frozenset(pairs))
        if other is not database:
            other.close()
    assert len(seen) == 1


def test_copies_are_found_among_texts_of_today_and_of_before(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.fingerprints.RECENT_HASHES", 700)
    made = corpus_of(3)
    keys = list(made)
    random.Random(3).shuffle(keys)
    for at in range(0, len(keys), 5):
        store(database, [(key, made[key][1]) for key in keys[at : at + 5]])
    assert partition(database) == stories_of(made)
    with database.engine.connect() as connection:
        rows = [set(connection.execute(select(table(name)))) for name in ("recent_hashes", "fingerprint_hashes")]
    assert all(rows)
    assert not rows[0] & rows[1]


def test_each_kind_has_its_name_and_its_direction(database: Database) -> None:
    writer = Writer(4)
    english, chinese = (
        writer.story(24),
        writer.story(24, chinese=True) + "这为国们来个时说对会过发还经进动学开实现业关体",
    )
    lines = english.split("\n")
    given = {
        "base": english,
        "exact": english.upper(),
        "spun": writer.spun(english, 0.15),
        "half": "\n".join(lines[2:5]),
        "edit": english.replace(lines[3], "A sentence of the editor's own."),
        "hans": chinese,
        "passage": "\n".join([writer.story(24), lines[2], writer.story(9)]),
    }
    store(
        database,
        [(key, article(key, text, language="zh-Hans" if key == "hans" else "en")) for key, text in given.items()],
    )
    store(database, [("hant", article("hant", chinese.translate(TRADITIONAL), language="zh-Hant"))])
    found = {(copy, source): kind for copy, source, kind in kinds(database)}
    either = {frozenset(pair): kind for pair, kind in found.items()}
    assert either[frozenset(("base", "exact"))] == CopyKind.IDENTICAL
    assert found["spun", "base"] == CopyKind.SPUN
    assert either[frozenset(("half", "base"))] == CopyKind.EXCERPT
    assert either[frozenset(("edit", "base"))] == CopyKind.NEAR
    assert either[frozenset(("hans", "hant"))] == CopyKind.SCRIPT
    assert either.get(frozenset(("passage", "base"))) in (None, CopyKind.PASSAGE)
    assert frozenset(("passage",)) in partition(database)


def test_the_evidence_of_a_spun_copy_can_be_checked(database: Database) -> None:
    writer = Writer(8)
    text = writer.story(18)
    spun = writer.spun(text, 0.15)
    know(database, [text, *(writer.story(18) for _ in range(5))])
    ids = store(database, [("base", article("base", text)), ("spun", article("spun", spun))])
    with database.reading() as corpus:
        (copy,) = corpus.copies.of(ids["spun"])
    assert (copy.article_id, copy.other_id, copy.decided_by) == (ids["spun"], ids["base"], "fluency")
    changes = copy.evidence["changes"]
    assert isinstance(changes, list) and len(changes) >= 3
    for old, new in changes:
        assert old in text and new in spun
    assert copy.evidence["passages"] and copy.evidence["numbers_kept"]
    assert 0.7 < copy.same < 0.95 and 0.9 < copy.score <= 1


def test_another_instance_of_a_template_is_no_copy(database: Database) -> None:
    first = COUNCIL.format("Port Wendle", 12, 3, "Ouse", 41, 2029, "Ann Marsh", 14, 2019)
    second = COUNCIL.format("Kirkholm", 9, 7, "Tarn", 87, 2031, "Peter Voss", 28, 2022)
    store(database, [("one", article("one", first)), ("two", article("two", second))])
    assert partition(database) == {frozenset({"one"}), frozenset({"two"})}


def test_a_page_of_several_stories_joins_none_whichever_came_first(database: Database) -> None:
    writer = Writer(11)
    parts = {f"part{number}": writer.story(12) for number in range(4)}
    page = ("page", article("page", "\n".join(parts.values())))
    given = [(key, article(key, text)) for key, text in parts.items()]
    for each in (*given[:2], page, *given[2:]):  # one after the other: at first it looks like the story of a part
        store(database, [each])
    assert partition(database) == {frozenset({key}) for key in ("page", *parts)}
    assert {kind for _, _, kind in kinds(database)} == {CopyKind.COMPILATION}


def test_the_text_of_before_keeps_its_copies_and_both_ids_are_listed(database: Database) -> None:
    writer = Writer(12)
    old, new = writer.story(18), writer.story(18)
    store(database, [("first", article("a", old)), ("copy", article("b", old.replace(".", "!")))])
    store(database, [("second", replace(article("a", new), url="https://a.example/story"))])
    store(database, [("later", article("c", writer.spun(new, 0.1)))])
    assert partition(database) == {frozenset({"first", "second", "copy", "later"})}


def test_what_was_not_compared_when_a_run_was_killed_is_compared_by_the_next(database: Database) -> None:
    writer = Writer(13)
    text = writer.story(18)
    store(database, [("one", article("one", text))], compare=False)
    store(database, [("two", article("two", writer.spun(text, 0.1)))], compare=False)
    with database.reading() as corpus:
        assert corpus.fingerprints.count_waiting() == 2
    assert Matcher().match_all(database, lambda: NOW).texts == 2
    assert partition(database) == {frozenset({"one", "two"})}
    assert Matcher().match_all(database, lambda: NOW).texts == 0


def test_two_processes_that_compare_at_once_miss_no_pair(database: Database) -> None:
    writer = Writer(14)
    for number in range(12):
        text = writer.story(15)
        store(
            database,
            [
                (f"{number}a", article(f"{number}a", text)),
                (f"{number}b", article(f"{number}b", writer.spun(text, 0.1))),
            ],
            compare=False,
        )

    def compare(_number: int) -> int:
        matcher, texts = Matcher(), 0
        while some := matcher.match_some(database, NOW, limit=3).texts:
            texts += some
        return texts

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(compare, range(2))) == 24
    assert partition(database) == {frozenset({f"{number}a", f"{number}b"}) for number in range(12)}


def test_a_story_that_sixty_portals_print_is_one_story(database: Database) -> None:
    writer = Writer(15)
    text = writer.story(18)
    prints = [(f"p{number}", article(f"p{number}", f"{text}\n{writer.story(1)}")) for number in range(60)]
    for at in range(0, 60, 15):
        store(database, prints[at : at + 15])
    store(database, [("spun", article("spun", writer.spun(text, 0.15)))])
    assert partition(database) == {frozenset({*(key for key, _ in prints), "spun"})}


def test_a_line_that_a_portal_prints_under_everything_makes_no_candidates() -> None:
    under_all = [[5, *range(100, 100 + RARE_HOLDERS + 1)]] * 2
    assert candidates(5, under_all, False, ()) == []
    assert candidates(5, [*under_all, [5, 7], [5, 7, 8]], False, ()) == [7]
    assert candidates(5, [[5, 7], [5, 7, 8]], True, ()) == [7, 8]
    assert candidates(5, [[5, 7], [5, 7, 8]], False, {8}) == [7, 8]


def test_a_curators_word_stands_above_later_imports(database: Database) -> None:
    writer = Writer(16)
    text = writer.story(24)
    lines = text.split("\n")
    ids = store(
        database,
        [
            ("base", article("base", text)),
            ("spun", article("spun", writer.spun(text, 0.1))),
            ("alone", article("alone", writer.story(12))),
        ],
    )
    with database.writing() as corpus:
        corpus.stories.decide(ids["base"], ids["spun"], same=False, note="another edition", now=NOW)
        corpus.stories.decide(ids["base"], ids["alone"], same=True, note="", now=NOW)
        put_together(corpus, set(ids.values()), backgrounds.shipped())
    assert partition(database) == {frozenset({"base", "alone"}), frozenset({"spun"})}
    store(database, [("half", article("half", "\n".join(lines[:5]))), ("later", article("later", text + "\nMore."))])
    assert partition(database) == {frozenset({"base", "alone", "half", "later"}), frozenset({"spun"})}
    with database.writing() as corpus:
        assert corpus.stories.undecide(ids["spun"], ids["base"])
        put_together(corpus, {ids["spun"]}, backgrounds.shipped())
    assert frozenset({"base", "alone", "half", "later", "spun"}) in partition(database)


def test_texts_from_before_and_everything_anew_come_to_the_same(database: Database) -> None:
    made = corpus_of(2)
    old = [(key, replace(each, match_units=b"")) for key, (_, each) in made.items()]
    store(database, old)
    assert {len(group) for group in partition(database)} == {1}
    assert read_missing(database) == len(made)
    Matcher().match_all(database, lambda: NOW)
    assert partition(database) == stories_of(made)
    start_over(database)
    assert {len(group) for group in partition(database)} == {1}
    Matcher().match_all(database, lambda: NOW + timedelta(days=1))
    assert partition(database) == stories_of(made)


@pytest.mark.parametrize("text", ["a" * 100_000, "word " * 20_000, "字" * 60_000, "1 " * 5_000, "line\n" * 5_000])
def test_texts_of_one_word_cost_no_more_than_others(sqlite_url: str, text: str) -> None:
    with open_database(sqlite_url, create=True) as database:
        store(database, [(f"{number}", article(f"h{number}", text + "x" * number)) for number in range(3)])
        assert sum(map(len, partition(database))) == 3
