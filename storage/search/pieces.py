"""The newest articles that answer, off the index and its pieces alone.

In plain SQL, for making a statement takes as long as most of its answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from storage.dialect import plain_rows
from storage.search.candidates import UNCOUNTED, WIDTH, Bounds, Candidates, Newest
from storage.search.combining import Combined, Condition
from storage.search.counting import counted_there
from storage.search.schema import FTS_TABLE, VECTOR_TABLE
from storage.search.tree import Sought

_FROM = {  # by whether it is SQLite
    True: f"FROM {FTS_TABLE} JOIN chunks ON chunks.id = {FTS_TABLE}.rowid WHERE",
    False: f"FROM {VECTOR_TABLE} WHERE",
}
_ABOUT = {
    True: "dated_s, article_id, CASE WHEN is_whole THEN chunks.id END, chars",
    False: "dated_s, article_id, CASE WHEN is_whole THEN chunk_id END AS piece, chars",
}
# PostgreSQL answers one question sooner than several. An article may have several pieces.
_ALL_OF_THEM = (
    ", count(*) OVER () AS all_pieces, count(*) FILTER (WHERE NOT is_whole) OVER () AS not_whole, "
    "(SELECT max(id) FROM articles) AS largest"
)
_TO_COUNT_IN = ", is_whole, is_plain, revision_id"
_COUNTED = (
    "WITH newest AS MATERIALIZED ({}) SELECT dated_s, c.article_id, piece, c.chars, {} "
    "FROM newest AS c LEFT JOIN revisions AS r ON r.id = {} ORDER BY dated_s DESC, c.article_id DESC"
)
_APART = (  # two questions to the index, which need no look at the texts
    f"FROM (SELECT *, true AS is_once FROM {VECTOR_TABLE} WHERE {{}} "  # noqa: S608
    f"UNION ALL SELECT *, false FROM {VECTOR_TABLE} WHERE {{}}) AS found WHERE true"
)
_NOT_ONCE = "CASE WHEN NOT c.is_once THEN c.revision_id END"
_ARTICLES = "SELECT count(*) FILTER (WHERE is_whole) + count(DISTINCT article_id) FILTER (WHERE NOT is_whole) {}"
_IN_ORDER = " ORDER BY dated_s DESC, article_id DESC"
_NOT_WHOLE = (  # SQLite, left alone, would look up every piece there is
    f"FROM chunks WHERE NOT is_whole AND +id IN (SELECT rowid FROM {FTS_TABLE} WHERE {{}})"  # noqa: S608
)
_SEVERAL = "SELECT DISTINCT dated_s, article_id, NULL, chars FROM chunks WHERE NOT is_whole AND"
_HOW_MANY_SEVERAL = "SELECT count(DISTINCT article_id) FROM chunks WHERE NOT is_whole AND"


class Pieces:
    """The pieces that answer one question to the index."""

    def __init__(self, connection: Connection, asked: Combined) -> None:
        self._connection = connection
        self._asked = asked
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._matching = self._plain(asked.of_piece)

    def newest(self, limit: int | None, bounds: Bounds, phrases: Sequence[Sought] = ()) -> Newest:
        """Up to `limit` articles within `bounds`, the newest first; how many there are below the ceiling in all.

        With how often each of `phrases` stands in them, where the database counts that itself.
        """
        counts = [] if self._is_sqlite else counted_there(phrases, apart=self._asked.apart is not None)
        reader = self._newest_of_one if self._asked.is_one else self._newest_of_several
        return reader(limit, bounds, counts)

    def _newest_of_one(self, limit: int | None, bounds: Bounds, counts: Sequence[Condition]) -> Newest:
        """As `newest`, where a piece answers for its article."""
        bounded = bool(bounds.floor or bounds.below)
        most = limit
        while True:
            rows = self._pieces(_within(bounds), most, counts, with_total=not bounded)
            found = Candidates.of(rows, len(counts))
            if most is None or limit is None or len(rows) < most or len(found) >= limit:
                break
            most *= 2
        if not bounded and (most is None or len(rows) < most):
            total = len(found)
        elif not bounded and not self._is_sqlite and rows[0][-2] == 0:
            total = rows[0][-3]
        else:
            total = self._how_many(_within(Bounds(bounds.ceiling)))
        return Newest(found.first(limit), total, None if bounded else self._largest(rows))

    def _how_many(self, ceiling: str) -> int:
        """How many articles there are, where a piece answers for its article."""
        if not self._is_sqlite or ceiling:
            return self._number(_ARTICLES.format(f"{_FROM[self._is_sqlite]} {self._matching}{ceiling}"))
        return self._all_pieces_but("count(*) - count(DISTINCT article_id)")

    def _how_many_whole(self, ceiling: str) -> int:
        """How many pieces there are that are an article alone."""
        if not self._is_sqlite or ceiling:
            return self._number(f"SELECT count(*) {_FROM[self._is_sqlite]} {self._matching} AND is_whole{ceiling}")
        return self._all_pieces_but("count(*)")

    def _all_pieces_but(self, counted: str) -> int:
        """How many pieces there are, by SQLite's index alone, less what is `counted` of those that are not whole."""
        every = f"SELECT count(*) FROM {FTS_TABLE} WHERE {self._matching}"  # noqa: S608
        statement = f"SELECT ({every}) - (SELECT {counted} {_NOT_WHOLE.format(self._matching)})"
        ((number,),) = plain_rows(self._connection, statement, self._asked.of_piece.values * 2)
        return int(number)

    def _newest_of_several(self, limit: int | None, bounds: Bounds, counts: Sequence[Condition]) -> Newest:
        """As `newest`, where each word may stand in another piece of an article that has several."""
        in_pieces, values = self._plain(self._asked.of_article), self._asked.of_article.values
        place, ceiling = _within(bounds), _within(Bounds(bounds.ceiling))
        rows = self._pieces(f" AND is_whole{place}", limit, counts, with_total=True)
        several = plain_rows(self._connection, f"{_SEVERAL} {in_pieces}{place}{_IN_ORDER}{_up_to(limit)}", values)
        uncounted = (UNCOUNTED,) * len(counts)
        both = [*(row[: WIDTH + len(counts)] for row in rows), *((*row, *uncounted) for row in several)]
        found = Candidates.of(sorted(both, reverse=True), len(counts))
        if place == ceiling and (limit is None or len(rows) < limit):
            total = len(rows)
        elif place == ceiling and not self._is_sqlite:
            total = rows[0][-3]
        else:
            total = self._how_many_whole(ceiling)
        if place == ceiling and (limit is None or len(several) < limit):
            total += len(several)
        else:
            ((articles,),) = plain_rows(self._connection, f"{_HOW_MANY_SEVERAL} {in_pieces}{ceiling}", values)
            total += articles
        return Newest(found.first(limit), total, self._largest(rows))

    def _pieces(
        self, within: str, limit: int | None, counts: Sequence[Condition], *, with_total: bool
    ) -> Sequence[Any]:
        """The newest pieces, and `counts`; of PostgreSQL, how many there are in all, how many not whole, `_largest`."""
        totals = _ALL_OF_THEM if with_total and not self._is_sqlite else ""
        about, rest = _ABOUT[self._is_sqlite], f"{within}{_IN_ORDER}{_up_to(limit)}"
        found = f"{_FROM[self._is_sqlite]} {self._matching}"
        if not counts:
            return self._rows(f"SELECT {about}{totals} {found}{rest}")
        to_count_in, revision = _TO_COUNT_IN, "c.revision_id"
        asked = self._asked.apart or (self._asked.of_piece,)
        if self._asked.apart:
            to_count_in, revision = f"{to_count_in}, is_once", _NOT_ONCE
            found = _APART.format(*map(self._plain, asked))
        columns = ", ".join([*map(self._plain, counts), *(["all_pieces", "not_whole", "largest"] if totals else [])])
        statement = _COUNTED.format(f"SELECT {about}{to_count_in}{totals} {found}{rest}", columns, revision)
        return plain_rows(self._connection, statement, [value for each in (*asked, *counts) for value in each.values])

    def _largest(self, rows: Sequence[Any]) -> int | None:
        """The largest article id there is, as PostgreSQL says it with totals: asked by itself, it takes as long."""
        return rows[0][-1] if rows and not self._is_sqlite else None

    def _number(self, statement: str) -> int:
        ((number,),) = self._rows(statement)
        return int(number)

    def _rows(self, statement: str) -> Sequence[Any]:
        return plain_rows(self._connection, statement, self._asked.of_piece.values)

    def _plain(self, condition: Condition) -> str:
        return condition.template.format(*["?" if self._is_sqlite else "%s"] * len(condition.values))


def _within(bounds: Bounds) -> str:
    conditions = f" AND article_id <= {bounds.ceiling}" if bounds.ceiling is not None else ""
    for sign, place in ((">=", bounds.floor), ("<", bounds.below)):
        conditions += f" AND (dated_s, article_id) {sign} ({place[0]}, {place[1]})" if place else ""
    return conditions


def _up_to(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {limit}"
