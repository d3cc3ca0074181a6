"""What a slice says of copies: an article's story, its part in it, and whom it copies how."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, select

from storage.copies import Copies
from storage.dialect import slices, table
from storage.rights import Rights

ARTICLES = table("articles")
MEMBERS = table("story_members")


@dataclass(slots=True)
class Origin:
    """An article in its story. `source` is None when there is none to tell of, or when it is withheld."""

    story: int
    role: str  # source, copy, single
    kind: str | None = None
    source: int | None = None
    source_url: str | None = None

    def as_fields(self) -> dict[str, Any]:
        """By the names of the fields."""
        return {
            "story": self.story,
            "role": self.role,
            "copy_kind": self.kind,
            "copy_of": self.source,
            "copy_of_url": self.source_url,
        }


def origins(connection: Connection, article_ids: Collection[int], rights: Rights) -> dict[int, Origin]:
    """Each of the articles in its story; one without others is a story of its own."""
    found = {one: Origin(one, "single") for one in article_ids}
    mine, first = MEMBERS.alias("mine"), MEMBERS.alias("first")
    source = and_(first.c.story_id == mine.c.story_id, first.c.is_source)
    given_out = and_(ARTICLES.c.id == first.c.article_id, *rights.conditions())
    query = select(
        mine.c.article_id, mine.c.story_id, mine.c.is_source, first.c.article_id.label("first"), ARTICLES.c.url
    ).select_from(mine.outerjoin(first, source).outerjoin(ARTICLES, given_out))
    likely: dict[int, int | None] = {}
    for some in slices(sorted(article_ids)):
        for row in connection.execute(query.where(mine.c.article_id.in_(some))):
            found[row.article_id] = Origin(row.story_id, "source" if row.is_source else "copy")
            if not row.is_source:
                likely[row.article_id] = row.first
                if row.url is not None:
                    found[row.article_id].source, found[row.article_id].source_url = row.first, row.url
    for one, kind in _kinds(connection, likely).items():
        found[one].kind = kind
    return found


def _kinds(connection: Connection, likely: dict[int, int | None]) -> dict[int, str]:
    """How each copy came of its source; where the two were never compared, of the member it is likest."""
    best: dict[int, tuple[bool, float, str]] = {}
    for link in Copies(connection).links(likely):
        for one in {link.article_id, link.other_id} & likely.keys():
            if link.kind in _NO_STORY:
                continue
            rank = (link.beyond(one) == likely[one], link.score, link.kind)
            best[one] = max(rank, best.get(one, rank))
    return {one: kind for one, (_, _, kind) in best.items()}


_NO_STORY = frozenset({"passage", "compilation"})
