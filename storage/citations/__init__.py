"""An article as a reference, in the formats of those who cite: pure writers, a module a format."""

from storage.citations.bibtex import bibtex
from storage.citations.csl import csl
from storage.citations.plain import plain
from storage.citations.pwid import pwid
from storage.citations.record import Citation, cited
from storage.citations.ris import ris

__all__ = ["Citation", "bibtex", "cited", "csl", "plain", "pwid", "ris"]
