"""What the DAGs produce, for others to be scheduled on."""

from __future__ import annotations

from airflow.sdk import Asset

# Name and address are the same word, so that `Asset("articles")` in anybody's DAG is this one.
ARTICLES = Asset(name="articles", uri="articles", group="copydesk")
