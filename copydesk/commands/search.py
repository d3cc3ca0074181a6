"""`copydesk search`: find articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from copydesk.context import Desk, DeskCommand, embargo_option, output_option, pass_desk
from copydesk.selection import filter_options

if TYPE_CHECKING:
    from storage.search.filters import Filters
    from storage.search.histogram import Period
    from storage.search.index import SearchIndex
    from storage.search.paging import By


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
@click.option("--after", metavar="PLACE", help="Go on where an earlier page ended; it says where that is.")
@click.option("--count", "only_count", is_flag=True, help="Print only how many articles match.")
@click.option(
    "--facets", is_flag=True, help="Print how many match by portal, language, section, source, byline, month, …"
)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Values of each facet.")
@click.option("--histogram", is_flag=True, help="Draw how many match by date, and their share of all of that time.")
@click.option(
    "--by", type=click.Choice(["year", "month", "day"]), help="Bars of the histogram; otherwise what suits the span."
)
@embargo_option
@output_option
@pass_desk
def search(
    desk: Desk,
    /,
    query: tuple[str, ...],
    limit: int,
    order: By,
    after: str | None,
    only_count: bool,
    facets: bool,
    top: int,
    histogram: bool,
    by: Period | None,
    output: str,
    **filters: Any,
) -> None:
    """Find stored articles.

    QUERY is words that must all be there, "phrases", AND, OR, NOT or -word, (groups), begin* for word beginnings,
    word~ for other forms of a word, NEAR(a b, 5), and fields such as title: byline: portal: lang: kind: and
    date:2026-01..2026-03; docs/search.md has them all. Chinese needs no spaces. An empty QUERY finds every article.
    Put -- before a QUERY that begins with a minus.

    Best first is by BM25 among the 500 newest hits; older ones follow by date. What was stored since the first page
    does not come on later ones.

    \b
    Examples:
      copydesk search 中国 经济
      copydesk search '"crude oil" OR gas' --since 2026-03 --order newest
      copydesk search 'title:budget -draft' --limit 0 -o ndjson
      copydesk search 预算 --facets --top 5
      copydesk search 渡轮 --histogram --by month
    """
    from copydesk.output import to_json
    from copydesk.search_view import print_facets, print_histogram
    from copydesk.selection import as_options, check_portal, warn_of_waiting
    from newsroom.errors import UsageError
    from storage.database import open_database

    if only_count + facets + histogram > 1:
        raise UsageError("search: --count, --facets and --histogram are three answers; ask for one")
    if after and not limit:
        raise UsageError("search: --limit 0 prints all, from the first on; leave --after or --limit 0 out")
    wanted, chosen = " ".join(query), cast("Filters", filters)
    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        check_portal(corpus, filters["portal"])
        index = corpus.search
        warn_of_waiting(desk, corpus)
        if only_count:
            answer = index.search(wanted, limit=1, order="newest", **chosen)
            total, searched_for = answer.total, answer.searched_for
            click.echo(total if output in ("table", "csv") else to_json({"count": total}))
        elif facets:
            counted = index.facets(wanted, top=top, **chosen)
            total, searched_for = counted.total, counted.searched_for
            print_facets(counted, output)
        elif histogram:
            dated = index.histogram(wanted, by=by, **chosen)
            total, searched_for = dated.total, dated.searched_for
            print_histogram(dated, output)
            if dated.undated:
                desk.say(f"{dated.undated:,} without a date")
        else:
            total, searched_for = _print_page(desk, index, wanted, chosen, limit, order, after, output)
        desk.say(f"searched for: {searched_for}{as_options(chosen)}")
        if not total:
            _help(desk, index, wanted, chosen)


def _print_page(
    desk: Desk,
    index: SearchIndex,
    wanted: str,
    filters: Filters,
    limit: int,
    order: By,
    after: str | None,
    output: str,
) -> tuple[int, str]:
    """Print hits; how many articles match, and what was searched for."""
    from copydesk.output import counted
    from copydesk.search_view import print_hits

    answer = index.search(wanted, limit=limit or 1, order=order, after=after, **filters)
    shown = print_hits(desk, answer.hits if limit else index.iterate(wanted, order=order, **filters), output)
    articles = counted(answer.total, "article")
    if limit and answer.next:
        desk.say(f"{shown} of {articles}; the next: --after {answer.next}")
    elif output == "table":
        desk.say(articles if shown == answer.total else f"{shown} of {articles}, the last")
    return answer.total, answer.searched_for


def _help(desk: Desk, index: SearchIndex, wanted: str, filters: Filters) -> None:
    """Say what would have found something."""
    narrowed = {name: value for name, value in filters.items() if value and name not in ("fold_han", "unique")}
    if narrowed:
        found = index.search(wanted, limit=1, order="newest", fold_han=bool(filters.get("fold_han"))).total
        if found:
            names = ", ".join(f"--{'originals or --copies' if name == 'copied' else name}" for name in narrowed)
            desk.say(f"{found:,} without {names}")
    if not filters.get("fold_han"):
        folded: Filters = {**filters, "fold_han": True}
        if found := index.search(wanted, limit=1, order="newest", **folded).total:
            desk.say(f"{found:,} with --fold-han, for which traditional and simplified characters are the same")
