"""What a crawl would do, seen from what is stored: nothing is asked of any site, and nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsroom.config import Config
from newsroom.portals import Portal
from newsroom.records import Candidate
from spiders.assignment import Assignment
from spiders.beginning import begun_utc
from spiders.discovery import Discovery
from storage.corpus import Corpus
from storage.database import Database, open_database
from storage.due import DuePage, Outlook
from storage.owners import dead_owners

NAMED = 100  # due pages of a portal that are named
NOTHING = Outlook(due={}, held={}, older={}, later={}, leased=0, held_until=None, next_due=None, pages=())


@dataclass(frozen=True, slots=True)
class PortalOutlook:
    """What a crawl of one portal would find."""

    portal: Portal
    assignment: Assignment
    is_known: bool  # whether it was ever crawled
    found: Outlook
    roots: tuple[Candidate, ...]  # sources where it would begin, and that are not in the corpus yet

    @property
    def due(self) -> dict[str, int]:
        """Due pages by kind: source, new, again."""
        counts = {kind: self.found.due.get(kind, 0) for kind in ("source", "new", "again")}
        return {**counts, "source": counts["source"] + len(self.roots)}

    @property
    def would_fetch(self) -> int:
        """How many of them a crawl would fetch under its limit."""
        return min(sum(self.due.values()), self.assignment.limit or self.portal.fetch.max_pages)

    @property
    def pages(self) -> list[DuePage]:
        """The first of the due pages, in the order in which they would be fetched."""
        return [*(DuePage(each.url, each.role, "source") for each in self.roots), *self.found.pages][:NAMED]

    @property
    def note(self) -> str:
        """What a reader of the numbers must know."""
        if self.is_known:
            return ""
        if self.assignment.revisit:
            return "never crawled: nothing to look at again"
        return "never crawled: its sources would be discovered"

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        found, due = self.found, self.due
        return {
            "portal": self.portal.id,
            "known": self.is_known,
            "note": self.note,
            "due": sum(due.values()),
            "sources": due["source"],
            "articles": {"new": due["new"], "again": due["again"]},
            "would_fetch": self.would_fetch,
            "limit": self.assignment.limit or self.portal.fetch.max_pages,
            "host_waits": {"pages": sum(found.held.values()), "until_utc": found.held_until},
            "later": {
                "again": found.later.get("again", 0),
                "tries": found.later.get("source", 0) + found.later.get("new", 0),
                "next_utc": found.next_due,
            },
            "older": sum(found.older.values()),
            "leased": found.leased,
            "pages": [{"url": each.url, "role": each.role.value, "kind": each.kind} for each in self.pages],
        }


def look_ahead(config: Config, portals: Sequence[Portal], assignment: Assignment, now: datetime) -> list[PortalOutlook]:
    """What a crawl of `portals` would find `now`. Without a database, none of them was ever crawled.

    Raises StorageError when the database cannot be read.
    """
    path = Database(config.database_url).path
    if path is not None and not path.exists():
        return [_unknown(portal, assignment) for portal in portals]
    with open_database(config.database_url) as database, database.reading() as corpus:
        dead = dead_owners(corpus)
        return [_look(corpus, portal, assignment, dead, now) for portal in portals]


def _unknown(portal: Portal, assignment: Assignment) -> PortalOutlook:
    roots = () if assignment.revisit else Discovery(portal).roots()
    return PortalOutlook(portal, assignment, False, NOTHING, roots)


def _look(corpus: Corpus, portal: Portal, assignment: Assignment, dead: Sequence[str], now: datetime) -> PortalOutlook:
    if corpus.portals.get(portal.id) is None:
        return _unknown(portal, assignment)
    found = corpus.due.outlook(
        portal.id,
        now,
        read_before=begun_utc(corpus, portal.id, assignment.kind, now),
        wanted=assignment.wanted,
        dead=dead,
        most=NAMED,
    )
    roots = () if assignment.revisit else Discovery(portal).roots()
    new = tuple(each for each in roots if corpus.frontier.page(each.url) is None)
    return PortalOutlook(portal, assignment, True, found, new)
