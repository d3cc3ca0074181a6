"""What stands between two runs of a copy: which tokens are exchanged, and how much of them reads as a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelines.passages.chains import Run
from pipelines.passages.tokens import Tokens

# Single characters that stand between words. Any other that two changed stretches share is part of a word.
_FUNCTION_CHARACTERS = frozenset("的了是在和与及等也都就被把对为从将向于而但或并着过这那他她它我你们不有又还之以其让")
_CHANCE = 8  # tokens of a stretch in which a few that are the same say nothing
_MANY_CELLS = 1_000  # of a table in which two stretches are compared token by token


def filled(copy: Tokens, source: Tokens, runs: Sequence[Run], start: Run, end: Run) -> list[Run]:
    """`runs` and the shorter ones between them, from `start` to `end`, which are runs without length.

    So are those at commas and full stops that stand between exchanged words.
    """
    every: list[Run] = []
    before = start
    for run in (*runs, end):
        at, other = before.copy + before.length, before.source + before.length
        if run.copy - at == 1 and run.source - other == 1:
            if copy.ids[at] == source.ids[other]:
                every.append(Run(at, other, 1))
        elif at < run.copy and other < run.source:
            every.extend(_between(copy, source, range(at, run.copy), range(other, run.source)))
        if run.length:
            last = every[-1] if every else start
            if last.length and last.copy + last.length == run.copy and last.source + last.length == run.source:
                every[-1] = last._replace(length=last.length + run.length)
            else:
                every.append(run)
        before = run
    return every


def _between(copy: Tokens, source: Tokens, gap: range, other_gap: range) -> Iterator[Run]:
    ends = _clause_ends(copy, gap) if len(other_gap) > 1 else []
    other_ends = _clause_ends(source, other_gap) if ends else []
    if not ends or [mark for _, mark in ends] != [mark for _, mark in other_ends]:
        for each in shared_runs(copy.ids[gap.start : gap.stop], source.ids[other_gap.start : other_gap.stop]):
            yield Run(gap.start + each.copy, other_gap.start + each.source, each.length)
        return
    at, other = gap.start, other_gap.start
    for (end, _), (other_end, _) in zip([*ends, (gap.stop, "")], [*other_ends, (other_gap.stop, "")], strict=True):
        for each in shared_runs(copy.ids[at:end], source.ids[other:other_end]):
            yield Run(at + each.copy, other + each.source, each.length)
        at, other = end, other_end
        if at < gap.stop:
            yield Run(at, other, 0)


def _clause_ends(tokens: Tokens, gap: range) -> list[tuple[int, str]]:
    """The tokens in `gap` before which there is punctuation, and that punctuation."""
    found = []
    for token in range(gap.start + 1, gap.stop):
        end, start = tokens.ends[token - 1], tokens.starts[token]
        if start > end and (mark := tokens.text[end:start].strip()):
            found.append((token, mark))
    return found


def as_words(copy: Tokens, source: Tokens, runs: Sequence[Run], start: Run, end: Run) -> list[Run]:
    """`runs` without the single characters that are only a part of what is exchanged around them.

    Scripts without spaces do not say where a word ends. So a character that two exchanged words share goes to them,
    and a single exchanged character takes the neighbour with it that it stands beside more often; both, when as often.
    """
    kept = [run for run in runs if run.length != 1 or not _is_part_of_word(copy, run)]
    bounds = [start, *kept, end]
    for number in range(1, len(bounds)):
        left, right = bounds[number - 1], bounds[number]
        at, other = left.copy + left.length, left.source + left.length
        if right.copy - at == 1 and right.source - other == 1 and copy.alone[at] and source.alone[other]:
            bounds[number - 1], bounds[number] = _widened(copy, source, left, right)
    return bounds[1:-1]


def _is_part_of_word(copy: Tokens, run: Run) -> bool:
    return bool(copy.alone[run.copy]) and copy.initials[run.copy] not in _FUNCTION_CHARACTERS


def _widened(copy: Tokens, source: Tokens, left: Run, right: Run) -> tuple[Run, Run]:
    """The runs around a single exchanged character, one of them shorter by the character that goes with it."""
    at, other = right.copy - 1, right.source - 1
    worth_left = _worth(copy, at, -1) + _worth(source, other, -1) if left.length > 1 else -1
    worth_right = _worth(copy, at, 1) + _worth(source, other, 1) if right.length > 1 else -1
    if max(worth_left, worth_right) <= 0:
        return left, right
    if worth_left >= worth_right:
        left = left._replace(length=left.length - 1)
    if worth_right >= worth_left:
        right = Run(right.copy + 1, right.source + 1, right.length - 1)
    return left, right


def _worth(tokens: Tokens, place: int, step: int) -> int:
    """How often the character and its neighbour stand together; 0 where they make no word."""
    first = min(place, place + step)
    if first < 0 or first + 1 >= len(tokens) or tokens.ends[first] != tokens.starts[first + 1]:
        return 0
    if not tokens.alone[place + step] or tokens.initials[place + step] in _FUNCTION_CHARACTERS:
        return 0
    return tokens.initials.count(tokens.initials[first : first + 2])


def shared_runs(copy: Sequence[int], source: Sequence[int]) -> list[Run]:
    """The runs that two stretches have in common, in the order of both.

    None where the stretches are long, or have so little in common that it is chance.
    """
    both = set(copy).intersection(source)
    if not both:
        return []
    if len(both) == 1:
        (token,) = both
        return [Run(copy.index(token), source.index(token), 1)]
    if len(copy) == len(source):
        level = [place for place, token in enumerate(copy) if token == source[place]]
        if len(level) >= len(both):
            return _as_runs([(place, place) for place in level])
    if len(copy) * len(source) > _MANY_CELLS:
        return []
    common = _longest_common(copy, source)
    longer = max(len(copy), len(source))
    return [] if longer >= _CHANCE and len(common) * 4 <= longer else _as_runs(common)


def _longest_common(copy: Sequence[int], source: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of places with equal tokens, as many as there can be, side by side where there is a choice."""
    wide = len(source) + 1
    below = [0] * (wide + 1)
    table = [below]
    for place in range(len(copy) - 1, -1, -1):
        token, row = copy[place], [0] * (wide + 1)
        follower = copy[place + 1] if place + 1 < len(copy) else None
        for other in range(wide - 2, -1, -1):
            best = below[other] if below[other] > row[other + 1] else row[other + 1]  # max() takes thrice the time
            if source[other] == token:
                beside = follower is not None and other + 1 < len(source) and source[other + 1] == follower
                best = max(best, below[other + 1] + (5 if beside else 4))
            row[other] = best
        table.append(row)
        below = row
    table.reverse()
    pairs, place, other = [], 0, 0
    while place < len(copy) and other < len(source):
        score = table[place][other]
        if score == table[place + 1][other]:
            place += 1
        elif score == table[place][other + 1]:
            other += 1
        else:
            pairs.append((place, other))
            place, other = place + 1, other + 1
    return pairs


def _as_runs(pairs: list[tuple[int, int]]) -> list[Run]:
    runs: list[Run] = []
    for place, other in pairs:
        if runs:
            last = runs[-1]
            if place == last.copy + last.length and other == last.source + last.length:
                runs[-1] = last._replace(length=last.length + 1)
                continue
        runs.append(Run(place, other, 1))
    return runs
