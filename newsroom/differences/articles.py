"""Two texts of one article beside each other: the fields that differ, the paragraphs, and how much of it is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from newsroom.differences.paragraphs import Change, Paragraph, compare_paragraphs, split
from newsroom.differences.sequences import Effort
from newsroom.differences.words import Kept, Piece, Words, pieces
from newsroom.moments import shown_date
from newsroom.records import Article


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that says something else; None where it said nothing. `pieces` are its words."""

    name: str
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different between two texts of an article."""

    fields: tuple[FieldChange, ...]
    paragraphs: tuple[Paragraph, ...]  # all of them, in the order of reading
    words_before: int  # of the text; characters, where a script has no spaces
    words_after: int
    words_removed: int
    words_added: int

    @property
    def share(self) -> float:
        """0 to 1: how much of both texts is only in one of them. What was moved is in both."""
        both = self.words_before + self.words_after
        return (self.words_removed + self.words_added) / both if both else 0.0

    def count(self, change: Change) -> int:
        """How many paragraphs this became of."""
        return sum(paragraph.change is change for paragraph in self.paragraphs)

    @property
    def is_only_space(self) -> bool:
        """Whether no word, mark or order of paragraphs differs: lines are broken elsewhere."""
        return not self.fields and all(each.change is Change.SAME for each in self.paragraphs)


def compare(before: Article, after: Article) -> Difference:
    """What is different in `after`. Takes at most a few seconds, however long and odd the texts are."""
    effort = Effort()
    fields = tuple(
        FieldChange(name, old, new, pieces(Words.of(old or ""), Words.of(new or ""), effort))
        for name, read in FIELDS.items()
        if (old := read(before)) != (new := read(after))
    )
    paragraphs = compare_paragraphs(split(before.text), split(after.text), effort)
    words = dict.fromkeys(Kept, 0)
    for paragraph in paragraphs:
        for piece in paragraph.pieces:
            words[piece.kept] += piece.words
    return Difference(
        fields=fields,
        paragraphs=tuple(paragraphs),
        words_before=words[Kept.SAME] + words[Kept.REMOVED],
        words_after=words[Kept.SAME] + words[Kept.ADDED],
        words_removed=words[Kept.REMOVED],
        words_added=words[Kept.ADDED],
    )


def _yes_or_no(said: bool | None) -> str | None:
    return None if said is None else "yes" if said else "no"


FIELDS: dict[str, Callable[[Article], str | None]] = {
    "title": lambda article: article.title,
    "original_title": lambda article: article.original_title,
    "published": lambda article: shown_date(article.published),
    "modified": lambda article: shown_date(article.modified),
    "byline": lambda article: ", ".join(article.byline) or None,
    "source": lambda article: article.source_name,
    "editor": lambda article: article.editor,
    "section": lambda article: article.section,
    "tags": lambda article: ", ".join(article.tags) or None,
    "language": lambda article: article.language,
    "description": lambda article: article.description,
    "image": lambda article: article.lead_image,
    "image_caption": lambda article: article.lead_image_caption,
    "is_accessible_for_free": lambda article: _yes_or_no(article.is_accessible_for_free),
}
