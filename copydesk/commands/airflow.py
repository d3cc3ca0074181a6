"""`copydesk airflow`: whether the DAGs can work in the Airflow that is to run them."""

from __future__ import annotations

from pathlib import Path

import click

from copydesk.context import Desk, DeskGroup, output_option, pass_desk

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.group(cls=DeskGroup)
def airflow() -> None:
    """Check the Airflow that runs the DAGs in `dags/`.

    Airflow lives in an environment of its own and calls this command.

    \b
    Example:
      copydesk airflow check
    """


@airflow.command()
@click.option(
    "--airflow",
    "executable",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Airflow's command.  [env: COPYDESK_AIRFLOW; default: airflow on PATH, else .venv-airflow/bin/airflow]",
)
@click.option(
    "--dags",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the DAG files.  [default: ./dags, else the one of this checkout]",
)
@output_option
@pass_desk
def check(desk: Desk, executable: Path | None, dags: Path | None, output: str) -> int:
    """Check versions, DAGs, pools, the command and the settings that are known to go wrong.

    Run it on a machine that runs tasks, with the variables that Airflow's services have there; where AIRFLOW_HOME
    holds a copydesk.env, as `make airflow` writes it, that is read. Takes some seconds and changes nothing. Exit code
    2 when something is wrong; each finding says what to do.

    \b
    Examples:
      copydesk airflow check
      AIRFLOW_HOME=/srv/airflow copydesk airflow check --airflow /opt/airflow/bin/airflow --dags /srv/news/dags
    """
    from copydesk.airflow_check import examine
    from copydesk.output import print_rows

    findings = examine(executable, dags)
    if output != "table":
        keys = ["subject", "state", "says", "fix"]
        print_rows([{key: finding.get(key, "") for key in keys} for finding in findings], keys, output)
    else:
        for finding in findings:
            _show(desk, finding)
    return 2 if any(finding["state"] == "error" for finding in findings) else 0


def _show(desk: Desk, finding: dict[str, str]) -> None:
    from copydesk.output import clean

    mark, colour = _MARKS.get(finding["state"], _MARKS["error"])
    line = f"{click.style(mark, fg=colour)} {clean(finding['subject']):<14} {clean(finding['says'])}"
    click.echo(line, color=desk.color)
    if finding.get("fix"):
        click.echo(f"  {'':<14} → {clean(finding['fix'])}", color=desk.color)
