"""The article's text: found, joined, and rid of what is not its own."""
