"""Read pages that were captured but not processed: what a killed crawl left, and once a day what was set aside.

Pages are set aside (quarantined) when reading them broke a limit. A newer copydesk may manage them.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out


from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.common import DeskDag, dag_arguments
from copydesk_airflow.operators import ProcessOperator

ARGUMENTS = ["process", "--json", "--fail-if-empty"]


with DeskDag(
    "copydesk_process",
    schedule="17 * * * *",
    **dag_arguments(doc=__doc__, tags=("process",), limit=timedelta(hours=2)),
):
    ProcessOperator(task_id="process", arguments=ARGUMENTS, outlets=[ARTICLES])


with DeskDag(
    "copydesk_process_quarantined",
    schedule="47 3 * * *",
    **dag_arguments(doc=__doc__, tags=("process",), limit=timedelta(hours=4)),
):
    ProcessOperator(task_id="process", arguments=[*ARGUMENTS, "--retry-quarantined"], outlets=[ARTICLES])
