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

FIELDS = ("id", "source_id", "url", "title", "portal", "language", "published", "snippet", "score")

_EIGHTHS = " ▏▎▍▌▋▊▉"
_BAR_COLUMNS = 60  # at most, and where the output is no terminal


def print_hits(desk: Desk, hits: Iterable[Hit], output: str) -> int:
    """Print `hits`, one after the other as they come; how many there were."""
    if output != "table":
        return print_rows((as_row(hit) for hit in hits), FIELDS, output)
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
        "snippet": hit.snippet,
        "score": hit.score,
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
    title = click.style(clean(hit.title) or "(no headline)", bold=True)
    about = "  ".join(clean(part) for part in (published(hit), hit.portal_id, hit.language, hit.url) if part)
    click.echo(f"{hit.article_id:>7}  {title}", color=desk.color)
    click.echo(click.style(f"{'':7}  {about}", dim=True), color=desk.color)
    click.echo(f"{'':7}  {_marked(hit)}", color=desk.color)


def _marked(hit: Hit) -> str:
    """The snippet with its matches in bold; each piece is cleaned by itself, for places must stay."""

    parts, at = [], 0
    for start, end in hit.marks:
        if start < at:
            continue
        parts += [
            clean_within(hit.snippet[at:start]),
            click.style(clean_within(hit.snippet[start:end]), fg="yellow", bold=True),
        ]
        at = end
    return "".join([*parts, clean_within(hit.snippet[at:])])
