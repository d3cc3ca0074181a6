"""What portals brought, window by window. Whether the database itself is sound, `soundness` says.

Imports, and runs that only look again at stored articles, say nothing of what a portal brings; they are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Text, case, cast, exists, extract, func, select

from newsroom.portal_history import FIELDS, HISTORY, LastRun, PortalHistory, Window
from storage.dialect import table

ARTICLES = table("articles")
CAPTURES = table("captures")
PAGES = table("pages")
QUARANTINE = table("quarantine")
REVISIONS = table("revisions")
RUNS = table("runs")

RECENT_RUNS = 100  # looked through for the last crawl of a portal that has had none in all the windows

_OF_RUN = ("id", "portal_id", "started_utc", "state", "exit_code", "owner", "stats")
_BATCH = 1000

Place = tuple[str, int]  # portal, number of the window


@dataclass(slots=True)
class _Crawls:
    """The crawls of one portal."""

    begun: list[datetime] = field(default_factory=list)
    last: Row[Any] | None = None


@dataclass(slots=True)
class _Tally:
    """The runs of one window, as they are added up."""

    runs: int = 0
    pages: int = 0
    stored: int = 0
    fetched: int = 0
    given_up: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, stats: Mapping[str, Any]) -> None:
        """Add what a run counted."""
        refused, stored = _counts(stats.get("refused")), _stored(stats)
        self.runs += 1
        self.stored += stored
        self.pages += _number(stats.get("article_pages", stored + sum(refused.values())))
        self.fetched += _number(stats.get("fetched"))
        self.given_up += sum(_counts(stats.get("failed")).values())
        for reason, number in refused.items():
            self.refused[reason] += number


class PortalHealth:
    """The figures of one unit of work, in windows of `length` that end at `now`."""

    def __init__(self, connection: Connection, now: datetime, length: timedelta) -> None:
        self._connection, self._now, self._length = connection, now, length
        self._windows = 1 + HISTORY // length
        self._since = now - (self._windows + 1) * length  # one more, to see whether the oldest is whole

    def histories(self, portal_ids: Sequence[str]) -> list[PortalHistory]:
        """The history of each portal. What is read grows with the windows, not with the corpus or the portals."""
        crawls, tallies = self._crawls()
        articles, aside = self._articles(), self._set_aside()
        return [
            self._history(
                portal_id,
                crawls[portal_id],
                [
                    _window(articles.get((portal_id, n)), tallies[portal_id, n], aside[portal_id, n])
                    for n in range(self._windows)
                ],
                min((row.oldest for (owner, _), row in articles.items() if owner == portal_id), default=None),
            )
            for portal_id in portal_ids
        ]

    def _history(
        self, portal_id: str, crawls: _Crawls, windows: Sequence[Window], oldest: datetime | None
    ) -> PortalHistory:
        last = crawls.last if crawls.last is not None else self._last_run_before(portal_id)
        newest = next((window.newest_utc for window in windows if window.newest_utc), None)
        return PortalHistory(
            portal_id=portal_id,
            now=self._now,
            length=self._length,
            windows=tuple(windows),
            began_utc=min((when for when in (oldest, *crawls.begun[:1]) if when), default=None),
            newest_utc=newest or self._newest_article(portal_id),
            last_run=_last_run(last) if last is not None else None,
            usual_gap=_usual_gap(crawls.begun),
        )

    # --- articles -----------------------------------------------------------------------------------------------

    def _articles(self) -> dict[Place, Row[Any]]:
        """By portal and window: new articles, how many have each field, their median length, the newest and oldest."""
        rows = self._new_articles()
        order = (rows.c.portal_id, rows.c.number)
        place = func.row_number().over(partition_by=order, order_by=rows.c.words)
        whole = func.count().over(partition_by=order)
        ranked = select(rows, place.label("place"), whole.label("whole")).subquery()
        doubled = ranked.c.place * 2
        middle = case((doubled.between(ranked.c.whole, ranked.c.whole + 2), ranked.c.words))
        query = select(
            ranked.c.portal_id,
            ranked.c.number,
            func.count().label("articles"),
            func.avg(middle).label("median_words"),
            func.max(ranked.c.first_seen_utc).label("newest"),
            func.min(ranked.c.first_seen_utc).label("oldest"),
            *(func.sum(ranked.c[name]).label(name) for name in FIELDS),
        ).group_by(ranked.c.portal_id, ranked.c.number)
        return {(row.portal_id, row.number): row for row in self._connection.execute(query)}

    def _new_articles(self) -> Any:
        """One row an article first captured in the windows, with 1 or 0 for each field."""
        has = (case((has_field(name), 1), else_=0).label(name) for name in FIELDS)
        return (
            select(
                ARTICLES.c.portal_id,
                self._window_of(ARTICLES.c.first_seen_utc).label("number"),
                ARTICLES.c.first_seen_utc,
                REVISIONS.c.word_count.label("words"),
                *has,
            )
            .join(REVISIONS, REVISIONS.c.id == ARTICLES.c.revision_id)
            .where(ARTICLES.c.first_seen_utc > self._since, ARTICLES.c.first_seen_utc <= self._now, crawled())
            .subquery()
        )

    def _newest_article(self, portal_id: str) -> datetime | None:
        mine = select(func.max(ARTICLES.c.first_seen_utc)).where(ARTICLES.c.portal_id == portal_id, crawled())
        found: datetime | None = self._connection.scalar(mine.where(ARTICLES.c.first_seen_utc <= self._now))
        return found

    # --- runs ---------------------------------------------------------------------------------------------------

    def _crawls(self) -> tuple[defaultdict[str, _Crawls], defaultdict[Place, _Tally]]:
        """By portal, the crawls that began in the windows; by portal and window, what they counted and were answered.

        Rows are added up as they come: a month of runs is too much to hold.
        """
        crawls: defaultdict[str, _Crawls] = defaultdict(_Crawls)
        tallies: defaultdict[Place, _Tally] = defaultdict(_Tally)
        places: dict[int, Place] = {}
        query = select(*(RUNS.c[name] for name in _OF_RUN)).where(RUNS.c.started_utc > self._since)
        query = query.where(RUNS.c.started_utc <= self._now).order_by(RUNS.c.id)
        for run in self._connection.execute(query, execution_options={"yield_per": _BATCH}):
            if _is_crawl(run):
                crawls[run.portal_id].begun.append(run.started_utc)
                crawls[run.portal_id].last = run
                place = places[run.id] = run.portal_id, (self._now - run.started_utc) // self._length
                tallies[place].add(run.stats)
        for run_id, status, number in self._answers(min(places, default=None)):
            if run_id in places:
                tallies[places[run_id]].statuses[status] += number
        return crawls, tallies

    def _last_run_before(self, portal_id: str) -> Row[Any] | None:
        query = select(*(RUNS.c[name] for name in _OF_RUN)).where(RUNS.c.portal_id == portal_id)
        query = query.where(RUNS.c.started_utc <= self._since)
        rows = self._connection.execute(query.order_by(RUNS.c.id.desc()).limit(RECENT_RUNS))
        return next(filter(_is_crawl, rows), None)

    def _answers(self, first_run: int | None) -> Sequence[Row[int, int, int]]:
        if first_run is None:
            return []
        query = select(CAPTURES.c.run_id, CAPTURES.c.status, func.count()).where(CAPTURES.c.run_id >= first_run)
        return self._connection.execute(query.group_by(CAPTURES.c.run_id, CAPTURES.c.status)).all()

    # --- quarantine ---------------------------------------------------------------------------------------------

    def _set_aside(self) -> Counter[Place]:
        """By portal and window, the pages that were set aside, released since or not."""
        query = (
            select(PAGES.c.portal_id, QUARANTINE.c.created_utc)
            .join(PAGES, PAGES.c.id == QUARANTINE.c.page_id)
            .where(QUARANTINE.c.created_utc > self._since, QUARANTINE.c.created_utc <= self._now)
        )
        rows = self._connection.execute(query)
        return Counter((row.portal_id, (self._now - row.created_utc) // self._length) for row in rows)

    def _window_of(self, when: ColumnElement[datetime]) -> ColumnElement[int]:
        """The number of the window in which `when` lies, in whole seconds."""
        epoch: Any = extract("epoch", when)
        if self._connection.dialect.name != "sqlite":  # there it has a fraction
            epoch = cast(func.floor(epoch), BigInteger)
        found: ColumnElement[int] = (int(self._now.timestamp()) - epoch) // int(self._length.total_seconds())
        return found


def crawled() -> ColumnElement[bool]:
    """Articles that a crawl brought: one that was only imported has no page."""
    return exists().where(PAGES.c.article_id == ARTICLES.c.id)


def has_field(name: str) -> ColumnElement[bool]:
    """Revisions in which the page said this."""
    match name:
        case "title":
            return REVISIONS.c.title != ""
        case "published":
            return REVISIONS.c.published_utc.is_not(None)
        case "byline":
            return cast(REVISIONS.c.byline, Text) != "[]"
    return REVISIONS.c[name].is_not(None)


def _is_crawl(run: Row[Any]) -> bool:
    """Whether a run looked for new articles: no import, and no visit to what is stored already."""
    return run.stats.get("kind", "crawl") == "crawl" and "import" not in run.stats and not run.owner.endswith(":import")


def _window(articles: Row[Any] | None, tally: _Tally, set_aside: int) -> Window:
    return Window(
        articles=articles.articles if articles else 0,
        having={name: int(getattr(articles, name)) for name in FIELDS} if articles else {},
        median_words=float(articles.median_words) if articles else None,
        newest_utc=articles.newest if articles else None,
        runs=tally.runs,
        pages=tally.pages,
        stored=tally.stored,
        fetched=tally.fetched,
        refused=tally.refused,
        given_up=tally.given_up,
        statuses=tally.statuses,
        quarantined=set_aside,
    )


def _last_run(run: Row[Any]) -> LastRun:
    stats = run.stats
    given_up = sum(_counts(stats.get("failed")).values())
    fetched = _number(stats.get("fetched"))
    return LastRun(run.id, run.started_utc, run.state, run.exit_code, _stored(stats), fetched, given_up)


def _usual_gap(begun: Sequence[datetime]) -> timedelta | None:
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(begun)]
    return timedelta(seconds=median(gaps)) if gaps else None


def _stored(stats: Mapping[str, Any]) -> int:
    articles = _counts(stats.get("articles"))
    return articles.get("new", 0) + articles.get("changed", 0) + articles.get("unchanged", 0)


def _counts(value: Any) -> dict[str, int]:
    return {name: _number(one) for name, one in value.items()} if isinstance(value, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
