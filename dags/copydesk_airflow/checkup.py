"""What `copydesk airflow check` asks of Airflow: run by Airflow's own interpreter, prints one JSON list of findings.

Looks at this installation as its scheduler, and at the command as a task on this machine would run it. Changes
nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from airflow import __version__
from airflow.configuration import conf
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.models.pool import Pool

from copydesk_airflow import settings
from copydesk_airflow.portal_files import read_portals

TESTED = (3, 3)
COMMAND_LIMIT_S = 60
KEY_BYTES = 64
LATE_S = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found, and what to do about it."""

    subject: str
    state: str  # ok | warning | error
    says: str
    fix: str = ""


def examine() -> Iterator[Finding]:
    """Everything, one after the other; an examination that breaks is a finding, too."""
    looks: list[Callable[[], Iterator[Finding]]] = [
        versions, metadata, bundle, dags, portals, pools, command, corpus, addresses, secrets, heartbeat, alerts,
    ]  # fmt: skip
    for look in looks:
        try:
            yield from look()
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            yield Finding(look.__name__, "error", said, "airflow db check, airflow config list")


def versions() -> Iterator[Finding]:
    """Airflow and its Python."""
    says = f"Airflow {__version__} on Python {platform.python_version()}"
    found = tuple(int(part) for part in __version__.split(".")[:2])
    if found < (3, 0):
        yield Finding("versions", "error", says, "install Airflow 3: pip install -r requirements/airflow.txt")
    elif found != TESTED:
        fix = f"the DAGs are tested with {TESTED[0]}.{TESTED[1]}; try them out first"
        yield Finding("versions", "warning", says, fix)
    else:
        yield Finding("versions", "ok", says)


def bundle() -> Iterator[Finding]:
    """Whether the folder of the DAG files is the root of a bundle, so that what they share can be imported."""
    bundles = [each for each in DagBundlesManager().get_all_dag_bundles() if "example" not in each.name]
    roots = {str(Path(each.path).resolve()): each.name for each in bundles}
    if str(settings.DAGS) in roots:
        yield Finding("bundle", "ok", f"{settings.DAGS} is the root of bundle {roots[str(settings.DAGS)]}")
        return
    above = [root for root in roots if settings.DAGS.is_relative_to(root)]
    fix = f"set AIRFLOW__CORE__DAGS_FOLDER={settings.DAGS}, or add a bundle with that path"
    if above:
        yield Finding("bundle", "warning", f"{settings.DAGS} lies below {above[0]}: late alerts cannot be sent", fix)
    else:
        said = ", ".join(roots) or "there is none"
        yield Finding("bundle", "error", f"{settings.DAGS} is in no bundle ({said})", fix)


def dags() -> Iterator[Finding]:
    """Whether every DAG file can be read, and every pool that it names exists."""
    bag = BundleDagBag(dag_folder=str(settings.DAGS), bundle_path=settings.DAGS, bundle_name="dags-folder")
    for file, error in bag.import_errors.items():
        said = str(error).strip().splitlines()[-1]
        yield Finding("dags", "error", f"{file}: {said}", "put it right, or copy the folder dags anew")
    if not bag.import_errors:
        yield Finding("dags", "ok", f"{len(bag.dags)} DAGs in {settings.DAGS}")
    if _tables():
        wanted = {task.pool for dag in bag.dags.values() for task in dag.tasks}
        for pool in sorted(wanted - {pool.pool for pool in Pool.get_pools()}):
            yield Finding("pools", "error", f"{pool} does not exist: tasks that use it never start", _import_pools())


def portals() -> Iterator[Finding]:
    """Whether every portal file gives a DAG."""
    folder = settings.portals_folder()
    if not folder.is_dir():
        yield Finding("portals", "error", f"{folder}: no such folder", "set COPYDESK_PORTALS for scheduler and workers")
        return
    found, faults = read_portals(folder)
    for fault in faults:
        yield Finding("portals", "error", f"no DAG: {fault}", "copydesk portal lint says what is wrong")
    if not faults:
        none = "" if found else "copydesk portal add URL"
        yield Finding("portals", "ok" if found else "warning", f"{len(found)} enabled portals in {folder}", none)


def pools() -> Iterator[Finding]:
    """Whether the pools have room."""
    for name in json.loads((settings.DAGS / "pools.json").read_text("utf-8")) if _tables() else []:
        pool = Pool.get_pool(name)
        if pool is not None and pool.slots == 0:
            yield Finding("pools", "error", f"{name} has no slots: tasks that use it never start", _import_pools())
        elif pool is not None:
            yield Finding("pools", "ok", f"{name}: {'no limit' if pool.slots < 0 else f'{pool.slots} slots'}")


def _import_pools() -> str:
    return f"airflow pools import {settings.DAGS / 'pools.json'}"


def command() -> Iterator[Finding]:
    """Whether a task finds the command."""
    words = settings.command()
    code, said = _call([*words, "--version"])
    if code == 0:
        yield Finding("command", "ok", f"{' '.join(words)}: {said}")
    else:
        fix = "set COPYDESK_COMMAND to the path of copydesk, for every worker"
        yield Finding("command", "error", f"{' '.join(words)}: {said or f'ended with {code}'}", fix)


def corpus() -> Iterator[Finding]:
    """Whether a task reaches the corpus, and which one."""
    url = os.environ.get("COPYDESK_DATABASE_URL", "")
    kind = urlsplit(url).scheme.partition("+")[0] if url else "sqlite"
    place = _without_password(url) if url else f"SQLite in {settings.home()} (COPYDESK_DATABASE_URL is not set)"
    code, said = _call([*settings.command(), "stats", "--json"])
    if code == 0:
        yield Finding("corpus", "ok", place)
    else:
        fix = "copydesk db upgrade; set COPYDESK_DATABASE_URL or COPYDESK_HOME for every worker"
        yield Finding("corpus", "error", f"{place}: {said or f'ended with {code}'}", fix)
    if kind == "sqlite" and not _one_machine():
        says = f"{_executor()} spreads tasks over machines, and an SQLite file is on one"
        yield Finding("corpus", "error", says, "set COPYDESK_DATABASE_URL=postgresql://… for every worker")
    url_of_airflow = conf.get("database", "sql_alchemy_conn")
    if url and _place(url) == _place(url_of_airflow):
        fix = "give the corpus a database of its own: airflow db clean and upgrades must not meet it"
        yield Finding("corpus", "warning", "shares a database with Airflow's own tables", fix)


def _place(url: str) -> tuple[str | None, int | None, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port, parts.path


def metadata() -> Iterator[Finding]:
    """Airflow's own database."""
    if not _tables():
        yield Finding(
            "metadata", "error", "Airflow's database has no tables, or cannot be reached", "airflow db migrate"
        )
    kind = urlsplit(conf.get("database", "sql_alchemy_conn")).scheme
    fix = "set AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://…"
    if not kind.startswith("sqlite"):
        yield Finding("metadata", "ok", f"{_executor()}, {kind}")
    elif _one_machine():
        says = f"{_executor()}, SQLite: good to try things out, but backfills are refused"
        yield Finding("metadata", "warning", says, fix)
    else:
        yield Finding("metadata", "error", f"{_executor()} does not work with SQLite", fix)


def _tables() -> bool:
    """Whether Airflow's database is there and has its tables."""
    try:
        Pool.get_pools()
    except Exception:  # what it is depends on the driver
        return False
    return True


def addresses() -> Iterator[Finding]:
    """Whether workers are told where the API server is."""
    url = conf.get("core", "execution_api_server_url", fallback="") or ""
    port = conf.getint("api", "port")
    if not url:
        base = conf.get("api", "base_url", fallback="") or ""
        moved = port != 8080 and urlsplit(base).port != port
        if moved or not _one_machine():
            fix = f"set AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://HOST:{port}/execution/ for scheduler and workers"
            yield Finding("execution API", "error", "tasks would look for it on this machine, port 8080", fix)
            return
    elif not urlsplit(url).path.rstrip("/").endswith("/execution"):
        fix = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL must end in /execution/"
        yield Finding("execution API", "error", url, fix)
        return
    elif _one_machine() and (urlsplit(url).port or 80) != port:
        fix = "let AIRFLOW__CORE__EXECUTION_API_SERVER_URL name that port, or the one of the proxy before it"
        yield Finding("execution API", "warning", f"{url}, but the API server listens on port {port}", fix)
        return
    yield Finding("execution API", "ok", url or "on this machine")


def secrets() -> Iterator[Finding]:
    """Keys that every service must share."""
    key = conf.get("api_auth", "jwt_secret", fallback="") or ""
    shared = any(
        os.environ.get(name) for name in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API_AUTH__JWT_SECRET_CMD")
    )
    fix = "set AIRFLOW__API_AUTH__JWT_SECRET to the same 64 random bytes or more for every service"
    if not key and not _one_machine():
        yield Finding("secrets", "error", "no [api_auth] jwt_secret: workers' tokens are refused", fix)
    elif key and len(key.encode()) < KEY_BYTES:
        yield Finding("secrets", "warning", f"[api_auth] jwt_secret has {len(key.encode())} bytes", fix)
    elif not shared and not _one_machine():
        yield Finding("secrets", "warning", "[api_auth] jwt_secret comes from this machine's airflow.cfg", fix)
    else:
        yield Finding("secrets", "ok", "[api_auth] jwt_secret is long enough" if key else "made anew at each start")


def heartbeat() -> Iterator[Finding]:
    """How soon the tasks of a dead worker are run again."""
    late_s = conf.getint("scheduler", "task_instance_heartbeat_timeout")
    every_s = conf.getfloat("scheduler", "task_instance_heartbeat_timeout_detection_interval", fallback=10.0)
    says = f"a dead worker's tasks are noticed after {late_s + every_s:.0f} s"
    if late_s > LATE_S:
        fix = "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT=60 notices sooner"
        yield Finding("heartbeat", "warning", says, fix)
    else:
        yield Finding("heartbeat", "ok", says)


def alerts() -> Iterator[Finding]:
    """Where alerts go."""
    webhook = settings.alert_webhook()
    if webhook is None:
        yield Finding("alerts", "ok", "logged; COPYDESK_ALERT_WEBHOOK would post them")
    elif urlsplit(webhook).scheme in ("http", "https") and urlsplit(webhook).hostname:
        yield Finding("alerts", "ok", f"logged, and posted to {urlsplit(webhook).hostname}")
    else:
        fix = "set COPYDESK_ALERT_WEBHOOK to an address that begins with https:// or http://"
        yield Finding("alerts", "error", "COPYDESK_ALERT_WEBHOOK is no address", fix)


def _executor() -> str:
    return conf.get("core", "executor").rpartition(".")[2]


def _one_machine() -> bool:
    return _executor().startswith("LocalExecutor")


def _call(words: list[str]) -> tuple[int, str]:
    """Run a command as a task would; its exit code, and the first line it said, or why it could not be run."""
    try:
        done = subprocess.run(  # noqa: S603
            words, cwd=settings.folder(), env=settings.command_environment(), capture_output=True, text=True,
            errors="replace", timeout=COMMAND_LIMIT_S, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except OSError as error:
        return -1, f"{error.filename}: {error.strerror}"
    except subprocess.TimeoutExpired:
        return -1, f"no answer within {COMMAND_LIMIT_S} s"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode, lines[0][:300] if lines else ""


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}:***@{host}" if parts.password else parts.netloc, query="").geturl()


def main() -> None:
    """Findings to stdout; what Airflow logs meanwhile must not come between."""
    with contextlib.redirect_stdout(sys.stderr):
        findings = [asdict(finding) for finding in examine()]
    print(json.dumps(findings, ensure_ascii=False))


if __name__ == "__main__":
    main()
