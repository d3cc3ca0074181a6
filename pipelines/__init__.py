"""From captured page to stored article: decode, extract, metadata, language, normalise, ingest."""
