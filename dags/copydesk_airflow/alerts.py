"""What happens when a task fails or a run is late: a line in the log, and a POST where COPYDESK_ALERT_WEBHOOK says.

An alert never makes anything fail: trouble with the webhook is logged.
"""

from __future__ import annotations

import json
import logging
import threading
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import Context, DeadlineAlert, DeadlineReference, SyncCallback

from copydesk_airflow import settings

log = logging.getLogger("airflow.task")
TIMEOUT_S = 10.0
BODY_LIMIT_BYTES = 256 * 1024


def task_failed(context: Context) -> None:
    """A task has failed for good, after its retries."""
    ti = context["ti"]
    error = context.get("exception")
    send(
        {
            "alert": "task failed",
            "dag_id": ti.dag_id,
            "task_id": ti.task_id,
            "map_index": ti.map_index,
            "run_id": ti.run_id,
            "try_number": ti.try_number,
            "log_url": getattr(ti, "log_url", None),
            "error": str(error)[:4000] if error else None,
            "report": getattr(error, "report", None),
        }
    )


def run_late(limit: str, context: Mapping[str, Any] | None = None) -> None:
    """A run was not done in time."""
    run = dict((context or {}).get("dag_run") or {})
    send(
        {
            "alert": "run is late",
            "dag_id": run.get("dag_id"),
            "run_id": run.get("dag_run_id") or run.get("run_id"),
            "logical_date": run.get("logical_date"),
            "limit": limit,
        }
    )


def due_within(limit: timedelta) -> DeadlineAlert:
    """A deadline: a run that is not done so long after the time it was scheduled for is reported as late.

    Counted from that time and not from when the run was queued: Airflow 3.3.2 cannot clear a run with such a deadline
    (TypeError). Runs that were triggered by hand or by the asset have no such time, and no deadline.
    """
    callback = SyncCallback(f"{__name__}.run_late", kwargs={"limit": str(limit)})
    return DeadlineAlert(reference=DeadlineReference.DAGRUN_LOGICAL_DATE, interval=limit, callback=callback)


def send(alert: Mapping[str, Any]) -> None:
    """Log the alert, and post it."""
    said = {key: value for key, value in alert.items() if key != "report" and value not in (None, -1)}
    log.error("ALERT %s", json.dumps(said, ensure_ascii=False, default=str))
    webhook = settings.alert_webhook()
    if webhook is None:
        return
    if urlsplit(webhook).scheme not in ("http", "https"):
        log.error("COPYDESK_ALERT_WEBHOOK must begin with https:// or http://; the alert was not posted")
        return
    # A timeout of urllib's is for each read; the thread bounds all of it together.
    thread = threading.Thread(target=_post, args=(webhook, body_of(alert)), daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    if thread.is_alive():
        log.error("the alert's webhook has not answered within %.0f s", TIMEOUT_S)


def body_of(alert: Mapping[str, Any]) -> bytes:
    """The alert as JSON; without its report when that makes it too long."""
    whole = json.dumps(alert, ensure_ascii=False, default=str).encode("utf-8", "replace")
    if len(whole) <= BODY_LIMIT_BYTES:
        return whole
    short = {**alert, "report": f'left out: {len(whole):,} bytes; see XCom "report" of the task'}
    return json.dumps(short, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _post(webhook: str, body: bytes) -> None:
    host = urlsplit(webhook).hostname  # the rest of the address may hold a secret
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "copydesk-airflow"}
    request = urllib.request.Request(webhook, data=body, headers=headers, method="POST")  # noqa: S310 - scheme checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            log.info("alert posted to %s: HTTP %s", host, answer.status)
    except Exception as error:
        log.error("the alert could not be posted to %s: %s", host, error)
