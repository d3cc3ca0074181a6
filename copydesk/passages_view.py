"""A copy beside its source, for people and as data: passage by passage, with what was exchanged marked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import click

from copydesk.context import Desk
from copydesk.output import clean, counted, display_width, fit, terminal_width
from pipelines.passages.compare import Comparison, Passage, Piece, Span
from pipelines.text import unspaced_letters, word_count

WIDTH = 100  # columns; fewer where the terminal has fewer
MOST_PASSAGES = 30
_INDENT = 4
_UNCHANGED = 72  # columns of what is the same that are shown whole
_CONTEXT = 30  # columns of it that are shown beside what is not
_EXCHANGES = 24  # that are listed
_LONG_CHANGE = 160  # columns of what is in only one of the texts
_PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*")
_BLANK = re.compile(r"(\s+)")
_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\U0001f300-\U0003fffd"
_CLOSING = "，。！？；：、”’）》」』】…,"  # no line begins with these; there are two columns kept for them
_ATOM = re.compile(rf" |(?:\[-|\{{\+)?[{_WIDE}](?:-\]|\+\}})?|(?:(?!(?:\[-|\{{\+)[{_WIDE}])[^ {_WIDE}])+")


class _Part(NamedTuple):
    text: str
    colour: str | None = None


def show_comparison(
    desk: Desk, comparison: Comparison, copy_text: str, source_text: str, passages: int = MOST_PASSAGES
) -> None:
    """Print `comparison_lines` at the width of the terminal, in colour where it has colour."""
    width = min(WIDTH, terminal_width())
    for line in comparison_lines(comparison, copy_text, source_text, width, passages):
        click.echo(line, color=desk.color)


def comparison_lines(
    comparison: Comparison,
    copy_text: str,
    source_text: str,
    width: int = WIDTH,
    passages: int = MOST_PASSAGES,
) -> Iterator[str]:
    """A summary, the first `passages` in the order of the copy, and what was exchanged, kept and lost.

    [-…-] stands in the source, {+…+} in the copy. Lines take at most `width` columns, 40 at least.
    """
    width = max(width, 40)
    yield from _wrapped([_Part(summary(comparison))], width, indent=0, hanging=2)
    shown = comparison.passages[:passages]
    own = _outside(comparison.only_in_copy, comparison.passages)
    paragraphs = [each.start() for each in _PARAGRAPH.finditer(source_text)]
    for number, passage in enumerate(shown):
        while own and own[0].start < passage.copy.start:
            yield from _only_in_copy(own.pop(0), copy_text, width)
        yield ""
        yield from _wrapped([_Part(_place(comparison, number, paragraphs), "cyan")], width, indent=0, hanging=2)
        yield from _wrapped(_marked(passage.pieces), width, _INDENT)
    if hidden := len(comparison.passages) - len(shown):
        yield ""
        yield f"… {counted(hidden, 'more passage')}"
        own = [each for each in own if each.start >= comparison.passages[-1].copy.end]
    for span in own:
        yield from _only_in_copy(span, copy_text, width)
    yield from _findings(comparison, source_text, paragraphs, width)


def summary(comparison: Comparison) -> str:
    """The comparison in one sentence."""
    count = len(comparison.passages)
    if not count:
        return "No passage of the copy stands in the source."
    order = f"{comparison.moved} out of the source's order" if comparison.moved else "in the source's order"
    if count == 1:
        order = ""
    told = [counted(count, "passage"), order]
    return (
        f"{comparison.covered:.0%} of the copy lies beside the source, {comparison.same:.0%} word for word: "
        f"{', '.join(filter(None, told))}."
    )


def as_data(comparison: Comparison) -> dict[str, object]:
    """`comparison` as plain values: places are characters, from the first to after the last."""
    return {
        "covered": comparison.covered,
        "same": comparison.same,
        "moved": comparison.moved,
        "order": list(comparison.order),
        "passages": [
            {
                "copy": [each.copy.start, each.copy.end],
                "source": [each.source.start, each.source.end],
                "pieces": [
                    {"kind": piece.kind, "copy": piece.copy_text, "source": piece.source_text} for piece in each.pieces
                ],
            }
            for each in comparison.passages
        ],
        "changes": [{"source": old, "copy": new} for old, new in comparison.changes],
        "numbers_kept": list(comparison.numbers_kept),
        "numbers_lost": list(comparison.numbers_lost),
        "names_kept": list(comparison.names_kept),
        "names_lost": list(comparison.names_lost),
        "only_in_copy": [[span.start, span.end] for span in comparison.only_in_copy],
        "only_in_source": [[span.start, span.end] for span in comparison.only_in_source],
    }


def _place(comparison: Comparison, number: int, paragraphs: Sequence[int]) -> str:
    passage, rank = comparison.passages[number], comparison.order[number]
    first = max(bisect_right(paragraphs, passage.source.start), 1)
    last = max(bisect_right(paragraphs, max(passage.source.end - 1, passage.source.start)), first)
    where = f"¶ {first} of the source" if first == last else f"¶ {first}–{last} of the source"
    place = f"passage {number + 1}" if len(comparison.passages) > 1 else "passage"
    if comparison.moved:
        where += f" · stands {rank + 1}{_ordinal(rank + 1)} there"
    return f"{place} · {where}"


def _ordinal(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _marked(pieces: Sequence[Piece]) -> Iterator[_Part]:
    for number, piece in enumerate(pieces):
        if piece.kind == "same":
            yield _Part(_shortened(piece.copy_text, last=number == len(pieces) - 1))
            continue
        if old := _flat(piece.source_text):
            yield _Part(f"[-{_fitted(old)}-]", "red")
        if new := _flat(piece.copy_text):
            yield _Part(f"{{+{_fitted(new)}+}}", "green")
        after = pieces[number + 1] if number + 1 < len(pieces) else None
        if after and piece.kind == "dropped" and after.source_text[:1].isspace() and not after.copy_text[:1].isspace():
            yield _Part(" ")


def _shortened(text: str, last: bool) -> str:
    """What stays the same, with no more of it than shows where it is."""
    flat = _flat(text, ends=True)
    if display_width(flat) <= _UNCHANGED:
        return flat
    head = fit(flat, _CONTEXT)[:-1]
    tail = fit(flat[::-1], _CONTEXT)[:-1][::-1]
    head, tail = head.rpartition(" ")[0] or head, tail.partition(" ")[2] or tail
    return f"{head} … {tail}"


def _fitted(text: str) -> str:
    return fit(text, _LONG_CHANGE)


def _flat(text: str, ends: bool = False) -> str:
    """`text` cleaned, on one line; with `ends`, also the white space around it, which tells words apart."""
    parts = [(part, part.isspace()) for part in _BLANK.split(text)]
    flat = "".join((" ¶ " if "\n" in part else " ") if blank else clean(part) for part, blank in parts)
    return flat if ends else flat.strip(" ¶")


def _only_in_copy(span: Span, copy_text: str, width: int) -> Iterator[str]:
    yield ""
    yield click.style("only in the copy", fg="cyan")
    text = _fitted(_flat(copy_text[span.start : span.end]))
    yield from _wrapped([_Part(f"{{+{text}+}}", "green")], width, _INDENT)


def _outside(spans: Iterable[Span], passages: Sequence[Passage]) -> list[Span]:
    """The spans that no passage shows already."""
    starts = [passage.copy.start for passage in passages]
    found = []
    for span in spans:
        at = bisect_right(starts, span.start) - 1
        if at < 0 or span.end > passages[at].copy.end:
            found.append(span)
    return found


def _findings(comparison: Comparison, source_text: str, paragraphs: Sequence[int], width: int) -> Iterator[str]:
    more = f", … {len(comparison.changes) - _EXCHANGES} more" if len(comparison.changes) > _EXCHANGES else ""
    rows = [
        ("left out", _left_out(comparison, source_text, paragraphs)),
        ("exchanged", ", ".join(f"{clean(old)} → {clean(new)}" for old, new in comparison.changes[:_EXCHANGES]) + more),
        ("numbers kept", ", ".join(map(clean, comparison.numbers_kept))),
        ("numbers lost", ", ".join(map(clean, comparison.numbers_lost))),
        ("names kept", ", ".join(map(clean, comparison.names_kept))),
        ("names lost", ", ".join(map(clean, comparison.names_lost))),
    ]
    if any(told for _, told in rows):
        yield ""
    for name, told in rows:
        if told:
            yield from _wrapped([_Part(f"{name:<14}"), _Part(told)], width, indent=0, hanging=14)


def _left_out(comparison: Comparison, source_text: str, paragraphs: Sequence[int]) -> str:
    if not (spans := comparison.only_in_source):
        return ""
    texts = [source_text[span.start : span.end] for span in spans]
    words, letters = sum(map(word_count, texts)), sum(map(unspaced_letters, texts))
    noun = "character" if letters * 2 > words else "word"
    places = list(dict.fromkeys(max(bisect_right(paragraphs, span.start), 1) for span in spans))
    told = ", ".join(map(str, places[:10])) + (", …" if len(places) > 10 else "")
    return f"{counted(len(spans), 'stretch', 'stretches')} of the source, {counted(words, noun)}, from ¶ {told}"


def _wrapped(parts: Iterable[_Part], width: int, indent: int, hanging: int | None = None) -> Iterator[str]:
    """`parts` on lines of `width` columns, broken at spaces and between wide characters."""
    later = indent if hanging is None else hanging
    line: list[_Part] = []
    used = indent
    for text, colour in _atoms(parts, width - 2 - max(indent, later)):
        columns = display_width(text)
        closes = used + columns <= width and (text[0] in _CLOSING or text == " ")
        if used + columns > width - 2 and line and not closes:
            yield _drawn(line, indent)
            line, used, indent = [], later, later
        if text == " " and not line:
            continue
        line.append(_Part(text, colour))
        used += columns
    if line:
        yield _drawn(line, indent)


def _atoms(parts: Iterable[_Part], room: int) -> Iterator[_Part]:
    """What must stand on one line; longer than `room` columns are only words that are cut there."""
    for text, colour in parts:
        for atom in _ATOM.findall(text):
            while display_width(atom) > room:
                cut = len(fit(atom, room)) - 1
                yield _Part(atom[:cut], colour)
                atom = atom[cut:]
            yield _Part(atom, colour)


def _drawn(line: Iterable[_Part], indent: int) -> str:
    line = list(line)
    while line and line[-1].text == " ":
        line.pop()
    texts = (
        (colour, "".join(part.text for part in group)) for colour, group in groupby(line, lambda part: part.colour)
    )
    drawn = "".join(click.style(text, fg=colour) if colour else text for colour, text in texts)
    return " " * indent + drawn
