"""The page that Airflow shows of a portal's DAG."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from copydesk_airflow.portal_files import PortalFile

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#+!|~&"})


def page_of(portal: PortalFile, schedule: str | timedelta) -> str:
    """What the portal is, what it is expected to bring, and what to do by hand, as Markdown."""
    return "\n".join(
        [
            f"# {_plain(portal.name)}",
            "",
            f"Looks for new articles of <{_address(portal.home)}> every {portal.every}, and stores them.",
            "",
            f"* portal: `{portal.id}`",
            f"* file: `{_code(portal.path.name)}`",
            f"* schedule: `{schedule}`" + (" (the sixth field is seconds)" if isinstance(schedule, str) else ""),
            f"* sources: {', '.join(_sources(portal)) or 'found by themselves'}",
            f"* expected: {', '.join(_expected(portal)) or 'nothing in particular'}",
            "",
            "A run is green when the crawl met what the portal file expects, pink when nothing was due, and red when "
            "it fell short (exit code 3), was blocked (5), or could not be done. What was stored stays stored.",
            "",
            'Trigger it by hand to set a limit, a "since", or a dry run. The counts are in XCom under `report`.',
            "",
        ]
    )


def _sources(portal: PortalFile) -> Iterator[str]:
    for kind, url in portal.sources[:20]:
        yield f"{_plain(kind)} `{_code(url)}`" if url else _plain(kind)


def _expected(portal: PortalFile) -> Iterator[str]:
    for key, value in portal.expect.items():
        yield f"`{_code(str(key))}` = `{_code(str(value))}`"


def _plain(text: str) -> str:
    """`text` on one line, without meaning to Markdown."""
    return " ".join(text.split()).translate(_SPECIAL)


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")


def _address(url: str) -> str:
    return "".join(url.split()).replace("<", "%3C").replace(">", "%3E")
