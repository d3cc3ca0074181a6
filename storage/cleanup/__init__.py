"""Cleanup: what has been kept long enough goes, and nothing else. See docs/cleanup.md."""
