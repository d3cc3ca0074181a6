"""Lines of an import, and the files that hold them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.lines import BadLine, ImportedLine, read_line
from storage.article_batches import Arrival

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RIVER = "The river rose overnight. Engineers closed the old lock and moved the barges upstream before dawn. " * 3
HARBOUR = "The harbour council met on Tuesday to settle the price of moorings for small boats. " * 3
BRIDGE = "市政府周二宣布，河上的旧桥将在三年内重建，新桥为行人留出更宽的步道。专家认为工程不会影响航运。" * 3


def line(number: int, text: str = RIVER, **more: object) -> dict[str, Any]:
    said = {"id": f"n{number}", "url": f"https://paper.example/{number}.html", "title": f"Story {number}", "text": text}
    return {**said, **more}


THREE = [
    line(1, published="2026-02-03T04:05:06Z", lang="en", authors=["Ann Lee", "Bo Wu"], portal="river"),
    line(2, HARBOUR, published="2026-02-10", title="=Harbour", portal="river"),
    line(3, BRIDGE, title="旧桥重建", lang="zh"),
]


def write_lines(path: Path, lines: list[Any]) -> Path:
    text = "".join((each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n" for each in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def read(said: object) -> ImportedLine | BadLine:
    """What one line comes to."""
    raw = said if isinstance(said, bytes) else json.dumps(said).encode("utf-8", "surrogatepass")
    return read_line(raw, 7, "import", NOW)


def arrivals() -> list[Arrival]:
    """Seven lines of five articles, as they are stored."""
    found = [read(each) for each in [*THREE, line(4, HARBOUR), line(1, BRIDGE), line(5, HARBOUR), line(1)]]
    return [Arrival(each.portal_id, each.article, each.source_id) for each in found if isinstance(each, ImportedLine)]
