"""The tasks around the mapped crawls of `copydesk_crawl_all`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from copydesk_airflow import settings
from copydesk_airflow.common import UPKEEP_POOL
from copydesk_airflow.operators import XCOM_KEY
from copydesk_airflow.portal_files import read_portals

log = logging.getLogger("airflow.task")
COUNTS = ("new", "changed", "unchanged", "copies", "rejected")


@task(task_id="portals", pool=UPKEEP_POOL)
def list_portals() -> list[str]:
    """The ids of the enabled portals, as the files are now."""
    folder = settings.portals_folder()
    tags = set(get_current_context()["params"].get("tags") or [])
    portals, faults = read_portals(folder)
    for fault in faults:
        log.error("left out: %s", fault)
    chosen = [portal.id for portal in portals if not tags or tags & {*portal.tags}]
    if not chosen:
        wanted = f" with a tag of {sorted(tags)}" if tags else ""
        raise AirflowFailException(f"no enabled portal{wanted} in {folder}; next: copydesk portal add URL")
    return chosen


@task(task_id="summary", trigger_rule="all_done", pool=UPKEEP_POOL, retries=0)
def sum_up() -> dict[str, Any]:
    """What all crawls brought together. Fails when a crawl failed or a portal file is wrong, and names them."""
    context = get_current_context()
    ti = context["ti"]
    portals = ti.xcom_pull(task_ids="portals", default=None) or []
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=["crawl"], run_ids=[ti.run_id]).get(ti.run_id, {})
    reports = [ti.xcom_pull(task_ids="crawl", key=XCOM_KEY, map_indexes=number) for number in range(len(portals))]
    ended = {portal: str(states.get(f"crawl_{number}")) for number, portal in enumerate(portals)}
    summary = summary_of(ended, reports)
    summary["faults"] = read_portals(settings.portals_folder())[1]
    ti.xcom_push(XCOM_KEY, summary)
    log.info("%s", summary)
    trouble = [f"{portal} ({ended[portal]})" for portal in summary["failed"]] + summary["faults"]
    if trouble or not portals:
        raise AirflowFailException("; ".join(trouble) or "no portal was crawled; see the task portals")
    return summary


def summary_of(ended: Mapping[str, str], reports: Sequence[Any]) -> dict[str, Any]:
    """Sums over the crawls, and which portals brought something, had nothing due, or failed."""
    totals = dict.fromkeys(("fetched", "would_fetch", *COUNTS), 0)
    for report in reports:
        if isinstance(report, Mapping):
            totals["fetched"] += report.get("fetched", 0)
            totals["would_fetch"] += report.get("would_fetch", 0)  # of a dry run
            for name in COUNTS:
                totals[name] += report.get("articles", {}).get(name, 0)
    by_state: dict[str, list[str]] = {"done": [], "nothing_due": [], "failed": []}
    kinds = {"success": "done", "skipped": "nothing_due"}
    for portal, state in ended.items():
        by_state[kinds.get(state, "failed")].append(portal)
    return {**totals, **by_state}
