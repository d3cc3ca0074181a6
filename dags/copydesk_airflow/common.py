"""What every DAG of copydesk has: an owner, tags, retries, time limits, a pool, alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param

from copydesk_airflow.alerts import due_within, task_failed

CRAWL_POOL = "copydesk_crawl"
UPKEEP_POOL = "copydesk_upkeep"
START = datetime(2026, 1, 1, tzinfo=UTC)  # runs before now are never caught up, except in backfills of exports


class DeskDag(DAG):
    """A DAG with a deadline that can be tried out without a scheduler."""

    def test(self, *args: Any, **kwargs: Any) -> Any:
        """As of any DAG (`airflow dags test`), without its deadline: with one, Airflow 3.3.2 cannot end such a run."""
        kept, self.deadline = self.deadline, None
        try:
            return super().test(*args, **kwargs)
        finally:
            self.deadline = kept


def dag_arguments(
    *, doc: str, tags: tuple[str, ...], pool: str = UPKEEP_POOL, limit: timedelta = timedelta(hours=1), **more: Any
) -> dict[str, Any]:
    """Arguments of a DeskDag. `limit` is the longest that a try may take; a run that takes thrice as long is late."""
    return {
        "start_date": START,
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["copydesk", *tags],
        "doc_md": doc,
        "deadline": due_within(3 * limit),
        "default_args": {
            "owner": "copydesk",
            "pool": pool,
            "retries": 2,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=30),
            "execution_timeout": limit,
            "on_failure_callback": task_failed,
        },
        **more,
    }


def crawl_params() -> dict[str, Param]:
    """What a person may set when triggering a crawl by hand. Scheduled crawls leave all of it out."""
    return {
        "limit": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Pages at most",
            description="Pages of a portal to fetch in this run, sources included; empty for the portal file's own.",
        ),
        "since": Param(
            None,
            type=["null", "string"],
            maxLength=100,
            title="Articles since",
            description='Only articles announced since this time, such as "2d" or "2026-03-05"; empty for all.',
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Say what would be crawled, and store nothing.",
        ),
    }
