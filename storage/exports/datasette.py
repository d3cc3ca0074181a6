"""What Datasette is to know of a slice: facets, labels, the meaning of columns, and questions to begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count, zip_longest
from pathlib import Path
from textwrap import indent

from storage.exports.fields import KNOWN
from storage.exports.sqlite import ARTICLE_COLUMNS, REVISION_COLUMNS

_TABLES = """\
      articles:
        label_column: title
        sort_desc: first_seen
        facets: [portal, language, section, role, {array: tags}]
        size: 50
"""
_QUERIES = {
    "months": (
        "Articles a month, by portal",
        "select month, portal, sum(articles) as articles, sum(words) as words from months "
        "group by month, portal order by month desc, articles desc",
    ),
    "stories_told_most": (
        "Stories by the number of portals that told them",
        "select story, title, articles, portals, first_date from stories order by portals desc, articles desc, story",
    ),
    "members_of_a_story": (
        "Who told a story, and how each text came of the likely source",
        "select id, portal, date, role, copy_kind, title, url from articles "
        "where story = cast(:story as integer) order by role != 'source', date, id",
    ),
    "who_copies_whom": (
        "Portals that take texts over from others",
        "select mine.portal as portal, theirs.portal as source, copies.kind, count(*) as copies from copies "
        "join articles mine on mine.id = copies.article join articles theirs on theirs.id = copies.copy_of "
        "where mine.portal != theirs.portal group by 1, 2, 3 order by copies desc",
    ),
    "texts_of_an_article": (
        "Everything an article has said, oldest first",
        "select revision, observed, title, words, text from revisions "
        "where article = cast(:article as integer) order by revision",
    ),
    "changed_articles": (
        "Articles that changed most often",
        "select id, portal, revisions, title, url from articles where revisions > 1 order by revisions desc, id",
    ),
    "texts_with": (
        "Texts that hold these characters (no index: it reads them all)",
        "select id, portal, date, title, url from articles where instr(text, :characters) > 0 order by date desc",
    ),
}


def metadata(database: str) -> str:
    """The text of a metadata.yml for a slice that Datasette serves as `database`: its file's name without the end."""
    return "".join(_lines(database))


def first_difference(path: Path, text: str) -> int | None:
    """The number of the first line, from 1, that a file has otherwise than `text`."""
    pairs = zip_longest(path.read_bytes().splitlines(), text.encode().splitlines())
    return next((number for number, (one, other) in zip(count(1), pairs, strict=False) if one != other), None)


def _lines(database: str) -> Iterator[str]:
    yield "title: A slice of a copydesk corpus\n"
    yield "databases:\n"
    yield f"  {json.dumps(database, ensure_ascii=False)}:\n"
    yield "    tables:\n"
    yield _TABLES
    yield _columns(ARTICLE_COLUMNS, own="")
    yield "      revisions:\n        sort: article\n"
    yield _columns(REVISION_COLUMNS[1:], own="article: which article\n")
    yield "      stories:\n        label_column: title\n        sort_desc: articles\n"
    yield "      copies:\n        facets: [kind]\n"
    yield "    queries:\n"
    for name, (title, sql) in _QUERIES.items():
        yield f"      {name}:\n        title: {json.dumps(title)}\n        sql: {json.dumps(sql)}\n"


def _columns(names: tuple[str, ...], own: str) -> str:
    said = own + "".join(f"{name}: {json.dumps(KNOWN[name].about, ensure_ascii=False)}\n" for name in names)
    return "        columns:\n" + indent(said, " " * 10)
