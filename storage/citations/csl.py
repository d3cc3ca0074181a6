"""CSL-JSON: what citation processors and reference managers take in."""

from __future__ import annotations

from typing import Any

from storage.citations.pwid import pwid
from storage.citations.record import Citation


def csl(citation: Citation) -> dict[str, Any]:
    """The item. Names are literal, for we do not know which part is the family's."""
    found = {
        "id": citation.key,
        "type": "article-newspaper",
        "title": citation.title,
        "author": [{"literal": name} for name in citation.authors],
        "container-title": citation.publication,
        "issued": _date(citation.published) if citation.published else None,
        "accessed": _date(f"{citation.obtained_utc:%Y-%m-%d}"),
        "URL": citation.url,
        "language": citation.language,
        "version": str(citation.revision) if citation.revisions > 1 else None,
        "archive": citation.archive,
        "archive_location": pwid(citation) if citation.archive and citation.captured_url else None,
        "note": citation.note,
    }
    return {name: value for name, value in found.items() if value}


def _date(day: str) -> dict[str, Any]:
    return {"date-parts": [[int(part) for part in day.split("-")]]}
