"""Compare new articles with all others, and report who copied whom. Follows the asset `articles`.

Crawls compare what they store themselves. This takes up what a killed one left, and counts.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path[:0] = {str(Path(__file__).resolve().parent)} - {*sys.path}  # "airflow dags list --local" leaves it out


from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.common import DeskDag, dag_arguments
from copydesk_airflow.operators import CopiesOperator, CopydeskOperator

with DeskDag(
    "copydesk_copies",
    schedule=[ARTICLES],
    is_paused_upon_creation=False,  # it only reads and counts what crawls have stored
    **dag_arguments(doc=__doc__, tags=("copies",), limit=timedelta(hours=2)),
):
    rebuild = CopydeskOperator(task_id="rebuild", arguments=["copies", "rebuild", "--json"])
    shares = CopydeskOperator(task_id="stats", arguments=["copies", "stats", "--json"])
    pairs = CopiesOperator(task_id="who_copied_whom", arguments=["copies", "stats", "--pairs", "--json"])
    rebuild >> [shares, pairs]
