"""The WHATWG URL parser for http and https, as browsers apply it to what pages write in `href`.

https://url.spec.whatwg.org/, section 4.4, cut down to the two schemes a crawler fetches. Python's own `urljoin`
follows RFC 3986 and reads backslashes, tabs, `http:/host` and numeric hosts in another way than browsers do.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import unquote_to_bytes

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
MAX_HOST_CHARS: Final = 1_000  # of an international name; punycode takes time quadratic in it

_C0_OR_SPACE: Final = "".join(map(chr, range(0x21)))
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LONG_NUMBER: Final = re.compile(r"[0-9]+\Z|0[xX][0-9a-fA-F]*\Z")
_IPV6_CHARACTERS: Final = re.compile(r"[0-9A-Fa-f:.]+\Z")
_FORBIDDEN_IN_DOMAIN: Final = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")
_LABEL_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")
_DOT: Final = re.compile(r"(?:\.|%2[eE])\Z")
_DOTS: Final = re.compile(r"(?:\.|%2[eE]){2}\Z")
_JOINERS: Final = "\u200c\u200d"

_CONTROLS: Final = frozenset(range(0x20)) | frozenset(range(0x7F, 0x100))
_FRAGMENT: Final = _CONTROLS | frozenset(b' "<>`')
_QUERY: Final = _CONTROLS | frozenset(b" \"#<>'")
_PATH: Final = _CONTROLS | frozenset(b' "#<>?^`{}')
_USERINFO: Final = _PATH | frozenset(b"/:;=@[\\]|")
_UNSAFE: Final = {
    each: re.compile("[" + "".join(f"\\x{byte:02x}" for byte in sorted(each) if byte < 0x80) + "\x80-\U0010ffff]")
    for each in (_FRAGMENT, _QUERY, _PATH, _USERINFO)
}
_NOT_PLAIN: Final = re.compile(r"(?:^|/)(?:\.|%2[eE])|\\")  # dot segments, backslashes
_AUTHORITY_END: Final = re.compile(r"[/\\?#]")


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """An http(s) URL in parts, each already escaped as the standard wants it."""

    scheme: str
    host: str  # lower case ASCII; IPv6 in brackets
    port: int | None  # None for the scheme's default
    path: str  # starts with "/"
    query: str | None  # None when there is no "?"
    fragment: str | None = None
    username: str = ""
    password: str = ""

    def __str__(self) -> str:
        secret = f":{self.password}" if self.password else ""
        user = f"{self.username}{secret}@" if self.username or secret else ""
        port = "" if self.port is None else f":{self.port}"
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.scheme}://{user}{self.host}{port}{self.path}{query}{fragment}"


def clean_input(url: str) -> str:
    """`url` as the parser sees it: outer white space off, tabs and line breaks out, lone surrogates replaced."""
    url = _SURROGATE.sub("\ufffd", url).strip(_C0_OR_SPACE)
    return url.replace("\t", "").replace("\n", "").replace("\r", "")


def parse(url: str, base: ParsedUrl | None = None) -> ParsedUrl | None:
    """`url` read against `base`; None when it does not parse or is not http(s)."""
    rest = clean_input(url)
    match = _SCHEME.match(rest)
    if match is None:
        return None if base is None else _relative(rest, base)
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        return None
    rest = rest[match.end() :]
    if base is not None and base.scheme == scheme and not rest.startswith("//"):
        return _relative(rest, base)
    return _absolute(scheme, rest)


def literal_ip(host: str) -> str | None:
    """The address a host name spells, as browsers read it: `0x7f.1`, `2130706433`, `0177.0.0.1`, `[::1]`; else None."""
    host = clean_input(host)
    if host.startswith("[") or ":" in host:
        return _ipv6(host.strip("[]"))
    domain = _to_ascii(unquote_to_bytes(host).decode("utf-8", "replace"))
    return None if domain is None or not _ends_in_number(domain) else _ipv4(domain)


def _relative(rest: str, base: ParsedUrl) -> ParsedUrl | None:
    rest, hash_sign, fragment = rest.partition("#")
    shown = _escape(fragment, _FRAGMENT) if hash_sign else None
    if rest[:1] in ("/", "\\"):
        if rest[1:2] in ("/", "\\"):
            return _absolute(base.scheme, rest + hash_sign + fragment)
        path, query = _path_and_query(rest, [])
        return replace(base, path=path, query=query, fragment=shown)
    if not rest:
        return replace(base, fragment=shown)
    if rest.startswith("?"):
        return replace(base, query=_escape(rest[1:], _QUERY), fragment=shown)
    path, query = _path_and_query(rest, base.path.split("/")[1:-1])
    return replace(base, path=path, query=query, fragment=shown)


def _absolute(scheme: str, rest: str) -> ParsedUrl | None:
    rest = rest.lstrip("/\\")
    end = found.start() if (found := _AUTHORITY_END.search(rest)) else len(rest)
    authority, rest = rest[:end], rest[end:]
    userinfo, _, host_and_port = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    split = _split_port(host_and_port, scheme)
    if split is None:
        return None
    host = _host(split[0])
    if host is None:
        return None
    rest, hash_sign, fragment = rest.partition("#")
    path, query = _path_and_query(rest, [])
    return ParsedUrl(
        scheme=scheme,
        host=host,
        port=split[1],
        path=path,
        query=query,
        fragment=_escape(fragment, _FRAGMENT) if hash_sign else None,
        username=_escape(username, _USERINFO),
        password=_escape(password, _USERINFO),
    )


def _split_port(text: str, scheme: str) -> tuple[str, int | None] | None:
    at = text.find(":", text.find("]") + 1)
    if at < 0:
        return text, None
    host, digits = text[:at], text[at + 1 :]
    if not digits:
        return host, None
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > 5:
        return None
    port = int(digits.lstrip("0") or "0")
    return None if port > 0xFFFF else (host, None if port == DEFAULT_PORTS[scheme] else port)


def _path_and_query(rest: str, segments: list[str]) -> tuple[str, str | None]:
    path, question_mark, query = rest.partition("?")
    return _join_path(path, segments), _escape(query, _QUERY) if question_mark else None


def _join_path(path: str, segments: list[str]) -> str:
    """`path` appended to `segments` with `.` and `..` walked; always starts with a slash."""
    if not _NOT_PLAIN.search(path):
        return "/" + "/".join([*segments, _escape(path.removeprefix("/"), _PATH)])
    parts = path.replace("\\", "/").split("/")
    if parts[0] == "" and len(parts) > 1:
        parts = parts[1:]
    segments = list(segments)
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if _DOTS.match(part):
            if segments:
                segments.pop()
        elif not _DOT.match(part):
            segments.append(_escape(part, _PATH))
            continue
        if last:
            segments.append("")
    return "/" + "/".join(segments)


def remove_dot_segments(path: str) -> str:
    """An already escaped path with its `.` and `..` segments walked."""
    return _join_path(path, []) if "/." in path or "/%2" in path else path


def _escape(text: str, unsafe: frozenset[int]) -> str:
    if not _UNSAFE[unsafe].search(text):
        return text
    return "".join(f"%{byte:02X}" if byte in unsafe else chr(byte) for byte in text.encode())


@lru_cache(maxsize=1_024)  # a page's links lead to a handful of hosts
def _host(text: str) -> str | None:
    if text.startswith("["):
        address = _ipv6(text[1:-1]) if text.endswith("]") else None
        return None if address is None else f"[{address}]"
    domain = _to_ascii(unquote_to_bytes(text).decode("utf-8", "replace"))
    if not domain or _FORBIDDEN_IN_DOMAIN.search(domain):
        return None
    return _ipv4(domain) if _ends_in_number(domain) else domain


def _ipv6(text: str) -> str | None:
    """The address in the standard's own spelling: longest run of zeros shortened, no embedded dotted form."""
    if not _IPV6_CHARACTERS.match(text):
        return None
    try:
        number = int(IPv6Address(text))
    except AddressValueError:
        return None
    pieces = [f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    runs = [(len(run[0]) // 2, -run.start()) for run in re.finditer(r"(?:0,){2,}", _zero_map(pieces))]
    if not runs:
        return ":".join(pieces)
    length, start = max(runs)
    first = -start // 2
    return ":".join(pieces[:first]) + "::" + ":".join(pieces[first + length :])


def _zero_map(pieces: list[str]) -> str:
    return "".join("0," if piece == "0" else "x," for piece in pieces)


def _ends_in_number(domain: str) -> bool:
    labels = domain.split(".")
    if labels[-1] == "" and len(labels) > 1:
        labels.pop()
    return bool(_LONG_NUMBER.match(labels[-1]))


def _ipv4(domain: str) -> str | None:
    labels = domain.split(".")
    if labels[-1] == "" and len(labels) > 1:
        labels.pop()
    numbers = [_ipv4_number(label) for label in labels]
    if len(numbers) > 4:
        return None
    address = 0
    for at, number in enumerate(numbers):
        last = at == len(numbers) - 1
        if number is None or number >= (256 ** (5 - len(numbers)) if last else 256):
            return None
        address += number if last else number << 8 * (3 - at)
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def _ipv4_number(label: str) -> int | None:
    base = 10
    if label[:2] in ("0x", "0X"):
        label, base = label[2:] or "0", 16
    elif label.startswith("0") and len(label) > 1:
        base = 8
    digits = "0123456789abcdef"[:base]
    if not label or len(label.lstrip("0")) > 32 or any(character not in digits for character in label.lower()):
        return None
    return int(label, base)


def _to_ascii(domain: str) -> str | None:
    """Domain to ASCII by UTS 46 (non-transitional), as near as the standard library comes to it."""
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower()
    if len(domain) > MAX_HOST_CHARS:
        return None
    labels = []
    for label in _LABEL_DOTS.split(_map_characters(domain)):
        encoded = _label_to_ascii(label)
        if encoded is None:
            return None
        labels.append(encoded)
    return ".".join(labels)


def _map_characters(domain: str) -> str:
    """The mapping step of UTS 46; `ß` and `ς` stay (non-transitional), what is ignored goes."""
    kept = []
    for character in domain:
        if character in "\u00ad\u200b\u2060\ufeff\u034f" or "\ufe00" <= character <= "\ufe0f":
            continue
        kept.append(character if character in "ßς" or character in _JOINERS else character.casefold())
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", "".join(kept)).lower())


def _label_to_ascii(label: str) -> str | None:
    if label.startswith("xn--"):
        try:
            decoded = label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            return None
        return label if decoded and not decoded.isascii() and _valid_label(decoded) else None
    if label.isascii():
        return label
    if not _valid_label(label):
        return None
    return "xn--" + label.encode("punycode").decode("ascii")


def _valid_label(label: str) -> bool:
    """Whether every character may stand in an internationalised label (no marks first, nothing unassigned)."""
    if unicodedata.category(label[0]).startswith("M") or unicodedata.normalize("NFC", label) != label:
        return False
    return (
        all(
            character.isascii() or character in _JOINERS or unicodedata.category(character)[0] not in "CZ"
            for character in label
        )
        and "\ufffd" not in label
    )
