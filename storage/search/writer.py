"""What goes into the search index, and out of it, in the same transaction as the article."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from newsroom.errors import SchemaError
from newsroom.records import Article
from storage.dialect import one_of, slices, table
from storage.search.analyser import ANALYSER_VERSION, WAITING
from storage.search.schema import AGAIN, AGAIN_CHARS, FTS_TABLE, REPEATED, VECTOR_TABLE
from storage.search.searchable import Chunk, Searchable
from storage.tables import ChunkRow, RevisionRow

ARTICLES = table("articles")
CHUNKS = table("chunks")
_DATED = select(ARTICLES.c.id, ARTICLES.c.published_utc, ARTICLES.c.first_seen_utc).where(one_of(ARTICLES.c.id))
_FTS_ADD = f"INSERT INTO {FTS_TABLE} (title, body, extra, rowid) VALUES (?, ?, ?, ?)"  # noqa: S608
_FTS_REMOVE = f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, title, body, extra) VALUES ('delete', ?, ?, ?, ?)"  # noqa: S608
_VECTOR_ADD = (
    f"INSERT INTO {VECTOR_TABLE} (chunk_id, {', '.join(REPEATED)}, title, body, extra) "  # noqa: S608
    f"SELECT id, {', '.join(REPEATED)}, CAST(%s AS tsvector), CAST(%s AS tsvector), CAST(%s AS tsvector) "
    "FROM chunks WHERE id = %s"
)
_VECTORS_REDATE = (
    f"UPDATE {VECTOR_TABLE} SET dated_s = %s "  # noqa: S608
    "WHERE chunk_id IN (SELECT id FROM chunks WHERE article_id = %s)"
)
# What of a revision is searched: removing computes the tokens from it again.
SEARCHED = (
    RevisionRow.title,
    RevisionRow.text,
    RevisionRow.byline,
    RevisionRow.source_name,
    RevisionRow.section,
    RevisionRow.language,
)


class IndexWriter:
    """The writing side of the index of one unit of work; what it writes is committed with the article or not at all."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sqlite = session.get_bind().dialect.name == "sqlite"

    def put(self, article_id: int, revision_id: int, article: Article) -> None:
        """Indexes `article` as the current text of `article_id`, in the place of what was indexed of it before.

        What is searched of it must be as it is stored with the revision, to the character: removing computes the
        tokens again. The portal's name is not indexed, for the same reason: it may be renamed. `portal:` looks it up
        instead.
        """
        self.remove(article_id)
        self.put_new([(article_id, revision_id, article)])

    def put_new(self, articles: Sequence[tuple[int, int, Article]]) -> None:
        """As `put` for many that were never indexed: article id, revision id and article of each."""
        dated = self._dated([article_id for article_id, _, _ in articles])
        rows: list[dict[str, Any]] = []
        pieces: list[Chunk] = []
        for article_id, revision_id, article in articles:
            searched = Searchable.of(article)
            found = searched.chunks()
            own = {
                "article_id": article_id,
                "revision_id": revision_id,
                **about(searched, len(found)),
                "dated_s": dated[article_id],
            }
            rows += [{**own, "position": position} for position in range(len(found))]
            pieces += found
        if rows:
            entered = insert(CHUNKS).returning(CHUNKS.c.id, sort_by_parameter_order=True)
            ids = self._session.connection().scalars(entered, rows)
            self.add_tokens(zip(ids, pieces, strict=True))

    def redate(self, article_id: int) -> None:
        """Give an article its place by date anew, when its first capture turns out to be earlier."""
        dated_s = self._dated([article_id])[article_id]
        connection = self._session.connection()
        connection.execute(update(CHUNKS).where(CHUNKS.c.article_id == article_id).values(dated_s=dated_s))
        if not self._sqlite:
            connection.exec_driver_sql(_VECTORS_REDATE, (dated_s, article_id))

    def _dated(self, article_ids: Sequence[int]) -> dict[int, int]:
        """By article, the seconds since 1970 that newest first goes by."""
        found: dict[int, int] = {}
        for some in slices(article_ids):
            rows = self._session.execute(_DATED, {"some": some})
            found |= {row.id: seconds(row.published_utc, row.first_seen_utc) for row in rows}
        return found

    def add_tokens(self, chunks: Iterable[tuple[int, Chunk]]) -> None:
        """Enters the tokens of chunks by their ids, when the chunks are stored; fastest when those go up."""
        spread = _fts_texts if self._sqlite else _vectors
        rows = [(*spread(one), chunk_id) for chunk_id, one in chunks]
        if rows:
            self._session.connection().exec_driver_sql(_FTS_ADD if self._sqlite else _VECTOR_ADD, rows)

    def remove(self, article_id: int) -> None:
        """Takes `article_id` out of the index; nothing happens when it is not in it.

        To be called while its indexed revision is still stored. Raises SchemaError when another version of the
        analyser indexed it, for then its tokens cannot be computed.
        """
        if self._sqlite:
            self._remove_tokens(article_id)
        self._session.execute(delete(ChunkRow).where(ChunkRow.article_id == article_id))

    def _remove_tokens(self, article_id: int) -> None:
        """Feeds FTS5 the tokens it was given: SQLite 3.40 has no other way to delete from an index without content."""
        rows = self._session.execute(
            select(ChunkRow.id, ChunkRow.revision_id, ChunkRow.analyser_version)
            .where(ChunkRow.article_id == article_id, ChunkRow.analyser_version != WAITING)
            .order_by(ChunkRow.position)
        ).all()
        if not rows:
            return
        if any(version != ANALYSER_VERSION for _, _, version in rows):
            raise SchemaError(
                f"search index: article {article_id} was indexed by another version of the analyser than "
                f"{ANALYSER_VERSION}; run copydesk db reindex"
            )
        said = self._session.execute(select(*SEARCHED).where(RevisionRow.id == rows[0].revision_id)).one()
        given = [(row.id, *_fts_texts(chunk)) for row, chunk in zip(rows, Searchable(*said).chunks(), strict=True)]
        self._session.connection().exec_driver_sql(_FTS_REMOVE, given)


def about(searched: Searchable, pieces: int) -> dict[str, Any]:
    """What is kept with each of the `pieces` of an article that is indexed, but for its date."""
    return {
        "analyser_version": ANALYSER_VERSION,
        "chars": searched.chars,
        "is_whole": pieces == 1,
        "is_plain": searched.is_plain,
    }


def seconds(published_utc: datetime | None, first_seen_utc: datetime) -> int:
    """The seconds since 1970 that newest first goes by."""
    return math.floor((published_utc or first_seen_utc).timestamp())


def _fts_texts(chunk: Chunk) -> Iterator[str]:
    """The columns of `_FTS_ADD`."""
    return map(" ".join, (chunk.title, chunk.body, chunk.extra))


def _vectors(chunk: Chunk) -> tuple[str, str, str]:
    """The columns of `_VECTOR_ADD`, as literal tsvectors: so no locale and no dictionary of the server touches them."""
    title, body, extra = map(_places, (chunk.title, chunk.body, chunk.extra))
    again = [AGAIN + token for token, at in body.items() if len(at) > 1 or token in title]
    if sum(map(len, again)) > AGAIN_CHARS:
        again = [AGAIN]
    return _vector(title), " ".join([_vector(body), *(f"'{token}'" for token in again)]), _vector(extra)


def _places(found: list[str]) -> dict[str, list[str]]:
    """By token, where it stands."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(found, start=1):
        places.setdefault(token, []).append(str(place))
    return places


def _vector(places: dict[str, list[str]]) -> str:
    return " ".join(f"'{token}':{','.join(at)}" for token, at in places.items())
