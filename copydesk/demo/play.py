"""The demo from beginning to end: serve, crawl, print a day later, crawl again, look, check."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from copydesk.context import Desk
from copydesk.demo import report
from copydesk.demo.server import serve
from copydesk.demo.site import Site
from copydesk.demo.stage import Done, Stage, open_stage
from copydesk.demo.stories import load_papers
from copydesk.demo.truth import Claim, Snapshot, claims_of_first, claims_of_second, look
from newsroom.records import CopyKind

REVISIT_S = 1.0  # as the portal files say


def play(desk: Desk, keep: Path | None) -> bool:
    """Run the demo in `keep`, or in a folder that is removed again; whether all came out as it must."""
    began = time.monotonic()
    with open_stage(keep) as stage, serve(load_papers(datetime.now(UTC))) as sites:
        stage.write_portal_files(sites)
        report.heading("Three made-up portals, served on loopback")
        for site in sites.values():
            click.echo(f"{site.base}/  {site.paper.name}")
        claims = _first_crawl(desk, stage, sites)
        seen, more = _second_crawl(desk, stage, sites)
        claims += more
        claims.append(_commands(desk, stage, seen))
    report.heading("Checked against what was printed")
    report.show_claims(claims)
    _farewell(keep, time.monotonic() - began)
    return all(claim.holds for claim in claims)


def _first_crawl(desk: Desk, stage: Stage, sites: Mapping[str, Site]) -> list[Claim]:
    desk.say("first crawl …")
    stage.crawl()
    seen = look(stage.database_url)
    report.heading("Found by the first crawl")
    report.show_found(sites, seen, {})
    report.heading("Refused, and why")
    report.show_refused((line for line in seen.ledger.values() if line.state == "refused"), sites)
    return claims_of_first(sites, seen)


def _second_crawl(desk: Desk, stage: Stage, sites: Mapping[str, Site]) -> tuple[Snapshot, list[Claim]]:
    time.sleep(REVISIT_S)
    asked = {name: len(site.hits) for name, site in sites.items()}
    for site in sites.values():
        site.next_day(datetime.now(UTC))
    desk.say("stories are edited, added, copied and taken down; second crawl …")
    stage.crawl()
    seen = look(stage.database_url)
    report.heading("After edits, and a second crawl")
    report.show_found(sites, seen, asked)
    report.heading("Copied")
    report.show_copied(seen)
    report.heading("Changed")
    report.show_changed(seen)
    report.heading("Gone")
    report.show_gone(seen)
    return seen, claims_of_second(sites, seen)


def _commands(desk: Desk, stage: Stage, seen: Snapshot) -> Claim:
    """Run the commands that come next, and show how they begin."""
    desk.say("a few commands …")
    first_changed = next(iter(seen.revisions), "")
    spun = next((copy for copy in seen.copies if copy.kind == CopyKind.SPUN), None)
    commands: list[tuple[str, ...]] = [
        ("search", "harbour AND council"),
        ("search", "渡轮 OR 银杏"),
        ("show", str(seen.articles[first_changed].id) if first_changed else "1"),
        ("coverage", "harbour"),
    ]
    if spun is not None:
        commands += [
            ("copies", "show", str(spun.article_id)),
            ("copies", "explain", str(spun.article_id), str(spun.other_id)),
        ]
    done = [stage.ask(*arguments) for arguments in commands]
    report.heading("What to type next")
    for arguments, each in zip(commands, done, strict=True):
        report.show_command(arguments, each)
    return Claim("the commands answer", tuple(_silent(commands, done)))


def _silent(commands: Sequence[tuple[str, ...]], done: Sequence[Done]) -> list[str]:
    return [
        f"copydesk {' '.join(arguments)}: exit code {each.exit_code}; {each.stderr.strip() or 'nothing printed'}"
        for arguments, each in zip(commands, done, strict=True)
        if each.exit_code or not each.stdout.strip()
    ]


def _farewell(keep: Path | None, seconds: float) -> None:
    click.echo()
    if keep is None:
        click.echo("Nothing is left running or on disk. To try the commands: copydesk demo --keep demo-corpus")
    else:
        click.echo(f"The corpus and its portal files are in {keep}: cd {keep}, then type the commands above.")
    click.echo(f"{seconds:.0f} s")
