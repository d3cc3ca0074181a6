"""What an answer is, and the passages it shows, cut in our own code so that both databases answer alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from storage.search.analyser import INVISIBLE, MARK_CLASS, fold, is_run
from storage.search.finding import MAX_MARKS, Finder

SNIPPET_CHARS = 90  # of scripts without spaces; twice as many of others

# What folds together with the character before it, and what folds to nothing.
_JOINS = f"{MARK_CLASS}\u1160-\u11ff\u3099\u309a\uff9e\uff9f"
_CLUSTER = re.compile(f".[{_JOINS}]*", re.DOTALL)
_DEPENDENT = re.compile(f"[{_JOINS}{''.join(INVISIBLE)}]")


_Span = tuple[int, int, int]  # from, up to but not including, and the place of the phrase among all


Marks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One article of an answer."""

    article_id: int
    source_id: str | None
    url: str
    title: str
    portal_id: str
    language: str | None
    published_utc: datetime | None
    first_seen_utc: datetime
    snippet: str
    score: float  # BM25; 0 for hits that were not ranked
    marks: Marks = ()  # where the matches are in `snippet`: from, and up to but not including
    title_marks: Marks = ()  # and in `title`
    published_precision: str | None = None
    versions: int = 1  # distinct texts seen
    gone_utc: datetime | None = None  # when the site no longer had it


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of the hits of a query in order, how many there are in all, and what was searched for."""

    hits: tuple[Hit, ...]
    total: int
    searched_for: str
    next: str | None = None  # what `after` takes for the page that follows; None when this is the last


def title_marks(title: str, finders: Sequence[Finder], *, plain: bool = False, caseless: bool = False) -> Marks:
    """Where the phrases are in a headline, in order; `plain` and `caseless` as for `snippet`."""
    if plain:
        folded = title if caseless else title.lower()
        return tuple(sorted([span for each in finders for span in each.spans(folded)]))
    folded, origins = fold_with_origins(title)
    return tuple(sorted([(origins(start), origins(end)) for each in finders for start, end in each.spans(folded)]))


def snippet(text: str, finders: Sequence[Finder], *, plain: bool = False, caseless: bool = False) -> tuple[str, Marks]:
    """The passage of `text` with the most of the phrases, and where they are in it; its beginning when none is.

    `plain` says that `is_plain(text)` is known to be true, `caseless` that upper case makes no difference.
    """
    spans = _plain_spans(text if caseless else text.lower(), finders) if plain else _spans(text, finders)
    start, end = _window(text, spans, len(finders) > 1)
    lead = "…" if start else ""
    shift = len(lead) - start
    marks = tuple([(at + shift, to + shift) for at, to, _ in spans if start <= at and to <= end])
    passage = text[start:end].replace("\n", " ")
    if not passage.isprintable():
        passage = _ONE_LINE.sub(" ", passage)
    return f"{lead}{passage}{'…' if end < len(text) else ''}", marks


_ONE_LINE = re.compile(r"[\s\x00-\x1f]")  # one for one, so that places stay


def _spans(text: str, finders: Sequence[Finder]) -> list[_Span]:
    """Where the phrases are in `text`, in order."""
    folded, origins = fold_with_origins(text)
    return sorted((origins(start), origins(end), place) for start, end, place in _plain_spans(folded, finders))


def _plain_spans(folded: str, finders: Sequence[Finder]) -> list[_Span]:
    """Where the phrases are in a folded text, in order."""
    found = [
        (start, end, place)
        for place, finder in enumerate(finders)
        if not finder.title_only
        for start, end in finder.spans(folded)
    ]
    return sorted(found) if len(finders) > 1 else found


def _window(text: str, spans: Sequence[_Span], several: bool) -> tuple[int, int]:
    """Where the best passage starts and ends, cut between words where there are words; `several` phrases or one."""
    anchor = spans[0][0] if spans else 0
    width = SNIPPET_CHARS if is_run(text[anchor : anchor + 1] or " ") else 2 * SNIPPET_CHARS
    most, all_phrases = 0, len({place for _, _, place in spans}) if several else 0
    for first, (at, _, _) in enumerate(spans):
        if most == all_phrases:
            break
        near = {place for start, end, place in spans[first : first + MAX_MARKS] if end <= at + width * 3 // 4}
        if len(near) > most:
            most, anchor = len(near), at
    start = max(0, min(anchor - width // 4, len(text) - width))
    end = min(len(text), start + width)
    if start and (space := text.find(" ", start, min(anchor, start + 20))) >= 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", max(end - 20, anchor), end)) >= 0:
        end = max((to for at, to, _ in spans if at < space < to <= end), default=space)
    return start, end


def fold_with_origins(text: str) -> tuple[str, Callable[[int], int]]:
    """`text` folded, and a function from a place in that to the place in `text` it came from."""
    if text.isascii():
        return text.lower(), _same
    clusters = _CLUSTER.findall(text) if _DEPENDENT.search(text) else text
    folded = list(map(_fold_cluster, clusters))
    becomes_whole = "".join(folded)
    if clusters is text and len(becomes_whole) == len(text):  # each became one: none becomes nothing
        return becomes_whole, _same
    places: list[int] = []
    at = 0
    for cluster, becomes in zip(clusters, folded, strict=True):
        places += [at] * len(becomes)
        at += len(cluster)
    places.append(at)
    return becomes_whole, places.__getitem__


def _same(place: int) -> int:
    return place


@lru_cache(maxsize=50_000)
def _fold_cluster(cluster: str) -> str:
    return fold(cluster)
