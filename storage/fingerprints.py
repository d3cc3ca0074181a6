"""What copies are found by: each text's units and hashes, the queue of texts to be compared, and who shares a hash."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Integer,
    String,
    Table,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql

from storage.dialect import one_of, slices, table, upsert

FINGERPRINTS = table("fingerprints")
HASHES = table("fingerprint_hashes")
RECENT = table("recent_hashes")
REVISIONS = table("revisions")
ARTICLES = table("articles")

RECENT_HASHES = 100_000  # about 1,600 texts; 1.5 MB that a few pages hold
_OF_HASH = ("hash", "revision_id", "is_short")
_INSERT_RECENT = "INSERT INTO recent_hashes (hash, revision_id, is_short) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_LOCK = 7305992  # PostgreSQL: one process at a time compares, so that no two new texts miss each other


@dataclass(frozen=True, slots=True)
class StoredUnits:
    """A text as it is compared. `background` is None while it has no hashes."""

    revision_id: int
    article_id: int
    units: bytes
    background: str | None = None


_UNITS = tuple(FINGERPRINTS.c[each.name] for each in fields(StoredUnits))

# Made once: making a statement costs as much as running it.
_waiting = (
    select(*_UNITS)
    .where(FINGERPRINTS.c.matched_utc.is_(None))
    .order_by(FINGERPRINTS.c.revision_id)
    .limit(bindparam("most"))
)
_units_of = select(*_UNITS).where(one_of(FINGERPRINTS.c.revision_id))
_current = (
    select(*_UNITS).join(ARTICLES, ARTICLES.c.revision_id == FINGERPRINTS.c.revision_id).where(one_of(ARTICLES.c.id))
)
_texts = select(REVISIONS.c.id, REVISIONS.c.text).where(one_of(REVISIONS.c.id))
_done = (
    update(FINGERPRINTS)
    .where(FINGERPRINTS.c.revision_id == bindparam("which"))
    .values(background=bindparam("by"), fluency=bindparam("usual"), matched_utc=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Matched:
    """A text that was given its fingerprint."""

    revision_id: int
    hashes: Sequence[int]
    is_short: bool
    fluency: float | None


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has some hashes: revisions by hash, and those of them that are short texts."""

    by_hash: Mapping[int, list[int]]
    short: set[int]


class Fingerprints:
    """The fingerprints of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"

    def take_turn(self) -> None:
        """Wait until no other process compares, until the end of this transaction. SQLite has one writer anyway."""
        if not self._sqlite:
            self._connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))

    def enter(self, rows: Sequence[StoredUnits]) -> None:
        """Put texts in the queue; those that are known stay as they are."""
        if rows:
            values = [
                {
                    "revision_id": each.revision_id,
                    "article_id": each.article_id,
                    "units": each.units,
                    "unit_count": len(each.units) // 2,
                }
                for each in rows
            ]
            self._connection.execute(upsert(self._connection, FINGERPRINTS).on_conflict_do_nothing(), values)

    def waiting(self, limit: int) -> list[StoredUnits]:
        """Texts that were not compared yet, the oldest first."""
        return _units(self._connection.execute(_waiting, {"most": limit}))

    def count_waiting(self) -> int:
        """How many texts were not compared yet."""
        query = select(func.count()).select_from(FINGERPRINTS).where(FINGERPRINTS.c.matched_utc.is_(None))
        return self._connection.scalar(query) or 0

    def units(self, revision_ids: Sequence[int]) -> dict[int, StoredUnits]:
        """By revision, its text as it is compared."""
        found: dict[int, StoredUnits] = {}
        for some in slices(revision_ids):
            rows = _units(self._connection.execute(_units_of, {"some": some}))
            found |= {each.revision_id: each for each in rows}
        return found

    def current(self, article_ids: Collection[int]) -> dict[int, StoredUnits]:
        """By article, its present text as it is compared."""
        found: dict[int, StoredUnits] = {}
        for some in slices(sorted(article_ids)):
            rows = _units(self._connection.execute(_current, {"some": some}))
            found |= {each.article_id: each for each in rows}
        return found

    def article_lengths(self, article_ids: Collection[int]) -> dict[int, int]:
        """By article, how many units its present text has."""
        found: dict[int, int] = {}
        for some in slices(sorted(article_ids)):
            query = select(ARTICLES.c.id, FINGERPRINTS.c.unit_count).join(
                FINGERPRINTS, ARTICLES.c.revision_id == FINGERPRINTS.c.revision_id
            )
            found |= {row.id: row.unit_count for row in self._connection.execute(query.where(ARTICLES.c.id.in_(some)))}
        return found

    def texts(self, revision_ids: Collection[int]) -> dict[int, str]:
        """By revision, its text."""
        found: dict[int, str] = {}
        for some in slices(sorted(revision_ids)):
            found |= {row.id: row.text for row in self._connection.execute(_texts, {"some": some})}
        return found

    def settle(self, matched: Sequence[Matched], background: str, now: datetime) -> None:
        """Enter the hashes of texts, which are compared now."""
        if not matched:
            return
        rows = sorted((value, each.revision_id, each.is_short) for each in matched for value in each.hashes)
        if rows:
            self._insert_hashes(rows)
            self._move_recent()
        same = {"by": background, "now": now}
        values = [{"which": each.revision_id, "usual": each.fluency, **same} for each in matched]
        self._connection.execute(_done, values)

    def _insert_hashes(self, rows: Sequence[tuple[int, int, bool]]) -> None:
        if self._sqlite:  # without SQLAlchemy's dictionaries, which cost more than SQLite's work
            self._connection.exec_driver_sql(_INSERT_RECENT, rows)
            return
        into = upsert(self._connection, RECENT)
        big, truth = postgresql.ARRAY(BigInteger), postgresql.ARRAY(Boolean)
        given = (
            func.unnest(
                bindparam("hash", type_=big), bindparam("revision_id", type_=big), bindparam("is_short", type_=truth)
            )
            .table_valued(column("hash"), column("revision_id"), column("is_short"), name="given")
            .render_derived()
        )
        filled = into.from_select(_OF_HASH, select(*(given.c[name] for name in _OF_HASH))).on_conflict_do_nothing()
        self._connection.execute(filled, dict(zip(_OF_HASH, map(list, zip(*rows, strict=True)), strict=True)))

    def _move_recent(self) -> None:
        """Move the recent hashes to the index, in the index's own order, when there are many."""
        if (self._connection.scalar(select(func.count()).select_from(RECENT)) or 0) <= RECENT_HASHES:
            return
        rows = select(*(RECENT.c[name] for name in _OF_HASH)).order_by(RECENT.c.hash)
        if self._sqlite:
            rows = rows.where(true())  # else SQLite takes ON CONFLICT for a join's ON
        into = upsert(self._connection, HASHES).from_select(_OF_HASH, rows)
        self._connection.execute(into.on_conflict_do_nothing())
        self._connection.execute(delete(RECENT))

    def holders(self, hashes: Sequence[int], newest: int) -> Holders:
        """The newest revisions that have each hash, at most `newest`. One index probe each, however many have it."""
        if not hashes:
            return Holders({}, set())
        asked = json.dumps(list(hashes)) if self._sqlite else list(hashes)
        found: dict[int, list[int]] = {}
        rows = self._connection.execute(_holders(self._sqlite), {"hashes": asked, "newest": newest})
        for value, *several in rows.all():
            coded = [one for some in several if some for one in (some.split(",") if self._sqlite else some)]
            if coded:
                found[value] = sorted(set(map(int, coded)), reverse=True)[:newest]
        short = {one >> 1 for held in found.values() for one in held if one & 1}
        return Holders({value: [one >> 1 for one in held] for value, held in found.items()}, short)

    def forget_hashes(self, hashes: Mapping[int, Sequence[int]]) -> None:
        """Take hashes out of the index, by revision."""
        gone = [{"one": value, "which": revision_id} for revision_id, values in hashes.items() for value in values]
        if not gone:
            return
        for where in (RECENT, HASHES):
            rows = delete(where).where(where.c.hash == bindparam("one"), where.c.revision_id == bindparam("which"))
            self._connection.execute(rows, gone)

    def missing(self, after: int, limit: int) -> list[tuple[int, int, str]]:
        """Revisions that have no units yet: id, article and text, by id, from behind `after` on."""
        query = (
            select(REVISIONS.c.id, REVISIONS.c.article_id, REVISIONS.c.text)
            .outerjoin(FINGERPRINTS, FINGERPRINTS.c.revision_id == REVISIONS.c.id)
            .where(FINGERPRINTS.c.revision_id.is_(None), REVISIONS.c.id > after)
            .order_by(REVISIONS.c.id)
            .limit(limit)
        )
        return [(row.id, row.article_id, row.text) for row in self._connection.execute(query)]

    def made_with_others(self, background: str, after: int, limit: int) -> list[StoredUnits]:
        """Compared texts behind revision `after` whose hashes were chosen with another background."""
        query = select(*_UNITS).where(
            FINGERPRINTS.c.revision_id > after,
            FINGERPRINTS.c.background != background,
            FINGERPRINTS.c.matched_utc.is_not(None),
        )
        return _units(self._connection.execute(query.order_by(FINGERPRINTS.c.revision_id).limit(limit)))

    def start_over(self) -> None:
        """Put every text back in the queue and empty the index."""
        for where in (RECENT, HASHES):
            self._connection.execute(delete(where))
        self._connection.execute(update(FINGERPRINTS).values(matched_utc=None, background=None, fluency=None))


@cache
def _holders(sqlite: bool) -> Any:
    """By given hash, its newest holders in each of the two tables."""
    if sqlite:
        given: Any = func.json_each(bindparam("hashes", type_=String)).table_valued(
            column("value", BigInteger), name="given"
        )
    else:
        array = bindparam("hashes", type_=postgresql.ARRAY(BigInteger))
        given = func.unnest(array).table_valued(column("value", BigInteger), name="given").render_derived()
    return select(given.c.value, *(_newest(where, given, sqlite) for where in (RECENT, HASHES)))


def _newest(where: Table, given: Any, sqlite: bool) -> Any:
    """The newest holders of a given hash in one of the tables, as a list: twice the revision, + 1 if short."""
    held = where.alias()
    inner = (
        select((held.c.revision_id * 2 + cast(held.c.is_short, Integer)).label("holder"))
        .where(held.c.hash == given.c.value)
        .order_by(held.c.revision_id.desc())
        .limit(bindparam("newest"))
        .correlate(given)
    )
    if sqlite:
        return select(func.group_concat(inner.subquery().c.holder)).scalar_subquery()
    return func.array(inner.scalar_subquery(), type_=postgresql.ARRAY(BigInteger))


def _units(rows: Any) -> list[StoredUnits]:
    return [StoredUnits(*row) for row in rows]
