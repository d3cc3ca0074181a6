"""What is different between two texts of an article, as people read it: paragraphs first, then words."""

from newsroom.differences.articles import Difference, FieldChange, compare
from newsroom.differences.paragraphs import Change, Paragraph
from newsroom.differences.words import Kept, Piece

__all__ = ["Change", "Difference", "FieldChange", "Kept", "Paragraph", "Piece", "compare"]
