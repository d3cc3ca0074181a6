"""From bytes to text, once: byte order mark, valid UTF-8, what was declared, what the bytes look like."""

from __future__ import annotations

import codecs
import re

from pipelines.charset_guess import guess_encoding
from pipelines.encodings import decode_as, decodes_cleanly, encoding_for_label

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16be"), (codecs.BOM_UTF16_LE, "utf-16le"))
_PRESCAN_BYTES = 1024
_FAR_PRESCAN_BYTES = 16_384  # old portals put the meta element behind long scripts
_CHARSET_PARAMETER = re.compile(r"""charset\s*=\s*("[^"]*"|'[^']*'|[^\s;"']+)""", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_META_CONTENT_CHARSET = re.compile(rb"""charset[\t\n\f\r ]*=[\t\n\f\r ]*("[^"]*"|'[^']*'|[^\t\n\f\r ;"']+)""", re.I)
_SPACE = b"\t\n\f\r "
_LATIN = frozenset({"windows-1252", "iso-8859-15", "utf-8"})  # what servers send without looking


def sniff_charset(body: bytes, content_type: str | None) -> str:
    """The encoding to read `body` in, as a WHATWG label in lower case.

    Order: byte order mark; valid UTF-8 with at least one non-ASCII character, whatever was declared; the
    Content-Type's charset; the page's own declaration; a guess from the bytes. A declaration that the bytes
    contradict (Latin-1 or UTF-8 said of something else) counts as none.
    """
    return _sniffed(body, content_type)[0]


def decode_body(body: bytes, content_type: str | None) -> str:
    """`body` as text; never raises, one U+FFFD for each error, no byte order mark."""
    return decode_page(body, content_type)[0]


def decode_page(body: bytes, content_type: str | None) -> tuple[str, bytes | None]:
    """As `decode_body`, with `body` itself where that is the text in UTF-8: a parser need not encode it again."""
    encoding, text = _sniffed(body, content_type)
    if text is None:
        return decode_as(body, encoding).removeprefix("\ufeff"), None
    return (text, body) if not text.endswith("\ufffd") else (text, None)


def _sniffed(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    """The encoding, and the text where that had to be read to tell."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, None
    if body.isascii():
        escaped = b"\x1b$" in body and b"\x1b(" in body
        return _declared(body, content_type) or ("iso-2022-jp" if escaped else "windows-1252"), None
    text = _as_utf8(body)
    if text is not None and _speaks_for_itself(body):
        return "utf-8", text
    declared = _declared(body, content_type)
    if text is not None and declared is None:
        return "utf-8", text
    if declared and (_too_short_to_judge(body) or _believable(body, declared)):
        return declared, None
    return guess_encoding(body, declared), None


def _as_utf8(body: bytes) -> str | None:
    """`body` read as UTF-8, None when it is not; its last character may be cut off."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(body)
    except UnicodeDecodeError:
        return None
    return text + "\ufffd" if decoder.getstate()[0] else text


def _speaks_for_itself(body: bytes) -> bool:
    """Two or more UTF-8 sequences do not come about by chance; one may (GBK's 联 is valid UTF-8)."""
    return b"<" in body or len(body.decode("utf-8", "ignore").encode("ascii", "ignore")) < len(body) - 4


def _too_short_to_judge(body: bytes) -> bool:
    return len(body) < 200 and b"<" not in body


def _believable(body: bytes, declared: str) -> bool:
    """Whether a declaration may stand: never for UTF-8 (the bytes are not), nor for Latin-1 said of other scripts."""
    if declared == "utf-8":
        return _errors_are_few(body)
    if declared in _LATIN:
        return guess_encoding(body, declared) == declared
    return decodes_cleanly(body, declared) or _mostly_decodes(body, declared)


def _errors_are_few(body: bytes) -> bool:
    """UTF-8 with a damaged character here and there is still UTF-8: at most one error in 20 non-ASCII characters."""
    text = body.decode("utf-8", "replace")
    wide = sum(1 for char in text if char > "\x7f")
    return text.count("\ufffd") * 20 <= wide


def _mostly_decodes(body: bytes, declared: str) -> bool:
    text = decode_as(body, declared)
    wide = sum(1 for char in text if char > "\x7f")
    return wide < 20 or text.count("\ufffd") * 10 <= wide


def _declared(body: bytes, content_type: str | None) -> str | None:
    match = _CHARSET_PARAMETER.search(content_type or "")
    if match and (name := encoding_for_label(match[1].strip("\"'"))):
        return name
    if declaration := _XML_DECLARATION.match(body[:_PRESCAN_BYTES].lstrip()):
        return encoding_for_label(declaration[1].decode("ascii"))
    return prescan(body[:_PRESCAN_BYTES]) or (
        prescan(body[:_FAR_PRESCAN_BYTES]) if len(body) > _PRESCAN_BYTES else None
    )


def prescan(head: bytes) -> str | None:
    """The encoding a meta element in `head` declares.

    https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding
    """
    position = 0
    while (position := head.find(b"<", position)) >= 0:
        if head.startswith(b"<!--", position):
            end = head.find(b"-->", position + 2)
            if end < 0:
                return None
            position = end + 3
            continue
        tag = re.compile(rb"</?[A-Za-z]").match(head, position)
        if re.compile(rb"<meta[\t\n\f\r /]", re.I).match(head, position):
            found, position = _read_meta(head, position + 5)
            if found:
                return found
        elif tag:
            position = _skip_tag(head, position)
        elif head[position + 1 : position + 2] in (b"!", b"/", b"?"):
            end = head.find(b">", position)
            position = end + 1 if end >= 0 else len(head)
        else:
            position += 1
    return None


def _skip_tag(head: bytes, position: int) -> int:
    while position < len(head) and head[position] not in b"\t\n\f\r >":
        position += 1
    while (attribute := _attribute(head, position)) is not None:
        position = attribute[2]
    return position


def _read_meta(head: bytes, position: int) -> tuple[str | None, int]:
    seen: set[bytes] = set()
    pragma = False
    needs_pragma: bool | None = None
    charset: str | None = None
    while (attribute := _attribute(head, position)) is not None:
        name, value, position = attribute
        if name in seen:
            continue
        seen.add(name)
        if name == b"http-equiv":
            pragma = pragma or value == b"content-type"
        elif name == b"content" and charset is None:
            if match := _META_CONTENT_CHARSET.search(value):
                charset = encoding_for_label(match[1].strip(b"\"'").decode("latin-1"))
                needs_pragma = True if charset else needs_pragma
        elif name == b"charset":
            charset, needs_pragma = encoding_for_label(value.decode("latin-1")), False
    if needs_pragma is None or (needs_pragma and not pragma) or charset is None:
        return None, position
    if charset.startswith("utf-16"):
        return "utf-8", position
    return ("windows-1252" if charset == "x-user-defined" else charset), position


def _attribute(head: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """The next attribute from `at`: name and value in lower case, and where it ends; None at the end of the tag."""
    end = len(head)
    while at < end and head[at] in b"\t\n\f\r /":
        at += 1
    if at >= end or head[at] == 0x3E:
        return None
    start = at
    while at < end and (head[at] not in b"=\t\n\f\r />" or (head[at] == 0x3D and at == start)):
        at += 1
    name = head[start:at].lower()
    while at < end and head[at] in _SPACE:
        at += 1
    if at >= end or head[at] != 0x3D:
        return (name, b"", at) if at < end else None
    at += 1
    while at < end and head[at] in _SPACE:
        at += 1
    if at >= end:
        return None
    if head[at] in b"\"'":
        close = head.find(head[at : at + 1], at + 1)
        return (name, head[at + 1 : close].lower(), close + 1) if close >= 0 else None
    start = at
    while at < end and head[at] not in b"\t\n\f\r >":
        at += 1
    return (name, head[start:at].lower(), at) if at < end else None
