"""Every DAG file can be read, says what it is, and asks for nothing it should not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pendulum
import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.trigger import CronTriggerTimetable
from conftest import DAGS, Desk

from copydesk_airflow.portal_files import PortalFault, parse_length
from copydesk_airflow.timing import schedule_of

Parse = Callable[..., BundleDagBag]
UPKEEP = {"revisit", "process", "process_quarantined", "copies", "quality", "cleanup", "export", "crawl_all"}


def test_every_dag_is_complete(desk: Desk, parse: Parse) -> None:
    bag = parse()
    assert bag.import_errors == {}
    assert bag.captured_warnings == {}
    assert set(bag.dags) == {f"copydesk_{name}" for name in UPKEEP} | {"copydesk_crawl__north", "copydesk_crawl__south"}
    pools = json.loads((DAGS / "pools.json").read_text("utf-8"))
    for dag in bag.dags.values():
        assert "copydesk" in dag.tags
        assert dag.doc_md
        assert dag.catchup is False
        assert dag.max_active_runs == 1
        assert dag.deadline
        for task in dag.tasks:
            assert task.owner == "copydesk"
            assert task.retries >= 1 or task.task_id == "summary"
            assert task.retry_exponential_backoff
            assert timedelta() < task.execution_timeout <= timedelta(hours=4)
            assert task.pool in pools
            assert task.on_failure_callback
        assert DagSerialization.to_dict(dag)


def test_pools_have_what_an_import_needs() -> None:
    for pool in json.loads((DAGS / "pools.json").read_text("utf-8")).values():
        assert pool["slots"] > 0
        assert pool["description"]


def test_a_portals_dag_shows_what_its_file_says(desk: Desk, parse: Parse) -> None:
    desk.write_portal("north", 'schedule = "1h"\ntags = ["daily", "coast"]\n')
    path = desk.folder / "portals" / "north.toml"
    path.write_text(path.read_text("utf-8") + "[expect]\nyield_min = 0.5\n", "utf-8")
    dag = parse("copydesk_crawl.py").dags["copydesk_crawl__north"]
    assert dag.tags == {"copydesk", "crawl", "daily", "coast"}
    assert set(dag.params) == {"limit", "since", "dry_run"}
    for said in ("The North Paper", desk.papers["north"].base, "feed `/rss.xml`", "`yield_min` = `0.5`", "1:00:00"):
        assert said in dag.doc_md
    assert re.fullmatch(r"\d+ \* \* \* \* \d+", dag.schedule)


def test_a_broken_portal_file_takes_only_its_own_dag_down(desk: Desk, parse: Parse) -> None:
    (desk.folder / "portals" / "broken.toml").write_text("home = ", "utf-8")
    (desk.folder / "portals" / "deep.toml").write_text("a = " + "[" * 100_000, "utf-8")
    (desk.folder / "portals" / "binary.toml").write_bytes(b"home = \xff")
    with pytest.warns(UserWarning, match="no DAG for this portal"):
        bag = parse("copydesk_crawl.py")
    assert set(bag.dags) == {"copydesk_crawl__north", "copydesk_crawl__south"}
    assert bag.import_errors == {}
    (warnings,) = bag.captured_warnings.values()
    assert len(warnings) == 3
    assert all("no DAG for this portal" in warning for warning in warnings)


def test_a_portal_that_is_switched_off_has_no_dag(desk: Desk, parse: Parse) -> None:
    desk.write_portal("north", "enabled = false")
    assert set(parse("copydesk_crawl.py").dags) == {"copydesk_crawl__south"}


def test_the_portals_are_those_of_the_command(desk: Desk, parse: Parse) -> None:
    text = desk.papers["north"].portal_file()
    names = {"WWW.Big Paper.toml": "", "other-name.toml": 'id = "Chosen.Id_1"', "off.toml": "enabled = false"}
    for name, more in names.items():
        (desk.folder / "portals" / name).write_text(f"{more}\n{text}", "utf-8")
    listed = {row["id"] for row in desk.run("portal", "list", "--json") if row["enabled"]}
    made = {dag_id.removeprefix("copydesk_crawl__") for dag_id in parse("copydesk_crawl.py").dags}
    assert made == listed == {"north", "south", "big-paper", "Chosen.Id_1"}


def test_a_task_reads_only_its_own_portal_file(desk: Desk, monkeypatch: pytest.MonkeyPatch, parse: Parse) -> None:
    (desk.folder / "portals" / "broken.toml").write_text("home = ", "utf-8")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "copydesk_crawl__south")
    bag = parse("copydesk_crawl.py")
    assert set(bag.dags) == {"copydesk_crawl__south"}
    assert bag.captured_warnings == {}  # the broken file was not even read


def test_200_portals_are_parsed_in_two_seconds_of_cpu(
    desk: Desk, parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"paper-{number}.toml").write_text(desk.papers["north"].portal_file(), "utf-8")
    monkeypatch.setenv("COPYDESK_PORTALS", str(folder))
    began = time.thread_time()
    bag = parse("copydesk_crawl.py")
    took_s = time.thread_time() - began
    assert len(bag.dags) == 200
    assert took_s < 2
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "copydesk_crawl__paper-7")
    began = time.thread_time()
    assert set(parse("copydesk_crawl.py").dags) == {"copydesk_crawl__paper-7"}
    assert time.thread_time() - began < took_s / 4


PARSES_PURELY = """
import runpy, sys
started = []
sys.addaudithook(lambda event, args: started.append(str(args[:2])) if event == "subprocess.Popen" else None)
for file in sys.argv[1:]:
    runpy.run_path(file)
heavy = {"scrapy", "trafilatura", "lxml", "twisted.internet.reactor", "langdetect", "feedparser", "pandas"}
ours = {"newsroom", "storage", "pipelines", "spiders", "copydesk", "reading_room"}
print(sorted((heavy | ours) & {*sys.modules}), [words for words in started if "copydesk" in words])
print("copydesk_airflow" in sys.modules)
"""


def test_parsing_imports_nothing_heavy_and_starts_nothing_wherever_it_is_run(desk: Desk, tmp_path: Path) -> None:
    files = sorted(map(str, DAGS.glob("*.py")))
    assert len(files) == 8
    command = [sys.executable, "-W", "ignore", "-c", PARSES_PURELY, *files]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["[] []", "True"]


@pytest.mark.parametrize(
    ("length", "runs_a_day"),
    [("5m", 288), ("30m", 48), ("1h", 24), ("2h", 12), ("6h", 4), ("12h", 2), ("1d", 1)],
)
def test_a_schedule_comes_round_as_often_as_the_portal_file_says(length: str, runs_a_day: int) -> None:
    cron = schedule_of("some-portal", parse_length(length))
    assert isinstance(cron, str)
    timetable = CronTriggerTimetable(cron, timezone="UTC")
    moment, runs = pendulum.datetime(2026, 3, 1), 0
    while (moment := timetable._get_next(moment)) < pendulum.datetime(2026, 3, 2):
        runs += 1
    assert runs == runs_a_day


def test_an_odd_length_is_counted_from_run_to_run() -> None:
    for length in (timedelta(minutes=45), timedelta(hours=7), timedelta(days=10), timedelta(seconds=90.5)):
        assert schedule_of("some-portal", length) == length


def test_portals_spread_over_their_interval() -> None:
    crons = [schedule_of(f"portal-{number}", timedelta(minutes=30)) for number in range(200)]
    moments = {tuple(str(cron).split()[::5]) for cron in crons}  # minutes and second
    assert len(moments) > 150
    per_minute = [str(cron).split()[0] for cron in crons]
    assert max(per_minute.count(minute) for minute in per_minute) < 25


@pytest.mark.parametrize("text", ["", "30", "m", "-5m", "0m", "1s", "99y", "1e9d", 30, None, "30m; rm"])
def test_what_is_no_length_of_time_is_a_fault(text: object) -> None:
    with pytest.raises(PortalFault, match="schedule"):
        parse_length(text)
