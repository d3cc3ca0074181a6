"""Feeds against feedparser's own tests, for the fields that copydesk keeps; date strings likewise."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser

from newsroom.dates import parse_when
from newsroom.records import Moment
from spiders.feeds import Entry, Feed, parse_feed

KEPT = {"title", "link", "id", "guid", "author", "summary", "description"}
TIMES = {"published_parsed": "published", "updated_parsed": "updated"}


def score(pack: Path) -> dict[str, float]:
    """Share of checks that hold for us, the same minus feedparser's own share, and dates."""
    ours, theirs = [], []
    cases = json.loads((pack / "cases.json").read_text("utf-8"))
    for case in cases:
        body, url = b64decode(case["xml_b64"]), f"http://127.0.0.1:8097/{case['id']}"
        headers = {"Content-Location": url, **case["http_headers"]}
        feed = parse_feed(body, headers, url)
        checks = [
            (getter, value) for path, op, value in case["checks"] or [] if op == "eq" and (getter := _getter(path))
        ]
        if checks:
            ours.append(all(_same(getter(feed), value) for getter, value in checks))
            theirs.append(_feedparser_passes(body, headers, case["checks"]))
    dates = json.loads((pack / "date_parsers.json").read_text("utf-8"))
    date_right = [_tuple(parse_when(case["input"])) == (case["expect_utc_tuple"] or [])[:6] for case in dates]
    return {
        "checks": sum(ours) / len(ours),
        "checks_beyond_feedparser": (sum(ours) - sum(theirs)) / len(ours),
        "dates": sum(date_right) / len(date_right),
    }


def _getter(path: list[Any]) -> Callable[[Feed], Any] | None:
    """How to find the value of feedparser's path in our Feed; None for what we do not keep."""
    match path:
        case ["feed", "title" | "language" as name]:
            return lambda feed: getattr(feed, name)
        case ["entries", int(number), str(name)] if name in KEPT:
            field = {"guid": "id", "description": "summary"}.get(name, name)
            return lambda feed: getattr(_entry(feed, number), field)
        case ["entries", int(number), str(name)] if name in TIMES:
            return lambda feed: _tuple(getattr(_entry(feed, number), TIMES[name]))
    return None


def _entry(feed: Feed, number: int) -> Entry:
    return feed.entries[number] if number < len(feed.entries) else Entry()


def _tuple(moment: Moment | None) -> list[int]:
    return list(moment.utc.utctimetuple()[:6]) if moment else []


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return bool(found == expected[:6])
    return bool((found or "") == (expected or ""))


def _feedparser_passes(body: bytes, headers: dict[str, str], checks: list[Any]) -> bool:
    parsed: Any = feedparser.parse(body, response_headers=headers)
    return all(_same(_walk(parsed, path), value) for path, op, value in checks if op == "eq" and _getter(path))


def _walk(parsed: Any, path: list[Any]) -> Any:
    try:
        for step in path:
            parsed = parsed[step]
    except (KeyError, IndexError, TypeError):
        return None
    return list(parsed[:6]) if path[-1] in TIMES and parsed else parsed
