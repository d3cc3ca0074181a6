"""Archives of others brought into the corpus: each page goes the way of a crawled one, and its capture is kept."""
