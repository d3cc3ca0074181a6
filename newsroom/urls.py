"""Addresses: one spelling for each page, and what an address says about its site and its other forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from newsroom import whatwg
from newsroom.addresses import is_public_address
from newsroom.suffixes import registrable_domain
from newsroom.tracking import is_tracking, without_session
from newsroom.whatwg import ParsedUrl, literal_ip

__all__ = [
    "canonical_url",
    "host_key",
    "is_public_address",
    "literal_ip",
    "resolve",
    "same_site",
    "site_of",
    "surt_key",
    "twin_of",
]

_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})?")


def canonical_url(url: str) -> str:
    """The one spelling of `url` under which the page is known; applying it twice changes nothing.

    Host, port, escapes, dot segments and the order of parameters are made regular; fragment, credentials, session ids
    and tracking parameters go. Scheme, `www.` and a trailing slash stay, since servers tell them apart. What is not
    an http(s) URL comes back with its outer white space off. Never raises.
    """
    parsed = whatwg.parse(url)
    if parsed is None:
        return whatwg.clean_input(url)
    path = whatwg.remove_dot_segments(without_session(_regular_escapes(parsed.path)))
    query = _canonical_query(parsed.query) if parsed.query else ""
    return f"{_origin(parsed)}{path}{'?' if query else ''}{query}"


def resolve(base: str, href: str) -> str | None:
    """`href` as a browser reads it on the page `base`; None when it fails or leads elsewhere than http(s)."""
    parsed = whatwg.parse(href, _base(base))
    return None if parsed is None else str(parsed)


def host_key(url: str) -> str:
    """`scheme://host[:port]` in lower case, the unit of politeness; "" when `url` is not http(s)."""
    parsed = _base(url)
    return "" if parsed is None else _origin(parsed)


def site_of(url: str) -> str:
    """The registrable domain of `url`; an IP address or a name without dots is a site of its own, with its port."""
    parsed = _base(url)
    if parsed is None:
        return ""
    if "." not in parsed.host.strip(".") or literal_ip(parsed.host) is not None:
        return _host_and_port(parsed)
    return registrable_domain(parsed.host)


def same_site(url: str, home: str, hosts: Sequence[str] = ()) -> bool:
    """Whether `url` belongs to the portal at `home`: the same host but for `www.`, or one of its further `hosts`."""
    parsed, own = _base(url), _base(home)
    if parsed is None or own is None:
        return False
    name = _bare(parsed)
    return name == _bare(own) or any(name == host.lower().removeprefix("www.") for host in hosts)


def _origin(parsed: ParsedUrl) -> str:
    return f"{parsed.scheme}://{_host_and_port(parsed)}"


def _host_and_port(parsed: ParsedUrl) -> str:
    return parsed.host if parsed.port is None else f"{parsed.host}:{parsed.port}"


def _bare(parsed: ParsedUrl) -> str:
    return _host_and_port(parsed).removeprefix("www.")


@lru_cache(maxsize=256)
def _base(url: str) -> ParsedUrl | None:
    return whatwg.parse(url)


def _regular_escapes(text: str) -> str:
    """Escapes in capitals, unreserved characters bare, a lone `%` as `%25`."""
    return _ESCAPE.sub(_regular_escape, text) if "%" in text else text


def _regular_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _canonical_query(query: str) -> str:
    """Parameters sorted by name, in their own order where the name repeats; tracking ones dropped.

    A first part without `=` stays first: for some servers it is the page's path (`index.php?/news/12&lang=de`).
    """
    kept = []
    for part in _regular_escapes(query).split("&"):
        name, _, value = part.partition("=")
        if part and not is_tracking(name, value):
            kept.append(part)
    lead = 1 if kept and "=" not in kept[0] else 0
    return "&".join(kept[:lead] + sorted(kept[lead:], key=_name))


def _name(part: str) -> str:
    return part.partition("=")[0]


# --- other forms of a page ------------------------------------------------------------------------------------------

_TWIN_HOSTS: Final = ("m.", "mobile.", "amp.", "mobil.", "wap.", "touch.")
_AMP_CACHE: Final = re.compile(r"/(?:[cv]|amp)/(s/)?(.+)\Z")
_LEADING: Final = re.compile(r"/(?:amp(?=/[^/])|(?:print|mobile)(?=/.*[^/\d]))")
_TRAILING: Final = re.compile(
    r"(?<=[^/])(?:/(?:amp|print|druckversion|drucken|imprimer|print\.html?|amp\.html?)|\.amp|\.print)(/?)\Z"
)
_INFIX: Final = re.compile(r"[.](?:amp|print|mobile)(?=\.(?:s?html?|php|aspx?)\Z)")
_TWIN_PARAMETERS: Final = re.compile(
    r"(?:outputtype|output|format|view|display|layout|version|mode)=(?:amp|print|printer|mobile)\Z"
    r"|(?:amp|print|printable|printview|printversion|mobile)(?:=(?:1|true|yes|y|on)?)?\Z"
    r"|type=98\Z|tmpl=component\Z",
    re.IGNORECASE,
)


def twin_of(url: str, home: str | None = None) -> str | None:
    """The main address of a print, AMP or mobile form, when the form's own address says so; else None.

    `m.example.org` leads to `example.org`, or to `home`'s host where that differs only by `www.`. An address such as
    `/print/4711` names no main address: None (`is_secondary` still knows it).
    """
    parsed = whatwg.parse(url)
    if parsed is None:
        return None
    cached = _out_of_amp_cache(parsed)
    if cached is not None:
        return cached
    path = _INFIX.sub("", _TRAILING.sub(r"\1", _drop_leading(parsed.path)))
    parts = [part for part in (parsed.query or "").split("&") if part]
    kept = [part for part in parts if not _TWIN_PARAMETERS.match(part)]
    host = _main_host(parsed, home)
    if (host, path, len(kept)) == (parsed.host, parsed.path, len(parts)):
        return None
    return canonical_url(str(replace(parsed, host=host, path=path or "/", query="&".join(kept) or None)))


def is_secondary(url: str) -> bool:
    """Whether the address itself says that it is a print, AMP or mobile form, main address known or not."""
    parsed = whatwg.parse(url)
    if parsed is None:
        return False
    return parsed.path.startswith(("/print/", "/amp/")) or twin_of(url) is not None


def _drop_leading(path: str) -> str:
    match = _LEADING.match(path)
    return path if match is None else path[match.end() :]


def _main_host(parsed: ParsedUrl, home: str | None) -> str:
    for prefix in _TWIN_HOSTS:
        host = parsed.host.removeprefix(prefix)
        if host != parsed.host and "." in host and literal_ip(host) is None:
            own = _base(home) if home else None
            return own.host if own is not None and own.host.removeprefix("www.") == host else host
    return parsed.host


def _out_of_amp_cache(parsed: ParsedUrl) -> str | None:
    """The publisher's address inside `….cdn.ampproject.org/c/s/…` and `google.…/amp/s/…`."""
    of_google = parsed.host.startswith("www.google.") and parsed.path.startswith("/amp/")
    if not of_google and not parsed.host.endswith(".cdn.ampproject.org"):
        return None
    match = _AMP_CACHE.match(parsed.path)
    if match is None:
        return None
    query = f"?{parsed.query}" if parsed.query else ""
    inner = canonical_url(f"{'https' if match[1] else 'http'}://{match[2]}{query}")
    return twin_of(inner) or inner if whatwg.parse(inner) else None


# --- sort key for CDXJ ----------------------------------------------------------------------------------------------

_WWW: Final = re.compile(r"www\d*\.")
_SURT_SESSIONS: Final = (
    re.compile(r"(?<=[?&])(?:phpsessid|jsessionid|sid)=[0-9a-z]{32}(?:&|\Z)"),
    re.compile(r"(?<=[?&])aspsessionid[a-z]{8}=[a-z]{24}(?:&|\Z)"),
    re.compile(r"(?<=[?&])cfid=[^&]+&cftoken=[^&]+(?:&|\Z)"),
)
_SURT_PATH_SESSIONS: Final = (
    re.compile(r"/\((?:[a-z]\([0-9a-z]{24}\))+\)(?=/)"),
    re.compile(r"/\([0-9a-z]{24}\)(?=/)"),
    re.compile(r";jsessionid=[0-9a-z]{32}(?=\Z|[;/])"),
)
_KEEP_IN_PATH: Final = frozenset("%#?")
_KEEP_IN_QUERY: Final = frozenset("%#&=+")


def surt_key(url: str) -> str:
    """`url` in the order archives sort by: `org,example,news)/path?query`, in lower case, without `www.`.

    After the Internet Archive's rules: slashes run together and a trailing one go, session ids go, parameters are
    sorted. What is not http(s) comes back as it is.
    """
    parsed = whatwg.parse(url)
    if parsed is None:
        return whatwg.clean_input(url)
    port = "" if parsed.port is None else f":{parsed.port}"
    host = _WWW.sub("", parsed.host, count=1) if _WWW.match(parsed.host) else parsed.host
    labels = [host] if host.startswith("[") else host.split(".")[::-1]
    path = re.sub("//+", "/", _plain(parsed.path, _KEEP_IN_PATH))
    path = whatwg.remove_dot_segments(path).lower()
    for session in _SURT_PATH_SESSIONS:
        path = session.sub("", path)
    path = path.rstrip("/") or "/"
    return f"{','.join(labels)}{port}){path}{_surt_query(parsed.query)}"


def _surt_query(query: str | None) -> str:
    text = "?" + _plain(query or "", _KEEP_IN_QUERY).lower()
    for session in _SURT_SESSIONS:
        text = session.sub("", text)
    return f"?{'&'.join(sorted(text[1:].split('&')))}" if text != "?" else ""


def _plain(text: str, keep: frozenset[str]) -> str:
    """`text` with every escape of a printable ASCII character undone, except those in `keep`."""
    for _ in range(8):  # some addresses are escaped several times over
        undone = _ESCAPE.sub(lambda match: _undo(match, keep), text)
        if undone == text:
            break
        text = undone
    return text


def _undo(match: re.Match[str], keep: frozenset[str]) -> str:
    if match[1] is None:
        return "%25"
    character = chr(int(match[1], 16))
    return character if "!" <= character <= "~" and character not in keep else match[0]
