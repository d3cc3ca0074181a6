"""Crawl every enabled portal: one Airflow task that calls the `copydesk` command.

Needs `copydesk` on the worker's PATH (or COPYDESK_COMMAND naming it), COPYDESK_HOME and COPYDESK_PORTALS, and, for
more than one machine, COPYDESK_DATABASE_URL. Imports Airflow and the standard library only: copydesk lives in an
environment of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseOperator, Context, dag
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

GRACE_S = 4.0  # Airflow's supervisor kills the task 5 s after its SIGTERM
PR_SET_PDEATHSIG = 1
NO_RETRY = {2: "wrong configuration", 3: "below what a portal expects", 5: "blocked by the site"}


def die_with_parent() -> None:
    """Let the crawl get a SIGTERM when the task's process is gone, whatever killed that (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class CrawlOperator(BaseOperator):
    """Runs `copydesk crawl`; returns its statistics, also to XCom when the crawl then fails."""

    template_fields = ("arguments",)

    def __init__(self, *, arguments: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arguments = arguments
        self._child: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Start the crawl in a process group of its own, log what it says, judge its exit code."""
        command = [os.environ.get("COPYDESK_COMMAND", "copydesk"), "crawl", *self.arguments, "--json"]
        last = ""
        self._child = subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            start_new_session=True,
            preexec_fn=die_with_parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert self._child.stdout is not None
        try:
            for line in self._child.stdout:
                last = line.strip() if line.startswith("{") else last
                self.log.info("%s", line.rstrip())
            code = self._child.wait()
        finally:
            self._stop()
        stats: dict[str, Any] = json.loads(last) if last else {}
        context["ti"].xcom_push("stats", stats)
        judge(code)
        return stats

    def on_kill(self) -> None:
        """Airflow wants the task gone."""
        self._stop()

    def _stop(self) -> None:
        """One SIGTERM, a grace below the supervisor's, then SIGKILL; nothing when the crawl has ended."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def judge(code: int) -> None:
    """Exit codes as Airflow's outcomes: 2, 3 and 5 fail for good, 4 skips, the rest may be tried again."""
    if code == 4:
        raise AirflowSkipException("nothing was due")
    if code in NO_RETRY:
        raise AirflowFailException(f"copydesk crawl ended with {code}: {NO_RETRY[code]}; see the log above")
    if code:
        raise AirflowException(f"copydesk crawl ended with {code}; see the log above")


@dag(
    dag_id="copydesk_crawl",
    schedule="*/30 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args={
        "owner": "copydesk",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(hours=2),
    },
    tags=["copydesk"],
    doc_md=__doc__,
)
def copydesk_crawl() -> None:
    """Fetch what is due of every enabled portal."""
    CrawlOperator(task_id="crawl", arguments=["--all", "--fail-if-empty"])


copydesk_crawl()
