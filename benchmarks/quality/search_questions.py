"""Queries drawn from texts, by class, each with a plain test of whether a text answers it."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.quality.search_reading import Reading, phrase_in, simplify

SAMPLE = 1_500  # texts that tell what is rare and what is common
_HAN = re.compile("[一-鿿]+")
_MIXED = re.compile("[A-Za-z0-9]{1,8}[一-鿿]{1,3}|[一-鿿]{1,3}[A-Za-z0-9]{1,8}(?![A-Za-z0-9])")
_LATIN = re.compile(r"(?<![\w'’])[A-Za-z]{3,12}(?![\w'’])")

Test = Callable[[Reading], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed, and whether a text answers it."""

    kind: str
    written: str
    holds: Test
    fold_han: bool = False


def draw_queries(readings: Sequence[Reading]) -> list[Query]:
    """The same queries for the same texts, every time."""
    return list(_Drawing(readings).every())


def says(phrase: str, *, beginning: bool = False, title: bool = False) -> Test:
    """Whether a text has the phrase."""
    needle = phrase_in(phrase, beginning)
    return lambda reading: needle in reading.title.spaced or (not title and needle in reading.body.spaced)


def near(first: str, second: str, between: int) -> Test:
    """Whether both are in one field with no more places between them."""
    needles = phrase_in(first, False), phrase_in(second, False)

    def test(reading: Reading) -> bool:
        for passage in reading.passages:
            if not all(needle in passage.spaced for needle in needles):
                continue
            others = passage.places(second)
            for one in passage.places(first):
                for other in others:
                    earlier, later = sorted((one, other))
                    if later[0] - earlier[1] <= between:
                        return True
        return False

    return test


def has_stem(word: str) -> Test:
    """Whether a text has a word with the stem of `word`, in its language."""
    return lambda reading: reading.stem(word) in reading.stems


def _both(one: Test, other: Test) -> Test:
    return lambda reading: one(reading) and other(reading)


def _either(one: Test, other: Test) -> Test:
    return lambda reading: one(reading) or other(reading)


def _without(one: Test, other: Test) -> Test:
    return lambda reading: one(reading) and not other(reading)


def _simplified(test: Test) -> Test:
    return lambda reading: test(reading.simplified)


class _Drawing:
    def __init__(self, readings: Sequence[Reading]) -> None:
        self._draw = random.Random(20261129)
        self._texts = [reading.text for reading in readings]
        self._sample = self._draw.sample(readings, min(SAMPLE, len(readings)))
        self._chinese = [text for text in self._texts if text.language == "zh" and len(text.body) > 100]
        self._traditional = [text for text in self._chinese if "國" in text.body]
        self._english = [text for text in self._texts if text.language == "en" and len(_LATIN.findall(text.body)) > 20]

    def every(self) -> Iterator[Query]:
        for length in (1, 2, 3, 4):
            for phrase in self._by_frequency([self._han(length) for _ in range(300)]):
                yield Query(f"{length} characters", phrase, says(phrase))
        for _ in range(30):
            phrase = self._han(self._draw.randint(6, 10))
            yield Query("phrase of 6 to 10", phrase, says(phrase))
        for phrase in self._mixed(20):
            yield Query("mixed script", phrase, says(phrase))
        yield from self._in_english()
        yield from self._combined()
        yield from self._nearness()
        for _ in range(20):
            phrase = self._phrase_of(self._draw.choice(self._traditional).body, self._draw.randint(1, 4))
            yield Query("either script", phrase, _simplified(says(simplify(phrase))), fold_han=True)

    def _in_english(self) -> Iterator[Query]:
        words = self._by_frequency([self._word() for _ in range(300)])
        for word in words:
            yield Query("English word", word, says(word))
        for _ in range(20):
            phrase = self._words_in_a_row(self._draw.randint(2, 4))
            yield Query("English phrase", f'"{phrase}"', says(phrase))
        for _ in range(20):
            start = self._word()[: self._draw.randint(3, 5)]
            yield Query("prefix", f"{start}*", says(start, beginning=True))
        for _ in range(20):
            word = self._word().lower()
            yield Query("stem", f"{word}~", has_stem(word))
        for _ in range(15):
            word = self._word() if self._draw.random() < 0.5 else self._han(2)
            yield Query("title", f"title:{word}", says(word, title=True))

    def _combined(self) -> Iterator[Query]:
        for _ in range(20):
            one, other = self._pair()
            first, second = says(one), says(other)
            for kind, joined, test in (("AND", " ", _both), ("OR", " OR ", _either), ("NOT", " -", _without)):
                yield Query(kind, f"{one}{joined}{other}", test(first, second))

    def _nearness(self) -> Iterator[Query]:
        for _ in range(20):
            body = self._draw.choice(self._chinese).body
            first, second, between = self._two_near(body, 1, 3)
            yield Query("NEAR", f"NEAR({first} {second}, {between})", near(first, second, between))
        for _ in range(20):
            words = _LATIN.findall(self._draw.choice(self._english).body)
            at = self._draw.randrange(len(words) - 8)
            first, second = words[at], words[at + self._draw.randint(1, 7)]
            between = self._draw.randint(0, 8)
            yield Query("NEAR", f"NEAR({first} {second}, {between})", near(first, second, between))

    def _two_near(self, body: str, least: int, most: int) -> tuple[str, str, int]:
        runs = [run for run in _HAN.findall(body) if len(run) >= most]
        at = self._draw.randrange(len(runs))
        other = runs[min(len(runs) - 1, at + self._draw.randint(0, 2))]
        return (
            self._phrase_of(runs[at], self._draw.randint(least, most)),
            self._phrase_of(other, self._draw.randint(least, most)),
            self._draw.choice([0, 1, 2, 3, 5, 10, 20, 40]),
        )

    def _by_frequency(self, drawn: list[str]) -> list[str]:
        """Ten of the rarest, ten of the middle and ten of the commonest."""
        found = Counter({each: sum(map(says(each), self._sample)) for each in sorted(set(drawn))})
        ordered = [each for each, _ in found.most_common()]
        middle = len(ordered) // 2
        return [*ordered[:10], *ordered[middle - 5 : middle + 5], *ordered[-10:]]

    def _han(self, length: int) -> str:
        return self._phrase_of(self._draw.choice(self._chinese).body, length)

    def _phrase_of(self, body: str, length: int) -> str:
        runs = [run for run in _HAN.findall(body) if len(run) >= length]
        run = self._draw.choice(runs) if runs else "中国经济发展新闻报道"
        at = self._draw.randint(0, max(0, len(run) - length))
        return run[at : at + length]

    def _mixed(self, count: int) -> list[str]:
        found = [each for text in self._draw.sample(self._chinese, 400) for each in _MIXED.findall(text.body)]
        return self._draw.sample(sorted(set(found)), count)

    def _word(self) -> str:
        return self._draw.choice(_LATIN.findall(self._draw.choice(self._english).body))

    def _words_in_a_row(self, count: int) -> str:
        words = re.findall(r"[A-Za-z]+(?: [A-Za-z]+)+(?![\w'’])", self._draw.choice(self._english).body)
        row = self._draw.choice(words).split()
        at = self._draw.randint(0, max(0, len(row) - count))
        return " ".join(row[at : at + count])

    def _pair(self) -> tuple[str, str]:
        """Two things to combine, mostly out of one text."""
        if self._draw.random() < 0.3:
            return self._han(2), self._word()
        if self._draw.random() < 0.7:
            body = self._draw.choice(self._chinese).body
            return self._phrase_of(body, 2), self._phrase_of(body, 2)
        words = _LATIN.findall(self._draw.choice(self._english).body)
        return self._draw.choice(words), self._draw.choice(words)
