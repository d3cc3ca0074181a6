"""`copydesk demo`: what copydesk does, shown on three made-up portals."""

from __future__ import annotations

from pathlib import Path

import click

from copydesk.context import Desk, DeskCommand, pass_desk


@click.command(cls=DeskCommand)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Leave portal files, corpus and WARC files in this new folder, to try the commands on.",
)
@click.option(
    "--serve",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Crawl nothing: serve the portals until Ctrl-C, with their portal files in this new folder.",
)
@pass_desk
def demo(desk: Desk, keep: Path | None, folder: Path | None) -> int:
    """Crawl three made-up portals, twice, and show what came of it.

    An English portal, a Chinese one in gb18030 and one that copies both are served from this process, on loopback.
    Between the crawls stories are edited, added, copied and taken down. Everything is checked against what was
    printed: exit code 0 only when all of it is right. Takes less than a minute and leaves nothing behind.

    \b
    Examples:
      copydesk demo
      copydesk demo --keep demo-corpus
      copydesk demo --serve demo-site
    """
    from copydesk.demo.play import play
    from copydesk.demo.serving import serve_on
    from newsroom.errors import UsageError

    if folder is not None and keep is not None:
        raise UsageError("--serve crawls nothing that could be kept; leave --keep out")
    if folder is not None:
        serve_on(folder)
    return 0 if play(desk, keep) else 1
