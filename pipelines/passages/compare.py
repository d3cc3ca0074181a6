"""How the text of a copy lies beside the text of its source: stretch by stretch, and word by word in each.

A stretch that was moved is a passage of its own. A word that was exchanged is a changed piece inside a passage.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipelines.passages.chains import FRAGMENT, Run, find_chains
from pipelines.passages.gaps import as_words, filled
from pipelines.passages.mentions import distinct, kept_and_lost, names_of, number_key, numbers_of
from pipelines.passages.tokens import Tokens, fold, read_tokens

MAX_CHANGES = 40
MAX_MENTIONS = 20
EVIDENCE_PASSAGES = 40
EVIDENCE_CHANGES = 12
EVIDENCE_MENTIONS = 10
EVIDENCE_BYTES = 4_000
_EDGE = {True: 10, False: 6}  # tokens between a passage and the end of its sentence that still belong to it
_WORDS = {True: 8, False: 4}  # tokens of an exchange that is told in a list
_OVERHANG = 4  # tokens of the next sentence at the end of a passage that are chance
_LONG_WORD = 12  # characters; longer ones tell no more


Kind = Literal["same", "changed", "added", "dropped"]


@dataclass(frozen=True, slots=True)
class Span:
    """The characters of a text from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a passage. What is `added` has no source text, what was `dropped` no copy text.

    The copy texts of a passage's pieces make up its stretch of the copy. What is `same` may differ in case,
    punctuation and script.
    """

    kind: Kind
    copy_text: str
    source_text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the copy beside the stretch of the source that it was made from."""

    copy: Span
    source: Span
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A copy beside its source. `passages` are in the order of the copy and do not overlap there.

    Shares are of the copy's words (characters of scripts without spaces). Of the numbers and names on the
    source's side of the passages, those that stand in the copy are kept and the others lost.
    """

    passages: tuple[Passage, ...] = ()
    covered: float = 0.0  # share that is in passages, without what is only_in_copy
    same: float = 0.0  # share that is the same
    changes: tuple[tuple[str, str], ...] = ()  # words of the source and what the copy has instead, most telling first
    moved: int = 0  # passages that would have to move for all to be in the source's order
    order: tuple[int, ...] = ()  # by passage, its rank in the source
    numbers_kept: tuple[str, ...] = ()
    numbers_lost: tuple[str, ...] = ()
    names_kept: tuple[str, ...] = ()
    names_lost: tuple[str, ...] = ()
    only_in_copy: tuple[Span, ...] = ()  # a fragment of a sentence or more
    only_in_source: tuple[Span, ...] = ()


_Words = tuple[tuple[int, ...], tuple[int, ...]]
_Mentions = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


class _Gap(NamedTuple):
    """Tokens of a copy that stand where its source has others, or none; or the other way round."""

    copy: range
    source: range

    @property
    def kind(self) -> Kind:
        """Seen from the source."""
        if not self.copy:
            return "dropped"
        return "changed" if self.source else "added"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A passage in tokens: its bounds, which are runs without length, and what stands between its runs."""

    start: Run
    gaps: list[_Gap]
    end: Run


def compare_texts(copy: str, source: str) -> Comparison:
    """`copy` laid beside `source`. Of very long texts the beginnings are compared."""
    mine, theirs = read_tokens(copy), read_tokens(source)
    unspaced = (mine if len(mine) <= len(theirs) else theirs).unspaced
    found: list[_Stretch] = []
    same = 0
    chains = find_chains(mine, theirs, unspaced)
    for number, runs in enumerate(chains):
        floor = found[-1].end.copy if found else 0
        ceiling = chains[number + 1][0].copy if number + 1 < len(chains) else len(mine)
        start = _start(mine, theirs, runs[0], floor, _EDGE[unspaced])
        if number + 1 < len(chains) and ceiling - (runs[-1].copy + runs[-1].length) <= 1:
            runs[-1] = _within_sentence(mine, theirs, runs[-1])
        end = _end(mine, theirs, runs[-1], ceiling, _EDGE[unspaced])
        every = filled(mine, theirs, runs, start, end)
        same += sum(run.length for run in every)
        found.append(_Stretch(start, _gaps(start, as_words(mine, theirs, every, start, end), end), end))
    passages = _passages(mine, theirs, found)
    starts = [passage.source.start for passage in passages]
    matched = [parts for stretch in found for parts in _matched(stretch, FRAGMENT[unspaced])]
    return Comparison(
        passages,
        round(sum(len(part) for part, _ in matched) / max(len(mine), 1), 4),
        round(same / max(len(mine), 1), 4),
        _changes(mine, theirs, found, _WORDS[unspaced]),
        len(starts) - _longest_rise(starts),
        _ranks(starts),
        *_mentions(copy, theirs, [passage.source for passage in passages]),
        _rest(mine, [part for part, _ in matched]),
        _rest(theirs, [part for _, part in matched]),
    )


def evidence(comparison: Comparison) -> dict[str, object]:
    """What is stored of `comparison` beside the copy: less than EVIDENCE_BYTES as JSON."""
    told: dict[str, object] = {
        "covered": round(comparison.covered, 3),
        "same": round(comparison.same, 3),
        "moved": comparison.moved,
        "order": list(comparison.order[:EVIDENCE_PASSAGES]),
        "passages": [
            [each.copy.start, each.copy.end, each.source.start, each.source.end]
            for each in comparison.passages[:EVIDENCE_PASSAGES]
        ],
    }
    lists: dict[str, list[object]] = {
        "numbers_kept": [_short(each) for each in comparison.numbers_kept[:EVIDENCE_MENTIONS]],
        "numbers_lost": [_short(each) for each in comparison.numbers_lost[:EVIDENCE_MENTIONS]],
        "names_kept": [_short(each) for each in comparison.names_kept[:EVIDENCE_MENTIONS]],
        "names_lost": [_short(each) for each in comparison.names_lost[:EVIDENCE_MENTIONS]],
        "changes": [[_short(old), _short(new)] for old, new in comparison.changes[:EVIDENCE_CHANGES]],
    }
    told |= lists
    while len(json.dumps(told)) > EVIDENCE_BYTES and any(lists.values()):
        max(lists.values(), key=lambda each: len(json.dumps(each))).pop()
    return told


def _start(copy: Tokens, source: Tokens, first: Run, floor: int, edge: int) -> Run:
    """Where a passage begins whose first run is `first`: with its sentence, where that is near in both texts."""
    at, other = max(copy.sentence(first.copy)[0], floor), source.sentence(first.source)[0]
    if 0 < first.copy - at <= edge and first.source - other <= edge:
        return Run(at, other, 0)
    return first._replace(length=0)


def _end(copy: Tokens, source: Tokens, last: Run, ceiling: int, edge: int) -> Run:
    at, other = last.copy + last.length, last.source + last.length
    end, other_end = min(copy.sentence(at - 1)[1], ceiling), source.sentence(other - 1)[1]
    return Run(end, other_end, 0) if 0 < end - at <= edge and other_end - other <= edge else Run(at, other, 0)


def _gaps(start: Run, runs: Iterable[Run], end: Run) -> list[_Gap]:
    gaps = []
    at, other = start.copy, start.source
    for run in (*runs, end):
        if run.copy > at or run.source > other:
            gaps.append(_Gap(range(at, run.copy), range(other, run.source)))
        at, other = run.copy + run.length, run.source + run.length
    return gaps


def _within_sentence(copy: Tokens, source: Tokens, last: Run) -> Run:
    """`last` without the few tokens by which it happens to reach into another sentence, which another passage has."""
    for end in range(last.length - 1, max(last.length - 1 - _OVERHANG, 0), -1):
        if copy.begins_sentence(last.copy + end) and source.begins_sentence(last.source + end):
            return last._replace(length=end)
    return last


def _passages(copy: Tokens, source: Tokens, stretches: Iterable[_Stretch]) -> tuple[Passage, ...]:
    passages: list[Passage] = []
    for each in stretches:
        mine = _span(copy, each.start.copy, each.end.copy, passages[-1].copy.end if passages else 0)
        theirs = _span(source, each.start.source, each.end.source, 0)
        passages.append(Passage(mine, theirs, tuple(_pieces(copy, source, each, mine, theirs))))
    return tuple(passages)


def _span(tokens: Tokens, first: int, after: int, floor: int) -> Span:
    """The characters of the tokens, and the punctuation that touches them."""
    text, start, end = tokens.text, tokens.starts[first], tokens.ends[after - 1]
    floor = max(floor, tokens.ends[first - 1] if first else 0)
    while start > floor and not text[start - 1].isspace():
        start -= 1
    ceiling = tokens.starts[after] if after < len(tokens) else len(text)
    while end < ceiling and not text[end].isspace():
        end += 1
    return Span(start, end)


def _pieces(copy: Tokens, source: Tokens, stretch: _Stretch, mine: Span, theirs: Span) -> Iterator[Piece]:
    """White space and punctuation between two pieces go to the one that is the same."""
    at, other = mine.start, theirs.start
    for gap in stretch.gaps:
        upto = copy.starts[gap.copy.start] if gap.copy.start < stretch.end.copy else mine.end
        other_upto = source.starts[gap.source.start] if gap.source.start < stretch.end.source else theirs.end
        if upto > at:
            yield Piece("same", copy.text[at:upto], source.text[other:other_upto])
        at = copy.ends[gap.copy.stop - 1] if gap.copy else upto
        other = source.ends[gap.source.stop - 1] if gap.source else other_upto
        yield Piece(gap.kind, copy.text[upto:at], source.text[other_upto:other])
    if at < mine.end:
        yield Piece("same", copy.text[at : mine.end], source.text[other : theirs.end])


def _changes(copy: Tokens, source: Tokens, stretches: Iterable[_Stretch], words: int) -> tuple[tuple[str, str], ...]:
    """What was exchanged for what: first what was exchanged more often, then the longer words."""

    def telling(key: _Words) -> tuple[int, int]:
        old, new = told[key]
        shorter = min(
            source.ends[old.stop - 1] - source.starts[old.start], copy.ends[new.stop - 1] - copy.starts[new.start]
        )
        return -counts[key], -min(shorter, _LONG_WORD)

    told: dict[_Words, tuple[range, range]] = {}
    counts: Counter[_Words] = Counter()
    for stretch in stretches:
        for gap in stretch.gaps:
            if 0 < len(gap.copy) <= words and 0 < len(gap.source) <= words:
                key = (
                    tuple(source.ids[gap.source.start : gap.source.stop]),
                    tuple(copy.ids[gap.copy.start : gap.copy.stop]),
                )
                told.setdefault(key, (gap.source, gap.copy))
                counts[key] += 1
    ordered = sorted(told, key=telling)[:MAX_CHANGES]
    return tuple((source.words(old), copy.words(new)) for old, new in map(told.__getitem__, ordered))


def _mentions(copy: str, source: Tokens, spans: Iterable[Span]) -> _Mentions:
    """Numbers kept and lost, names kept and lost."""
    stretches = sorted((span.start, span.end) for span in spans)
    if not stretches:
        return (), (), (), ()
    numbers = distinct(number for start, end in stretches for number in numbers_of(source.text[start:end]))
    known = set(map(number_key, numbers_of(copy))) if numbers else set()
    folded = fold(copy)
    return (
        *kept_and_lost(numbers, lambda number: number_key(number) in known, MAX_MENTIONS),
        *kept_and_lost(names_of(source, stretches), lambda name: name in copy or fold(name) in folded, MAX_MENTIONS),
    )


def _matched(stretch: _Stretch, fragment: int) -> Iterator[tuple[range, range]]:
    """The tokens of a passage without the fragments inside that only one of the texts has."""
    copy, source = stretch.start.copy, stretch.start.source
    for gap in stretch.gaps:
        other = min(len(gap.copy), len(gap.source)) >= 2 * fragment  # another text stands in its place
        only_copy = other or (len(gap.copy) >= fragment and len(gap.source) * 3 <= len(gap.copy))
        only_source = other or (len(gap.source) >= fragment and len(gap.copy) * 3 <= len(gap.source))
        if only_copy or only_source:
            yield range(copy, gap.copy.start), range(source, gap.source.start)
            copy = gap.copy.stop if only_copy else gap.copy.start
            source = gap.source.stop if only_source else gap.source.start
    yield range(copy, stretch.end.copy), range(source, stretch.end.source)


def _rest(tokens: Tokens, matched: Iterable[range]) -> tuple[Span, ...]:
    """What no passage has of a text, where it is at least a fragment of a sentence."""
    fragment = FRAGMENT[tokens.unspaced]
    spans, free = [], 0
    for part in (*sorted(matched, key=lambda part: part.start), range(len(tokens), len(tokens))):
        if part.start - free >= fragment:
            spans.append(Span(tokens.starts[free], tokens.ends[part.start - 1]))
        free = max(free, part.stop)
    return tuple(spans)


def _ranks(starts: Sequence[int]) -> tuple[int, ...]:
    ranks = [0] * len(starts)
    for rank, number in enumerate(sorted(range(len(starts)), key=starts.__getitem__)):
        ranks[number] = rank
    return tuple(ranks)


def _longest_rise(starts: Iterable[int]) -> int:
    """How many of `starts` can stay as they are for the rest to be put in between."""
    ends: list[int] = []
    for start in starts:
        at = bisect_right(ends, start)
        ends[at : at + 1] = [start]
    return len(ends)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
