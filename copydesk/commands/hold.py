"""`copydesk hold`: what cleanup must leave alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskGroup, output_option, pass_desk

if TYPE_CHECKING:
    from storage.corpus import Corpus
    from storage.holds import Hold, Scope


@click.group(cls=DeskGroup)
def hold() -> None:
    """Keep something from cleanup, whatever its retention says.

    A hold covers a portal, an article, or every address that begins in a certain way. It lasts until its date, or until
    it is released, and stays on record afterwards.

    \b
    Examples:
      copydesk hold add --portal hean-ribao --note "asked for by the archive"
      copydesk hold list
      copydesk hold release 3
    """


@hold.command()
@click.option("--portal", metavar="ID", shell_complete=complete_portal, help="Hold everything of this portal.")
@click.option("--article", metavar="ID|URL", help="Hold everything that led to this article.")
@click.option("--url", metavar="PREFIX", help="Hold every address that begins with PREFIX.")
@click.option("--until", metavar="DATE", help="When it ends by itself, such as 2027-03-01; default: when released.")
@click.option(
    "--kind",
    type=click.Choice(["hold", "embargo"]),
    default="hold",
    show_default=True,
    help="A hold keeps; an embargo also withholds the articles from searches, exports and all else that gives out.",
)
@click.option("--note", required=True, metavar="TEXT", help="Why; kept with the hold.")
@output_option
@pass_desk
def add(
    desk: Desk,
    portal: str | None,
    article: str | None,
    url: str | None,
    until: str | None,
    kind: str,
    note: str,
    output: str,
) -> None:
    """Place a hold on a portal, an article or addresses.

    \b
    Examples:
      copydesk hold add --article 17 --note "correction disputed"
      copydesk hold add --url https://news.example.org/2026/ --kind embargo --until 2027-03-01 --note "not before then"
    """
    from copydesk.output import print_record
    from newsroom.errors import UsageError
    from storage.database import open_database
    from storage.holds import Kind

    if sum(each is not None for each in (portal, article, url)) != 1:
        raise UsageError("hold add: say one of --portal, --article and --url")
    if not note.strip():
        raise UsageError("hold add: --note must say why")
    now = datetime.now(UTC)
    ends = _end(until, now) if until is not None else None

    def place(corpus: Corpus) -> Hold | None:
        scope, target = _target(corpus, portal, article, url)
        placed = corpus.holds.add(scope, target, note=note.strip()[:2000], now=now, kind=Kind(kind), until=ends)
        return corpus.holds.get(placed)

    with open_database(desk.config.database_url) as database:
        placed = database.write(place)
    assert placed is not None
    print_record(_row(placed, now), output)


@hold.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are released or over.")
@output_option
@pass_desk
def list_holds(desk: Desk, every: bool, output: str) -> None:
    """List the holds that are in force.

    \b
    Examples:
      copydesk hold list
      copydesk hold list --all --json
    """
    from copydesk.output import Column, print_rows
    from storage.database import open_database

    now = datetime.now(UTC)
    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        holds = [each for each in corpus.holds.list() if every or each.is_in_force(now)]
    keys = ["id", "kind", "scope", "target", "until", "created", "released", "in_force", "note"]
    columns = [Column(key, right=key == "id", cut=key in ("target", "note")) for key in keys]
    print_rows([_row(each, now) for each in holds], columns, output)
    if not holds:
        desk.say("no holds are in force" if not every else "no holds were ever placed")


@hold.command()
@click.argument("hold_id", metavar="ID", type=int)
@pass_desk
def release(desk: Desk, hold_id: int) -> None:
    """Release a hold; the next cleanup no longer respects it.

    ID is the number that `copydesk hold list` shows.

    \b
    Example:
      copydesk hold release 3
    """
    from newsroom.errors import UsageError
    from storage.database import open_database

    now = datetime.now(UTC)
    with open_database(desk.config.database_url) as database:
        known = database.write(lambda corpus: (corpus.holds.get(hold_id), corpus.holds.release(hold_id, now))[0])
    if known is None:
        raise UsageError(f"no hold {hold_id}; see copydesk hold list --all")
    if known.released_utc is not None:
        raise UsageError(f"hold {hold_id} was released on {known.released_utc:%Y-%m-%d}")
    desk.say(f"released hold {hold_id} of {known.scope} {known.target}")


def _target(corpus: Corpus, portal: str | None, article: str | None, url: str | None) -> tuple[Scope, str]:
    """What is to be held, as the table has it. Raises UsageError when there is no such thing."""
    from copydesk.finding import find_article
    from copydesk.selection import check_portal
    from storage.holds import Scope

    if portal is not None:
        check_portal(corpus, portal)
        return Scope.PORTAL, portal
    if article is not None:
        return Scope.ARTICLE, str(find_article(corpus, article, even_withheld=True).id)
    return Scope.URL, _prefix(url or "")


def _prefix(text: str) -> str:
    """A beginning of http(s) addresses, written as addresses are stored."""
    from newsroom.errors import UsageError
    from newsroom.urls import resolve

    prefix = resolve(text.strip(), text.strip())
    if prefix is None:
        raise UsageError(f'hold add: {text!r} is no beginning of an address; write "https://news.example.org/2026/"')
    return prefix.partition("#")[0]


def _end(text: str, now: datetime) -> datetime:
    """The time that --until names, in UTC where it names no zone. Raises UsageError when it is over already."""
    from newsroom.errors import UsageError

    try:
        found = datetime.fromisoformat(text.strip())
        when = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f'hold add: --until {text!r} is no date; write "2027-03-01"') from None
    if when <= now:
        raise UsageError(f"hold add: --until {text}: is over already")
    return when


def _row(one: Hold, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "scope": one.scope.value,
        "target": one.target,
        "until": one.until_utc,
        "created": one.created_utc,
        "released": one.released_utc,
        "in_force": one.is_in_force(now),
        "note": one.note,
    }
