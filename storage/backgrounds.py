"""Backgrounds that were made from this corpus, and which texts still have hashes by an older one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, or_, select, update

from storage.dialect import table

BACKGROUNDS = table("backgrounds")
FINGERPRINTS = table("fingerprints")
ARTICLES = table("articles")
MEMBERS = table("story_members")


@dataclass(frozen=True, slots=True)
class StoredBackground:
    """A background without its counts."""

    version: str
    created_utc: datetime
    migrated_utc: datetime | None
    texts: Mapping[str, int]


class Backgrounds:
    """The backgrounds of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> list[StoredBackground]:
        """Those of this corpus, the newest first; that is the one in use."""
        columns = (
            BACKGROUNDS.c.version, BACKGROUNDS.c.created_utc, BACKGROUNDS.c.migrated_utc, BACKGROUNDS.c.texts
        )  # fmt: skip
        rows = self._connection.execute(
            select(*columns).order_by(BACKGROUNDS.c.created_utc.desc(), BACKGROUNDS.c.version.desc())
        )
        return [StoredBackground(*row) for row in rows]

    def counts(self, version: str) -> bytes | None:
        """The packed counts of a background."""
        return self._connection.scalar(select(BACKGROUNDS.c.counts).where(BACKGROUNDS.c.version == version))

    def add(self, version: str, texts: Mapping[str, int], counts: bytes, now: datetime) -> None:
        """Keep a new background, which is the one in use from now on."""
        row = {"version": version, "created_utc": now, "texts": dict(texts), "counts": counts}
        self._connection.execute(insert(BACKGROUNDS), row)

    def mark_migrated(self, version: str, now: datetime) -> None:
        """Say that every text has hashes by this background."""
        done = update(BACKGROUNDS).where(BACKGROUNDS.c.version == version)
        self._connection.execute(done.values(migrated_utc=now))

    def count_older(self, version: str) -> int:
        """How many compared texts have hashes by another background."""
        query = select(func.count()).select_from(FINGERPRINTS).where(FINGERPRINTS.c.background != version)
        return self._connection.scalar(query) or 0

    def languages(self) -> dict[str, int]:
        """By language, how many stories there are to count: one text each."""
        language = func.substr(ARTICLES.c.language, 1, 2).label("language")
        rows = self._connection.execute(
            select(language, func.count().label("stories")).select_from(_one_a_story).where(_counted).group_by(language)
        )
        return {row.language: row.stories for row in rows}

    def texts(self, language: str, most: int) -> Iterator[bytes]:
        """The units of the newest texts in `language`, one a story."""
        query = (
            select(FINGERPRINTS.c.units)
            .select_from(_one_a_story)
            .where(_counted, func.substr(ARTICLES.c.language, 1, 2) == language)
            .order_by(ARTICLES.c.id.desc())
            .limit(most)
        )
        for row in self._connection.execute(query, execution_options={"yield_per": 200}):
            yield bytes(row.units)


_one_a_story = ARTICLES.join(FINGERPRINTS, FINGERPRINTS.c.revision_id == ARTICLES.c.revision_id).outerjoin(
    MEMBERS, MEMBERS.c.article_id == ARTICLES.c.id
)
_counted = ARTICLES.c.language.is_not(None) & or_(MEMBERS.c.is_source.is_(None), MEMBERS.c.is_source)
