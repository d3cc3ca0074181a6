"""`make airflow` as a newcomer runs it, and what he does there: real services, real crawls, the REST API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from conftest import Desk

START_LIMIT_S = 400
RUN_LIMIT_S = 300
LOOK_S = 0.5  # between two looks for something
ASK_S = 2.0  # … that take a twentieth of a second of the API server's CPU each
DAGS = Path(__file__).resolve().parents[2] / "dags"
CALMER = {"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600"}  # what was read once stays as it is


class Newcomer:
    """`make airflow`, running on a desk."""

    def __init__(self, desk: Desk, home: Path) -> None:
        self.desk, self.home = desk, home
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self._first_run: Future[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """As in a shell in which make airflow is typed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "COPYDESK"))}
        return {
            **kept,
            "PYTHONPATH": str(DAGS),
            **CALMER,
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__API__PORT": self.address.rpartition(":")[2],
            "AIRFLOW__CORE__PARALLELISM": "2",
            "COPYDESK_FOLDER": str(self.desk.folder),
            "COPYDESK_PORTALS": str(self.desk.folder / "portals"),
            "COPYDESK_HOME": str(self.desk.folder / "copydesk-data"),
            "COPYDESK_WORKERS": "1",
        }

    def start(self) -> None:
        """Start, and, in the background, trigger a crawl of everything as soon as it says that it is ready."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "copydesk_airflow.start"],
                env=self.environment, cwd="/", stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        begun = ThreadPoolExecutor(1, "newcomer")
        self._first_run = begun.submit(self._begin)
        begun.shutdown(wait=False)

    def _begin(self) -> str:
        self.until(lambda: "Airflow is ready" in self.said(), "the start", START_LIMIT_S)
        return self.trigger("copydesk_crawl_all", {"limit": 20})

    def first_run(self) -> str:
        """The crawl of everything, once Airflow is ready."""
        assert self._first_run is not None
        return self._first_run.result(START_LIMIT_S)

    def said(self) -> str:
        """What a newcomer sees."""
        return self.log.read_text("utf-8", "replace")

    def until(
        self, condition: Callable[[], object], what: str, limit_s: float = RUN_LIMIT_S, every_s: float = LOOK_S
    ) -> None:
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
            time.sleep(every_s)

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
        self.until(lambda: self.call(run)["state"] in ("success", "failed"), run, every_s=ASK_S)
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

    def leave_nothing(self) -> None:
        """However the tests went."""
        family = self.family()
        if self.process is not None and self.process.poll() is None:
            self.stop()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def crawls_of(self, portal: str) -> list[psutil.Process]:
        """The crawl of a portal, and its workers."""
        found = []
        for process in self.family():
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
