"""`airflow standalone` as `make airflow` wants it: pools made, nothing but loopback listened on, and a calm terminal.

What the services say goes to a file. Airflow serves task logs on every interface of the machine, on ports 8793 and
8794, whatever `[api] host` says; they lie on this disk, so here they are not served at all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from airflow.cli.commands import standalone_command
from airflow.models.pool import Pool
from airflow.utils.session import create_session

from copydesk_airflow.settings import DAGS

ADDRESS = os.environ["AIRFLOW__API__BASE_URL"]
LAST_TASKS_S = 15.0
LOOK_S = 1.0
LOG = Path(os.environ["AIRFLOW_HOME"]) / "logs" / "standalone.log"
READY = """
Airflow is ready: {address}

  1. Open {address}/dags and look at the DAGs; each says what it does.
  2. Trigger copydesk_crawl_all with "Pages at most" 20: a task for each portal turns green.
  3. copydesk_copies follows by itself, when a crawl brought something new.
  4. In another shell, in this folder:  . {env} && $COPYDESK_COMMAND stats

A portal's own DAG crawls it on its schedule once you switch it on. Ctrl-C stops everything. Log: {log}
"""


class Service(standalone_command.SubCommand):
    """One of Airflow's services, without a server for logs."""

    def __init__(self, parent: Any, name: str, command: list[str], env: dict[str, str]) -> None:
        quiet = ["--skip-serve-logs"] if name in ("scheduler", "triggerer") else []
        super().__init__(parent, name=name, command=[*command, *quiet], env=env)

    def stop(self) -> None:
        """SIGTERM. The API server waits for the scheduler, whose tasks could not report their end otherwise."""
        scheduler = self.parent.subcommands["scheduler"].process
        if self.name == "api-server" and scheduler is not None:
            with suppress(subprocess.TimeoutExpired):
                scheduler.wait(LAST_TASKS_S)
        super().stop()


class Standalone(standalone_command.StandaloneCommand):  # type: ignore[misc]
    """Airflow's own, with pools, one address to open, and an end when one of its services ends."""

    def __init__(self) -> None:
        super().__init__()
        LOG.parent.mkdir(parents=True, exist_ok=True)
        self._log = LOG.open("a", encoding="utf-8")
        self._last: deque[str] = deque(maxlen=30)
        self._looked_s = 0.0

    def initialize_database(self) -> None:
        """The tables, and the pools."""
        super().initialize_database()
        make_pools(DAGS / "pools.json")

    def print_output(self, name: str, output: str) -> None:
        """To the log."""
        for line in output.splitlines():
            self._last.append(f"{name} | {line}")
            self._log.write(f"{name:14} | {line}\n")
        self._log.flush()

    def update_output(self) -> None:
        """Also see to it that all services still run."""
        super().update_output()
        for service in self.subcommands.values():
            ended = service.process is not None and service.process.poll()
            if ended not in (None, False):
                print(*self._last, f"airflow {service.name} ended with {ended}; see {LOG}", sep="\n", flush=True)
                raise KeyboardInterrupt

    def is_ready(self) -> bool:
        """When the DAGs can be looked at. Asked ten times a second; a look takes CPU that the services start with."""
        if time.monotonic() - self._looked_s < LOOK_S:
            return False
        self._looked_s = time.monotonic()
        return super().is_ready() and dags_are_there()

    def print_ready(self) -> None:
        """What to do now."""
        env = Path(os.environ["AIRFLOW_HOME"]) / "copydesk.env"
        print(READY.format(address=ADDRESS, log=LOG, env=env), flush=True)


def make_pools(file: Path) -> None:
    """The pools of the file that are not there yet; one that is may have been changed on purpose."""
    with create_session() as session:
        for name, pool in json.loads(file.read_text("utf-8")).items():
            if Pool.get_pool(name, session=session) is None:
                Pool.create_or_update_pool(
                    name, pool["slots"], pool["description"], pool["include_deferred"], session=session
                )


def dags_are_there() -> bool:
    """Whether the server answers, and knows our DAGs. One that wants a login answers, too."""
    try:
        with urllib.request.urlopen(f"{ADDRESS}/api/v2/dags/copydesk_crawl_all", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code in (401, 403)
    except OSError:
        return False


def _leave(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, _leave)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    os.environ.pop("PYTHONPATH", None)  # the services find the DAGs' shared code as any Airflow does
    standalone_command.SubCommand = Service
    Standalone().run()


if __name__ == "__main__":
    main()
