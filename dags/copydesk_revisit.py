"""Look again at articles whose time has come, by each portal's `revisit` ladder, for edits and removals."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out


from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.common import CRAWL_POOL, DeskDag, dag_arguments
from copydesk_airflow.operators import RevisitOperator

with DeskDag(
    "copydesk_revisit",
    schedule="11,41 * * * *",
    **dag_arguments(doc=__doc__, tags=("crawl", "revisit"), pool=CRAWL_POOL, limit=timedelta(hours=2)),
):
    arguments = ["crawl", "--all", "--revisit", "--json", "--fail-if-empty"]
    RevisitOperator(task_id="revisit", arguments=arguments, outlets=[ARTICLES])
