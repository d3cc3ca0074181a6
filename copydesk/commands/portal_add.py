"""`copydesk portal add`: survey a site and write its portal file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from newsroom.errors import CopydeskError
    from newsroom.portals import Portal
    from spiders.site_survey import Finding, Survey

SIGNS = {"good": ("✓", "green"), "note": ("–", None), "problem": ("!", "yellow")}


@click.command("add", cls=DeskCommand)
@click.argument("url", metavar="URL")
@click.option("--id", "wanted_id", metavar="ID", help="Id of the portal and name of its file; default: from the host.")
@click.option("--delay", type=click.FloatRange(0, 3600), metavar="S", help="Seconds between two requests; default: 1.")
@click.option("--allow-private", is_flag=True, help="Admit private and loopback addresses: intranets and tests.")
@click.option("--dry-run", is_flag=True, help="Print the portal file instead of writing it.")
@click.option("--force", is_flag=True, help="Write the file whatever the survey says, and over an existing one.")
@output_option
@pass_desk
def add_portal(
    desk: Desk,
    url: str,
    wanted_id: str | None,
    delay: float | None,
    allow_private: bool,
    dry_run: bool,
    force: bool,
    output: str,
) -> None:
    """Survey a site, politely, and write its portal file.

    URL is the front page. Looks at robots.txt, feeds, sitemaps and at most 12 pages; stores nothing but the file.
    Exit code 5 when the site keeps us out, 3 when it cannot be reached or shows no articles; then no file is written.

    \b
    Examples:
      copydesk portal add https://news.example.org/
      copydesk portal add https://news.example.org/ --id example --dry-run
    """
    start = _start(url, wanted_id, delay, allow_private)
    path = desk.config.portals / f"{start.id}.toml"
    _must_be_free(path, force or dry_run)

    from spiders.site_survey import run_survey

    desk.start_logging()
    now = datetime.now(UTC)
    findings: list[Finding] = []

    def tell(finding: Finding) -> None:
        findings.append(finding)
        click.echo(line_of(finding), err=output != "table", color=desk.color)

    survey = run_survey(desk.config, start, now, tell)
    error = verdict(survey)
    if error is None or force:
        _write(desk, survey, path, now, dry_run, output)
    if output != "table":
        _print(survey, findings, path if not dry_run and (error is None or force) else None, output)
    if error is not None and not force:
        raise error
    if not dry_run:
        desk.say(f"next: copydesk portal test {survey.portal.id} --show 3")


def _start(url: str, wanted_id: str | None, delay: float | None, allow_private: bool) -> Portal:
    """What is known of the portal before the survey."""
    from newsroom.errors import UsageError
    from newsroom.portals import ad_hoc_portal, portal_id

    fetch: dict[str, Any] = {"allow_private": True} if allow_private else {}
    if delay is not None:
        fetch["delay"] = delay
    portal = ad_hoc_portal(url, fetch=fetch)
    if wanted_id is None:
        return portal
    if portal_id(wanted_id) != wanted_id:
        raise UsageError(f"--id {wanted_id!r}: may hold only lower-case letters, digits and hyphens")
    return portal.model_copy(update={"id": wanted_id})


def _must_be_free(path: Path, may_exist: bool) -> None:
    from newsroom.errors import PortalError

    if path.exists() and not may_exist:
        raise PortalError(f"{path}: exists already; choose another --id, or overwrite it with --force")


def verdict(survey: Survey) -> CopydeskError | None:
    """Why no file should be written; None when all is well."""
    from newsroom.errors import BelowExpectation, Blocked, UsageError
    from newsroom.reasons import Reason

    home = survey.portal.home
    if survey.blocked:
        return Blocked(f"{home}: the site keeps us out ({survey.refusal}); --force writes a file all the same")
    if survey.front.reason is Reason.UNSAFE:
        return UsageError(f"{home}: not a public address; --allow-private admits it ({survey.refusal})")
    if survey.front.reason is not None:
        return BelowExpectation(f"{home}: cannot be read: {survey.refusal}; check the address, or try again later")
    if survey.refusal:
        return BelowExpectation(f"{home}: not a news site, it seems: {survey.refusal}; --force writes a file")
    return None


def _write(desk: Desk, survey: Survey, path: Path, now: datetime, dry_run: bool, output: str) -> None:
    from newsroom.portals import to_toml, write_portal

    comments = {**survey.comments, "": f"Surveyed by copydesk portal add, {now:%Y-%m-%d}."}
    if dry_run:
        click.echo(to_toml(survey.portal, comments), err=output != "table", nl=False)
        return
    write_portal(path, survey.portal, comments, overwrite=True)
    desk.say(f"wrote {path}")


def _print(survey: Survey, findings: list[Finding], path: Path | None, output: str) -> None:
    from copydesk.output import print_record

    record = {
        "id": survey.portal.id,
        "home": survey.portal.home,
        "file": str(path) if path else None,
        "refusal": survey.refusal or None,
        "findings": [
            {"mark": one.mark.value, "topic": one.topic, "place": one.place or None, "text": one.text}
            for one in findings
        ],
        "portal": survey.portal.model_dump(mode="json", exclude_defaults=True),
    }
    print_record(record, output)


def line_of(finding: Finding) -> str:
    """A finding as one line, without what a hostile page may have put in it."""
    from copydesk.output import clean

    sign, color = SIGNS[finding.mark.value]
    place = f"{clean(finding.place):<24} " if finding.place else ""
    return f"{click.style(sign, fg=color)} {finding.topic:<14} {place}{clean(finding.text)}"
