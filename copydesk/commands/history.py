"""`copydesk history`: the life of an article on one time line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskCommand, embargo_option, output_option, pass_desk

if TYPE_CHECKING:
    from storage.history import Event, History

FIELDS = (
    "when", "kind", "says", "until", "count", "url", "revision", "share", "changed", "capture", "status", "bytes",
    "other",
)  # fmt: skip
_COLOURS = {"revision": "green", "gone": "red", "back": "green", "copy": "cyan", "removed": "yellow", "hold": "yellow"}
_MOST_TICKS = 12


@click.command(cls=DeskCommand)
@click.argument("which", metavar="URL|ID")
@embargo_option
@output_option
@pass_desk
def history(desk: Desk, which: str, output: str) -> None:
    """Show the life of an article: announced, captured, changed, copied, gone, back.

    URL is any address of the article that was met, ID the number that `copydesk search` prints, or the id it was
    imported with. Of an address that is not stored, what the ledger knows is shown, with the reason. What only another
    way of reading changed is told apart from what the newsroom changed.

    \b
    Examples:
      copydesk history https://news.example.org/story.html
      copydesk history 17 -o ndjson
    """
    from copydesk.output import print_rows
    from newsroom.errors import UsageError
    from storage.database import open_database
    from storage.lookup import look_up

    now = datetime.now(UTC)
    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        try:
            told = corpus.histories.tell(look_up(corpus, which), now)
        except LookupError:
            raise UsageError(f"{which}: neither an article nor an address that was ever met") from None
    if output == "table":
        _print_for_people(desk, told)
    else:
        rows = _rows(told, now)
        if output == "csv":
            rows = ({**row, "changed": ", ".join(row["changed"])} for row in rows)
        print_rows(rows, FIELDS, output)


def _rows(told: History, now: datetime) -> Iterator[dict[str, Any]]:
    for event in told.events:
        row = {name: getattr(event, name, None) for name in FIELDS}
        yield {**row, "kind": event.kind.value, "changed": list(event.changed)}
    yield {**dict.fromkeys(FIELDS), "when": now, "kind": "now", "says": told.now, "count": 1, "changed": []}


def _print_for_people(desk: Desk, told: History) -> None:
    from copydesk.output import clean
    from newsroom.article_fields import NO_HEADLINE
    from storage.history import with_ticks

    if told.article:
        click.echo(click.style(clean(told.article.article.title) or NO_HEADLINE, bold=True), color=desk.color)
    click.echo(clean(told.url))
    click.echo()
    for event in with_ticks(told.events):
        when = event.when.strftime("%Y-%m-%d %H:%M:%S")
        kind = click.style(f"{event.kind.value:<9}", fg=_COLOURS.get(event.kind.value), dim=event.kind == "unchanged")
        click.echo(f"{when}  {kind}  {clean(_said(event))}", color=desk.color)
    click.echo(f"{'now':<19}  {'':<9}  {clean(told.now)}")


def _said(event: Event) -> str:
    """What happened; of many visits in a row that found nothing new, a tick each."""
    last = f", last {event.until:%Y-%m-%d %H:%M:%S}" if event.until else ""
    if event.kind.value != "unchanged":
        return event.says + (last.replace("last", "still there") if last else "")
    ticks = "✓" * min(event.count, _MOST_TICKS) + ("…" if event.count > _MOST_TICKS else "")
    return f"{ticks} {event.says if event.count == 1 else f'{event.count:,} visits'}{last}"
