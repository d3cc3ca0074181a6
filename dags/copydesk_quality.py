"""Hold each portal against its own past: volumes, yields, completeness of fields.

A portal that drifted makes the run red, without retries, and the alert names what drifted and the page that broke.
The whole report is in XCom under `report`.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out


from copydesk_airflow.common import DeskDag, dag_arguments
from copydesk_airflow.operators import QualityOperator

with DeskDag(
    "copydesk_quality",
    schedule="23 6 * * *",
    **dag_arguments(doc=__doc__, tags=("quality",), limit=timedelta(minutes=30)),
):
    QualityOperator(task_id="health", arguments=["health", "--json"])
