"""docs/airflow.md: its example works, and its table has every setting."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization
from conftest import ROOT

from copydesk_airflow.assets import ARTICLES
from copydesk_airflow.operators import CrawlOperator
from copydesk_airflow.settings import SETTINGS

PAGE = (ROOT / "docs" / "airflow.md").read_text("utf-8")


def test_the_example_runs_on_the_asset_that_crawls_tell(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "newsletter.py").write_text(code, "utf-8")
    bag = BundleDagBag(dag_folder=str(tmp_path), bundle_path=tmp_path, bundle_name="theirs")
    assert bag.import_errors == {}
    dag = bag.dags["newsletter"]
    assert [(asset.name, asset.uri) for asset in dag.schedule] == [(ARTICLES.name, ARTICLES.uri)]
    assert DagSerialization.to_dict(dag)


def test_every_setting_of_the_dags_is_described() -> None:
    assert [name for name in SETTINGS if f"| `{name}` |" not in PAGE] == []


def test_every_dag_is_described(desk: object, parse: Callable[..., BundleDagBag]) -> None:
    described = set(re.findall(r"^\| `(copydesk_\w+)` \|", PAGE, re.MULTILINE))
    made = {dag_id for dag_id in parse().dags if "__" not in dag_id}
    assert described - {"copydesk_crawl__PORTAL"} == made


def test_the_crawl_names_its_parameters_as_the_command_does() -> None:
    crawl = CrawlOperator(task_id="crawl", portal="north")
    context = {"params": {"limit": 5, "since": "2d", "dry_run": True}}
    words = ["crawl", "north", "--json", "--fail-if-empty", "--limit=5", "--since=2d", "--dry-run"]
    assert crawl.words(context) == words
    assert crawl.words({"params": {"limit": None, "since": None, "dry_run": False}}) == words[:4]
