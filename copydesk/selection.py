"""What several commands choose by: filters of articles, names of portals, an article's id or address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from copydesk.commands.portal import complete_portal

if TYPE_CHECKING:
    from copydesk.context import Desk
    from storage.corpus import Corpus

Function = TypeVar("Function", bound=Callable[..., Any])


class Day(click.ParamType[datetime]):
    """A day, month or year, or how long ago; `last` makes it the end of that day, month or year."""

    name = "day"

    def __init__(self, *, last: bool = False) -> None:
        self._last = last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The UTC time that `value` begins or ends at."""
        from datetime import UTC

        from storage.search.filters import time_of

        if isinstance(value, datetime):
            return value
        try:
            return time_of(str(value), datetime.now(UTC), last=self._last)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class When(click.ParamType[datetime]):
    """A time in the past: ISO 8601, or how long ago."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The UTC time that `value` names."""
        from datetime import UTC

        from newsroom.durations import point_in_time

        if isinstance(value, datetime):
            return value
        try:
            return point_in_time(str(value), datetime.now(UTC))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def filter_options(function: Function) -> Function:
    """Give a command the filters of a search as options, by the names in `Filters`."""
    options = [
        click.option("--portal", metavar="ID", shell_complete=complete_portal, help="Only articles of this portal."),
        click.option(
            "--language", metavar="TAG", help="Only articles in this language; zh covers zh-Hans and zh-Hant."
        ),
        click.option(
            "--since",
            type=Day(),
            metavar="DAY",
            help="Published on DAY or later: 2026-03-05, 2026-03, 2026, or 7d for seven days ago.",
        ),
        click.option(
            "--until", type=Day(last=True), metavar="DAY", help="Published on DAY or earlier; DAY as for --since."
        ),
        click.option("--unique", is_flag=True, help="Each story once: its likely source where that is found."),
        click.option(
            "--originals", "copied", flag_value="originals", help="Only articles that are likely their story's first."
        ),
        click.option("--copies", "copied", flag_value="copies", help="Only articles whose story another had first."),
        click.option("--fold-han", is_flag=True, help="Traditional and simplified characters are the same."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def as_options(filters: Mapping[str, Any]) -> str:
    """The filters of a search as they were typed, or could be: ` --portal harbour --unique`; empty without any."""
    written = []
    for name, value in filters.items():
        if isinstance(value, datetime):
            value = _as_option(value, last=name == "until")
        if name == "copied" and value:
            name, value = value, True
        if value:
            option = f"--{name.replace('_', '-')}"
            written.append(option if value is True else f"{option} {value}")
    return "".join(f" {each}" for each in written)


def _as_option(when: datetime, *, last: bool) -> str:
    """A day, of which `when` is the beginning or, with `last`, the end; else a time."""
    from datetime import time, timedelta

    if when.timetz().replace(tzinfo=None) != time():
        return when.isoformat().replace("+00:00", "Z")
    return (when - timedelta(days=last)).date().isoformat()


def warn_of_waiting(desk: Desk, corpus: Corpus) -> None:
    """Say how many articles a search may miss, when there are any."""
    if waiting := corpus.search.unindexed():
        desk.warn(f"{waiting:,} articles are not in the search index yet and are missed; run `copydesk db reindex`")


def check_portal(corpus: Corpus, portal_id: str | None) -> None:
    """Raise UsageError when the corpus has never met this portal."""
    if portal_id is not None:
        corpus.portals.check(portal_id)
