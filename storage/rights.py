"""What may leave the corpus: nothing of an article under an embargo, by whichever door, until that has ended.

One condition on articles says it, for search, counts, facets and exports alike. Without an embargo in force there is
no condition, so that nobody pays for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, exists, false, func, not_, or_, select

from newsroom.errors import Withheld
from storage.dialect import plain_rows, slices, table
from storage.holds import HOLDS, Hold, Kind, Scope, in_force, read_hold

ARTICLES = table("articles")
PAGES = table("pages")

_ANY = f"SELECT 1 FROM holds WHERE kind = '{Kind.EMBARGO.value}' AND released_utc IS NULL LIMIT 1"  # noqa: S608


class Rights:
    """What one unit of work may give out at `now`; with `embargoed`, all of it."""

    def __init__(self, connection: Connection, now: datetime, *, embargoed: bool = False) -> None:
        self._connection = connection
        self._now = now
        self._embargoed = embargoed
        self._inverted = False
        self._scopes: frozenset[Scope] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must be true of a row of articles for it to be given out; nothing, where nothing is withheld."""
        if not self.is_withholding:
            return [false()] if self._inverted else []
        covered = or_(*(self._covering(scope) for scope in sorted(self._in_force())))
        return [covered if self._inverted else not_(covered)]

    def conditions_on(self, article_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
        """The same of a row of another table that names an article; not for a query that has articles itself."""
        conditions = self.conditions()
        return [article_id.in_(select(ARTICLES.c.id).where(*conditions))] if conditions else []

    @contextmanager
    def only_withheld(self) -> Iterator[None]:
        """While it lasts, what is asked of the corpus is answered with what is withheld alone: to count that."""
        self._inverted = True
        try:
            yield
        finally:
            self._inverted = False

    @property
    def is_withholding(self) -> bool:
        """Whether anything at all is withheld from this unit of work."""
        return not self._embargoed and bool(self._in_force())

    def given_out(self, article_ids: Collection[int]) -> set[int]:
        """Those of the articles that are not withheld."""
        if not self.is_withholding:
            return set(article_ids)
        found: set[int] = set()
        for some in slices(sorted(article_ids)):
            query = select(ARTICLES.c.id).where(ARTICLES.c.id.in_(some), *self.conditions())
            found |= set(self._connection.scalars(query))
        return found

    def check(self, article_id: int) -> None:
        """Raises Withheld when this article is not to be given out."""
        if self.is_withholding and (embargo := self.embargo(article_id)):
            raise Withheld(
                f"article {article_id}: withheld {_until(embargo)}: {embargo.note}; "
                "the operator sees it with --embargoed, and `copydesk hold release "
                f"{embargo.id}` ends the embargo"
            )

    def embargo(self, article_id: int) -> Hold | None:
        """The embargo that keeps this article back longest, if any does."""
        mine = [self._reaches(scope) for scope in sorted(self._in_force())]
        if not mine:
            return None
        both = HOLDS.join(ARTICLES, or_(*mine))
        covering = select(HOLDS).select_from(both).where(*self._embargoes(), ARTICLES.c.id == article_id)
        longest = covering.order_by(HOLDS.c.until_utc.is_not(None), HOLDS.c.until_utc.desc(), HOLDS.c.id).limit(1)
        row = self._connection.execute(longest).first()
        return read_hold(row) if row else None

    # --- as SQL ---------------------------------------------------------------------------------------------------

    def _in_force(self) -> frozenset[Scope]:
        """The scopes of the embargoes in force; asked of the database once."""
        if self._scopes is None and not plain_rows(self._connection, _ANY):
            self._scopes = frozenset()
        if self._scopes is None:
            rows = self._connection.scalars(select(HOLDS.c.scope).where(*self._embargoes()).distinct())
            self._scopes = frozenset(map(Scope, rows))
        return self._scopes

    def _embargoes(self) -> list[ColumnElement[bool]]:
        return [HOLDS.c.kind == Kind.EMBARGO.value, *in_force(self._now)]

    def _covering(self, scope: Scope) -> ColumnElement[bool]:
        """Whether an embargo of `scope` covers a row of articles."""
        if scope is not Scope.URL:  # a set that is made once, not a search for each article
            named = select(HOLDS.c.target).where(*self._embargoes(), HOLDS.c.scope == scope.value)
            return (ARTICLES.c.portal_id if scope is Scope.PORTAL else cast(ARTICLES.c.id, Text)).in_(named)
        return exists().where(*self._embargoes(), self._reaches(scope)).correlate(ARTICLES)

    def _reaches(self, scope: Scope) -> ColumnElement[bool]:
        """Whether a row of holds covers a row of articles; an address may be any that led to the article."""
        if scope is Scope.PORTAL:
            return and_(HOLDS.c.scope == scope.value, HOLDS.c.target == ARTICLES.c.portal_id)
        if scope is Scope.ARTICLE:
            return and_(HOLDS.c.scope == scope.value, HOLDS.c.target == cast(ARTICLES.c.id, Text))
        led = exists().where(PAGES.c.article_id == ARTICLES.c.id, _begins(PAGES.c.url)).correlate(ARTICLES, HOLDS)
        return and_(HOLDS.c.scope == scope.value, or_(_begins(ARTICLES.c.url), led))


def _begins(url: ColumnElement[str]) -> ColumnElement[bool]:
    return func.substr(url, 1, func.length(HOLDS.c.target)) == HOLDS.c.target


def _until(embargo: Hold) -> str:
    return f"until {embargo.until_utc:%Y-%m-%d %H:%MZ}" if embargo.until_utc else "until it is released"
