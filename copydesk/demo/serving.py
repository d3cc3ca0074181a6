"""The made-up portals served for somebody else to crawl: `copydesk demo --serve`, and `make airflow DEMO=1`."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from copydesk.demo.server import serve
from copydesk.demo.site import Site
from copydesk.demo.stage import open_stage
from copydesk.demo.stories import load_papers

NEXT_DAY_S = 120.0  # after the first request: time for a first crawl, and little enough to wait for a second
_LOOK_S = 0.5


def serve_on(folder: Path) -> NoReturn:
    """Serve until interrupted. Two minutes after the first request, stories are edited, added, copied, taken down."""
    with open_stage(folder) as stage, serve(load_papers(datetime.now(UTC))) as sites:
        stage.write_portal_files(sites)
        for site in sites.values():
            click.echo(f"{site.base}/  {site.paper.name}")
        click.echo(f"portal files: {stage.folder / 'portals'}")
        sys.stdout.flush()
        _wait_for_the_next_day(sites)
        while True:
            time.sleep(_LOOK_S)


def _wait_for_the_next_day(sites: Mapping[str, Site]) -> None:
    """Return when the second edition of every portal is out."""
    while not any(site.hits for site in sites.values()):
        time.sleep(_LOOK_S)
    time.sleep(NEXT_DAY_S)
    for site in sites.values():
        site.next_day(datetime.now(UTC))
