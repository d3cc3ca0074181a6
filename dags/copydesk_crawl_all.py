"""Crawl all enabled portals now: one mapped task a portal, named for it.

For ad hoc runs and small installations. It has no schedule, since each portal has a DAG of its own that has one.
Set a limit to try things out, or tags to choose portals. One dead portal does not stop the rest; `summary` then fails
and names it.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out

from airflow.sdk import Param

from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.common import CRAWL_POOL, DeskDag, crawl_params, dag_arguments
from copydesk_airflow.mapped import list_portals, sum_up
from copydesk_airflow.operators import CrawlOperator

TAGS = Param(
    [],
    type=["null", "array"],
    items={"type": "string"},
    title="Tags",
    description="Only portals with one of these tags, one a line; empty for all.",
)


with DeskDag(
    "copydesk_crawl_all",
    schedule=None,
    is_paused_upon_creation=False,  # it only runs when somebody asks for it
    params={**crawl_params(), "tags": TAGS},
    **dag_arguments(doc=__doc__, tags=("crawl",), pool=CRAWL_POOL, limit=timedelta(hours=2)),
):
    crawls = CrawlOperator.partial(task_id="crawl", map_index_template="{{ task.portal }}", outlets=[ARTICLES]).expand(
        portal=list_portals()
    )
    crawls >> sum_up()
