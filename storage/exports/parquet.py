"""Articles as a Parquet file with typed columns, written a row group at a time. The one module that knows pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from storage.articles import StoredArticle
from storage.exports.rows import FIELDS, as_json

GROUP_ROWS = 5_000  # a row group is held in memory, and ends at either limit
GROUP_CHARS = 16 << 20

_TIME = pa.timestamp("us", tz="UTC")
_TYPES = {
    "id": pa.int64(),
    "date": _TIME,
    "modified": _TIME,
    "first_seen": _TIME,
    "last_seen": _TIME,
    "gone": _TIME,
    "authors": pa.list_(pa.string()),
    "tags": pa.list_(pa.string()),
    "language_confidence": pa.float64(),
    "is_accessible_for_free": pa.bool_(),
    "words": pa.int64(),
    "revision": pa.int64(),
    "revisions": pa.int64(),
}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in FIELDS])


def write_parquet(articles: Iterable[StoredArticle], path: Path) -> int:
    """Write `articles` to `path`; how many. Memory holds one row group, however many there are.

    The fields are those of `as_json`, but times are times: `date` is the beginning of what `date_precision` names.
    """
    count = 0
    with parquet.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for rows in _groups(articles):
            writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), row_group_size=len(rows))
            count += len(rows)
    return count


def _groups(articles: Iterable[StoredArticle]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    chars = 0
    for stored in articles:
        rows.append(_row(stored))
        chars += len(stored.article.text)
        if len(rows) >= GROUP_ROWS or chars >= GROUP_CHARS:
            yield rows
            rows, chars = [], 0
    if rows:
        yield rows


def _row(stored: StoredArticle) -> dict[str, Any]:
    article = stored.article
    return {
        **as_json(stored),
        "date": article.published.utc if article.published else None,
        "modified": article.modified.utc if article.modified else None,
        "first_seen": stored.first_seen_utc,
        "last_seen": stored.last_seen_utc,
        "gone": stored.gone_utc,
    }
