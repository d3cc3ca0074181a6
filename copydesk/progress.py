"""Progress of a crawl: one live line a portal on a terminal, one summary line every 30 s elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copydesk.context import Desk
    from spiders.stats import CrawlStats

LINE_EVERY_S = 30.0
LIVE_ROWS = 20


class CrawlProgress:
    """Shows what the running crawls have done so far, on stderr."""

    def __init__(self, desk: Desk, *, live: bool) -> None:
        self._desk = desk
        self._last_line_s = time.monotonic()
        self._live: Any = self._start_live() if live else None

    def show(self, crawls: Sequence[CrawlStats]) -> None:
        """Show the present state; called twice a second."""
        if self._live is not None:
            self._live.update(_table(crawls), refresh=True)
        elif not self._desk.quiet and time.monotonic() - self._last_line_s >= LINE_EVERY_S:
            self._last_line_s = time.monotonic()
            self._desk.say(_line(crawls))

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _start_live(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
        live.start()
        return live


def _line(crawls: Sequence[CrawlStats]) -> str:
    fetched = sum(each.fetched for each in crawls)
    stored = sum(each.new + each.changed for each in crawls)
    rejected = sum(sum(each.refused.values()) for each in crawls)
    running = sum(each.finished_s is None for each in crawls)
    seconds = max((each.seconds for each in crawls), default=0.0)
    rate = fetched / seconds if seconds else 0.0
    return f"{running} crawls running: {fetched} fetched, {stored} stored, {rejected} rejected, {rate:.1f} pages/s"


def _table(crawls: Sequence[CrawlStats]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for heading in ("portal", "fetched", "stored", "rejected", "failed", "pages/s"):
        table.add_column(justify="left" if heading == "portal" else "right")
    table.add_row(
        *(Text(name, style="dim") for name in ("portal", "fetched", "stored", "rejected", "failed", "pages/s"))
    )
    running = sorted(crawls, key=lambda each: (each.finished_s is not None, each.portal_id))
    for each in running[:LIVE_ROWS]:
        rate = each.fetched / each.seconds if each.seconds else 0.0
        numbers = (each.fetched, each.new + each.changed, sum(each.refused.values()), sum(each.failed.values()))
        style = "dim" if each.finished_s is not None else ""
        table.add_row(Text(each.portal_id, style=style), *(str(number) for number in numbers), f"{rate:.1f}")
    if len(crawls) > LIVE_ROWS:
        table.add_row(Text(f"… and {len(crawls) - LIVE_ROWS} more", style="dim"))
    return table
