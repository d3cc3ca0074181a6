"""Two texts beside each other, paragraph by paragraph: what stayed, changed, moved, went and came."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsroom.differences.sequences import Effort, align
from newsroom.differences.words import Kept, Piece, Words, likeness, pieces

ALIKE = 0.35  # from this likeness on, a paragraph is called changed and not exchanged
BLOCK = 30  # paragraphs that are looked at together, to see which became which
CARRIED = 0.6  # from this likeness on, one that went and one that came elsewhere are the same paragraph, changed
MOST_CARRIED = 60  # of more than these on either side, none is looked for


class Change(StrEnum):
    """What became of a paragraph."""

    SAME = "same"
    CHANGED = "changed"  # and perhaps moved, too
    MOVED = "moved"  # word for word, to another place
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, where it stood and where it stands, counted from 1; `pieces` are its words."""

    change: Change
    before: int | None
    after: int | None
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """What it says now; for a removed one, what it said."""
        gone = Kept.ADDED if self.change is Change.REMOVED else Kept.REMOVED
        return "".join(piece.text for piece in self.pieces if piece.kept is not gone)


def split(text: str) -> list[str]:
    """The paragraphs of a text; lines without anything on them are none."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def compare_paragraphs(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[Paragraph]:
    """Every paragraph of both, in the order of reading now; what went stands where it stood."""
    numbers: dict[str, int] = {}
    mine = [numbers.setdefault(text, len(numbers)) for text in before]
    theirs = [numbers.setdefault(text, len(numbers)) for text in after]
    stays = align(mine, theirs, [1 + len(text) for text in before], effort)
    moved = _moved(mine, theirs, stays)
    origins = {place: origin for origin, place in moved.items()}
    found: list[Paragraph] = []
    at = other = 0
    for place, other_place in (*stays, (len(before), len(after))):
        gone = [one for one in range(at, place) if one not in moved]
        come = [one for one in range(other, other_place) if one not in origins]
        gap = _gap([before[one] for one in gone], [after[one] for one in come], gone, come, effort)
        found += _with_moved(gap, range(other, other_place), origins, after)
        if place < len(before):
            found.append(Paragraph(Change.SAME, place + 1, other_place + 1, _whole(Kept.SAME, before[place])))
        at, other = place + 1, other_place + 1
    return _with_carried(found, before, after, effort)


def _with_carried(
    found: list[Paragraph], before: Sequence[str], after: Sequence[str], effort: Effort
) -> list[Paragraph]:
    """`found`, in which a paragraph that was changed and moved at once is one, where it stands now."""
    gone = [each.before for each in found if each.change is Change.REMOVED and each.before]
    come = [each.after for each in found if each.change is Change.ADDED and each.after]
    if not gone or not come or max(len(gone), len(come)) > MOST_CARRIED:
        return found
    mine = {place: Words.of(before[place - 1]) for place in gone}
    theirs = {place: Words.of(after[place - 1]) for place in come}
    profiles = {place: words.profile() for place, words in theirs.items()}
    carried: dict[int, int] = {}
    for origin, words in mine.items():
        profile = words.profile()
        likely = [(likeness(profile, profiles[place]), -place) for place in profiles]
        if likely and (best := max(likely))[0] >= CARRIED:
            carried[-best[1]] = origin
            del profiles[-best[1]]
    origins = set(carried.values())
    return [
        Paragraph(Change.CHANGED, origin, each.after, pieces(mine[origin], theirs[each.after], effort))
        if each.after and each.change is Change.ADDED and (origin := carried.get(each.after, 0))
        else each
        for each in found
        if not (each.change is Change.REMOVED and each.before in origins)
    ]


def _moved(mine: Sequence[int], theirs: Sequence[int], stays: Sequence[tuple[int, int]]) -> dict[int, int]:
    """By place before, the place now of paragraphs that stand somewhere else word for word."""
    left, right = {place for place, _ in stays}, {place for _, place in stays}
    waiting: dict[int, list[int]] = defaultdict(list)
    for place in range(len(theirs) - 1, -1, -1):
        if place not in right:
            waiting[theirs[place]].append(place)
    return {
        place: waiting[number].pop() for place, number in enumerate(mine) if place not in left and waiting.get(number)
    }


def _with_moved(
    gap: Iterator[Paragraph], places: range, origins: dict[int, int], after: Sequence[str]
) -> Iterator[Paragraph]:
    """The paragraphs of a gap, with those that were moved into it at their places."""
    arrived = (place for place in places if place in origins)
    place = next(arrived, None)
    for paragraph in gap:
        while place is not None and paragraph.after is not None and place + 1 < paragraph.after:
            yield Paragraph(Change.MOVED, origins[place] + 1, place + 1, _whole(Kept.SAME, after[place]))
            place = next(arrived, None)
        yield paragraph
    while place is not None:
        yield Paragraph(Change.MOVED, origins[place] + 1, place + 1, _whole(Kept.SAME, after[place]))
        place = next(arrived, None)


def _gap(
    gone: Sequence[str], come: Sequence[str], left: Sequence[int], right: Sequence[int], effort: Effort
) -> Iterator[Paragraph]:
    """What became of paragraphs of which none stayed as it was; `left` and `right` are their places."""
    for start in range(0, max(len(gone), len(come)), BLOCK):
        block = slice(start, start + BLOCK)
        mine, theirs = [Words.of(text) for text in gone[block]], [Words.of(text) for text in come[block]]
        at = other = 0
        for i, j in (*_alike(mine, theirs), (len(mine), len(theirs))):
            for place in range(at, i):
                yield Paragraph(
                    Change.REMOVED, left[start + place] + 1, None, _whole(Kept.REMOVED, gone[start + place])
                )
            for place in range(other, j):
                yield Paragraph(Change.ADDED, None, right[start + place] + 1, _whole(Kept.ADDED, come[start + place]))
            if i < len(mine):
                exchanged = pieces(mine[i], theirs[j], effort)
                yield Paragraph(Change.CHANGED, left[start + i] + 1, right[start + j] + 1, exchanged)
            at, other = i + 1, j + 1


def _alike(before: Sequence[Words], after: Sequence[Words]) -> list[tuple[int, int]]:
    """Which paragraph became which, in order, so that they are most alike in all."""
    if not before or not after:
        return []
    mine, theirs = [one.profile() for one in before], [one.profile() for one in after]
    scores = [[_score(one, other) for other in theirs] for one in mine]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(mine) + 1)]
    for i in range(len(mine) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            paired = best[i + 1][j + 1] + scores[i][j] if scores[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        if scores[i][j] and best[i][j] == best[i + 1][j + 1] + scores[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _score(one: Counter[object], other: Counter[object]) -> float:
    found = likeness(one, other)
    return found if found >= ALIKE else 0.0


def _whole(kept: Kept, text: str) -> tuple[Piece, ...]:
    return (Piece(kept, text, Words.of(text).count),)
