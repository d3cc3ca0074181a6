"""How fast the corpus answers: 10,000 made-up articles in Chinese and English, a mix of queries.

    python -m benchmarks.search [--articles N] [--database URL]

Prints indexing rate, sizes, and p50/p95/max of `search` inside the process by class of query. Texts are drawn from
chains of characters and words with Zipf's frequencies, so that common and rare pairs are as uneven as in real text.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsroom.records import Article, Moment
from storage.corpus import Corpus
from storage.database import Database, open_database

START = datetime(2026, 1, 1, tzinfo=UTC)
SYLLABLES = ("ba", "co", "di", "fen", "gu", "ha", "lor", "mi", "ne", "pro", "ra", "sta", "tion", "ver", "wi", "zu")
FUNCTION_WORDS = ("the", "of", "and", "to", "in", "a", "that", "for", "on", "with")


class Language:
    """Draws text: characters follow each other as in a chain, common ones far more often than rare ones."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.han = [chr(0x4E00 + number * 7) for number in range(2_500)]
        self._han_weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(self.han))))
        self._next = {char: draw.choices(self.han, cum_weights=self._han_weights, k=12) for char in self.han}
        made = {"".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))) for _ in range(9_000)}
        self.words = [*FUNCTION_WORDS, *sorted(made)]
        self._word_weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(self.words))))

    def chinese(self, length: int) -> str:
        parts: list[str] = []
        while length > 0:
            clause = self._draw.randint(5, 18)
            char = self._draw.choices(self.han, cum_weights=self._han_weights)[0]
            for _ in range(clause):
                parts.append(char)
                if self._draw.random() < 0.8:
                    char = self._draw.choice(self._next[char])
                else:
                    char = self._draw.choices(self.han, cum_weights=self._han_weights)[0]
            parts.append(self._draw.choice("，，，。\n"))
            length -= clause
        return "".join(parts)

    def english(self, words: int) -> str:
        return " ".join(self._draw.choices(self.words, cum_weights=self._word_weights, k=words))

    def pair(self, common: bool) -> str:
        char = self.han[self._draw.randrange(40) if common else self._draw.randrange(300, 2_000)]
        return char + self._draw.choice(self._next[char])


def articles(language: Language, draw: random.Random, count: int) -> Iterator[Article]:
    """`count` articles, four of five Chinese, of 200 to 1,500 characters or 80 to 600 words."""
    for number in range(count):
        url = f"https://news.example/{number}"
        published = Moment(START + timedelta(minutes=draw.randrange(200_000)))
        if draw.random() < 0.8:
            title, text, tag = language.chinese(18), language.chinese(draw.randint(200, 1_500)), "zh-Hans"
        else:
            title, text, tag = language.english(8), language.english(draw.randint(80, 600)), "en"
        yield Article(url, url, title, text, published=published, language=tag)


def fill(database: Database, made: list[Article]) -> float:
    """Stores `made` in batches of 20 and returns the seconds it took."""
    with database.writing() as corpus:
        corpus.portals.put("bench", name="Bench", home=None, definition={}, now=START)
    begun = time.perf_counter()
    for at in range(0, len(made), 20):
        with database.writing() as corpus:
            for article in made[at : at + 20]:
                corpus.articles.store("bench", article, START)
    return time.perf_counter() - begun


def questions(language: Language, draw: random.Random) -> dict[str, Callable[[], str]]:
    """A maker of queries for each class."""

    def rare() -> str:
        return language.pair(False)

    def common() -> str:
        return language.pair(True)

    def word() -> str:
        return draw.choice(language.words[20:])

    return {
        "1 character, common": lambda: draw.choice(language.han[:100]),
        "1 character, rare": lambda: draw.choice(language.han[1_000:]),
        "2 characters, common": common,
        "2 characters, rare": rare,
        "phrase of 4": lambda: common() + common(),
        "English word, common": lambda: draw.choice(FUNCTION_WORDS),
        "English word": word,
        "English prefix": lambda: word()[:4] + "*",
        "A AND B": lambda: f"{common()} {common()}",
        "A OR B OR C": lambda: f"{common()} OR {rare()} OR {word()}",
        "A NOT B": lambda: f"{common()} NOT {common()}",
        "A lang: date:": lambda: f"{common()} lang:zh date:2026-02..2026-03",
    }


def measure(corpus: Corpus, ask: Callable[[], str], rounds: int) -> tuple[list[tuple[float, float]], float]:
    """Milliseconds of each query, on the clock and of this process's CPU, and the mean number of hits."""
    taken, hits = [], 0
    for _ in range(rounds):
        query = ask()
        begun, begun_cpu = time.perf_counter(), time.process_time()
        answer = corpus.search.search(query)
        taken.append(((time.perf_counter() - begun) * 1_000, (time.process_time() - begun_cpu) * 1_000))
        hits += answer.total
    return taken, hits / rounds


def report(database: Database, language: Language, draw: random.Random, rounds: int) -> None:
    """Prints a line a class, and one for all."""
    print(f"{'class':24}{'hits':>8}{'ms p50':>9}{'p95':>7}{'max':>7}{'CPU ms p50':>13}{'p95':>7}{'max':>7}")
    everything: list[tuple[float, float]] = []
    with database.reading() as corpus:
        corpus.search.search("warm")
        for name, ask in questions(language, draw).items():
            taken, hits = measure(corpus, ask, rounds)
            everything += taken
            print(f"{name:24}{hits:8.0f}{_quantiles(taken)}")
    print(f"{'all':32}{_quantiles(everything)}")


def _quantiles(taken: list[tuple[float, float]]) -> str:
    clock, cpu = (sorted(column) for column in zip(*taken, strict=True))
    middle, late = len(taken) // 2, int(len(taken) * 0.95)
    return f"{clock[middle]:9.1f}{clock[late]:7.1f}{clock[-1]:7.1f}{cpu[middle]:13.1f}{cpu[late]:7.1f}{cpu[-1]:7.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40, help="queries of each class")
    parser.add_argument("--database", help="an empty database; a SQLite file in a temporary folder when not given")
    options = parser.parse_args()
    draw = random.Random(7)
    language = Language(draw)
    made = list(articles(language, draw, options.articles))
    text_mb = sum(len(article.text.encode()) for article in made) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "corpus.sqlite3"
        database = open_database(options.database or f"sqlite:///{file}", create=True)
        seconds = fill(database, made)
        size = f", database {file.stat().st_size / 1e6:.1f} MB" if file.exists() else ""
        print(f"stored {len(made) / seconds:.0f} articles/s with index, commits of 20; text {text_mb:.1f} MB{size}")
        report(database, language, draw, options.rounds)
        database.close()


if __name__ == "__main__":
    main()
