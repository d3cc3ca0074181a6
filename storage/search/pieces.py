"""The newest articles that answer, off the index and its pieces alone.

In plain SQL, for making a statement takes as long as most of its answers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from storage.dialect import plain_rows
from storage.search.candidates import WIDTH, Bounds, Candidates, Newest
from storage.search.combining import Combined, Condition
from storage.search.schema import FTS_TABLE, VECTOR_TABLE

_FROM = {  # by whether it is SQLite
    True: f"FROM {FTS_TABLE} JOIN chunks ON chunks.id = {FTS_TABLE}.rowid WHERE",
    False: f"FROM {VECTOR_TABLE} WHERE",
}
_ABOUT = "SELECT dated_s, article_id, CASE WHEN is_whole THEN {} END, chars, is_plain, revision_id"
# How many articles there are: an article may have several pieces. One question where two take longer: PostgreSQL.
_ALL_OF_THEM = ", count(*) OVER (), count(*) FILTER (WHERE NOT is_whole) OVER ()"
_ARTICLES = "SELECT count(*) FILTER (WHERE is_whole) + count(DISTINCT article_id) FILTER (WHERE NOT is_whole) {}"
_IN_ORDER = " ORDER BY dated_s DESC, article_id DESC"
_SURPLUS = (  # of pieces over articles; SQLite, left alone, would look up every piece there is
    "SELECT count(*) - count(DISTINCT article_id) FROM chunks WHERE NOT is_whole "  # noqa: S608
    f"AND +id IN (SELECT rowid FROM {FTS_TABLE} WHERE {{}})"
)
_SEVERAL = "SELECT DISTINCT dated_s, article_id, NULL, chars, is_plain, revision_id FROM chunks WHERE NOT is_whole AND"
_HOW_MANY_SEVERAL = "SELECT count(DISTINCT article_id) FROM chunks WHERE NOT is_whole AND"


class Pieces:
    """The pieces that answer one question to the index."""

    def __init__(self, connection: Connection, asked: Combined) -> None:
        self._connection = connection
        self._asked = asked
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._about = _ABOUT.format("chunks.id" if self._is_sqlite else "chunk_id")
        self._matching = self._plain(asked.of_piece)

    def newest(self, limit: int | None, bounds: Bounds) -> Newest:
        """Up to `limit` articles within `bounds`, the newest first; how many there are below the ceiling in all."""
        return self._newest_of_one(limit, bounds) if self._asked.is_one else self._newest_of_several(limit, bounds)

    def _newest_of_one(self, limit: int | None, bounds: Bounds) -> Newest:
        """As `newest`, where a piece answers for its article."""
        within = f"{_FROM[self._is_sqlite]} {self._matching}{_within(bounds)}"
        bounded = bool(bounds.floor or bounds.below)
        counted = _ALL_OF_THEM if not self._is_sqlite and not bounded else ""
        most = limit
        while True:
            rows = self._rows(f"{self._about}{counted} {within}{_IN_ORDER}{_up_to(most)}")
            found = Candidates.of(rows)
            if most is None or limit is None or len(rows) < most or len(found) >= limit:
                break
            most *= 2
        if not bounded and (most is None or len(rows) < most):
            total = len(found)
        elif counted and rows[0][WIDTH + 1] == 0:
            total = rows[0][WIDTH]
        else:
            total = self._how_many(_within(Bounds(bounds.ceiling)))
        return Newest(found.first(limit), total)

    def _how_many(self, ceiling: str) -> int:
        """How many articles there are, where a piece answers for its article."""
        if not self._is_sqlite or ceiling:
            return self._number(_ARTICLES.format(f"{_FROM[self._is_sqlite]} {self._matching}{ceiling}"))
        pieces = self._number(f"SELECT count(*) FROM {FTS_TABLE} WHERE {self._matching}")  # noqa: S608
        return pieces - self._number(_SURPLUS.format(self._matching))

    def _newest_of_several(self, limit: int | None, bounds: Bounds) -> Newest:
        """As `newest`, where each word may stand in another piece of an article that has several."""
        whole = f"{_FROM[self._is_sqlite]} {self._matching} AND is_whole"
        in_pieces, values = self._plain(self._asked.of_article), self._asked.of_article.values
        place, ceiling = _within(bounds), _within(Bounds(bounds.ceiling))
        counted = ", count(*) OVER ()" if not self._is_sqlite else ""
        rows = self._rows(f"{self._about}{counted} {whole}{place}{_IN_ORDER}{_up_to(limit)}")
        several = plain_rows(self._connection, f"{_SEVERAL} {in_pieces}{place}{_IN_ORDER}{_up_to(limit)}", values)
        found = Candidates.of(sorted([*(row[:WIDTH] for row in rows), *several], reverse=True))
        if place == ceiling and (limit is None or len(rows) < limit):
            total = len(rows)
        elif place == ceiling and counted:
            total = rows[0][WIDTH]
        else:
            total = self._number(f"SELECT count(*) {whole}{ceiling}")
        if place == ceiling and (limit is None or len(several) < limit):
            total += len(several)
        else:
            ((articles,),) = plain_rows(self._connection, f"{_HOW_MANY_SEVERAL} {in_pieces}{ceiling}", values)
            total += articles
        return Newest(found.first(limit), total)

    def _number(self, statement: str) -> int:
        ((number,),) = self._rows(statement)
        return int(number)

    def _rows(self, statement: str) -> Any:
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
