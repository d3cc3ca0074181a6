"""Tables, the corpus, frontier, search, captures, exports and migrations: everything that is kept."""

from storage.reader import CorpusReader, open_corpus

__all__ = ["CorpusReader", "open_corpus"]
