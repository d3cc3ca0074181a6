"""What the site answered, visit by visit: a page, nothing new, gone, there again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from newsroom.records import Capture
from storage.history.events import Event, Kind

_GONE = (404, 410)
_THERE = (200, 203, 206)


@dataclass(slots=True)
class _Address:
    """What an address answered so far."""

    digest: str | None = None  # of its last page
    is_gone: bool = False
    seen: dict[str, Capture] = field(default_factory=dict)  # by digest, the first page that had it


def answers(captures: Iterable[Capture], main_url: str | None) -> Iterator[Event]:
    """An event for each of `captures`, which come in the order of time; addresses other than `main_url` are named."""
    addresses: dict[str, _Address] = {}
    for capture in captures:
        address = addresses.setdefault(capture.url, _Address())
        kind, says = _judged(capture, address)
        if main_url is not None and capture.url != main_url:
            says = f"{says} ({capture.url})"
        yield Event(
            capture.fetched_utc,
            kind,
            says,
            url=capture.url,
            capture=capture.id,
            status=capture.status,
            bytes=capture.payload_bytes,
        )


def _judged(capture: Capture, address: _Address) -> tuple[Kind, str]:
    if capture.status in _GONE:
        first, address.is_gone = not address.is_gone, True
        return Kind.GONE, f"{'gone' if first else 'still gone'}: HTTP {capture.status}"
    if capture.status == 304:
        kind = _back_or(Kind.UNCHANGED, address)
        return kind, "there again, unchanged: HTTP 304" if kind is Kind.BACK else "not modified: HTTP 304"
    if capture.status not in _THERE:
        return Kind.FAILED, f"HTTP {capture.status}"
    same, earlier = capture.payload_digest == address.digest, address.seen.get(capture.payload_digest)
    address.digest = capture.payload_digest
    address.seen.setdefault(capture.payload_digest, capture)
    kind = _back_or(Kind.UNCHANGED if same else Kind.CAPTURED, address)
    size = f"HTTP {capture.status}, {capture.payload_bytes:,} bytes"
    if same:
        told = "the same bytes"
    elif earlier:
        told = f"{size}, the same as on {earlier.fetched_utc:%Y-%m-%d %H:%M:%SZ}"
    else:
        told = size + (f", cut short ({capture.truncated})" if capture.truncated else "")
    return kind, f"there again: {told}" if kind is Kind.BACK else told


def _back_or(kind: Kind, address: _Address) -> Kind:
    was_gone, address.is_gone = address.is_gone, False
    return Kind.BACK if was_gone else kind
