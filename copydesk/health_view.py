"""How the health of portals is shown: a line a portal with its findings under it, or one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from copydesk.output import as_text, clean, print_rows, to_json
from newsroom.durations import format_duration
from newsroom.portal_history import Figure, Finding, Verdict
from newsroom.usual import Range
from storage.portal_exhibits import ShownPage

STATES = {"new": "no history"}  # in the table; the other states are words already
_FLAT = ("portal", "state", "what", "now", "usual_low", "usual_high", "since", "says")
_PAGE = ("url", "page_id", "capture_id", "warc", "missing")


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, with the page that shows each of its findings."""

    verdict: Verdict
    pages: tuple[ShownPage | None, ...]


def print_health(judged: Sequence[Judged], window: timedelta, output: str) -> None:
    """Print what was found. As JSON it is one object on one line, as NDJSON one a portal, as CSV a row a finding."""
    if output == "json":
        ok = not any(each.verdict.findings for each in judged)
        found = {"ok": ok, "window": format_duration(window), "portals": list(map(_portal, judged))}
        sys.stdout.write(to_json(found) + "\n")
    elif output == "ndjson":
        sys.stdout.writelines(to_json(_portal(each)) + "\n" for each in judged)
    elif output == "csv":
        print_rows((row for each in judged for row in _rows(each)), [*_FLAT, *_PAGE], "csv")
    else:
        _print_table(judged)


# --- for machines -------------------------------------------------------------------------------------------------


def _portal(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    return {
        "portal": verdict.portal_id,
        "state": verdict.state,
        "findings": [_finding(*pair) for pair in zip(verdict.findings, judged.pages, strict=True)],
        "figures": {
            name: {"now": figure.now, "usual": _bounds(figure.usual)} for name, figure in verdict.figures.items()
        },
    }


def _finding(finding: Finding, page: ShownPage | None) -> dict[str, Any]:
    return {
        "what": finding.what,
        "now": finding.now,
        "usual": _bounds(finding.usual),
        "since": finding.since_utc,
        "says": finding.says,
        "page": asdict(page) if page else None,
    }


def _bounds(usual: Range | None) -> list[float] | None:
    return [round(usual.low, 3), round(usual.high, 3)] if usual else None


def _rows(judged: Judged) -> Iterator[dict[str, Any]]:
    verdict = judged.verdict
    about = {"portal": verdict.portal_id, "state": verdict.state}
    if not verdict.findings:
        yield about
    for finding, page in zip(verdict.findings, judged.pages, strict=True):
        said = _finding(finding, page)
        low, high = said["usual"] or (None, None)
        yield {**about, **said, "usual_low": low, "usual_high": high, **(said["page"] or {})}


# --- for people ---------------------------------------------------------------------------------------------------


def _print_table(judged: Sequence[Judged]) -> None:
    width = max((len(each.verdict.portal_id) for each in judged), default=0)
    for each in judged:
        verdict, state = each.verdict, STATES.get(each.verdict.state, each.verdict.state)
        sys.stdout.write(f"{verdict.portal_id.ljust(width)}  {state.ljust(10)}  {_summary(verdict)}".rstrip() + "\n")
        for finding, page in zip(verdict.findings, each.pages, strict=True):
            since = f", since {as_text(finding.since_utc)[:16]}" if finding.since_utc else ""
            sys.stdout.write(f"    {clean(finding.says)}{since}\n")
            if page is not None:
                sys.stdout.write(f"        {_shown(page)}\n")


def _summary(verdict: Verdict) -> str:
    articles, age, share = (verdict.figures[name] for name in ("articles", "hours_since_article", "yield"))
    return ", ".join(
        [
            f"{articles.now:,.0f} new articles{_usually(articles)}",
            *([f"the newest {age.now:,.1f} h old"] if age.now is not None else []),
            *([f"{share.now:.0%} of pages gave one"] if share.now is not None else []),
        ]
    )


def _usually(figure: Figure) -> str:
    return f" (usually {figure.usual.low:,.0f} to {figure.usual.high:,.0f})" if figure.usual else ""


def _shown(page: ShownPage) -> str:
    where = [
        f"page {page.page_id}" if page.page_id else "",
        f"capture {page.capture_id}" if page.capture_id else "",
        page.warc or "",
    ]
    return clean(f"{page.url}  {page.missing}; {', '.join(filter(None, where)) or 'not captured'}")
