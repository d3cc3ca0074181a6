"""BibTeX, as biblatex, BibTeX and reference managers read it: one @online entry an article, in UTF-8."""

from __future__ import annotations

import re

from storage.citations.record import Citation

# Braces are counted even behind a backslash, so that they need names.
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "&%$#_"},
}
_SPECIAL_CHARS = re.compile(r"[\\{}~^&%$#_]")
_LATIN_NAME = re.compile(r"[A-Za-zÀ-ɏ.'’-]+( [A-Za-zÀ-ɏ.'’-]+){1,2}")


def bibtex(citation: Citation) -> str:
    """The entry, with its end of line."""
    fields = {
        "title": f"{{{_text(citation.title)}}}",  # braced twice: a headline keeps its capitals
        "author": " and ".join(map(_name, citation.authors)),
        "organization": _text(citation.publication),
        "date": citation.published,
        "year": citation.published[:4] if citation.published else None,  # for styles that know no date
        "url": _url(citation.url),
        "urldate": f"{citation.obtained_utc:%Y-%m-%d}",
        "language": _text(citation.language) if citation.language else None,
        "note": _text(citation.note + (f", {citation.archive}" if citation.archive else "")),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@online{{{citation.key},", *lines, "}"]) + "\n\n"


def _text(text: str) -> str:
    return _SPECIAL_CHARS.sub(lambda found: _SPECIAL[found[0]], text)


def _name(name: str) -> str:
    """A name of two or three Latin words is taken apart by BibTeX; any other stays as it is."""
    plain = _LATIN_NAME.fullmatch(name) and " and " not in f" {name.lower()} "
    return _text(name) if plain else f"{{{_text(name)}}}"


def _url(url: str) -> str:
    """An address stands as it is, but for what would end the field."""
    return re.sub(r"[{}\\ ]", lambda found: f"%{ord(found[0]):02X}", url)
