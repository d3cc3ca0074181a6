"""What extraction must know of a portal to read its pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from newsroom.portals import Portal


def read_options(portal: Portal, now: datetime) -> dict[str, Any]:
    """What extraction must know: length limit, language, time zone, the time, and the selectors that hold today."""
    options: dict[str, Any] = {"min_chars": portal.articles.min_chars, "now": now}
    if portal.language:
        options["language"] = portal.language
    if portal.timezone:
        options["zone"] = portal.timezone
    rules = [rule for rule in portal.select if rule.valid_from is None or rule.valid_from <= now.date()]
    if rules:
        options["select"] = max(rules, key=lambda rule: rule.valid_from or date.min)
    return options
