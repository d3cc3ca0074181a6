"""A reference as a sentence for a footnote."""

from __future__ import annotations

from storage.citations.record import Citation


def plain(citation: Citation) -> str:
    """Who: headline. Where, when. Address (which text, from which archive)."""
    who = f"{', '.join(citation.authors)}: " if citation.authors else ""
    when = f", {citation.published}" if citation.published else ""
    held = f"; {citation.archive}" if citation.archive else ""
    stop = "" if citation.title.endswith((".", "!", "?", "。", "！", "？", "…")) else "."
    return f"{who}{citation.title}{stop} {citation.publication}{when}. {citation.url} ({citation.note}{held})"
