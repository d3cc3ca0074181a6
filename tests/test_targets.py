"""No command writes its answer onto what the corpus is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsroom.records import Article
from storage.database import open_database
from tests.captures_kit import FETCHED, page, writer
from tests.command_kit import Say

URL = "https://paper.example/1"


@pytest.fixture
def corpus(home: Path) -> Path:
    """A folder with one article and one WARC file."""
    folder = home / "copydesk-data"
    with writer(folder / "warc") as living:
        living.append(page())
    with open_database(f"sqlite:///{folder / 'corpus.sqlite3'}", create=True) as database, database.writing() as found:
        found.portals.put("paper", name="Paper", home=None, definition={}, now=FETCHED)
        found.articles.store("paper", Article(URL, URL, "Ferry", "The ferry is late."), FETCHED)
    (home / "link").symlink_to(folder / "corpus.sqlite3")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["export", "--output", "{0}/corpus.sqlite3"],
        ["export", "--format", "sqlite", "--output", "{0}/corpus.sqlite3-wal"],
        ["export", "--output", "link"],
        ["export", "--output", "x.jsonl", "--manifest", "{0}/corpus.sqlite3"],
        ["export", "--format", "warc", "--output", "{1}"],
        ["saved", "run", "ferries", "--atom", "{0}/corpus.sqlite3"],
        ["verify", "--cdxj", "{1}"],
    ],
)
def test_what_the_corpus_is_made_of_is_no_target(corpus: Path, say: Say, command: list[str]) -> None:
    say("saved", "add", "ferries", "ferry")
    (warc,) = (corpus / "warc").iterdir()
    before = warc.read_bytes()
    code, _, said = say(*(each.format(corpus, warc) for each in command))
    assert code == 2 and "write to another file" in said
    assert warc.read_bytes() == before and not Path("x.jsonl").exists()
    assert say("search", "ferry", "--count")[1] == "1\n"


def test_the_files_of_one_export_have_a_name_each(corpus: Path, say: Say) -> None:
    for manifest in ("a.db", "a.metadata.yml"):
        code, _, said = say("export", "--format", "sqlite", "--output", "a.db", "--manifest", manifest)
        assert code == 2 and "need a file each" in said
    assert not Path("a.db").exists()
