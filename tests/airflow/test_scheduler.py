"""`make airflow` as a newcomer runs it: real services, real crawls, the REST API, and nothing left afterwards.

One session of Airflow for all tests of this file, which stand in the order of the story.
"""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import COMMAND, DAGS, ROOT, Desk, open_desk
from papers import Paper

START_LIMIT_S = 400
RUN_LIMIT_S = 300
pytestmark = pytest.mark.timeout(900)


class Airflow:
    """`make airflow`, running on a desk."""

    def __init__(self, desk: Desk, home: Path) -> None:
        self.desk, self.home = desk, home
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """As in a shell in which make airflow is typed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "COPYDESK"))}
        return {
            **kept,
            "PYTHONPATH": str(DAGS),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__API__PORT": self.address.rpartition(":")[2],
            "AIRFLOW__CORE__PARALLELISM": "2",
            "COPYDESK_FOLDER": str(self.desk.folder),
            "COPYDESK_PORTALS": str(self.desk.folder / "portals"),
            "COPYDESK_HOME": str(self.desk.folder / "copydesk-data"),
            "COPYDESK_WORKERS": "1",
        }

    def start(self) -> None:
        """Start, and wait until it says that it is ready."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "copydesk_airflow.start"],
                env=self.environment, cwd="/", stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.until(lambda: "Airflow is ready" in self.said(), "the start", START_LIMIT_S)

    def said(self) -> str:
        """What a newcomer sees."""
        return self.log.read_text("utf-8", "replace")

    def until(self, condition: Callable[[], object], what: str, limit_s: float = RUN_LIMIT_S) -> None:
        """Poll; on failure say what the services said last."""
        assert self.process is not None
        end_s = time.monotonic() + limit_s
        while not condition():
            gone = self.process.poll() is not None
            if gone or time.monotonic() > end_s:
                services = self.home / "logs" / "standalone.log"
                tail = services.read_text("utf-8", "replace")[-6000:] if services.exists() else ""
                raise AssertionError(
                    f"{'ended before' if gone else 'waited in vain for'} {what}\n{self.said()}\n{tail}"
                )
            time.sleep(0.5)

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """One request to the REST API."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            f"{self.address}/api/v2{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read()[:2000]!r}") from None

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Trigger a run by hand; its address in the API."""
        made = self.call(f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        return f"/dags/{dag_id}/dagRuns/{made['dag_run_id']}"

    def wait_for_run(self, run: str) -> str:
        """The state in which a run ends."""
        self.until(lambda: self.call(run)["state"] in ("success", "failed"), run)
        return str(self.call(run)["state"])

    def tasks(self, run: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        found: list[dict[str, Any]] = self.call(f"{run}/taskInstances")["task_instances"]
        return found

    def family(self) -> list[psutil.Process]:
        """Every process that came of it."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        return []

    def until_gone(self, family: list[psutil.Process]) -> None:
        """Wait until none of the processes is left; a crawl has 4 s to end."""
        end_s = time.monotonic() + 20
        while left := [process for process in family if runs(process)]:
            assert time.monotonic() < end_s, f"left running: {left}"
            time.sleep(0.2)

    def stop(self) -> float:
        """SIGTERM; seconds until it had ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(120)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, empty_corpus: Path, papers: dict[str, Paper]
) -> Iterator[Airflow]:
    folder = tmp_path_factory.mktemp("newcomer")
    made = Airflow(open_desk(folder, empty_corpus, papers), folder / "airflow")
    try:
        made.start()
        yield made
    finally:
        family = made.family()
        if made.process is not None and made.process.poll() is None:
            made.stop()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def crawls_of(airflow: Airflow, portal: str) -> list[psutil.Process]:
    """The crawl of a portal, and its workers."""
    found = []
    for process in airflow.family():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            words = process.cmdline()
            if {"crawl", portal} <= {*words}:
                found += [process, *process.children(recursive=True)]
    return found


def runs(process: psutil.Process) -> bool:
    """Whether a process is there, and is no zombie."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def test_nothing_but_loopback_is_listened_on(airflow: Airflow) -> None:
    listening = set()
    for process in airflow.family():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            listening |= {each.laddr for each in process.net_connections("inet") if each.status == psutil.CONN_LISTEN}
    assert airflow.address.rpartition(":")[2] in {str(port) for _, port in listening}
    assert [address for address in listening if not ipaddress.ip_address(address[0]).is_loopback] == []
    assert airflow.address in airflow.said()


def test_the_check_finds_nothing_wrong(airflow: Airflow) -> None:
    env = {name: value for name, value in airflow.environment.items() if name != "PYTHONPATH"}
    words = [COMMAND, "airflow", "check", "--airflow", ROOT / ".venv-airflow" / "bin" / "airflow", "--json"]
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    findings = {finding["subject"]: finding["state"] for finding in json.loads(done.stdout)}
    assert findings == {**dict.fromkeys(findings, "ok"), "metadata": "warning"}  # SQLite, and says so
    assert {"versions", "bundle", "dags", "pools", "command", "corpus", "execution API", "alerts"} <= set(findings)


def test_crawl_all_goes_green_portal_by_portal_and_copies_follow(airflow: Airflow) -> None:
    run = airflow.trigger("copydesk_crawl_all", {"limit": 20})
    assert airflow.wait_for_run(run) == "success"
    crawls = {task["rendered_map_index"]: task["state"] for task in airflow.tasks(run) if task["map_index"] >= 0}
    assert crawls == {"north": "success", "south": "success"}
    events = airflow.call("/assets/events")["asset_events"]
    told = sorted((event["extra"]["portal"], event["extra"]["new"]) for event in events)
    assert told == [("north", 4), ("south", 4)]
    followers = "/dags/copydesk_copies/dagRuns"
    airflow.until(
        lambda: any(each["state"] == "success" for each in airflow.call(followers)["dag_runs"]), "copydesk_copies"
    )
    assert {each["run_type"] for each in airflow.call(followers)["dag_runs"]} == {"asset_triggered"}
    assert airflow.desk.articles() == 8


def test_marking_a_hanging_crawl_failed_leaves_no_process_and_keeps_what_was_stored(airflow: Airflow) -> None:
    north = airflow.desk.papers["north"]
    airflow.desk.write_portal("north", 'tags = ["hanging"]')
    north.count, north.hangs_from = 8, 5
    run = airflow.trigger("copydesk_crawl_all", {"tags": ["hanging"]})
    airflow.until(lambda: north.waiting, "downloads that hang")
    airflow.until(lambda: airflow.desk.articles() == 9, "the one article that does not hang")
    crawl = crawls_of(airflow, "north")
    assert crawl
    assert north.waiting
    began = time.monotonic()
    airflow.call(f"{run}/taskInstances/crawl/0", {"new_state": "failed"}, "PATCH")
    airflow.until(lambda: not any(map(runs, crawl)), "the end of the crawl", 38)  # the pages hang for 40 s
    assert time.monotonic() - began < 38
    assert airflow.wait_for_run(run) == "failed"
    assert airflow.desk.articles() == 9


def test_the_next_crawl_goes_on_and_stores_nothing_twice(airflow: Airflow) -> None:
    airflow.desk.papers["north"].hangs_from = None
    run = airflow.trigger("copydesk_crawl_all", {"tags": ["hanging"]})
    assert airflow.wait_for_run(run) == "success"
    assert airflow.desk.articles() == 12


def test_the_end_leaves_nothing_behind(airflow: Airflow) -> None:
    family = airflow.family()
    assert len(family) > 6
    took_s = airflow.stop()
    assert airflow.process is not None
    assert airflow.process.returncode == 0
    airflow.until_gone(family)
    assert took_s < 60


def test_the_check_says_what_is_wrong_and_what_to_do(airflow: Airflow, tmp_path: Path) -> None:
    portals = tmp_path / "portals"
    portals.mkdir()
    (portals / "broken.toml").write_text("home =", "utf-8")
    wrong = {
        "AIRFLOW_HOME": str(tmp_path / "elsewhere"),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://nobody@127.0.0.1:{free_port()}/nothing",
        "COPYDESK_COMMAND": str(tmp_path / "no-such-command"),
        "COPYDESK_PORTALS": str(portals),
        "COPYDESK_ALERT_WEBHOOK": "ftp://example.org/",
    }
    env = {**{name: value for name, value in airflow.environment.items() if "AIRFLOW" not in name}, **wrong}
    env.pop("PYTHONPATH")
    words = [COMMAND, "airflow", "check", "--airflow", ROOT / ".venv-airflow" / "bin" / "airflow", "-o", "json"]
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 2, done.stderr
    errors = [finding for finding in json.loads(done.stdout) if finding["state"] == "error"]
    assert {finding["subject"] for finding in errors} >= {
        "metadata", "bundle", "portals", "command", "corpus", "execution API", "alerts"
    }  # fmt: skip
    assert all(finding["fix"] for finding in errors)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
