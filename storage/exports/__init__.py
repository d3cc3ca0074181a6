"""The corpus as others read it: one module a format, and the manifest that says what a slice holds.

`parquet` is not imported here, for it needs a library that not every installation has.
"""

from newsroom.moments import shown_date
from storage.exports.csv_rows import csv_lines
from storage.exports.fields import CSV_FIELDS, FIELDS, as_json
from storage.exports.reading import Slice, Slices
from storage.exports.rows import json_lines, jsonl

__all__ = ["CSV_FIELDS", "FIELDS", "Slice", "Slices", "as_json", "csv_lines", "json_lines", "jsonl", "shown_date"]
