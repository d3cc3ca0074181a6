"""Tables, the corpus, frontier, search, captures, exports and migrations: everything that is kept."""
