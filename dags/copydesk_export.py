"""Write the articles first captured on one day to a file, with a manifest that has its digest.

Each run writes the day before its date (UTC), or the day that is asked for. A file that is there is replaced by the
same articles, so backfills and repeats are safe.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out

from airflow.sdk import Param

from copydesk_airflow.common import DeskDag, dag_arguments
from copydesk_airflow.operators import ExportOperator

PARAMS = {
    "day": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Day",
        description="Day of first capture, in UTC; empty for the day before the run.",
    ),
    "format": Param(
        "jsonl",
        enum=["jsonl", "parquet"],
        title="Format",
        description="JSON lines, or Parquet (copydesk needs pyarrow for it).",
    ),
    "folder": Param(
        None,
        type=["null", "string"],
        maxLength=1000,
        title="Folder",
        description="Where to write; empty for COPYDESK_EXPORTS, or exports in the corpus folder.",
    ),
}


with DeskDag(
    "copydesk_export",
    schedule="15 2 * * *",
    params=PARAMS,
    **dag_arguments(doc=__doc__, tags=("export",), limit=timedelta(hours=1)),
):
    ExportOperator(task_id="export")
