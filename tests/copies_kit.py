"""Made-up news to copy: stories drawn from word lists with a fixed seed, and what copiers do to them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from newsroom.records import Article
from pipelines import background as backgrounds
from pipelines.match import Matcher
from pipelines.match_keys import match_keys
from pipelines.text import content_digest
from pipelines.units import from_bytes
from storage.article_batches import Arrival
from storage.database import Database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 900)]
_SYLLABLES = "ba co di fen gu ha lor mi ne pro ra sta tion ver wi zu kel dor pim sal tre von".split()  # noqa: SIM905


class Writer:
    """Writes stories and copies of them; the same seed writes the same."""

    def __init__(self, seed: int = 1) -> None:
        self.draw = random.Random(seed)
        self.words = ["".join(self.draw.choices(_SYLLABLES, k=self.draw.randint(3, 4))) for _ in range(3_000)]
        self.pairs = ["".join(self.draw.choices(_HAN, k=2)) for _ in range(3_000)]

    def story(self, sentences: int = 12, *, chinese: bool = False) -> str:
        """A text of its own in paragraphs of three sentences, with numbers, and names that come again."""
        words = self.pairs if chinese else self.words
        names = [("" if chinese else " ").join(self.draw.choices(words, k=3)) for _ in range(2)]
        made = [self._sentence(chinese, number, names[number % 2]) for number in range(sentences)]
        space = "" if chinese else " "
        return "\n".join(space.join(made[at : at + 3]) for at in range(0, sentences, 3))

    def _sentence(self, chinese: bool, number: int, name: str) -> str:
        said = self.draw.choices(self.pairs if chinese else self.words, k=14)
        said.insert(self.draw.randrange(14), name)
        if number % 2:
            said.insert(self.draw.randrange(14), str(self.draw.randrange(10_000)))
        return "".join(said) + "。" if chinese else " ".join(said).capitalize() + "."

    def spun(self, text: str, rate: float = 0.15) -> str:
        """`text` with words exchanged and its paragraphs in another order; numbers stay."""
        paragraphs = text.split("\n")
        self.draw.shuffle(paragraphs)
        if text.isascii():
            return "\n".join(" ".join(self._swap(word, rate) for word in one.split(" ")) for one in paragraphs)
        return "\n".join("".join(self._swap(char, rate / 2, _HAN) for char in one) for one in paragraphs)

    def _swap(self, word: str, rate: float, others: Sequence[str] | None = None) -> str:
        plain = word.strip(".")
        if not plain.isalpha() or self.draw.random() >= rate:
            return word
        return word.replace(plain, self.draw.choice(others or self.words))


def article(key: str, text: str, *, title: str = "", language: str = "en", **more: object) -> Article:
    """An article as a page or an import gives it."""
    keys, url = match_keys(text), f"https://{key}.example/story"
    title = title or f"Headline {key}"
    return Article(
        url,
        url,
        title,
        text,
        language=language,
        content_digest=content_digest(title, text),
        match_digest=keys.digest,
        match_units=keys.units,
        **more,  # type: ignore[arg-type]
    )


def store(database: Database, articles: Iterable[tuple[str, Article]], *, compare: bool = True) -> dict[str, int]:
    """Store articles by the id they are imported under, compare them all, and give our ids."""
    ids: dict[str, int] = {}
    with database.writing() as corpus:
        if corpus.portals.get("paper") is None:
            corpus.portals.put("paper", name="The Paper", home=None, definition={}, now=NOW)
        given = list(articles)
        stored = corpus.batches.store([Arrival("paper", each, key) for key, each in given], NOW)
        ids = {key: one.article_id for (key, _), one in zip(given, stored, strict=True)}
    if compare:
        Matcher().match_all(database, lambda: NOW)
    return ids


def know(database: Database, texts: Iterable[str]) -> None:
    """Make these texts the background: a made-up language has no words that are usual in news."""
    made = backgrounds.count("own", [("en", from_bytes(match_keys(text).units)) for text in texts])
    with database.writing() as corpus:
        corpus.backgrounds.add("own", made.texts, made.to_bytes(), NOW)
        corpus.backgrounds.mark_migrated("own", NOW)


def partition(database: Database) -> set[frozenset[str]]:
    """The stories, by the ids their articles were imported under."""
    groups: dict[int, set[str]] = {}
    with database.reading() as corpus:
        for source_id, story, _ in corpus.stories.clusters():
            groups.setdefault(story, set()).add(source_id)
    return {frozenset(group) for group in groups.values()}


def kinds(database: Database) -> set[tuple[str, str, str]]:
    """Every relation: copy and source by the ids they were imported under, and the kind."""
    with database.reading() as corpus:
        names = {corpus.articles.by_source_id(each).id: each for group in partition(database) for each in group}  # type: ignore[union-attr]
        return {
            (names[copy.article_id], names[copy.other_id], copy.kind) for copy in corpus.copies.among_any(list(names))
        }
