"""What both databases can hold: text without NUL or lone surrogates, and URLs short enough for an index."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

MAX_URL_BYTES = 2000  # PostgreSQL refuses an index row over 2,704 bytes

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Record = TypeVar("Record")


def storable_text(text: str) -> str:
    """`text` without NUL, with surrogate pairs joined and lone surrogates as U+FFFD; idempotent."""
    if not _UNSTORABLE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\x00", "")


def storable_url(url: str) -> str:
    """`url` itself, or for one too long to be indexed its beginning and a digest of the whole."""
    url = storable_text(url)
    raw = url.encode()
    if len(raw) <= MAX_URL_BYTES:
        return url
    return f"{raw[:300].decode(errors='ignore')}…sha256:{hashlib.sha256(raw).hexdigest()}"


def is_long_url(url: str) -> bool:
    """Whether `url` is too long to be a key."""
    return len(url) > MAX_URL_BYTES // 4 and len(storable_text(url).encode()) > MAX_URL_BYTES


def storable(value: Any) -> Any:
    """`value` with every string in it made storable: strings, lists, mappings and records of them."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {storable_text(str(name)): storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return storable_record(value)
    return value


def storable_record(record: Record) -> Record:
    """`record`, a dataclass, with the strings of its own fields made storable (not those of its parts)."""
    changed = {}
    for each in fields(record):  # type: ignore[arg-type]
        value = getattr(record, each.name)
        if isinstance(value, str) and _UNSTORABLE.search(value):
            cleaned = storable_text(value)
            changed[each.name] = type(value)(cleaned) if type(value) is not str else cleaned
    return replace(record, **changed) if changed else record  # type: ignore[type-var]
