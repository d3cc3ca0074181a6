"""The saved searches of a corpus."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from newsroom.errors import StorageError, UsageError
from newsroom.spelling import suggestion
from storage.dialect import insert_new, table
from storage.saved.seen import Seen
from storage.search.filters import given_filters, plain_filters, read_filters
from storage.search.query import parse
from storage.search.tree import Node
from storage.storable import storable, storable_text

SAVED = table("saved_searches")

_NAME = re.compile(r"[^\W_][\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that is kept."""

    name: str
    query: str  # as typed
    filters: Mapping[str, Any]  # as `SearchIndex` takes them
    created_utc: datetime
    run_utc: datetime | None
    seen: Seen

    @property
    def searched_for(self) -> str:
        """The query as it is understood."""
        return str(self.tree)

    @property
    def tree(self) -> Node:
        """The query with its filter for Chinese characters, as it is asked."""
        return parse(self.query, fold_han=bool(self.filters.get("fold_han")))


class SavedSearches:
    """The saved searches of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, query: str, filters: Mapping[str, Any], now: datetime) -> SavedSearch:
        """Keep a search under a name of its own; nothing counts as shown yet.

        Raises UsageError for a name that is taken or cannot be one, and for a filter that is none; QueryError for a
        query that does not parse.
        """
        name, given = checked_name(name), given_filters(filters)
        parse(query)
        row = {
            "name": name,
            "query": storable_text(query),
            "filters": storable(plain_filters({key: value for key, value in given.items() if value})),
            "created_utc": now,
            "run_utc": None,
            "seen": Seen().pack(),
        }
        if self._connection.execute(insert_new(self._connection, SAVED, "name"), row).first() is None:
            raise UsageError(f'there is a saved search "{name}" already; see copydesk saved list, or take another name')
        return self.known(name)

    def list(self) -> list[SavedSearch]:
        """All of them, by name."""
        return [_saved(row) for row in self._connection.execute(select(SAVED).order_by(SAVED.c.name))]

    def known(self, name: str) -> SavedSearch:
        """The one with this name. Raises UsageError when there is none."""
        name = unicodedata.normalize("NFC", name)
        row = self._connection.execute(select(SAVED).where(SAVED.c.name == storable_text(name))).first()
        if row is None:
            names = list(self._connection.scalars(select(SAVED.c.name)))
            raise UsageError(f'no saved search "{name}"{suggestion(name, names) or "; see copydesk saved list"}')
        return _saved(row)

    def mark(self, name: str, revision_ids: Iterable[int], finished_utc: datetime | None) -> None:
        """Note that texts have been shown, beside what another run has noted meanwhile.

        `finished_utc` is when the run looked; None when it has not shown all that was new then.
        """
        mine = SAVED.c.name == name
        packed = self._connection.scalar(select(SAVED.c.seen).where(mine).with_for_update())
        if packed is None:
            return  # removed while it ran
        seen = Seen(packed)
        seen.add(revision_ids)
        run = {} if finished_utc is None else {"run_utc": finished_utc}
        self._connection.execute(update(SAVED).where(mine).values(seen=seen.pack(), **run))

    def remove(self, name: str) -> bool:
        """Forget a saved search; False when there is none of that name."""
        return self._connection.execute(delete(SAVED).where(SAVED.c.name == name)).rowcount > 0


def checked_name(name: str) -> str:
    """`name` in one form. Raises UsageError when it cannot name a saved search, and a file beside it."""
    name = unicodedata.normalize("NFC", name)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} cannot name a saved search: up to 64 letters, digits, dots, dashes and underscores, "
            "a letter or digit first"
        )
    return name


def _saved(row: Row[Any]) -> SavedSearch:
    try:
        filters = read_filters(row.filters)
    except ValueError as error:
        raise StorageError(f'saved search "{row.name}": {error}; remove it and save it anew') from None
    return SavedSearch(row.name, row.query, filters, row.created_utc, row.run_utc, Seen(row.seen))
