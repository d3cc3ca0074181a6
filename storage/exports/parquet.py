"""Rows as a Parquet file with typed columns, written a row group at a time. The one module that knows pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from storage.exports.fields import KNOWN, Kind

GROUP_ROWS = 5_000  # a row group is held in memory, and ends at either limit
GROUP_CHARS = 16 << 20

_TYPES = {
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.TEXT: pa.string(),
    Kind.TEXTS: pa.list_(pa.string()),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
}


def schema(fields: Sequence[str]) -> pa.Schema:
    """The columns of a file with these fields."""
    return pa.schema([(name, _TYPES[KNOWN[name].kind]) for name in fields])


def write_parquet(rows: Iterable[dict[str, Any]], fields: Sequence[str], path: Path) -> int:
    """Write `rows`, as `Slices.typed` gives them, to `path`; how many. Memory holds one row group at a time."""
    count, columns = 0, schema(fields)
    with parquet.ParquetWriter(path, columns, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=columns), row_group_size=len(group))
            count += len(group)
    return count


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    chars = 0
    for row in rows:
        group.append(row)
        chars += len(row.get("text") or "")
        if len(group) >= GROUP_ROWS or chars >= GROUP_CHARS:
            yield group
            group, chars = [], 0
    if group:
        yield group
