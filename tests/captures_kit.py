"""Exchanges and folders for the tests of captures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from newsroom.records import Exchange
from storage.captures import CaptureWriter

FETCHED = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
HTML = ((b"Content-Type", b"text/html; charset=utf-8"), (b"Server", b"press"))


def page(
    number: int = 1,
    *,
    url: str | None = None,
    status: int = 200,
    headers: tuple[tuple[bytes, bytes], ...] = HTML,
    body: bytes | None = None,
    **more: object,
) -> Exchange:
    """An answer whose body is its own, unless one is given."""
    return Exchange(
        url=url or f"http://paper.example/story-{number}.html",
        fetched_utc=FETCHED,
        status=status,
        request_headers=((b"Host", b"paper.example"), (b"User-Agent", b"copydesk-test")),
        response_headers=headers,
        body=f"<h1>Story {number}</h1>".encode() * 20 if body is None else body,
        **more,  # type: ignore[arg-type]
    )


def writer(folder: Path, **settings: object) -> CaptureWriter:
    """A writer as the crawl makes one."""
    return CaptureWriter(folder, software="copydesk/test", **settings)  # type: ignore[arg-type]


def crashed(folder: Path, pages: int) -> tuple[Path, list[int]]:
    """A file as a killed writer leaves it, and where each of its captures ends."""
    living = writer(folder)
    ends = []
    for number in range(pages):
        address = living.append(page(number)).address
        ends.append(address.offset + address.length)
    path = folder / (address.file + ".open")
    living.sync()
    left = path.read_bytes()
    living.close()
    (folder / address.file).unlink()
    path.write_bytes(left)
    return path, ends
