"""What one run of a portal is asked to fetch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newsroom.durations import point_in_time
from newsroom.errors import UsageError
from storage.due import Wanted


@dataclass(frozen=True, slots=True)
class Assignment:
    """All that is due, unless something is said."""

    limit: int | None = None  # pages at most, instead of the portal's max_pages
    since: datetime | None = None  # articles that were announced as older wait for another run
    revisit: bool = False  # only stored articles that are due for another look; nothing is discovered

    @property
    def kind(self) -> str:
        """crawl | revisit"""
        return "revisit" if self.revisit else "crawl"

    @property
    def is_narrowed(self) -> bool:
        """Whether the run sees only part of what the portal has for it."""
        return self.limit is not None or self.since is not None

    @property
    def awaits_dates(self) -> bool:
        """Whether feeds and sitemaps must be read before articles: they say how old those are."""
        return self.since is not None and not self.revisit

    @property
    def wanted(self) -> Wanted:
        """The due pages that it is after."""
        return Wanted(since=self.since, stored_only=self.revisit)


def assignment_of(arguments: dict[str, Any]) -> Assignment:
    """The assignment among a spider's arguments: as such, or as the words of `scrapy crawl -a limit=… -a since=…`."""
    given = arguments.get("assignment")
    if isinstance(given, Assignment):
        return given
    limit, since = arguments.get("limit"), arguments.get("since")
    try:
        return Assignment(
            limit=int(limit) if limit else None,
            since=point_in_time(str(since), datetime.now(UTC)) if since else None,
            revisit=str(arguments.get("revisit", "")).lower() in ("1", "true", "yes"),
        )
    except ValueError as error:
        raise UsageError(f"-a limit or -a since: {error}") from None
