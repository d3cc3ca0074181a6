"""How fast the search index is made anew, and how large it is: `copydesk db reindex` as a whole command.

    python -m benchmarks.reindex [--articles N] [--characters N] [--traditional SHARE] [--database URL]
    python -m benchmarks.reindex --lines ../shared/packs/copies/articles.jsonl.gz

Fills a corpus with made-up Chinese articles that have a byline, a source and a section, some of them in traditional
characters, of which the index holds the simplified forms, too; or with the title, text and lang of JSON lines. Pairs of
characters that were drawn at random are more different than those of real text, so their index is larger. Prints
articles a second on the clock and a CPU second, without the second that a command takes to start; the bytes of the
index over those of titles and texts; and the peak memory. PostgreSQL works in processes of its own: there the clock
tells, not the CPU second.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import create_engine, make_url

from benchmarks import processes
from benchmarks.search import START, Language
from newsroom.records import Article, Moment
from storage.article_batches import Arrival
from storage.database import Database, open_database
from storage.search.schema import FTS_TABLE, VECTOR_TABLE

BATCH = 500
TRADITIONAL = "國會經濟發學開門電車東風馬鳥魚龍龜" * 3
INDEX_BYTES = {  # by whether it is SQLite
    True: f"SELECT sum(bytes) FROM (SELECT sum(length(block)) AS bytes FROM {FTS_TABLE}_data "
    f"UNION ALL SELECT sum(length(sz)) FROM {FTS_TABLE}_docsize)",
    False: f"SELECT pg_total_relation_size('{VECTOR_TABLE}')",
}
TEXT_BYTES = {
    True: "SELECT sum(length(CAST(title AS BLOB)) + length(CAST(text AS BLOB))) FROM revisions",
    False: "SELECT sum(octet_length(title) + octet_length(text)) FROM revisions",
}


def articles(draw: random.Random, count: int, characters: int, traditional: float) -> Iterator[Article]:
    """`count` articles of that many characters."""
    language = Language(draw)
    for number in range(count):
        url = f"https://news.example/{number}"
        text = language.chinese(characters)
        if draw.random() < traditional:
            text = text[: -len(TRADITIONAL)] + TRADITIONAL
        yield Article(
            url,
            url,
            language.chinese(18),
            text,
            published=Moment(START + timedelta(minutes=draw.randrange(900_000))),
            language="zh-Hans",
            section=draw.choice(("时政", "经济", "体育")),
            source_name=draw.choice(("新华社", "人民日报", "中新网")),
            byline=("王小明", "李华")[: draw.randint(1, 2)],
        )


def lines(path: Path) -> Iterator[Article]:
    """The articles of a file of JSON lines, packed by gzip."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            url, said = f"https://news.example/{number}", json.loads(line)
            yield Article(url, url, said["title"], said["text"], language=said.get("lang"))


def fill(database: Database, made: Iterator[Article]) -> None:
    """Store the articles, which indexes them, too: the command that is measured has something to clear."""
    with database.writing() as corpus:
        corpus.portals.put("bench", name="Bench", home=None, definition={}, now=START)
    while batch := list(islice(made, BATCH)):
        with database.writing() as corpus:
            corpus.batches.store([Arrival("bench", each) for each in batch], START)
        database.checkpoint()


def asked(url: str, statement: str) -> int:
    """The one number that a statement gives."""
    engine = create_engine(url)
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(statement).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--characters", type=int, default=600)
    parser.add_argument("--traditional", type=float, default=0.05, help="share of the texts in traditional characters")
    parser.add_argument("--lines", type=Path, help="JSON lines, packed by gzip, in the place of made-up articles")
    parser.add_argument("--database", help="an empty database; a SQLite file in a temporary folder when not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{Path(folder) / 'corpus.sqlite3'}"
        with open_database(url, create=True) as database:
            made = articles(random.Random(7), options.articles, options.characters, options.traditional)
            fill(database, lines(options.lines) if options.lines else made)
        command = [sys.executable, "-m", "copydesk", "--database", url, "db", "reindex"]
        idle = processes.run(command, os.environ)
        done = processes.run([*command, "--all"], os.environ, every_s=0.1)
        if idle.exit_code or done.exit_code:
            raise SystemExit(idle.stderr + done.stderr)
        engine = make_url(url).get_backend_name()
        is_sqlite = engine == "sqlite"
        index, text = (asked(url, of_engine[is_sqlite]) for of_engine in (INDEX_BYTES, TEXT_BYTES))
        count, chars = (asked(url, f"SELECT {each} FROM revisions") for each in ("count(*)", "sum(length(text))"))
    clock, cpu = (count / (spent - start) for spent, start in ((done.wall_s, idle.wall_s), (done.cpu_s, idle.cpu_s)))
    print(
        f"{engine}: {count:,} articles of {chars / count:.0f} characters: {clock:,.0f}/s on the clock, "
        f"{cpu:,.0f} a CPU second; index {index / text:.2f} times the text of {text / 1e6:.0f} MB; "
        f"peak {done.peak_rss_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
