"""What `copydesk crawl --dry-run` prints."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.context import Desk
    from newsroom.portals import Portal
    from spiders.assignment import Assignment
    from spiders.outlook import PortalOutlook

NUMBERS = ("sources", "new", "again", "would_fetch", "host_waits", "later", "older", "leased")
NAMED = 10  # due pages of a portal that the table names


def show_outlook(desk: Desk, portals: Sequence[Portal], assignment: Assignment, output: str) -> int:
    """Print what a crawl of `portals` would find; how many pages are due."""
    from spiders.outlook import look_ahead

    found = look_ahead(desk.config, portals, assignment, datetime.now(UTC))
    due = sum(sum(each.due.values()) for each in found)
    if output == "json":
        _print_json(found, assignment, due)
    else:
        _print_rows(found, output)
    if output == "table":
        for each in found:
            _print_pages(each)
        _explain(desk, found)
    return due


def _print_json(found: list[PortalOutlook], assignment: Assignment, due: int) -> None:
    from copydesk.output import to_json

    whole = {
        "dry_run": True,
        "kind": assignment.kind,
        "since": assignment.since,
        "due": due,
        "would_fetch": sum(each.would_fetch for each in found),
        "portals": [each.as_dict() for each in found],
    }
    sys.stdout.write(to_json(whole) + "\n")


def _print_rows(found: list[PortalOutlook], output: str) -> None:
    from copydesk.output import Column, print_rows

    columns = [Column("portal"), *(Column(name, right=True) for name in NUMBERS), Column("note")]
    print_rows(map(_row, found), columns, output)


def _row(each: PortalOutlook) -> dict[str, Any]:
    said = each.as_dict()
    return {
        **said,
        "new": said["articles"]["new"],
        "again": said["articles"]["again"],
        "host_waits": said["host_waits"]["pages"],
        "later": said["later"]["again"] + said["later"]["tries"],
    }


def _print_pages(each: PortalOutlook) -> None:
    from copydesk.output import clean

    if not each.pages:
        return
    sys.stdout.write(f"\n{each.portal.id}: due now, in the order of fetching\n")
    for page in each.pages[:NAMED]:
        sys.stdout.write(f"  {page.kind:<6}  {clean(page.url)}\n")
    if more := sum(each.due.values()) - min(len(each.pages), NAMED):
        sys.stdout.write(f"  and {more:,} more\n")


def _explain(desk: Desk, found: list[PortalOutlook]) -> None:
    if not found:
        return
    until = min((each.found.held_until for each in found if each.found.held_until), default=None)
    following = min((each.found.next_due for each in found if each.found.next_due), default=None)
    if until:
        desk.say(f"hosts that asked to be left alone: the first may be asked at {until:%Y-%m-%d %H:%M:%S} UTC")
    if following:
        desk.say(f"not due yet: the first is due at {following:%Y-%m-%d %H:%M:%S} UTC")
    desk.say("nothing was asked and nothing was written; sources may name more when they are read")
