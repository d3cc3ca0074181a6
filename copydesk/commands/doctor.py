"""`copydesk doctor`: whether this machine and this configuration can do the work."""

from __future__ import annotations

import click

from copydesk.context import Desk, DeskCommand, output_option, pass_desk

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.command(cls=DeskCommand)
@output_option
@pass_desk
def doctor(desk: Desk, output: str) -> None:
    """Check that this machine has what copydesk needs.

    Looks at Python, SQLite, the libraries, the configuration, the portal files, the disk and the database, and
    changes none of them. Exit code 2 when something is wrong, 6 when only the database or the disk cannot be used.

    \b
    Examples:
      copydesk doctor
      copydesk doctor -o json
    """
    from copydesk.checkup import examine
    from copydesk.output import print_rows

    findings = examine(desk)
    if output == "table":
        for finding in findings:
            mark, colour = _MARKS[finding.state]
            click.echo(f"{click.style(mark, fg=colour)} {finding.subject:<14} {finding.says}", color=desk.color)
    else:
        print_rows(
            [{"subject": one.subject, "state": one.state, "says": one.says} for one in findings],
            ["subject", "state", "says"],
            output,
        )
    wrong = [finding for finding in findings if finding.state == "error"]
    if wrong:
        raise click.exceptions.Exit(6 if all(finding.exit_code == 6 for finding in wrong) else 2)
