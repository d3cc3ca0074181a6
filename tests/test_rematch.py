"""Another background: texts move to it one after the other, and nothing is missed meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from pipelines.background import from_bytes
from pipelines.fingerprint import fingerprint
from pipelines.match import Matcher
from pipelines.rematch import make_background, migrate
from pipelines.units import from_bytes as units_from
from storage.database import Database
from storage.dialect import table
from tests.copies_kit import NOW, Writer, article, partition, store


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def use_own(database: Database) -> None:
    with database.writing() as corpus:
        made = make_background(corpus, "own", least=5)
        assert made is not None
        corpus.backgrounds.add("own", made.texts, made.to_bytes(), NOW)


def by_background(database: Database) -> dict[str, int]:
    prints = table("fingerprints")
    with database.engine.connect() as connection:
        rows = connection.execute(select(prints.c.background, func.count()).group_by(prints.c.background))
        return {row[0]: row[1] for row in rows}


def hashes(database: Database) -> set[tuple[int, int]]:
    with database.engine.connect() as connection:
        tables = [table(name) for name in ("recent_hashes", "fingerprint_hashes")]
        return {(row.hash, row.revision_id) for one in tables for row in connection.execute(select(one))}


def test_nothing_is_missed_while_texts_move_to_another_background(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(31)
    line = writer.story(3)  # under every story: common by the new background, not by the shipped one
    bases = [f"{writer.story(18)}\n{line}" for _ in range(12)]
    store(database, [(f"base{number}", article(f"base{number}", text)) for number, text in enumerate(bases)])
    use_own(database)
    monkeypatch.setattr("pipelines.rematch.BATCH", 5)

    def stop(done: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        migrate(database, Matcher(), lambda: NOW, stop)
    assert by_background(database) == {"own": 5, "1": 7}
    copies = [(f"copy{number}", article(f"copy{number}", writer.spun(text, 0.15))) for number, text in enumerate(bases)]
    store(database, copies)
    wanted = {frozenset({f"base{number}", f"copy{number}"}) for number in range(12)}
    assert partition(database) == wanted
    assert migrate(database, Matcher(), lambda: NOW, lambda done: None) == 7
    assert by_background(database) == {"own": 24}
    with database.reading() as corpus:
        (stored,) = corpus.backgrounds.list()
        assert stored.migrated_utc is not None
        own = from_bytes(corpus.backgrounds.counts("own") or b"")
        texts = corpus.fingerprints.units(range(1, 25))
    expected = {
        (value, revision)
        for revision, each in texts.items()
        for value in fingerprint(units_from(each.units), own).hashes
    }
    assert hashes(database) == expected
    store(database, [("late", article("late", writer.spun(bases[3], 0.15)))])
    assert partition(database) == wanted - {frozenset({"base3", "copy3"})} | {frozenset({"base3", "copy3", "late"})}


def test_a_corpus_with_too_few_stories_makes_no_background(database: Database) -> None:
    writer = Writer(32)
    store(database, [(f"base{number}", article(f"base{number}", writer.story(9))) for number in range(4)])
    with database.reading() as corpus:
        assert make_background(corpus, "own", least=5) is None
