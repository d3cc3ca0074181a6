"""A slice as an SQLite file of plain tables, for SQL, pandas and Datasette.

It has no full-text index: SQLite's own finds no two-character word of Chinese. Search with copydesk, then export.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.exports.fields import FIELDS, KNOWN, OF_COPIES, Kind
from storage.exports.reading import BATCH, Slice

if TYPE_CHECKING:
    from storage.corpus import Corpus

ARTICLE_COLUMNS = (*FIELDS, *OF_COPIES)
REVISION_COLUMNS = (
    "id", "revision", "observed", "title", "text", "date", "date_precision", "modified", "language", "authors",
    "source", "section", "words", "content_digest", "record_id",
)  # fmt: skip

_TYPES = {Kind.WHOLE: "INTEGER", Kind.NUMBER: "REAL", Kind.FLAG: "INTEGER"}
_OWN_TABLES = """
CREATE TABLE portals (id TEXT PRIMARY KEY, name TEXT NOT NULL, home TEXT);
CREATE TABLE stories (
    story INTEGER PRIMARY KEY, title TEXT, articles INTEGER NOT NULL, portals INTEGER NOT NULL, first_date TEXT
);
CREATE TABLE copies (
    article INTEGER NOT NULL REFERENCES articles(id), copy_of INTEGER NOT NULL REFERENCES articles(id),
    kind TEXT NOT NULL, score REAL NOT NULL, same REAL NOT NULL, PRIMARY KEY (article, copy_of, kind)
);
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT);
"""
_CLOSING = """
DELETE FROM copies WHERE copy_of NOT IN (SELECT id FROM articles);
INSERT INTO stories
SELECT story, max(title) FILTER (WHERE role != 'copy'), count(*), count(DISTINCT portal), min(date)
FROM articles GROUP BY story HAVING count(*) > 1 ORDER BY story;
UPDATE stories SET title = (SELECT title FROM articles WHERE articles.story = stories.story ORDER BY id LIMIT 1)
WHERE title IS NULL;
UPDATE articles SET story = NULL WHERE story NOT IN (SELECT story FROM stories);
CREATE INDEX articles_portal ON articles(portal);
CREATE INDEX articles_date ON articles(date);
CREATE INDEX articles_story ON articles(story);
CREATE INDEX copies_copy_of ON copies(copy_of);
CREATE VIEW months AS
SELECT substr(date, 1, 7) AS month, portal, language, count(*) AS articles, sum(words) AS words
FROM articles WHERE date IS NOT NULL GROUP BY 1, 2, 3;
CREATE VIEW changes AS
SELECT articles.id AS article, articles.portal, revisions.revision, revisions.observed, revisions.title, articles.url
FROM articles JOIN revisions ON revisions.article = articles.id WHERE articles.revisions > 1;
"""


def write_sqlite(corpus: Corpus, chosen: Slice, path: Path, about: Mapping[str, Any]) -> Iterator[int]:
    """Write the articles of a slice with all their revisions to `path`; the number of articles as they come.

    `about` is kept in a table of its own. The same slice makes the same file. Raises OSError for trouble with the disk.
    """
    try:
        yield from _write(corpus, chosen, path, about)
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error


def _write(corpus: Corpus, chosen: Slice, path: Path, about: Mapping[str, Any]) -> Iterator[int]:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for setting in ("page_size = 4096", "journal_mode = OFF", "synchronous = OFF", "cache_size = -8000"):
            file.execute(f"PRAGMA {setting}")  # whole_file makes it durable, or takes it away
        file.execute("BEGIN")
        for statement in (*_OWN_TABLES.split(";"), *_tables()):
            file.execute(statement)
        _insert(file, "about", sorted((name, _cell(value)) for name, value in about.items()))
        _insert(file, "portals", ((each.id, each.name, each.home) for each in _portals(corpus)))
        written = 0
        for batch in _batches(corpus.slices.plain(replace(chosen, fields=ARTICLE_COLUMNS))):
            _insert(file, "articles", (_cells(row) for row in batch))
            links = corpus.copies.links([row["id"] for row in batch])
            _insert(
                file,
                "copies",
                sorted((each.article_id, each.other_id, each.kind, each.score, each.same) for each in links),
            )
            written += len(batch)
            yield written
        every = replace(chosen, fields=REVISION_COLUMNS, every_revision=True)
        for batch in _batches(corpus.slices.plain(every)):
            _insert(file, "revisions", (_cells(row) for row in batch))
        for statement in _CLOSING.split(";"):
            file.execute(statement)
        file.execute("DELETE FROM portals WHERE id NOT IN (SELECT portal FROM articles)")
        file.execute("COMMIT")


def _tables() -> Iterator[str]:
    keys = {"portal": " REFERENCES portals(id)", "story": " REFERENCES stories(story)", "id": " PRIMARY KEY"}
    yield f"CREATE TABLE articles ({', '.join(_column(name) + keys.get(name, '') for name in ARTICLE_COLUMNS)})"
    columns = ["article INTEGER NOT NULL REFERENCES articles(id)", *map(_column, REVISION_COLUMNS[1:])]
    yield f"CREATE TABLE revisions ({', '.join(columns)}, PRIMARY KEY (article, revision))"


def _column(name: str) -> str:
    return f"{name} {_TYPES.get(KNOWN[name].kind, 'TEXT')}"


def _insert(file: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    rows = list(rows)
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        file.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608


def _cells(row: Mapping[str, Any]) -> list[Any]:
    return [_cell(value) for value in row.values()]


def _cell(value: Any) -> Any:
    """Lists as JSON, which SQLite's json_each and Datasette's facets take apart."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _portals(corpus: Corpus) -> Iterable[Any]:
    return sorted(corpus.portals.list(), key=lambda each: each.id)
