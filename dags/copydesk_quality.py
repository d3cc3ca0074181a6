"""Hold each portal against its own past: volumes, yields, completeness of fields.

A portal that drifted makes the run red, without retries, and the alert names what drifted and the page that broke.
The whole report is in XCom under `report`.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out

from airflow.sdk import dag

from copydesk_airflow.common import dag_arguments
from copydesk_airflow.operators import CopydeskOperator


@dag(schedule="23 6 * * *", **dag_arguments(doc=__doc__, tags=("quality",), limit=timedelta(minutes=30)))
def copydesk_quality() -> None:
    """Every portal, every morning."""
    CopydeskOperator(task_id="health", arguments=["health", "--json"])


copydesk_quality()
