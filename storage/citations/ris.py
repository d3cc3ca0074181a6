"""RIS: two letters, two spaces, a hyphen, a space, one line a value, CRLF."""

from __future__ import annotations

from collections.abc import Iterator

from storage.citations.record import Citation


def ris(citation: Citation) -> str:
    """The reference, from TY to ER, and an empty line."""
    return "".join(f"{tag}  - {value}\r\n" for tag, value in _fields(citation)) + "ER  - \r\n\r\n"


def _fields(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", "NEWS"
    yield "ID", citation.key
    yield "TI", citation.title
    for name in citation.authors:
        yield "AU", name
    yield "T2", citation.publication
    if citation.published:
        yield "PY", citation.published[:4]
        yield "DA", _slashed(citation.published)
    yield "UR", citation.url
    if citation.language:
        yield "LA", citation.language
    yield "Y2", f"{citation.obtained_utc:%Y/%m/%d/%H:%M:%SZ}"
    if citation.archive:
        yield "DB", citation.archive
    yield "N1", citation.note


def _slashed(day: str) -> str:
    """YYYY/MM/DD/ with what is not known left empty; its fourth part is free."""
    return "/".join([*day.split("-"), "", "", ""][:4])
