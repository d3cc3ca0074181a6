"""`copydesk coverage`: the ledger of every address that was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsroom.reasons import Reason
    from storage.coverage import CoverageRow

STATES = ("stored", "read", "waiting", "refused", "failed")


def complete_reason(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The reasons that begin with what was typed, for the shell."""
    from newsroom.reasons import REASON_HELP

    return [CompletionItem(one.value, help=said) for one, said in REASON_HELP.items() if one.startswith(incomplete)]


@click.command(cls=DeskCommand)
@click.argument("portal_id", metavar="[PORTAL]", required=False, shell_complete=complete_portal)
@click.option("--urls", is_flag=True, help="Print each address with what became of it.")
@click.option(
    "--reason", "wanted", metavar="REASON", shell_complete=complete_reason, help="Only addresses with this reason."
)
@click.option("--state", type=click.Choice(STATES), help="Only addresses in this state.")
@click.option("--announced", is_flag=True, help="Only addresses that a feed or sitemap announced.")
@output_option
@pass_desk
def coverage(
    desk: Desk, portal_id: str | None, urls: bool, wanted: str | None, state: str | None, announced: bool, output: str
) -> None:
    """Show what became of every address that was found.

    Each one is stored (an article), read (a feed, sitemap or listing), waiting, refused or failed, and what is not
    stored or read has exactly one reason. PORTAL is a portal's id; without it, all are shown.

    \b
    Examples:
      copydesk coverage
      copydesk coverage hean-ribao --announced
      copydesk coverage hean-ribao --urls --reason too-short -o csv
    """
    from copydesk.output import Column, print_rows
    from copydesk.selection import check_portal
    from storage.database import open_database

    reason = _reason(wanted)
    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        check_portal(corpus, portal_id)
        if urls:
            found = corpus.coverage.urls(portal_id, state=state, reason=reason, announced_only=announced)
            keys = ["portal_id", "url", "role", "state", "reason", "detail", "found_on", "status", "fetched_utc"]
            columns = [Column(key, cut=key in ("detail", "found_on")) for key in [*keys, "due_utc", "article_id"]]
            rows = ({column.key: getattr(one, column.key) for column in columns} for one in found)
            print_rows(rows, columns if output != "table" else _for_people(columns), output)
            return
        counts = corpus.coverage.counts(portal_id, announced_only=announced)
    chosen = [row for row in counts if (state in (None, row.state)) and (reason is None or row.reason is reason)]
    shown = [Column("portal"), Column("state"), Column("reason"), Column("count", right=True), Column("meaning")]
    print_rows([_row(row) for row in chosen], shown, output)
    if state is None and reason is None:
        desk.say(_summary(counts, announced))


def _for_people(columns: list[Any]) -> list[Any]:
    return [column for column in columns if column.key in ("portal_id", "state", "reason", "url", "detail")]


def _reason(wanted: str | None) -> Reason | None:
    from newsroom.errors import UsageError
    from newsroom.reasons import Reason
    from newsroom.spelling import suggestion

    if wanted is None:
        return None
    known = [reason.value for reason in Reason]
    if wanted not in known:
        raise UsageError(f'no reason "{wanted}"{suggestion(wanted, known) or "; one of " + ", ".join(known)}')
    return Reason(wanted)


def _row(row: CoverageRow) -> dict[str, Any]:
    from newsroom.reasons import REASON_HELP

    meanings = {"stored": "an article in the corpus", "read": "a feed, sitemap or listing, or a page seen before"}
    if row.state == "waiting":
        meaning = "to be fetched by the next run"
    else:
        meaning = REASON_HELP[row.reason] if row.reason else meanings.get(row.state, "")
    return {
        "portal": row.portal_id,
        "state": row.state,
        "reason": row.reason.value if row.reason else None,
        "count": row.count,
        "meaning": meaning,
    }


def _summary(counts: Sequence[CoverageRow], announced: bool) -> str:
    total = sum(row.count for row in counts)
    stored = sum(row.count for row in counts if row.state == "stored")
    share = f" ({stored / total:.1%})" if total else ""
    return f"{stored:,} of {total:,} addresses{' announced' if announced else ''} are stored articles{share}"
