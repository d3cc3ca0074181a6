"""Articles on their way out: rows of chosen fields in a fixed order, in the same few megabytes however many there are.

The rows come straight from the tables, for making records of a hundred thousand articles takes longer than all else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, Text, func, select, tuple_, type_coerce

from storage.columns import Utc
from storage.dialect import slices, table
from storage.exports.fields import FIELDS, KNOWN, Field, Kind
from storage.exports.origins import origins
from storage.rights import Rights

ARTICLES = table("articles")
REVISIONS = table("revisions")
CAPTURES = table("captures")

Maker = Callable[..., Any]
Step = tuple[
    str, int, int, Maker | None
]  # a field, from and up to which column its values are, and what makes it of them

BATCH = 200  # rows held at a time
BRIEF_BATCH = 2_000  # of rows without a text
_CURRENT_PLACE = (ARTICLES.c.id, REVISIONS.c.number)
_PLACE = (REVISIONS.c.article_id, REVISIONS.c.number)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which articles are to be written, and what of each."""

    ids: Sequence[int] | None = None  # in this order; None: all that may be given out, by id
    fields: tuple[str, ...] = FIELDS
    every_revision: bool = False  # a row each text an article has had, oldest first; else its current one


class Slices:
    """What one unit of work gives out. What is withheld is left out, also where its id is among the asked ones."""

    def __init__(self, connection: Connection, rights: Rights) -> None:
        self._connection = connection
        self._rights = rights

    def count(self, chosen: Slice) -> int:
        """How many rows `plain` and `typed` will give."""
        every, current = select(func.count(REVISIONS.c.id)), select(func.count(ARTICLES.c.revision_id))
        found = 0
        for some in [None] if chosen.ids is None else slices(chosen.ids):
            counted = (
                self._narrowed(every, chosen, some)
                if chosen.every_revision
                else current.where(*self._conditions(some))  # without a look at the texts
            )
            found += self._connection.scalar(counted) or 0
        return found

    def plain(self, chosen: Slice) -> Iterator[dict[str, Any]]:
        """Each row as plain JSON values, by field."""
        return self._records(chosen, [KNOWN[name] for name in chosen.fields], lambda field: field.plain)

    def typed(self, chosen: Slice) -> Iterator[dict[str, Any]]:
        """As `plain`, but times are times: `date` is the beginning of what `date_precision` names."""
        fields = [KNOWN[name] for name in chosen.fields]
        return self._records(chosen, fields, lambda field: None if field.kind is Kind.TIME else field.plain)

    def article_ids(self, chosen: Slice) -> Iterator[int]:
        """The ids alone of the articles."""
        for row in self._rows(chosen, [ARTICLES.c.id]):
            yield row[0]

    def digests(self, chosen: Slice) -> Iterator[tuple[int, str, list[str]]]:
        """Each article's id, address, and the content digests of its texts that `plain` gives, in their order."""
        columns = [ARTICLES.c.id.label("whose"), ARTICLES.c.url, REVISIONS.c.content_digest]
        rows = self._rows(chosen, columns, BRIEF_BATCH)
        for (article_id, url), texts in groupby(rows, attrgetter("whose", "url")):
            yield article_id, url, [text.content_digest for text in texts]

    # --- rows -----------------------------------------------------------------------------------------------------

    def _records(
        self, chosen: Slice, fields: Sequence[Field], maker: Callable[[Field], Maker | None]
    ) -> Iterator[dict[str, Any]]:
        stored = [field for field in fields if field.columns]
        looked_up = [field.name for field in fields if not field.columns]
        columns: list[Any] = [ARTICLES.c.id]
        plan: list[Step] = []
        for field in stored:
            make = maker(field)
            taken = field.columns if make else field.columns[:1]
            plan.append((field.name, len(columns), len(columns) + len(taken), make))
            columns += map(_raw, taken) if make else taken
        rows = self._rows(chosen, columns)
        if not looked_up:
            return (_record(row, plan) for row in rows)
        return self._with_origins(rows, plan, chosen.fields)

    def _with_origins(
        self, rows: Iterator[Row[Any]], plan: Sequence[Step], names: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        while batch := list(islice(rows, BATCH)):
            known = origins(self._connection, {row[0] for row in batch}, self._rights)
            for row in batch:
                found = {**_record(row, plan), **known[row[0]].as_fields()}
                yield {name: found[name] for name in names}

    def _rows(self, chosen: Slice, columns: Sequence[Any], batch_rows: int = BATCH) -> Iterator[Row[Any]]:
        """The chosen rows, a batch at a time; their last two columns are the article's id and the text's number."""
        place = _PLACE if chosen.every_revision else _CURRENT_PLACE
        query = select(*columns, *place)
        order = place if chosen.every_revision else place[:1]  # each as an index has it
        if chosen.ids is None:
            ahead = self._narrowed(query, chosen, None).order_by(*order).limit(batch_rows)
            batch: Sequence[Row[Any]] = self._connection.execute(ahead).all()
            while batch:
                yield from batch
                last = batch[-1][-2:]
                behind = tuple_(*order) > tuple_(*last) if chosen.every_revision else order[0] > last[0]
                batch = self._connection.execute(ahead.where(behind)).all() if len(batch) == batch_rows else ()
            return
        for some in slices(chosen.ids, batch_rows):
            found: dict[int, list[Row[Any]]] = {}
            for row in self._connection.execute(self._narrowed(query, chosen, some).order_by(*order)):
                found.setdefault(row[-2], []).append(row)
            for one in some:
                yield from found.get(one, ())

    def _narrowed(self, query: Select[Any], chosen: Slice, ids: Collection[int] | None) -> Select[Any]:
        current = REVISIONS.c.id == ARTICLES.c.revision_id
        same = REVISIONS.c.article_id == ARTICLES.c.id if chosen.every_revision else current
        joined = ARTICLES.join(REVISIONS, same)
        if "record_id" in chosen.fields:
            joined = joined.outerjoin(CAPTURES, CAPTURES.c.id == REVISIONS.c.capture_id)
        return query.select_from(joined).where(*self._conditions(ids))

    def _conditions(self, ids: Collection[int] | None) -> list[ColumnElement[bool]]:
        return [*self._rights.conditions(), *([] if ids is None else [ARTICLES.c.id.in_(ids)])]


def _raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A time or a list as the driver gives it: `storage.exports.fields` writes either without making objects of it."""
    return type_coerce(column, Text) if isinstance(column.type, Utc | JSON) else column


def _record(row: Row[Any], plan: Sequence[Step]) -> dict[str, Any]:
    return {name: make(*row[at:end]) if make else row[at] for name, at, end, make in plan}
