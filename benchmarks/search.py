"""How fast the corpus answers: 100,000 made-up articles in Chinese and English, a mix of queries.

    python -m benchmarks.search [--articles N] [--rounds N] [--tries N] [--as-grown] [--database URL]...

Fills each database that is empty (a SQLite file in a temporary folder when none is given), merges the parts of
SQLite's index as the daily `copydesk cleanup` does, if not told to leave it as it has grown, and prints p50, p95 and
the longest of `search` inside the process by class of query: 20 hits by relevance, with snippets, and the number of
all. Then facets, histograms and far pages; and, with two databases, how they compare. Each query is asked `--tries`
times, minutes apart: its best time is what the code needs, its middle time what others on the machine made of that.

Texts are drawn from chains of simplified characters, and of words, with frequencies as Zipf found them: common and
rare pairs are as uneven as in real text.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from newsroom.han import simplify
from newsroom.records import Article, Copy, Moment
from storage.article_batches import Arrival
from storage.cleanup.upkeep import tend_index
from storage.corpus import Corpus
from storage.database import Database

START = datetime(2026, 1, 1, tzinfo=UTC)
SYLLABLES = ("ba", "co", "di", "fen", "gu", "ha", "lor", "mi", "ne", "pro", "ra", "sta", "tion", "ver", "wi", "zu")
FUNCTION_WORDS = ("the", "of", "and", "to", "in", "a", "that", "for", "on", "with")
SECTIONS = ("时政", "经济", "体育", "社会", "World", "Business", None)
SOURCES = ("新华社", "人民日报", "中新网", "Reuters", None, None)
PORTALS = 8
BATCH = 500
ALL_THREE = "2 characters, all three"
AT = (0.5, 0.95)
RARE, COMMON = 0.001, 0.02  # share of the articles that have a word: fewer, and more

Times = list[list[float]]  # of each query, what each time took in milliseconds


class Language:
    """Draws text: characters follow each other as in a chain, common ones far more often than rare ones."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.han = [char for char in map(chr, range(0x4E00, 0x9FA6, 5)) if simplify(char) == char][:2_500]
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
        published = Moment(START + timedelta(minutes=draw.randrange(900_000)))
        if draw.random() < 0.8:
            title, text, tag = language.chinese(18), language.chinese(draw.randint(200, 1_500)), "zh-Hans"
        else:
            title, text, tag = language.english(8), language.english(draw.randint(80, 600)), "en"
        names = tuple(draw.choices(language.words[:400], k=draw.randrange(3)))
        about = {"section": draw.choice(SECTIONS), "source_name": draw.choice(SOURCES), "byline": names}
        yield Article(url, url, title, text, published=published, language=tag, **about)


def fill(database: Database, made: Iterator[Article], draw: random.Random) -> str:
    """Stores `made`, a tenth of it as copies of what came before; what to say of it."""
    with database.writing() as corpus:
        for number in range(PORTALS):
            corpus.portals.put(f"bench{number}", name=f"Bench {number}", home=None, definition={}, now=START)
    stored, text_bytes, spent = 0, 0, 0.0
    while batch := list(itertools.islice(made, BATCH)):
        begun = time.perf_counter()
        with database.writing() as corpus:
            arrivals = [Arrival(f"bench{draw.randrange(PORTALS)}", article) for article in batch]
            ids = [each.article_id for each in corpus.batches.store(arrivals, START)]
        spent += time.perf_counter() - begun
        with database.writing() as corpus:
            pairs = [sorted(ids[at : at + 2]) for at in range(0, len(ids) - 1, 10)]
            corpus.copies.put((Copy(later, first, "near", 0.9) for first, later in pairs), START)
            corpus.stories.put((pair, pair[0]) for pair in pairs)
        database.checkpoint()
        stored += len(batch)
        text_bytes += sum(len(article.text.encode()) for article in batch)
    size = f", database {database.path.stat().st_size / 1e6:.0f} MB" if database.path else ""
    return (
        f"stored {stored / spent:.0f} articles/s with index, commits of {BATCH}; text {text_bytes / 1e6:.0f} MB{size}"
    )


class Questions:
    """Makes queries by class."""

    def __init__(self, language: Language, draw: random.Random, corpus: Corpus) -> None:
        self._language = language
        self._draw = draw
        articles = corpus.articles.count()
        made = {language.pair(draw.random() < 0.4) for _ in range(600)}
        made |= {"".join(draw.choices(language.han[200:], k=2)) for _ in range(300)}  # seldom beside each other
        shares = {pair: corpus.search.search(pair, limit=1, order="newest").total / articles for pair in sorted(made)}
        self.rare = [pair for pair, share in shares.items() if 0 < share < RARE]
        self.middling = [pair for pair, share in shares.items() if RARE <= share < COMMON]
        self.common = [pair for pair, share in shares.items() if share >= COMMON]

    def classes(self) -> dict[str, Callable[[], str]]:
        """A maker of queries for each class; the first three make up words of two characters."""
        draw, language = self._draw, self._language

        def common() -> str:
            return draw.choice(self.common)

        def word() -> str:
            return draw.choice(language.words[20:])

        return {
            "2 characters, rare": lambda: draw.choice(self.rare),
            "2 characters, middling": lambda: draw.choice(self.middling),
            "2 characters, common": common,
            "1 character, common": lambda: draw.choice(language.han[:100]),
            "1 character, rare": lambda: draw.choice(language.han[1_000:]),
            "phrase of 4": lambda: common() + common(),
            "English word, common": lambda: draw.choice(FUNCTION_WORDS),
            "English word": word,
            "English prefix": lambda: word()[:4] + "*",
            "A AND B": lambda: f"{common()} {common()}",
            "A OR B OR C": lambda: f"{common()} OR {draw.choice(self.rare)} OR {word()}",
            "A NOT B": lambda: f"{common()} NOT {common()}",
            "NEAR(A B, 5)": lambda: f"NEAR({common()} {common()}, 5)",
            "A lang: date:": lambda: f"{common()} lang:zh date:2026-02..2026-03",
        }


class Class(NamedTuple):
    """Queries of one class, and what is asked with them."""

    name: str
    ask: Callable[[Corpus, str], int]
    queries: list[str]


def classes(language: Language, draw: random.Random, corpora: Sequence[Corpus], rounds: int) -> list[Class]:
    """All that is asked."""

    def search(corpus: Corpus, query: str) -> int:
        return corpus.search.search(query).total

    makers = Questions(language, draw, corpora[0]).classes()
    found = [Class(name, search, [ask() for _ in range(rounds)]) for name, ask in makers.items()]
    usual = found[2].queries
    ninth = {(corpus, query): _ninth(corpus, query) for corpus in corpora for query in usual}
    return [
        *found,
        Class("2 characters, as in text", search, [language.chinese(2)[:2] for _ in range(2 * rounds)]),
        Class("newest first", lambda corpus, query: corpus.search.search(query, order="newest").total, usual),
        Class("facets", lambda corpus, query: corpus.search.facets(query).total, usual),
        Class("histogram", lambda corpus, query: corpus.search.histogram(query).total, usual),
        Class("tenth page", lambda corpus, query: corpus.search.search(query, after=ninth[corpus, query]).total, usual),
    ]


def measure(databases: Sequence[Database], rounds: int, tries: int) -> tuple[dict[str, float], list[dict[str, Times]]]:
    """Hits by class, and for each database the times by class.

    Every query is asked `tries` times, by turns with the other database, and again only when all others were asked: a
    machine that others use is fast at one time and slow at another. Before, it is asked once for what it costs to read
    a disk.
    """
    with ExitStack() as stack:
        corpora = [stack.enter_context(database.reading()) for database in databases]
        asked = classes(Language(random.Random(7)), random.Random(11), corpora, rounds)
        hits = {each.name: sum(each.ask(corpora[0], query) for query in each.queries) for each in asked}
        taken: list[dict[str, Times]] = [{each.name: [[] for _ in each.queries] for each in asked} for _ in corpora]
        for number in range(tries + 1):
            for each in asked:
                print(f"\r{number} of {tries}: {each.name:40}", end="", file=sys.stderr, flush=True)
                for place, query in enumerate(each.queries):
                    for corpus, times in zip(corpora, taken, strict=True):
                        begun = time.perf_counter()
                        each.ask(corpus, query)
                        if number:
                            times[each.name][place].append((time.perf_counter() - begun) * 1_000)
    for times in taken:
        times[ALL_THREE] = [one for each in asked[:3] for one in times[each.name]]
    mean = {each.name: hits[each.name] / len(each.queries) for each in asked}
    return mean | {ALL_THREE: statistics.fmean(mean[each.name] for each in asked[:3])}, taken


def _ninth(corpus: Corpus, query: str) -> str | None:
    """Where the ninth page of an answer ends."""
    after = None
    for _ in range(9):
        after = corpus.search.search(query, after=after).next or after
    return after


def report(names: Sequence[str], hits: dict[str, float], taken: Sequence[dict[str, Times]]) -> None:
    """A line a class and database, and what the second took of the time of the first."""
    print(f"\n{'ms of':34}{'hits':>8}{'best p50':>10}{'p95':>8}{'max':>8}{'middle p50':>13}{'p95':>8}")
    for name, number in hits.items():
        for engine, times in zip(names, taken, strict=True):
            best = sorted(map(min, times[name]))
            middle = sorted(map(statistics.median, times[name]))
            said = f"{_at(best, 0.5):10.1f}{_at(best, 0.95):8.1f}{best[-1]:8.1f}"
            print(f"{name:26}{engine:8}{number:8.0f}{said}{_at(middle, 0.5):13.1f}{_at(middle, 0.95):8.1f}")
    for second, other in zip(names[1:], taken[1:], strict=True):
        print(f"{second} beside {names[0]}, of the best")
        for name in hits:
            p50, p95 = (_at(sorted(map(min, other[name])), at) / _at(sorted(map(min, taken[0][name])), at) for at in AT)
            print(f"{name:26}{p50:8.1f} x at p50{p95:8.1f} x at p95")


def _at(times: Sequence[float], share: float) -> float:
    return times[int(len(times) * share)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40, help="queries of each class")
    parser.add_argument("--tries", type=int, default=15, help="times that each is asked")
    parser.add_argument("--as-grown", action="store_true", help="do not merge the parts of SQLite's index")
    parser.add_argument("--database", action="append", help="an empty database, or one that was filled before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        databases = []
        for url in options.database or [f"sqlite:///{Path(folder) / 'corpus.sqlite3'}"]:
            draw = random.Random(7)
            language = Language(draw)
            database = stack.enter_context(Database(url))
            database.upgrade()
            with database.reading() as corpus:
                known = corpus.articles.count()
            made = articles(language, draw, options.articles)
            said = f"{known:,} articles" if known else fill(database, made, draw)
            if not options.as_grown:
                deque(tend_index(database), maxlen=0)
            print(f"{database.url.get_backend_name()}: {said}")
            databases.append(database)
        names = [database.url.get_backend_name()[:8] for database in databases]
        report(names, *measure(databases, options.rounds, options.tries))


if __name__ == "__main__":
    main()
