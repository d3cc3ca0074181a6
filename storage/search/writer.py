"""What goes into the search index, and out of it, in the same transaction as the article."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from newsroom.errors import SchemaError
from newsroom.records import Article
from storage.dialect import one_of, slices, table
from storage.search.analyser import ANALYSER_VERSION, chunks, is_plain
from storage.search.schema import FTS_TABLE, VECTOR_TABLE
from storage.tables import ChunkRow, RevisionRow

ARTICLES = table("articles")
_DATED = select(ARTICLES.c.id, ARTICLES.c.published_utc, ARTICLES.c.first_seen_utc).where(one_of(ARTICLES.c.id))
_FTS_ADD = text(f"INSERT INTO {FTS_TABLE} (rowid, title, body) VALUES (:chunk, :title, :body)")  # noqa: S608
_FTS_REMOVE = text(
    f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, title, body) VALUES ('delete', :chunk, :title, :body)"  # noqa: S608
)
_VECTOR_ADD = text(
    f"INSERT INTO {VECTOR_TABLE} (chunk_id, title, body) "  # noqa: S608
    "VALUES (:chunk, CAST(:title AS tsvector), CAST(:body AS tsvector))"
)


class IndexWriter:
    """The writing side of the index of one unit of work; what it writes is committed with the article or not at all."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sqlite = session.get_bind().dialect.name == "sqlite"

    def put(self, article_id: int, revision_id: int, article: Article) -> None:
        """Indexes `article` as the current text of `article_id`, in the place of what was indexed of it before.

        Title and text must be those stored with the revision, to the character: removing computes the tokens again.
        The portal's name is not indexed, for the same reason: it may be renamed. `portal:` looks it up instead.
        """
        self.remove(article_id)
        self.put_new([(article_id, revision_id, article)])

    def put_new(self, articles: Sequence[tuple[int, int, Article]]) -> None:
        """As `put` for many that were never indexed: article id, revision id and article of each."""
        spread = _fts_text if self._sqlite else _vector
        dated = self._dated([article_id for article_id, _, _ in articles])
        rows: list[dict[str, Any]] = []
        tokens: list[dict[str, Any]] = []
        for article_id, revision_id, article in articles:
            found = list(chunks(article.title, article.text))
            own = {
                "article_id": article_id,
                "revision_id": revision_id,
                "analyser_version": ANALYSER_VERSION,
                "dated_s": dated[article_id],
                "chars": len(article.title) + len(article.text),
                "is_whole": len(found) == 1,
                "is_plain": is_plain(article.title) and is_plain(article.text),
            }
            for position, (title, body) in enumerate(found):
                rows.append({**own, "position": position})
                tokens.append({"title": spread(title), "body": spread(body)})
        if not rows:
            return
        entered = insert(ChunkRow.__table__).returning(ChunkRow.__table__.c.id, sort_by_parameter_order=True)  # type: ignore[arg-type]
        ids = self._session.connection().scalars(entered, rows)
        given = [{"chunk": chunk, **each} for chunk, each in zip(ids, tokens, strict=True)]
        self._session.connection().execute(_FTS_ADD if self._sqlite else _VECTOR_ADD, given)

    def _dated(self, article_ids: Sequence[int]) -> dict[int, int]:
        """By article, the seconds since 1970 that newest first goes by."""
        found: dict[int, int] = {}
        for some in slices(article_ids):
            rows = self._session.execute(_DATED, {"some": some})
            found |= {row.id: math.floor((row.published_utc or row.first_seen_utc).timestamp()) for row in rows}
        return found

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
            .where(ChunkRow.article_id == article_id)
            .order_by(ChunkRow.position)
        ).all()
        if not rows:
            return
        if any(version != ANALYSER_VERSION for _, _, version in rows):
            raise SchemaError(
                f"search index: article {article_id} was indexed by another version of the analyser than "
                f"{ANALYSER_VERSION}; run copydesk db upgrade"
            )
        title, body = self._session.execute(
            select(RevisionRow.title, RevisionRow.text).where(RevisionRow.id == rows[0].revision_id)
        ).one()
        for row, (title_tokens, body_tokens) in zip(rows, chunks(title, body), strict=True):
            self._session.execute(
                _FTS_REMOVE, {"chunk": row.id, "title": _fts_text(title_tokens), "body": _fts_text(body_tokens)}
            )


def _fts_text(found: list[str]) -> str:
    return " ".join(found)


def _vector(found: list[str]) -> str:
    """The tokens as a literal tsvector: made here, so that no locale and no dictionary of the server touches them."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(found, start=1):
        places.setdefault(token, []).append(str(place))
    return " ".join(f"'{token}':{','.join(at)}" for token, at in places.items())
