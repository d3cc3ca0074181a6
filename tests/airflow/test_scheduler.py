"""`make airflow` as a newcomer runs it: what comes of it over the REST API, and nothing left afterwards.

One session of Airflow for all tests of this file, which stand in the order of the story.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from conftest import COMMAND, ROOT
from newcomer import ASK_S, Newcomer, runs

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def airflow(newcomer: Newcomer) -> Newcomer:
    """It, ready, with a crawl of everything under way."""
    newcomer.first_run()
    return newcomer


def test_nothing_but_loopback_is_listened_on(airflow: Newcomer) -> None:
    listening = set()
    for process in airflow.family():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            listening |= {each.laddr for each in process.net_connections("inet") if each.status == psutil.CONN_LISTEN}
    assert airflow.address.rpartition(":")[2] in {str(port) for _, port in listening}
    assert [address for address in listening if not ipaddress.ip_address(address[0]).is_loopback] == []
    assert airflow.address in airflow.said()


def test_the_check_finds_nothing_wrong(airflow: Newcomer) -> None:
    env = {name: value for name, value in airflow.environment.items() if name != "PYTHONPATH"}
    words = [COMMAND, "airflow", "check", "--airflow", ROOT / ".venv-airflow" / "bin" / "airflow", "--json"]
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    findings = {finding["subject"]: finding["state"] for finding in json.loads(done.stdout)}
    assert findings == {**dict.fromkeys(findings, "ok"), "metadata": "warning"}  # SQLite, and says so
    assert {"versions", "bundle", "dags", "pools", "command", "corpus", "execution API", "alerts"} <= set(findings)


def test_crawl_all_goes_green_portal_by_portal_and_copies_follow(airflow: Newcomer) -> None:
    run = airflow.first_run()
    assert airflow.wait_for_run(run) == "success"
    crawls = {task["rendered_map_index"]: task["state"] for task in airflow.tasks(run) if task["map_index"] >= 0}
    assert crawls == {"north": "success", "south": "success"}
    events = airflow.call("/assets/events")["asset_events"]
    told = sorted((event["extra"]["portal"], event["extra"]["new"]) for event in events)
    assert told == [("north", 4), ("south", 4)]
    followers = "/dags/copydesk_copies/dagRuns"
    airflow.until(
        lambda: any(each["state"] == "success" for each in airflow.call(followers)["dag_runs"]),
        "copydesk_copies",
        every_s=ASK_S,
    )
    assert {each["run_type"] for each in airflow.call(followers)["dag_runs"]} == {"asset_triggered"}
    assert airflow.desk.articles() == 8
    airflow.call("/dags/copydesk_copies", {"is_paused": True}, "PATCH")  # seen once; later crawls need not be followed


def test_marking_a_hanging_crawl_failed_leaves_no_process_and_keeps_what_was_stored(airflow: Newcomer) -> None:
    north = airflow.desk.papers["north"]
    airflow.desk.write_portal("north", 'tags = ["hanging"]')
    north.count, north.hangs_from = 8, 5
    run = airflow.trigger("copydesk_crawl_all", {"tags": ["hanging"]})
    airflow.until(lambda: north.waiting, "downloads that hang")
    airflow.until(lambda: airflow.desk.articles() == 9, "the one article that does not hang")
    crawl = airflow.crawls_of("north")
    assert crawl
    assert north.waiting
    began = time.monotonic()
    airflow.call(f"{run}/taskInstances/crawl/0", {"new_state": "failed"}, "PATCH")
    airflow.until(lambda: not any(map(runs, crawl)), "the end of the crawl", 38)  # the pages hang for 40 s
    assert time.monotonic() - began < 38
    assert airflow.wait_for_run(run) == "failed"
    assert airflow.desk.articles() == 9


def test_the_next_crawl_goes_on_and_stores_nothing_twice(airflow: Newcomer) -> None:
    airflow.desk.papers["north"].hangs_from = None
    run = airflow.trigger("copydesk_crawl_all", {"tags": ["hanging"]})
    assert airflow.wait_for_run(run) == "success"
    assert airflow.desk.articles() == 12


@pytest.mark.usefixtures("wrong_check")  # it runs while the end is waited for
def test_the_end_leaves_nothing_behind(airflow: Newcomer) -> None:
    family = airflow.family()
    assert len(family) > 6
    took_s = airflow.stop()
    assert airflow.process is not None
    assert airflow.process.returncode == 0
    airflow.until_gone(family)
    assert took_s < 60


@pytest.fixture(scope="module")
def wrong_check(airflow: Newcomer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """A check, running, where nearly everything is wrong."""
    folder = tmp_path_factory.mktemp("wrong")
    portals = folder / "portals"
    portals.mkdir()
    (portals / "broken.toml").write_text("home =", "utf-8")
    wrong = {
        "AIRFLOW_HOME": str(folder / "elsewhere"),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://nobody@127.0.0.1:{free_port()}/nothing",
        "COPYDESK_COMMAND": str(folder / "no-such-command"),
        "COPYDESK_PORTALS": str(portals),
        "COPYDESK_ALERT_WEBHOOK": "ftp://example.org/",
    }
    env = {**{name: value for name, value in airflow.environment.items() if "AIRFLOW" not in name}, **wrong}
    env.pop("PYTHONPATH")
    words = [COMMAND, "airflow", "check", "--airflow", ROOT / ".venv-airflow" / "bin" / "airflow", "-o", "json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=env, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as check:
        yield check
        check.kill()


def test_the_check_says_what_is_wrong_and_what_to_do(wrong_check: subprocess.Popen[str]) -> None:
    said, complaint = wrong_check.communicate(timeout=240)
    assert wrong_check.returncode == 2, complaint
    errors = [finding for finding in json.loads(said) if finding["state"] == "error"]
    assert {finding["subject"] for finding in errors} >= {
        "metadata", "bundle", "portals", "command", "corpus", "execution API", "alerts"
    }  # fmt: skip
    assert all(finding["fix"] for finding in errors)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
