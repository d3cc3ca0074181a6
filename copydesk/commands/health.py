"""`copydesk health`: each portal against its own past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from copydesk.health_view import Judged
    from newsroom.config import Config
    from newsroom.portal_history import Terms
    from newsroom.portals import Portal
    from storage.corpus import Corpus

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=7)


class Window(click.ParamType[timedelta]):
    """A length of time from an hour to a week."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length that `value` says."""
        from newsroom.durations import parse_duration

        try:
            found = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not SHORTEST <= found <= LONGEST or found % timedelta(seconds=1):
            self.fail(f"{value} is not from 1h to 7d in whole seconds", param, ctx)
        return found


@click.command(cls=DeskCommand)
@click.argument("portal_ids", nargs=-1, metavar="[PORTAL]...", shell_complete=complete_portal)
@click.option(
    "--window",
    type=Window(),
    default="1d",
    show_default=True,
    metavar="LENGTH",
    help="How much of the newest past to judge, from 1h to 7d; longer for portals with few articles.",
)
@click.option("--fail-if-empty", is_flag=True, help="Exit with 4 when no portal has a past to be judged by.")
@output_option
@pass_desk
def health(desk: Desk, portal_ids: tuple[str, ...], window: timedelta, fail_if_empty: bool, output: str) -> int:
    """See which portals no longer bring what they used to.

    Each portal is held against its own 28 days before, and against [expect] of its file: new articles, how fresh they
    are, the share of pages that give articles, failures, and how many articles have a title, a time, a byline, a
    language, a section and a picture. Each finding names the newest page that shows it. Without PORTAL, every enabled
    portal of the folder is judged. Exit code 3 when there is a finding.

    \b
    Examples:
      copydesk health
      copydesk health --json
      copydesk health hean-ribao --window 7d
    """
    from datetime import UTC

    from copydesk.health_view import print_health
    from newsroom.errors import BelowExpectation, NothingToDo
    from storage.database import open_database

    now = datetime.now(UTC)
    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        judged = judge_portals(corpus, terms_of(desk.config, corpus, portal_ids), now, window)
    print_health(judged, window, output)
    drifted = [each for each in judged if each.verdict.findings]
    new = [each for each in judged if each.verdict.state == "new"]
    if not judged:
        desk.warn(f"no enabled portal in {desk.config.portals}; add one with copydesk portal add URL")
    else:
        no_past = f", {len(new)} without enough of a past" if new else ""
        desk.say(f"{len(judged)} portals: {len(drifted)} with findings{no_past}")
    if drifted:
        return BelowExpectation.exit_code
    return NothingToDo.exit_code if fail_if_empty and len(new) == len(judged) else 0


def judge_portals(corpus: Corpus, terms: Mapping[str, Terms], now: datetime, window: timedelta) -> list[Judged]:
    """What there is to say of each portal of `terms` at `now`, with the page that shows each finding."""
    from copydesk.health_view import Judged
    from newsroom.drift import judge

    exhibits = corpus.portal_exhibits(now - window, now)
    verdicts = [
        judge(history, terms[history.portal_id]) for history in corpus.portal_health(now, window).histories(list(terms))
    ]
    return [
        Judged(verdict, tuple(exhibits.find(verdict.portal_id, finding.exhibit) for finding in verdict.findings))
        for verdict in verdicts
    ]


def terms_of(config: Config, corpus: Corpus, wanted: tuple[str, ...]) -> dict[str, Terms]:
    """What the files of the wanted portals say of a normal day; of every enabled portal when none is named.

    A portal without a file, crawled by its address, is held against its past alone. Raises UsageError for one that
    neither the folder nor the corpus knows.
    """
    from newsroom.errors import UsageError
    from newsroom.portal_history import Terms
    from newsroom.portals import load_portals
    from newsroom.spelling import suggestion

    folder = {portal.id: portal for portal in load_portals(config.portals)} if config.portals.is_dir() else {}
    if not wanted:
        return {portal.id: _terms(portal) for portal in folder.values() if portal.enabled}
    known = {portal.id for portal in corpus.portals.list()} | folder.keys()
    for portal_id in wanted:
        if portal_id not in known:
            hint = suggestion(portal_id, known) or "; see copydesk portal list"
            raise UsageError(f'no portal "{portal_id}"{hint}')
    return {name: _terms(folder[name]) if name in folder else Terms() for name in wanted}


def _terms(portal: Portal) -> Terms:
    from newsroom.portal_history import Terms

    per_day = portal.expect.articles_per_day
    return Terms(
        schedule=portal.schedule if portal.enabled else None,
        articles_per_day=(per_day[0], per_day[1]) if per_day else None,
        yield_min=portal.expect.yield_min,
    )
