"""What `copydesk search` prints: hits with their passages, facets, and a histogram that fits the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk
from copydesk.output import Column, clean, clean_within, print_rows, terminal_width

if TYPE_CHECKING:
    from storage.search.answers import Hit
    from storage.search.facets import Facets
    from storage.search.histogram import Histogram

FIELDS = (
    "id", "source_id", "url", "title", "portal", "language", "published", "first_seen", "versions", "gone", "snippet",
    "score",
)  # fmt: skip
MARKS = ("title_marks", "snippet_marks")  # places that only programs read

_EIGHTHS = " ▏▎▍▌▋▊▉"
_BAR_COLUMNS = 60  # at most, and where the output is no terminal


def print_hits(desk: Desk, hits: Iterable[Hit], output: str) -> int:
    """Print `hits`, one after the other as they come; how many there were."""
    if output != "table":
        return print_rows(map(as_row, hits), FIELDS if output == "csv" else (*FIELDS, *MARKS), output)
    shown = 0
    for hit in hits:
        _print_for_people(desk, hit)
        shown += 1
    return shown


def as_row(hit: Hit) -> dict[str, Any]:
    """One hit as data."""
    return {
        "id": hit.article_id,
        "source_id": hit.source_id,
        "url": hit.url,
        "title": hit.title,
        "portal": hit.portal_id,
        "language": hit.language,
        "published": published(hit),
        "first_seen": hit.first_seen_utc,
        "versions": hit.versions,
        "gone": hit.gone_utc,
        "snippet": hit.snippet,
        "score": hit.score,
        "title_marks": hit.title_marks,
        "snippet_marks": hit.marks,
    }


def published(hit: Hit) -> str | None:
    """When it was published, as exactly as it is known."""
    from newsroom.records import Moment, Precision
    from storage.exports import shown_date

    if hit.published_utc is None:
        return None
    return shown_date(Moment(hit.published_utc, Precision(hit.published_precision or Precision.SECOND)))


def print_facets(facets: Facets, output: str) -> None:
    """Print a row for each value."""
    rows = (
        {"facet": facet.name, "value": value.value, "articles": value.articles}
        for facet in facets
        for value in facet.values
    )
    print_rows(rows, [Column("facet"), Column("value", cut=True), Column("articles", right=True)], output)


def print_histogram(histogram: Histogram, output: str) -> None:
    """Print a row for each period; on a terminal with bars, as long as the periods have articles."""
    rows = [
        {"period": bar.period, "articles": bar.articles, "of": bar.of, "share": round(bar.share, 6)}
        for bar in histogram.bars
    ]
    if output != "table":
        print_rows(rows, ("period", "articles", "of", "share"), output)
        return
    for line in drawn(histogram, min(_BAR_COLUMNS, terminal_width(sys.stdout) - 28)):
        click.echo(line)


def drawn(histogram: Histogram, columns: int) -> Iterator[str]:
    """A line for each period: its articles, their share of all of that period, and a bar of up to `columns`."""
    most = max((bar.articles for bar in histogram.bars), default=0)
    wide = len(f"{most:,}")
    for bar in histogram.bars:
        share = f"{bar.share:.1%}" if bar.of else ""
        length = round(bar.articles / most * max(1, columns) * 8) if most else 0
        drawing = "█" * (length // 8) + (_EIGHTHS[length % 8] if length % 8 else "")
        yield f"{bar.period:<10}  {bar.articles:>{wide},}  {share:>6}  {drawing}".rstrip()


def _print_for_people(desk: Desk, hit: Hit) -> None:
    from newsroom.article_fields import NO_HEADLINE

    title = marked(desk, hit.title, hit.title_marks, bold=True) or click.style(NO_HEADLINE, bold=True)
    versions = f"{hit.versions} versions" if hit.versions > 1 else None
    gone = f"gone {hit.gone_utc:%Y-%m-%d}" if hit.gone_utc else None
    dated = published(hit) or f"captured {hit.first_seen_utc:%Y-%m-%d}"
    about = (dated, hit.portal_id, hit.language, versions, gone, hit.url)
    click.echo(f"{hit.article_id:>7}  {title}", color=desk.color)
    click.echo(click.style(f"{'':7}  {'  '.join(clean(part) for part in about if part)}", dim=True), color=desk.color)
    click.echo(f"{'':7}  {marked(desk, hit.snippet, hit.marks)}", color=desk.color)


def marked(desk: Desk, text: str, marks: Iterable[tuple[int, int]], *, bold: bool = False) -> str:
    """`text` with its matches in colour, or between ** where there is none, and all in `bold`.

    Each piece is cleaned by itself, for places must stay.
    """
    colored = sys.stdout.isatty() if desk.color is None else desk.color
    parts, at = [], 0
    for start, end in marks:
        if start < at:
            continue
        match = clean_within(text[start:end])
        parts += [
            _styled(clean_within(text[at:start]), bold),
            click.style(match, fg="yellow", bold=True) if colored else f"**{match}**",
        ]
        at = end
    return "".join([*parts, _styled(clean_within(text[at:]), bold)]).strip()


def _styled(text: str, bold: bool) -> str:
    return click.style(text, bold=True) if bold and text else text
