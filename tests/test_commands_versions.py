"""The commands on an article's life: show --revision, history, diff, saved. All ask one captured corpus."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from copydesk.main import run
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Outcome, Provenance, Role, State
from storage.database import open_database
from tests.captures_kit import FETCHED, page, writer
from tests.command_kit import Say, stand_in

HOME = "http://paper.example/"
URL = HOME + "story.html"
BODIES = [b"<html><p>first</p></html>", b"<html><p>second</p></html>", b"<html><p>third</p></html>"]
NINE = "The ferry leaves at nine."
TEXTS = [
    f"{NINE}\nThe council voted eleven to four.\nTickets stay at two pounds.\nThe pier was built in 1911.",
    f"The council voted twelve to three.\nTickets stay at two pounds.\n{NINE}\nThe pier was built in 1911.",
    "市长表示将在下月公布名单，渡轮票价维持两元。",
]
TITLES = ["Ferry is back", "Evening ferry is back", "渡轮\x1b[2J回来了"]


@pytest.fixture(scope="module")
def corpus_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An article with three captured texts, the first of them removed by retention; a refused page; a short one."""
    home = tmp_path_factory.mktemp("versions")
    folder = home / "copydesk-data" / "warc"
    url = f"sqlite:///{home / 'copydesk-data' / 'corpus.sqlite3'}"
    with closing(open_database(url, create=True)) as database, writer(folder) as archive:
        with database.writing() as corpus:
            corpus.portals.put("paper", name="Paper", home=HOME, definition={"home": HOME}, now=FETCHED)
            corpus.frontier.add("paper", [Candidate(URL, URL, Role.ARTICLE)], FETCHED)
        for number, (title, text, body) in enumerate(zip(TITLES, TEXTS, BODIES, strict=True)):
            when = FETCHED + timedelta(days=number)
            said = {"title": Provenance("h1", "first")} if number < 2 else {}
            article = Article(URL, URL, title, text, word_count=9, provenance=said, extractor="reader")
            capture = archive.append(replace(page(url=URL, body=body), fetched_utc=when))
            with database.writing() as corpus:
                found = corpus.frontier.page(URL)
                assert found is not None
                outcome = Outcome(found, State.DONE, capture=capture, article=article, extraction=said)
                corpus.ingest("paper", None, [outcome], {}, when)
        with database.writing() as corpus:
            corpus.articles.store("paper", Article(HOME + "once", HOME + "once", "Once", "A ferry, once."), FETCHED)
            corpus.frontier.add(
                "paper",
                [
                    Candidate(
                        HOME + "no", HOME + "no", Role.ARTICLE, reason=Reason.ROBOTS, detail="robots.txt forbids it"
                    )
                ],
                FETCHED,
            )
            first = corpus.revisions.outlines(1)[0].capture_id
            corpus.expiry.remove([first or 0], FETCHED + timedelta(days=9))
    return home


@pytest.fixture
def say(corpus_home: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Say]:
    """Run a command in the corpus: exit code, stdout, stderr."""
    stand_in(corpus_home, monkeypatch)

    def call(*arguments: str) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(list(arguments))
        shown = capfdbinary.readouterr()
        return code, shown.out.decode(), shown.err.decode()

    yield call


# --- show ---------------------------------------------------------------------------------------------------------


def test_an_older_text_is_shown_as_such(say: Say) -> None:
    code, out, _ = say("show", URL, "--revision", "2", "--provenance")
    assert code == 0
    assert out.startswith("An older text: revision 2 of 3, captured 2026-03-05 05:06:07Z.")
    assert "\nEvening ferry is back\n" in out and "revision 2 of 3" in out and "h1" in out
    data = json.loads(say("show", "1", "--revision", "2", "--json")[1])
    assert (data["title"], data["revision"], data["revisions"]) == ("Evening ferry is back", 2, 3)
    assert data["provenance"]["title"]["rule"] == "h1" and "An older text" not in say("show", "1")[1]


def test_the_page_that_an_older_text_was_read_from_is_printed_byte_for_byte(say: Say) -> None:
    code, out, told = say("show", "1", "--revision", "2", "--raw")
    assert (code, out.encode()) == (0, BODIES[1]) and "revision 2 of 3 was read from it" in told
    assert say("show", "1", "--raw")[1].encode() == BODIES[2]


def test_a_removed_page_is_said_to_be_removed(say: Say) -> None:
    code, out, told = say("show", "1", "--revision", "1", "--raw")
    assert (code, out) == (2, "")
    assert "revision 1: its captured page was removed by retention on 2026-03-13" in told and "sha256:" in told


@pytest.mark.parametrize("command", [["show", "1", "--revision", "4"], ["diff", "1", "2..4"], ["diff", "1", "0..1"]])
def test_a_revision_that_is_not_there_is_an_error_that_says_how_many_there_are(say: Say, command: list[str]) -> None:
    code, out, told = say(*command)
    assert (code, out) == (2, "") and "it has 3 revisions: see copydesk history 1" in told


# --- history ------------------------------------------------------------------------------------------------------


def test_history_reads_well_and_steers_no_terminal(say: Say) -> None:
    code, out, _ = say("history", URL + "#top")
    assert code == 0 and "\x1b" not in out
    heads = [line[:30].split() for line in out.splitlines()[3:]]
    assert [each[-1] for each in heads] == [
        "found", "captured", "revision", "captured", "revision", "captured", "revision", "removed", "now",
    ]  # fmt: skip
    assert "revision 2: title changed, text 9% changed (-2 +2 words), 1 paragraph moved" in out


def test_history_as_data_has_everything_and_how_it_stands(say: Say) -> None:
    rows = [json.loads(line) for line in say("history", "1", "-o", "ndjson")[1].splitlines()]
    assert [row["kind"] for row in rows if row["revision"]] == ["revision"] * 3
    assert rows[-1]["kind"] == "now" and rows[-1]["says"].startswith("stored, 3 revisions")
    assert rows[4]["changed"] == ["title", "text"] and rows[4]["share"] == 0.0909
    assert json.loads(say("history", "1", "--json")[1])[0]["kind"] == "found"
    table = list(csv.DictReader(io.StringIO(say("history", "1", "-o", "csv")[1])))
    assert table[4]["changed"] == "title, text"


def test_history_of_a_refused_address_gives_the_reason(say: Say) -> None:
    code, out, _ = say("history", HOME + "no")
    assert code == 0 and out.rstrip().endswith("refused: robots: robots.txt forbids it")
    code, out, told = say("history", HOME + "never")
    assert (code, out) == (2, "") and "neither an article nor an address that was ever met" in told


# --- diff ---------------------------------------------------------------------------------------------------------


def test_diff_shows_the_last_two_texts_with_marks(say: Say) -> None:
    code, out, _ = say("diff", "1", "1..2")
    assert code == 0
    assert out.splitlines()[5:] == [
        "title  [-Ferry-]{+Evening ferry+} is back",
        "",
        "¶1           The council voted [-eleven-]{+twelve+} to [-four-]{+three+}.",
        "             … 1 paragraph unchanged …",
        "¶1→3 moved   The ferry leaves at nine.",
        "             … 1 paragraph unchanged …",
    ]
    assert "¶2           Tickets stay at two pounds." in say("diff", "1", "2", "--full")[1]
    assert "[-The council voted twelve to three.-]" in say("diff", "1")[1]
    backwards = say("diff", "1", "2..1")[1]
    assert (
        "[-Evening ferry-]{+Ferry+} is back" in backwards and "revision 2, captured" in backwards.splitlines()[2][:30]
    )


def test_diff_in_colour_needs_no_marks(say: Say) -> None:
    out = say("diff", "1", "1..2", "--color", "always")[1]
    assert "\x1b[31m" in out and "\x1b[32m" in out and "[-" not in out and "\x1b[2J" not in out


def test_diff_as_data_makes_both_texts(say: Say) -> None:
    data = json.loads(say("diff", "1", "1..2", "-o", "json")[1])
    assert (data["from"]["revision"], data["to"]["revision"], data["share"]) == (1, 2, 0.0909)
    assert [field["name"] for field in data["fields"]] == ["title"]
    for side, text in (("removed", TEXTS[0]), ("added", TEXTS[1])):
        place = "before" if side == "removed" else "after"
        mine = sorted((each for each in data["paragraphs"] if each[place]), key=lambda each: int(each[place]))
        kept = ["".join(p["text"] for p in each["pieces"] if p["kept"] in ("same", side)) for each in mine]
        assert "\n".join(kept) == text
    rows = list(csv.DictReader(io.StringIO(say("diff", "1", "1..2", "-o", "csv")[1])))
    assert [(row["what"], row["change"]) for row in rows[:2]] == [("title", "changed"), ("paragraph", "changed")]


def test_an_article_with_one_text_has_no_difference(say: Say) -> None:
    code, out, told = say("diff", HOME + "once")
    assert (code, out) == (0, "") and "has one revision" in told
    assert json.loads(say("diff", HOME + "once", "--json")[1])["fields"] == []


@pytest.mark.parametrize(
    ("span", "fault"), [("1-2", "names no revisions"), ("1", "before revision 1"), ("2..2", "one")]
)
def test_diff_wants_two_revisions(say: Say, span: str, fault: str) -> None:
    code, out, told = say("diff", "1", span)
    assert (code, out) == (2, "") and fault in told


# --- saved --------------------------------------------------------------------------------------------------------


@pytest.fixture
def ferries(say: Say) -> Iterator[Say]:
    """The command, with a saved search that finds both articles."""
    assert say("saved", "add", "ferries", "ferry", "OR", "渡轮")[0] == 0
    yield say
    say("saved", "rm", "ferries", "--yes")


def rows(said: tuple[int, str, str]) -> list[tuple[str, int]]:
    return [(row["what"], row["id"]) for row in map(json.loads, said[1].splitlines())]


def test_a_saved_search_shows_what_is_new_once(ferries: Say) -> None:
    assert rows(ferries("saved", "run", "ferries", "--peek", "-o", "ndjson")) == [("new", 2), ("new", 1)]
    assert rows(ferries("saved", "run", "ferries", "--limit", "1", "-o", "ndjson")) == [("new", 2)]
    code, out, told = ferries("saved", "run", "--all")
    assert code == 0 and "ferries: 1 new so far" in told and "渡轮[2J回来了" in out and "\x1b" not in out
    assert ferries("saved", "run", "ferries", "--fail-if-empty")[0] == 4
    assert json.loads(ferries("saved", "list", "--json")[1])[0]["run"] is not None


def test_what_could_not_be_written_stays_new(ferries: Say, tmp_path: Path) -> None:
    code, _, told = ferries("saved", "run", "ferries", "--atom", str(tmp_path / "no" / "such" / "x.atom"))
    assert code == 6 and "No such file or directory" in told
    assert len(rows(ferries("saved", "run", "ferries", "-o", "ndjson"))) == 2


def test_a_feed_is_written_beside_the_rows_or_alone(ferries: Say, tmp_path: Path) -> None:
    alone = feedparser.parse(io.BytesIO(ferries("saved", "run", "ferries", "--peek", "--atom", "-")[1].encode()))
    assert [entry.link for entry in alone.entries] == [HOME + "once", URL]
    assert len(rows(ferries("saved", "run", "--all", "-o", "ndjson", "--atom", str(tmp_path)))) == 2
    assert ferries("saved", "run", "ferries", "--atom", str(tmp_path / "again.atom"))[0] == 0
    first, again = ((tmp_path / name).read_bytes() for name in ("ferries.atom", "again.atom"))
    assert len(feedparser.parse(io.BytesIO(first)).entries) == len(feedparser.parse(io.BytesIO(again)).entries) == 2


def test_what_matches_when_a_search_is_saved_may_count_as_shown(say: Say) -> None:
    code, _, told = say("saved", "add", "boats", "ferry", "--portal", "paper", "--from-now")
    assert code == 0 and "1 article matches at present, counted as shown" in told
    assert say("saved", "run", "boats", "-o", "ndjson")[1] == ""
    assert say("saved", "rm", "boats", "--yes")[0] == 0


def test_while_articles_wait_to_be_indexed_a_saved_search_says_so(ferries: Say, corpus_home: Path) -> None:
    url = f"sqlite:///{corpus_home / 'copydesk-data' / 'corpus.sqlite3'}"
    with closing(open_database(url)) as database:
        database.write(lambda corpus: corpus.rebuilding.begin(anew=True))
    code, _, told = ferries("saved", "run", "ferries", "--fail-if-empty")
    assert code == 4 and "2 articles are not in the search index yet" in told
    code, _, told = ferries("saved", "add", "boats", "ferry", "--from-now")
    assert code == 2 and "2 articles are not in the search index yet" in told and "db reindex" in told
    assert ferries("db", "reindex")[0] == 0
    assert len(rows(ferries("saved", "run", "ferries", "-o", "ndjson"))) == 2


def test_a_saved_search_is_forgotten_only_with_yes(ferries: Say) -> None:
    code, _, told = ferries("saved", "rm", "ferries")
    assert code == 0 and "would forget" in told
    assert len(json.loads(ferries("saved", "list", "--json")[1])) == 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["add", "a b", "x"], "cannot name a saved search"),
        (["add", "x", "a", "(b"], "^"),
        (["add", "x", "a", "--portal", "papr"], 'did you mean "paper"'),
        (["add", "ferries", "x"], "already"),
        (["run"], "say NAME, or --all"),
        (["run", "ferrys"], 'did you mean "ferries"'),
        (["rm", "ferrys", "--yes"], 'did you mean "ferries"'),
    ],
)
def test_a_wrong_call_says_what_is_wrong(ferries: Say, arguments: list[str], fault: str) -> None:
    code, out, told = ferries("saved", *arguments)
    assert (code, out) == (2, "") and fault in told


def test_two_feeds_need_a_folder(ferries: Say, tmp_path: Path) -> None:
    assert ferries("saved", "add", "second", "pier")[0] == 0
    for target in ("-", str(tmp_path / "a.atom")):
        assert "give --atom a folder" in ferries("saved", "run", "--all", "--atom", target)[2]
    assert ferries("saved", "rm", "second", "--yes")[0] == 0


def test_reading_makes_no_database(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["history", "1"],
        ["diff", "1"],
        ["saved", "list"],
        ["saved", "run", "--all"],
        ["saved", "add", "x", "y"],
    ):
        code, _, told = say(*arguments)
        assert code == 6 and "no such database" in told
    assert list(tmp_path.iterdir()) == []
