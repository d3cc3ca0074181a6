"""Remove what its retention says, repair leases, and leave the database tidy.

On its schedule it removes things. Trigger it by hand with the dry run to read in the log and in XCom what would go.
Held and embargoed items stay, whatever their age. Airflow's own tables are cleaned by `airflow db clean`, which needs
the metadata database and so cannot be a task; see docs/airflow.md.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out

from airflow.sdk import Param

from copydesk_airflow.common import DeskDag, dag_arguments
from copydesk_airflow.operators import CleanupOperator

DRY_RUN = Param(False, type="boolean", title="Dry run", description="Say what would go, and remove nothing.")


with DeskDag(
    "copydesk_cleanup",
    schedule="37 4 * * 0",
    params={"dry_run": DRY_RUN},
    **dag_arguments(doc=__doc__, tags=("cleanup",), limit=timedelta(hours=4)),
):
    CleanupOperator(task_id="cleanup")
