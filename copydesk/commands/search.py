"""`copydesk search`: find articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskCommand, embargo_option, output_option, pass_desk
from copydesk.selection import Filters, filter_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.search.answers import Hit
    from storage.search.filters import Copied
    from storage.search.index import Order

FIELDS = ("id", "source_id", "url", "title", "portal", "language", "published", "snippet", "score")


@click.command(cls=DeskCommand)
@click.argument("query", nargs=-1, metavar="QUERY...")
@filter_options
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, metavar="N", help="Hits to print; 0 is all."
)
@click.option(
    "--order",
    type=click.Choice(["relevance", "newest"]),
    default="relevance",
    show_default=True,
    help="Best first, or newest first.",
)
@click.option("--count", "only_count", is_flag=True, help="Print only how many articles match.")
@embargo_option
@output_option
@pass_desk
def search(
    desk: Desk,
    query: tuple[str, ...],
    portal: str | None,
    language: str | None,
    since: Any,
    until: Any,
    unique: bool,
    copied: Copied | None,
    limit: int,
    order: Order,
    only_count: bool,
    output: str,
) -> None:
    """Find stored articles.

    QUERY is words that must all be there, "phrases", AND, OR, NOT or -word, (groups), begin* for word beginnings,
    and the fields title: portal: lang: date:2026-01..2026-03 (published) captured:2026-03-05 (first captured by us).
    Chinese needs no spaces. An empty QUERY finds every article. Put -- before a QUERY that begins with a minus.

    \b
    Examples:
      copydesk search 中国 经济
      copydesk search '"crude oil" OR gas' --since 2026-03 --order newest
      copydesk search 'title:budget -draft' --limit 0 -o ndjson
    """
    from copydesk.output import to_json
    from copydesk.selection import check_portal
    from storage.database import open_database

    wanted = " ".join(query)
    filters: Filters = {
        "portal": portal, "language": language, "since": since, "until": until, "unique": unique, "copied": copied
    }  # fmt: skip
    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        check_portal(corpus, portal)
        answer = corpus.search.search(wanted, **filters, limit=1 if only_count or not limit else limit, order=order)
        desk.say(f"searched for: {answer.searched_for}")
        if only_count:
            click.echo(answer.total if output in ("table", "csv") else to_json({"count": answer.total}))
            return
        hits = iter(answer.hits) if limit else corpus.search.iterate(wanted, **filters, order=order)
        shown = _print(desk, hits, output)
        if output == "table" and shown < answer.total:
            desk.say(f"{shown} of {answer.total:,} articles; --limit 0 prints all")
        elif output == "table":
            desk.say(f"{answer.total:,} article{'' if answer.total == 1 else 's'}")


def _print(desk: Desk, hits: Iterator[Hit], output: str) -> int:
    from copydesk.output import print_rows

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


def _print_for_people(desk: Desk, hit: Hit) -> None:
    from copydesk.output import clean

    title = click.style(clean(hit.title) or "(no headline)", bold=True)
    about = "  ".join(clean(part) for part in (published(hit), hit.portal_id, hit.language, hit.url) if part)
    click.echo(f"{hit.article_id:>7}  {title}", color=desk.color)
    click.echo(click.style(f"{'':7}  {about}", dim=True), color=desk.color)
    click.echo(f"{'':7}  {_marked(hit)}", color=desk.color)


def _marked(hit: Hit) -> str:
    """The snippet with its matches in bold; each piece is cleaned by itself, for places must stay."""
    from copydesk.output import clean

    def kept(piece: str) -> str:
        inner = clean(piece)
        return f"{' ' * piece[:1].isspace()}{inner}{' ' * (bool(inner) and piece[-1:].isspace())}"

    parts, at = [], 0
    for start, end in hit.marks:
        if start < at:
            continue
        parts += [kept(hit.snippet[at:start]), click.style(kept(hit.snippet[start:end]), fg="yellow", bold=True)]
        at = end
    return "".join([*parts, kept(hit.snippet[at:])])
