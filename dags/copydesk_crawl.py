"""Crawl each enabled portal on its own schedule: one DAG a portal, made from the portal files.

A portal file that cannot be read is reported as a warning of this file, and by `copydesk airflow check`; the DAGs of
all others are there.
"""

from __future__ import annotations

import sys
import warnings
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out

from airflow.sdk import get_parsing_context

from copydesk_airflow import settings
from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.common import CRAWL_POOL, DeskDag, crawl_params, dag_arguments
from copydesk_airflow.operators import CrawlOperator
from copydesk_airflow.pages import page_of
from copydesk_airflow.portal_files import PortalFile, read_portals
from copydesk_airflow.timing import schedule_of

PREFIX = "copydesk_crawl__"


def make_dag(portal: PortalFile) -> None:
    """The DAG of one portal."""
    schedule = schedule_of(portal.id, portal.every)
    arguments = dag_arguments(
        doc=page_of(portal, schedule),
        tags=("crawl", *(tag[:100] for tag in portal.tags)),
        pool=CRAWL_POOL,
        limit=timedelta(hours=2),
        params=crawl_params(),
    )

    with DeskDag(f"{PREFIX}{portal.id}", schedule=schedule, **arguments):
        CrawlOperator(task_id="crawl", portal=portal.id, outlets=[ARTICLES])


wanted = get_parsing_context().dag_id  # in a task's process: the one DAG it is of
portals, faults = read_portals(settings.portals_folder(), only=wanted.removeprefix(PREFIX) if wanted else None)
for fault in faults:
    warnings.warn(f"no DAG for this portal: {fault}", stacklevel=1)
for each in portals:
    make_dag(each)
