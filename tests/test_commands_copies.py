"""The commands on copies, and --unique, --originals and --copies where articles are chosen, on both databases."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsroom.records import Article, Moment, Precision
from pipelines.match import Matcher
from storage.article_batches import Arrival
from storage.database import Database
from tests.command_kit import Say, speaker
from tests.copies_kit import NOW, Writer, article, partition, store

WRITER = Writer(21)
STORY = WRITER.story(18)
SPUN = WRITER.spun(STORY, 0.15)
EDITED = STORY.replace(STORY.split("\n")[2], "The last word of an editor of the Echo.")
ALONE = WRITER.story(12)
FOUR = [  # who printed it at what hour, under what name
    ("river", 8, "base", STORY),
    ("wire", 10, "spun", SPUN),
    ("echo", 11, "edit", EDITED),
    ("echo", 9, "alone", ALONE),
]


@pytest.fixture
def say(database_url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command on the test's database, in an empty folder: exit code, stdout, stderr."""
    return speaker(capsys, "--database", database_url)


@pytest.fixture
def ids(database: Database) -> dict[str, int]:
    """Ids of three articles of one story, by three portals, and of one that stands alone."""
    with database.writing() as corpus:
        for portal in ("river", "wire", "echo"):
            corpus.portals.put(portal, name=f"The {portal}", home=None, definition={}, now=NOW)
        given = [Arrival(portal, dated(key, text, hour), key) for portal, hour, key, text in FOUR]
        stored = corpus.batches.store(given, NOW)
    Matcher().match_all(database, lambda: NOW)
    return {key: one.article_id for (_, _, key, _), one in zip(FOUR, stored, strict=True)}


def dated(key: str, text: str, hour: int) -> Article:
    return article(key, text, published=Moment(datetime(2026, 2, 1, hour, tzinfo=UTC), Precision.MINUTE))


def as_data(said: tuple[int, str, str]) -> Any:
    assert said[0] == 0, said[2]
    return json.loads(said[1])


def lines(said: tuple[int, str, str]) -> list[dict[str, Any]]:
    assert said[0] == 0, said[2]
    return [json.loads(each) for each in said[1].splitlines()]


def stories(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


# --- looking ------------------------------------------------------------------------------------------------------


def test_show_names_kind_likely_source_and_reason_by_every_name_of_an_article(ids: dict[str, int], say: Say) -> None:
    code, out, _ = say("copies", "show", "spun")
    assert code == 0
    assert f"likely source: {ids['base']}, The river (80%: published first)" in out
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert "likely source" in rows[str(ids["base"])] and "2026-02-01 08:00Z" in rows[str(ids["base"])]
    assert "a few words or sentences differ" in rows[str(ids["edit"])]
    assert "words exchanged throughout" in out and "→" in out
    found = [
        as_data(say("copies", "show", name, "-o", "json"))
        for name in (str(ids["spun"]), "spun", "https://spun.example/story#top")
    ]
    assert found[0] == found[1] == found[2]
    assert (found[0]["article"], found[0]["source"]) == (ids["spun"], ids["base"])
    assert (found[0]["reason"], found[0]["confidence"]) == ("published first", 0.8)
    kinds = {each["id"]: (each["relation"] or {}).get("kind") for each in found[0]["members"]}
    assert kinds == {ids["base"]: None, ids["spun"]: "spun", ids["edit"]: "near"}
    assert say("copies", "show", "alone")[1] == f"{ids['alone']}: no copy of it is known\n"


def test_an_unknown_article_is_named_and_nothing_is_done(database: Database, ids: dict[str, int], say: Say) -> None:
    before = partition(database)
    for arguments in ("show nr-99", "explain base nr-99", "merge base nr-99", "split spun nr-99"):
        code, out, said = say("copies", *arguments.split())
        assert (code, out) == (2, "") and "nr-99: no such article; find it with copydesk search" in said
    assert partition(database) == before


def test_explain_marks_exchanged_words_whichever_is_named_first(ids: dict[str, int], say: Say) -> None:
    found = as_data(say("copies", "explain", "base", "spun", "-o", "json"))
    assert (found["copy"], found["source"], found["kind"]) == (ids["spun"], ids["base"], "spun")
    assert found["same"] < 1 and len(found["changes"]) > 5
    for change in found["changes"]:
        assert change["source"].lower() in STORY.lower() and change["copy"].lower() in SPUN.lower()
    for passage in found["passages"]:
        (start, end), (from_, to) = passage["copy"], passage["source"]
        assert "".join(piece["copy"] for piece in passage["pieces"]).split() == SPUN[start:end].split()
        assert "".join(piece["source"] for piece in passage["pieces"]).split() == STORY[from_:to].split()
    code, out, _ = say("copies", "explain", "base", "spun")
    assert code == 0 and out == say("copies", "explain", "spun", "base")[1]
    one = next(each for each in found["changes"] if " " not in each["source"] + each["copy"])
    assert f"[-{one['source']}-]" in out and f"{{+{one['copy']}+}}" in out
    assert "words exchanged throughout" in out and "published later" in out
    assert "not known to be copies" in say("copies", "explain", "base", "alone")[1]


def test_clusters_lists_every_imported_id_with_its_story_and_source(ids: dict[str, int], say: Say) -> None:
    assert lines(say("copies", "clusters", "-o", "ndjson")) == [
        {"id": "base", "cluster": ids["base"], "source": True},
        {"id": "spun", "cluster": ids["base"], "source": False},
        {"id": "edit", "cluster": ids["base"], "source": False},
        {"id": "alone", "cluster": ids["alone"], "source": True},
    ]
    _, out, said = say("copies", "clusters")
    assert out.splitlines()[1].split() == [str(ids["base"]), "3", "3", "2026-02-01", "river", "Headline", "base"]
    assert "in 3 articles" in said


def test_an_article_imported_under_two_ids_has_a_line_for_each(database: Database, say: Say) -> None:
    store(database, [("first", article("one", STORY)), ("other", article("two", ALONE))])
    store(database, [("second", article("one", STORY))])
    listed = [(each["id"], each["cluster"]) for each in lines(say("copies", "clusters", "-o", "ndjson"))]
    assert listed == [("first", 1), ("second", 1), ("other", 2)]


def test_stats_count_by_portal_and_by_who_copies_whom(ids: dict[str, int], say: Say) -> None:
    assert as_data(say("copies", "stats", "-o", "json")) == [
        {"portal": "wire", "articles": 1, "copied": 1, "share": 1.0, "repeated": 0, "copied_by_others": 0},
        {"portal": "echo", "articles": 2, "copied": 1, "share": 0.5, "repeated": 0, "copied_by_others": 0},
        {"portal": "river", "articles": 1, "copied": 0, "share": 0.0, "repeated": 0, "copied_by_others": 2},
    ]
    assert as_data(say("copies", "stats", "--pairs", "-o", "json")) == [
        {"copier": "echo", "source": "river", "articles": 1, "median_delay": 10_800.0, "dated": 1},
        {"copier": "wire", "source": "river", "articles": 1, "median_delay": 7_200.0, "dated": 1},
    ]
    told = say("copies", "stats", "--pairs")[1].splitlines()
    assert [" ".join(each.split()) for each in told[1:]] == ["echo river 1 3 h 1", "wire river 1 2 h 1"]
    assert "50.0%" in say("copies", "stats")[1]


# --- upkeep -------------------------------------------------------------------------------------------------------


def test_a_split_outlives_later_imports_and_a_rebuild_until_merge_takes_it_back(
    database: Database, ids: dict[str, int], say: Say
) -> None:
    code, _, said = say("copies", "split", "spun", "--note", "another edition")
    assert code == 0 and "taken out of a story of 3 articles" in said
    assert partition(database) == stories("base edit", "spun", "alone")
    decided = as_data(say("copies", "show", "spun", "-o", "json"))["decisions"]
    assert len(decided) == 2 and all("are not one story: another edition" in each for each in decided)

    later = [{"id": "later", "url": "https://later.example/1", "title": "Later", "text": STORY + "\nOne more line."}]
    Path("later.jsonl").write_text("".join(json.dumps(each) + "\n" for each in later), encoding="utf-8")
    assert say("import", "jsonl", "later.jsonl")[0] == 0
    assert partition(database) == stories("base edit later", "spun", "alone")

    assert as_data(say("copies", "rebuild", "--all", "--yes", "-o", "json"))["compared"] == 5
    assert partition(database) == stories("base edit later", "spun", "alone")

    code, _, said = say("copies", "merge", "spun", "base")
    assert code == 0 and "one story of 4 articles" in said
    assert partition(database) == stories("base edit later spun", "alone")


def test_merge_puts_together_what_no_text_does_and_split_takes_it_back(
    database: Database, ids: dict[str, int], say: Say
) -> None:
    assert say("copies", "merge", str(ids["alone"]), "https://base.example/story")[0] == 0
    assert partition(database) == stories("base spun edit alone")
    assert say("copies", "rebuild", "--all", "--yes")[0] == 0
    assert partition(database) == stories("base spun edit alone")
    assert say("copies", "split", "alone")[0] == 0
    assert partition(database) == stories("base spun edit", "alone")
    code, _, said = say("copies", "split", "base", "alone")
    assert code == 2 and f"alone is in no story with others; see copydesk copies show {ids['alone']}" in said
    code, _, said = say("copies", "split", "base", "spun", "edit")
    assert code == 2 and "no other article is in the story" in said
    assert partition(database) == stories("base spun edit", "alone")
    code, _, said = say("copies", "merge", "alone", str(ids["alone"]))
    assert code == 2 and "name at least two articles" in said


def test_rebuild_compares_what_waits_and_show_says_that_it_does(database: Database, say: Say) -> None:
    store(database, [("base", article("base", STORY)), ("spun", article("spun", SPUN))], compare=False)
    assert partition(database) == stories("base", "spun")
    for command in (["show", "base"], ["clusters"], ["stats"]):
        assert "2 texts wait to be compared; next: copydesk copies rebuild" in say("copies", *command)[2]
    assert as_data(say("copies", "rebuild", "-o", "json")) == {"read": 0, "compared": 2, "pairs": 1, "copies": 1}
    assert partition(database) == stories("base spun")
    assert "wait" not in say("copies", "show", "base")[2]
    assert as_data(say("copies", "rebuild", "-o", "json"))["compared"] == 0


def test_rebuild_all_without_yes_says_what_it_would_do_and_does_nothing(ids: dict[str, int], say: Say) -> None:
    before = say("copies", "show", "base", "-o", "json")
    code, out, said = say("copies", "rebuild", "--all")
    assert (code, out) == (0, "") and "of 3 articles and compare 4 texts anew; --yes does it" in said
    assert say("copies", "show", "base", "-o", "json") == before


def test_background_shows_the_shipped_table_and_a_small_corpus_makes_none(ids: dict[str, int], say: Say) -> None:
    shown = as_data(say("copies", "background", "-o", "json"))
    assert shown["version"] == "1" and shown["texts"]["en"] >= 1_000 and shown["texts"]["zh"] >= 1_000
    assert (shown["migrated"], shown["still_older"]) == (0, 0)
    code, out, said = say("copies", "background", "--rebuild")
    assert (code, out) == (2, "")
    assert "no language has 10,000 stories yet (compared so far: en 2); the shipped background stays" in said
    assert as_data(say("copies", "background", "-o", "json")) == shown


# --- choosing -----------------------------------------------------------------------------------------------------


def test_stories_once_originals_or_copies_in_search_stats_and_export(ids: dict[str, int], say: Say) -> None:
    firsts, later = {"base": "river", "alone": "echo"}, {"spun": "wire", "edit": "echo"}
    for option, wanted in (("--unique", firsts), ("--originals", firsts), ("--copies", later)):
        assert {each["source_id"] for each in lines(say("search", option, "-o", "ndjson"))} == wanted.keys()
        assert say("search", option, "--count")[1] == "2\n"
        assert as_data(say("stats", option, "-o", "json"))["articles"] == 2
        by_portal = as_data(say("stats", option, "--by", "portal", "-o", "json"))
        assert {each["portal"]: each["articles"] for each in by_portal} == dict.fromkeys(wanted.values(), 1)
        assert {each["source_id"] for each in lines(say("export", option))} == wanted.keys()
        told = csv.DictReader(io.StringIO(say("export", option, "--format", "csv")[1]))
        assert {each["source_id"] for each in told} == wanted.keys()


def test_unique_gives_a_story_also_where_only_a_copy_of_it_matches(ids: dict[str, int], say: Say) -> None:
    def found(*arguments: str) -> list[str]:
        return [each["source_id"] for each in lines(say("search", *arguments, "-o", "ndjson"))]

    assert found("editor", "--unique") == ["edit"]
    assert found("editor", "--originals") == []
    assert found("--portal", "wire", "--unique") == ["spun"]
    assert [each["source_id"] for each in lines(say("export", "--portal", "wire", "--unique"))] == ["spun"]
