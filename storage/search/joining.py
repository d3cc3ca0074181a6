"""A column of many rows as one text: to bring each value over from the database by itself takes four times as long."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, func

_BETWEEN = "\x1f"  # the unit separator: no name of anything has it


def joined(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The values of a column of strings in all rows, nothing for NULL; NULL when there is no row."""
    return func.aggregate_strings(func.coalesce(column, ""), _BETWEEN)


def apart(text: str | None) -> Counter[str]:
    """By value, how many rows had it."""
    return Counter() if text is None else Counter(text.split(_BETWEEN))
