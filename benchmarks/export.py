"""How fast a corpus is written out, and in how much memory: `copydesk export` as a whole command, at two sizes.

    python -m benchmarks.export [--articles 20000 100000] [--formats jsonl csv …] [--database URL]

Fills a corpus with made-up articles of about 900 characters in Chinese and English. Prints for each format and size
articles a second (of the command from start to end, and without the second that its start takes), the size of what was
written, and the peak memory of the process. Parquet is read back with duckdb and pandas where they are installed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from benchmarks import processes
from benchmarks.search import START, Language
from newsroom.records import Article, Moment
from storage.article_batches import Arrival
from storage.database import Database, open_database

BATCH = 500
ENDS = {"parquet": "parquet", "sqlite": "db", "bibtex": "bib", "warc": "warc.gz", "jsonl.gz": "jsonl.gz"}


def articles(language: Language, draw: random.Random, first: int, end: int) -> Iterator[Article]:
    """Articles whose sentences are drawn from a few thousand, so that making them takes no time."""
    chinese = [language.chinese(60) for _ in range(2_000)]
    english = [f"{language.english(14)}. " for _ in range(2_000)]
    for number in range(first, end):
        url = f"https://news.example/{number // 1_000}/{number}"
        is_chinese = number % 2 == 0
        text = "".join(draw.choices(chinese if is_chinese else english, k=14 if is_chinese else 11))
        yield Article(
            url,
            url,
            text[:24],
            text,
            published=Moment(START + timedelta(minutes=draw.randrange(200_000))),
            language="zh-Hans" if is_chinese else "en",
            byline=("Ann Lee", "王小明")[: draw.randrange(3)],
            tags=("harbour", "ferry"),
            section="local",
            word_count=len(text),
        )


def fill(database: Database, first: int, end: int) -> float:
    """Store the articles from `first` to `end`; the seconds it took."""
    draw = random.Random(first)
    made = list(articles(Language(random.Random(7)), draw, first, end))
    begun = time.perf_counter()
    for at in range(0, len(made), BATCH):
        with database.writing() as corpus:
            corpus.portals.put("bench", name="Bench", home=None, definition={}, now=START)
            corpus.batches.store([Arrival("bench", each) for each in made[at : at + BATCH]], START)
    return time.perf_counter() - begun


def measure(url: str, form: str, target: Path, *query: str) -> processes.Measured:
    """One export as a command."""
    called = [sys.executable, "-m", "copydesk", "--database", url, "export", "--output", str(target), *query]
    done = processes.run([*called, "--format", form.partition(".")[0]], os.environ, every_s=0.02)
    if done.exit_code:
        raise SystemExit(done.stderr)
    return done


def read_back(path: Path, count: int) -> Iterator[str]:
    """What other programs make of a Parquet file."""
    if find_spec("duckdb"):
        import duckdb

        (found,) = duckdb.sql(f"select count(*), count(distinct url), max(date) from '{path}'").fetchall()
        yield f"duckdb {found}{'' if found[0] == count else ' WRONG'}"
    if find_spec("pandas"):
        import pandas

        frame = pandas.read_parquet(path)
        yield f"pandas {frame.shape}, date {frame['date'].dtype}{'' if len(frame) == count else ' WRONG'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--formats", nargs="+", default=["jsonl", "csv", "jsonl.gz", "parquet", "sqlite", "bibtex"])
    parser.add_argument("--database", help="an empty database; a SQLite file in a temporary folder when not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{Path(folder) / 'corpus.sqlite3'}"
        start_s = processes.run([sys.executable, "-m", "copydesk", "export", "--fields", "?"], os.environ).wall_s
        print(f"start of the command {start_s:.1f} s")
        there = 0
        for size in sorted(options.articles):
            with open_database(url, create=True) as database:
                with database.reading() as corpus:
                    if corpus.articles.count() > there:
                        parser.error(f"{database.name} has articles already; give an empty database")
                seconds = fill(database, there, size)
            print(f"{size:,} articles ({(size - there) / seconds:,.0f}/s stored)")
            there = size
            for form in options.formats:
                report(url, form, Path(folder) / f"slice.{ENDS.get(form, form)}", size, start_s)
            report(url, "jsonl", Path(folder) / "found.jsonl", size, start_s, "harbour OR lang:zh OR lang:en")


def report(url: str, form: str, target: Path, size: int, start_s: float, *query: str) -> None:
    """Print a line of one export."""
    done = measure(url, form, target, *query)
    rate, own = size / done.wall_s, size / max(done.wall_s - start_s, 0.001)
    name = f"{form} of a query" if query else form
    print(
        f"  {name:18}{rate:9,.0f}/s  {own:9,.0f}/s without start  CPU {done.cpu_s:6.1f} s  "
        f"{target.stat().st_size / 1e6:8.1f} MB  peak {done.peak_rss_mb:5.0f} MB"
    )
    if form == "parquet":
        for line in read_back(target, size):
            print(f"  {'':18}{line}")
    target.unlink()


if __name__ == "__main__":
    main()
