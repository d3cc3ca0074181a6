"""The corpus as others read it: one module a format, and the manifest that says what a slice holds.

`parquet` is not imported here, for it needs a library that not every installation has.
"""

from storage.exports.csv_rows import CSV_FIELDS, csv_lines
from storage.exports.rows import FIELDS, as_json, json_lines, jsonl, shown_date

__all__ = ["CSV_FIELDS", "FIELDS", "as_json", "csv_lines", "json_lines", "jsonl", "shown_date"]
