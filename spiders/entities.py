"""Guards to pass before a stranger's XML reaches a parser: all linear in the size of the document."""

from __future__ import annotations

import re
from collections import Counter

MAX_ENTITIES = 1_000
MAX_EXPANDED_CHARACTERS = 1_000_000
MAX_ATTRIBUTES = 256
MAX_PROLOG_BYTES = 64 * 1024
MAX_PROLOG_BLANKS = 4096
MAX_DECLARATION_BYTES = 1000
MAX_ENCODINGS = 8

_DECLARATION = re.compile(
    rb"\s+(?P<parameter>%\s+)?(?P<name>[^\s\"'<>&;]{1,80})\s+(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*))?"
)
_REFERENCE = re.compile(rb"&([^\s\"'<>&;#]{1,80});")
_PREDEFINED = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_LONG_TAG = re.compile(rb"<\w[^<>]{512,}")
_ODD_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](utf-?_?7)[\"']", re.IGNORECASE)
_EBCDIC_MARK = b"\x4c\x6f\xa7\x94"  # "<?xm"


def entity_problem(body: bytes) -> str | None:
    """Why the entities that `body` declares make it unfit to parse; None when they do not.

    A few plain entities, as RSS 0.91 had them, pass. Entities made of entities do not, nor do those that blow the
    document up, whatever encoding hides them.
    """
    text = _as_ascii(body)
    if b"<!ENTITY" not in text or not _has_doctype(text):
        return None
    pieces = text.split(b"<!ENTITY")[1:]
    if len(pieces) > MAX_ENTITIES:
        return f"entity bomb: {len(pieces)} entities declared"
    sizes: dict[bytes, int] = {}
    for match in filter(None, map(_DECLARATION.match, pieces)):
        value = match["double"] or match["single"] or b""
        if match["parameter"] or any(name not in _PREDEFINED for name in _REFERENCE.findall(value)):
            return f"entity bomb: {match['name'].decode('ascii', 'replace')!r} is made of other entities"
        sizes.setdefault(match["name"], len(value))
    uses = Counter(name for name in _REFERENCE.findall(text) if name in sizes)
    expanded = sum(sizes[name] * count for name, count in uses.items())
    if expanded > MAX_EXPANDED_CHARACTERS:
        return f"entity bomb: the text would grow by {expanded} characters"
    return None


def shape_problem(body: bytes) -> str | None:
    """Why the outline of `body` would cost a parser more than its size; None when it is sound."""
    text = _as_ascii(body)
    start = re.search(rb"<\w", text)
    prolog = text[: start.start()] if start else text
    if len(prolog) > MAX_PROLOG_BYTES or len(re.findall(rb"\s", prolog)) > MAX_PROLOG_BLANKS:
        return f"no element in the first {len(prolog)} bytes"
    declaration = re.match(rb"\s*<\?[^>]*", prolog)
    if declaration and len(declaration.group()) > MAX_DECLARATION_BYTES:
        return "an endless XML declaration"
    if b"\0" in body[:200] and text.count(b"encoding=") > MAX_ENCODINGS:
        return "too many encodings declared"
    if any(tag.count(b"=") > MAX_ATTRIBUTES for tag in _LONG_TAG.findall(text)):
        return f"a tag with more than {MAX_ATTRIBUTES} attributes"
    return None


def _has_doctype(text: bytes) -> bool:
    """Whether a DOCTYPE stands before the first element, so that declarations can follow."""
    doctype = text.find(b"<!DOCTYPE")
    element = re.search(rb"<\w", text)
    return doctype >= 0 and (element is None or doctype < element.start())


def _as_ascii(body: bytes) -> bytes:
    """`body` with its markup readable as ASCII, whatever its encoding; the text may be garbled."""
    head = body[:200]
    if b"\0" in head:  # UTF-16 and UTF-32: without the zeros, ASCII is left
        return body.replace(b"\0", b"")
    if head.startswith(_EBCDIC_MARK):
        return body.decode("cp037").encode()
    if _ODD_ENCODING.search(head):
        return body.decode("utf-7", "replace").encode()
    return body
