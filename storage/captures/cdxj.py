"""CDXJ: one sorted line an answer, by which replay tools find it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from newsroom.urls import surt_key
from storage.captures.files import closed_name
from storage.captures.reader import StoredResponse, parse_response
from storage.captures.walk import WalkedRecord, walk


def cdxj(path: Path) -> Iterator[str]:
    """The CDXJ lines of one WARC file, sorted, without line ends. Raises DamagedRecord as `walk` does."""
    lines = []
    for record in walk(path):
        answer = parse_response(record, record.http_head)
        if answer:
            lines.append(_line(record, answer, closed_name(path)))
    yield from sorted(lines)


def _line(record: WalkedRecord, answer: StoredResponse, file: str) -> str:
    mime = (answer.header("Content-Type") or "").partition(";")[0].strip().lower() or "unk"
    fields = {
        "url": answer.url,
        "mime": "warc/revisit" if record.type == "revisit" else mime,
        "status": str(answer.status),
        "digest": record.header("WARC-Payload-Digest"),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": file,
    }
    known = {name: value for name, value in fields.items() if value is not None}
    return f"{surt_key(answer.url)} {answer.fetched_utc:%Y%m%d%H%M%S} {json.dumps(known, ensure_ascii=False)}"
