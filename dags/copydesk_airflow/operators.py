"""Operators that run the `copydesk` command: any command, a crawl, and the ones that say more than their report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context

from copydesk_airflow import settings
from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.child import Child, Ended
from copydesk_airflow.outcomes import CommandFailed, judge

_NO_NEWS = {"portal": "?", "new": 0, "changed": 0}
XCOM_KEY = "report"  # there after a failure, too, when there is no return value


class CopydeskOperator(BaseOperator):
    """Runs one `copydesk` command; returns the JSON it prints, which is in XCom under "report" even when it fails."""

    template_fields: Sequence[str] = ("arguments",)

    def __init__(self, *, arguments: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arguments = list(arguments)
        self._child = Child()

    def words(self, context: Context) -> list[str]:
        """What stands behind `copydesk` in the call."""
        return list(self.arguments)

    def done(self, context: Context, report: Any) -> Any:
        """The command went well and printed this; what the task returns."""
        return report

    def trouble(self, ended: Ended) -> tuple[Sequence[str], Any]:
        """If the command did not go well: lines that say why, and what the alert has attached."""
        return [line for line in ended.said if line.startswith(("error: ", "warning: "))], ended.report

    def execute(self, context: Context) -> Any:
        """Run the command, keep its report, judge its exit code."""
        words = self.words(context)
        name = " ".join(["copydesk", *words])
        self.log.info("%s in %s", name, settings.folder())
        self._child = Child()
        try:
            ended = self._child.run(
                [*settings.command(), *words],
                settings.folder(),
                settings.command_environment(),
                lambda line: self.log.info("%s", line),
            )
        except (FileNotFoundError, PermissionError) as error:
            raise CommandFailed(
                f"{error.filename}: {error.strerror}; set COPYDESK_COMMAND and COPYDESK_FOLDER on this worker"
            ) from None
        context["ti"].xcom_push(XCOM_KEY, ended.report)
        said, attached = self.trouble(ended)
        judge(name, ended.code, attached, said)
        return self.done(context, ended.report)

    def on_kill(self) -> None:
        """Airflow wants the task gone: marked failed, cleared, or its worker is shutting down."""
        self._child.stop()


class CrawlOperator(CopydeskOperator):
    """Crawls one portal, and tells the asset `articles` when that brought something new."""

    template_fields: Sequence[str] = ("portal",)

    def __init__(self, *, portal: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.portal = portal

    def words(self, context: Context) -> list[str]:
        """The crawl with the parameters of this run."""
        params = context["params"]
        words = ["crawl", self.portal, "--json", "--fail-if-empty"]
        words += [f"--limit={params['limit']}"] if params.get("limit") else []
        words += [f"--since={params['since']}"] if params.get("since") else []
        return [*words, "--dry-run"] if params.get("dry_run") else words

    def done(self, context: Context, report: Any) -> Any:
        """Tell the asset what is new and changed; nothing when that is nothing, or when it was a dry run."""
        announce(self, context, [] if context["params"].get("dry_run") else brought(report))
        return report


class RevisitOperator(CopydeskOperator):
    """Looks again at the pages that are due for it, and tells the asset `articles` what changed."""

    def done(self, context: Context, report: Any) -> Any:
        """Tell the asset of the changes, of all portals together."""
        announce(self, context, brought(report))
        return report


class ProcessOperator(RevisitOperator):
    """Reads captured pages, and tells the asset `articles` what that brought."""


class CleanupOperator(CopydeskOperator):
    """Removes what is due to go, or only says so."""

    template_fields: Sequence[str] = ()

    def words(self, context: Context) -> list[str]:
        """A dry run is the command's own default."""
        return ["cleanup", "--json"] if context["params"]["dry_run"] else ["cleanup", "--json", "--yes"]


class QualityOperator(CopydeskOperator):
    """Judges portals. Its failure says what drifted, and has the findings attached with the page that shows each."""

    def trouble(self, ended: Ended) -> tuple[Sequence[str], Any]:
        """The findings, without the portals that have none."""
        said, report = super().trouble(ended)
        if not isinstance(report, Mapping):
            return said, report
        drifted = [portal for portal in report.get("portals", []) if portal.get("findings")]
        lines = [f"{portal['portal']}: {finding['says']}" for portal in drifted for finding in portal["findings"]]
        return [*said, *lines], {**report, "portals": drifted}


class CopiesOperator(CopydeskOperator):
    """Counts who copied whom, and says it in the log together with the news that led here."""

    def done(self, context: Context, report: Any) -> Any:
        """A line for each pair of portals."""
        for event in context["triggering_asset_events"].get(ARTICLES, []):
            self.log.info("after a crawl of %(portal)s: %(new)s new, %(changed)s changed", {**_NO_NEWS, **event.extra})
        for pair in report if isinstance(report, list) else []:
            delay = f", {pair['median_delay']} later" if pair.get("median_delay") else ""
            self.log.info("%s copied %s articles of %s%s", pair["copier"], pair["articles"], pair["source"], delay)
        return report


def brought(report: Any) -> list[dict[str, Any]]:
    """What each portal of a report brought, without those that brought nothing.

    A report that does not tell portals apart, as that of `copydesk process`, is one change, of no portal.
    """
    if not isinstance(report, Mapping):
        return []
    found = []
    for each in report.get("portals", [report]):
        counts = each.get("articles", {})
        new, changed = int(counts.get("new", 0)), int(counts.get("changed", 0))
        if new or changed:
            found.append({"portal": each.get("portal"), "new": new, "changed": changed, "run": each.get("run")})
    return found


def announce(task: BaseOperator, context: Context, changes: Sequence[Mapping[str, Any]]) -> None:
    """Tell the asset `articles` what changed, once for the task; without a change it is told nothing.

    A task reports each of its outlets when it succeeds, whatever it did, so one that has nothing to report gives its
    outlet up. This object belongs to one try of one task: the DAG in the scheduler keeps its outlet.
    """
    task.outlets = [ARTICLES] if changes else []
    if len(changes) == 1:
        context["outlet_events"][ARTICLES].extra = dict(changes[0])
    elif changes:
        context["outlet_events"][ARTICLES].extra = {
            "portal": ",".join(str(each["portal"]) for each in changes),
            "new": sum(each["new"] for each in changes),
            "changed": sum(each["changed"] for each in changes),
            "run": [each["run"] for each in changes],
        }


class ExportOperator(CopydeskOperator):
    """Writes the articles captured on one day to a file, with a manifest beside it. Written again, it is replaced."""

    template_fields: Sequence[str] = ()

    def words(self, context: Context) -> list[str]:
        """The export of the day."""
        file, manifest = files_of_the_day(context)
        file.parent.mkdir(parents=True, exist_ok=True)
        day, form = day_of(context), context["params"]["format"]
        query = f"captured:{day}..{day}"
        return ["export", query, "--format", form, "--output", str(file), "--manifest", str(manifest)]

    def done(self, context: Context, report: Any) -> Any:
        """The manifest, with the folder it is in."""
        file, manifest = files_of_the_day(context)
        return {"folder": str(file.parent), **json.loads(manifest.read_text("utf-8"))}


def files_of_the_day(context: Context) -> tuple[Path, Path]:
    """The file of an export, and its manifest."""
    params = context["params"]
    folder = settings.folder() / Path(params.get("folder") or settings.exports_folder()).expanduser()
    file = folder / f"articles-{day_of(context)}.{params['format']}"
    return file, file.with_name(f"{file.name}.manifest.json")


def day_of(context: Context) -> date:
    """The day that was asked for, else the day before the run's date, in UTC.

    A run that was triggered by hand has no date of its own, only the moment it was to start at.
    """
    if context["params"].get("day"):
        return date.fromisoformat(context["params"]["day"])
    moment: datetime = context.get("logical_date") or context["dag_run"].run_after
    return (moment.astimezone(UTC) - timedelta(days=1)).date()
