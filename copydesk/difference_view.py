"""What is different between two texts, on a terminal and as data."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from copydesk.output import clean, clean_within
from newsroom.article_fields import NO_HEADLINE

if TYPE_CHECKING:
    from copydesk.context import Desk
    from newsroom.differences import Difference, Paragraph, Piece
    from storage.articles import StoredArticle

CONTEXT_CHARS = 60  # of unchanged text on either side of a change; folded away beyond
_ROWS = ("what", "change", "before", "after", "text")


def print_difference(
    desk: Desk, before: StoredArticle, after: StoredArticle, difference: Difference, full: bool, output: str
) -> None:
    """Print a difference: for people, as one object, or as CSV with a row for each field and paragraph."""
    from copydesk.output import print_record, print_rows

    if output in ("json", "ndjson"):
        print_record(as_data(before, after, difference), output)
    elif output == "csv":
        print_rows(_rows(difference), _ROWS, output)
    elif before.revision_number != after.revision_number:
        _print_for_people(desk, before, after, difference, full)


def as_data(before: StoredArticle, after: StoredArticle, difference: Difference) -> dict[str, Any]:
    """A difference as plain values; the pieces that are same or removed make the one text, same or added the other."""
    return {
        "id": after.id,
        "url": after.url,
        "from": _end(before),
        "to": _end(after),
        "share": round(difference.share, 4),
        "words_before": difference.words_before,
        "words_after": difference.words_after,
        "words_removed": difference.words_removed,
        "words_added": difference.words_added,
        "fields": [
            {"name": each.name, "before": each.before, "after": each.after, "pieces": _pieces(each.pieces)}
            for each in difference.fields
        ],
        "paragraphs": [
            {
                "change": each.change.value,
                "before": each.before,
                "after": each.after,
                "pieces": _pieces(each.pieces),
            }
            for each in difference.paragraphs
        ],
    }


def _end(stored: StoredArticle) -> dict[str, Any]:
    return {
        "revision": stored.revision_number,
        "observed": stored.observed_utc,
        "capture": stored.capture_id,
        "content_digest": stored.article.content_digest,
    }


def _pieces(pieces: Sequence[Piece]) -> list[dict[str, str]]:
    return [{"kept": piece.kept.value, "text": piece.text} for piece in pieces]


def _rows(difference: Difference) -> Iterator[dict[str, Any]]:
    for each in difference.fields:
        text = _marked(each.pieces, coloured=False)
        yield {"what": each.name, "change": "changed", "before": each.before, "after": each.after, "text": text}
    for paragraph in difference.paragraphs:
        yield {
            "what": "paragraph",
            "change": paragraph.change.value,
            "before": paragraph.before,
            "after": paragraph.after,
            "text": _marked(paragraph.pieces, coloured=False),
        }


# --- for people ---------------------------------------------------------------------------------------------------


def _print_for_people(
    desk: Desk, before: StoredArticle, after: StoredArticle, difference: Difference, full: bool
) -> None:
    from copydesk.article_view import instant
    from storage.history import summary

    coloured = sys.stdout.isatty() if desk.color is None else desk.color
    click.echo(click.style(clean(after.article.title) or NO_HEADLINE, bold=True), color=desk.color)
    click.echo(clean(after.url))
    ends = (f"revision {each.revision_number}, captured {instant(each.observed_utc)}" for each in (before, after))
    click.echo(f"{' → '.join(ends)}")
    click.echo(summary(difference))
    if difference.fields:
        click.echo()
    width = max((len(each.name) for each in difference.fields), default=0)
    for each in difference.fields:
        name = each.name.replace("_", " ").ljust(width)
        click.echo(f"{click.style(name, dim=True)}  {_marked(each.pieces, coloured)}", color=desk.color)
    click.echo()
    for line in _paragraph_lines(difference.paragraphs, full, coloured):
        click.echo(line, color=desk.color)


def _paragraph_lines(paragraphs: Sequence[Paragraph], full: bool, coloured: bool) -> Iterator[str]:
    from newsroom.differences import Change

    for is_same, some in groupby(paragraphs, lambda each: each.change is Change.SAME):
        run = list(some)
        if is_same and not full:
            what = "1 paragraph" if len(run) == 1 else f"{len(run):,} paragraphs"
            yield click.style(f"{'':11}  … {what} unchanged …", dim=True)
            continue
        for each in run:
            pieces = _marked(each.pieces, coloured, fold=not full)
            yield f"{click.style(_place(each), dim=True)}  {pieces}"


def _place(paragraph: Paragraph) -> str:
    """Where a paragraph stands, and what became of it."""
    from newsroom.differences import Change

    before, after = paragraph.before, paragraph.after
    is_elsewhere = paragraph.change is Change.MOVED
    if is_elsewhere:
        return f"¶{before}→{after} moved".ljust(11)
    if paragraph.change is Change.REMOVED:
        return f"¶{before} gone".ljust(11)
    return f"¶{after}{' new' if before is None else ''}".ljust(11)


def _marked(pieces: Sequence[Piece], coloured: bool, fold: bool = False) -> str:
    """Pieces in a row: coloured, or between the marks of wdiff. Each is cleaned by itself."""
    from newsroom.differences import Kept

    shown = []
    for place, piece in enumerate(pieces):
        text = clean_within(piece.text)
        if piece.kept is Kept.SAME:
            text = _folded(text, place == 0, place == len(pieces) - 1) if fold else text
        elif coloured:
            is_gone = piece.kept is Kept.REMOVED
            text = click.style(text, fg="red" if is_gone else "green", strikethrough=is_gone, underline=not is_gone)
        else:
            text = f"[-{text}-]" if piece.kept is Kept.REMOVED else f"{{+{text}+}}"
        shown.append(text)
    return "".join(shown)


def _folded(text: str, is_first: bool, is_last: bool) -> str:
    """Unchanged text with only what stands near a change; of a paragraph without changes, its beginning."""
    if is_first and is_last:
        return text if len(text) <= 2 * CONTEXT_CHARS else f"{text[: 2 * CONTEXT_CHARS]}…"
    before = "" if is_last else text[-CONTEXT_CHARS:]
    after = "" if is_first else text[:CONTEXT_CHARS]
    return text if len(before) + len(after) >= len(text) else f"{after}…{before}"
