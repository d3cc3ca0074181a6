"""`make airflow`: try the DAGs on this machine, with nothing but this checkout.

Sets what Airflow has to know, brings the corpus to its newest schema, and runs `airflow standalone` (SQLite,
LocalExecutor) on loopback until Ctrl-C. A variable that is set already stays as it is. With --demo, three made-up
portals are served on loopback and crawled instead of yours, all in a folder that is removed at the end.

The standard library only: Airflow reads its environment when it is imported, so it runs in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from copydesk_airflow import settings
from copydesk_airflow.child import dying_with

FIRST_PORT = 8080
DEMO_WAIT_S = 60
STOP_WAIT_S = 30
DEMO_ONLY = ("COPYDESK_FOLDER", "COPYDESK_PORTALS", "COPYDESK_HOME")  # a demo leaves your corpus alone
ENVIRONMENT_FILE = "copydesk.env"  # in AIRFLOW_HOME: what was set, for other shells and `copydesk airflow check`


def main() -> int:
    """Run until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="make airflow", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--demo", action="store_true", help="serve made-up portals and crawl those")
    demo = parser.parse_args().demo
    with _signals_end_it(), _workplace(demo) as folder:
        ours = environment(folder, demo)
        os.environ.update(ours)
        home = Path(os.environ["AIRFLOW_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        write_environment(home / ENVIRONMENT_FILE, ours)
        if _upgrade() or not _portals_are_there():
            return 2
        return _standalone()


def environment(folder: Path, demo: bool) -> dict[str, str]:
    """The variables that Airflow and the DAGs need, each as it is set already or else with our value."""
    root = settings.DAGS.parent
    port = os.environ.get("AIRFLOW__API__PORT") or str(free_port(FIRST_PORT))
    host = os.environ.get("AIRFLOW__API__HOST") or "127.0.0.1"
    address = f"http://{host}:{port}"
    wanted = {
        "AIRFLOW_HOME": str((folder if demo else root) / ".airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__API__HOST": host,
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "COPYDESK_COMMAND": str(root / ".venv" / "bin" / "copydesk"),
        "COPYDESK_FOLDER": str(folder),
        "COPYDESK_PORTALS": str(folder / "portals"),
        "COPYDESK_HOME": str(folder / "copydesk-data"),
    }
    if host in ("127.0.0.1", "localhost", "::1"):
        wanted["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] = "True"  # nobody else can reach it
    fixed = DEMO_ONLY if demo else ()
    return {name: value if name in fixed else os.environ.get(name) or value for name, value in wanted.items()}


def free_port(first: int) -> int:
    """The first port from `first` on that nothing listens on."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise SystemExit(f"ports {first} to {first + 99} are all taken; choose one with AIRFLOW__API__PORT")


def write_environment(path: Path, values: dict[str, str]) -> None:
    """A file that a shell can read; it holds secrets, so only its owner may."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


@contextmanager
def _workplace(demo: bool) -> Iterator[Path]:
    """The checkout; or, for the demo, a folder with its portal files, which are served meanwhile."""
    if not demo:
        yield settings.folder()
        return
    above = Path(tempfile.mkdtemp(prefix="copydesk-airflow-"))
    site = above / "site"
    command = [str(settings.DAGS.parent / ".venv" / "bin" / "copydesk"), "demo", "--serve", str(site)]
    server = subprocess.Popen(command, start_new_session=True, preexec_fn=dying_with(os.getpid()))  # noqa: S603
    try:
        _wait_for_portals(server, site / "portals")
        yield site
    finally:
        _end(server)
        shutil.rmtree(above, ignore_errors=True)


def _wait_for_portals(server: subprocess.Popen[bytes], folder: Path) -> None:
    end_s = time.monotonic() + DEMO_WAIT_S
    while len(list(folder.glob("*.toml"))) < 3:
        if server.poll() is not None or time.monotonic() > end_s:
            raise SystemExit("the demo's portals did not come up; try: .venv/bin/copydesk demo")
        time.sleep(0.1)


def _upgrade() -> int:
    """Make the corpus, or bring its schema up to date, once: crawls that start together must not race to do it."""
    command = [*settings.command(), "db", "upgrade"]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=settings.folder(), env=settings.command_environment(), check=False
        )
    except OSError as error:
        _say(f"{command[0]}: {error.strerror}; run make setup, or set COPYDESK_COMMAND")
        return 2
    return done.returncode


def _portals_are_there() -> bool:
    folder = settings.portals_folder()
    if not any(folder.glob("*.toml")):
        _say(f"no portal files in {folder} yet: add one with .venv/bin/copydesk portal add URL")
        _say("or see made-up portals crawled, without a network: make airflow DEMO=1")
    return True


def _standalone() -> int:
    """Run Airflow in a session of its own: Ctrl-C comes to us alone, and reaches it as one SIGTERM."""
    _say("Airflow starts; this takes about half a minute")
    environ = {**os.environ, "PYTHONPATH": str(settings.DAGS)}
    command = [sys.executable, "-m", "copydesk_airflow.standalone"]
    airflow = subprocess.Popen(  # noqa: S603
        command, env=environ, start_new_session=True, preexec_fn=dying_with(os.getpid())
    )
    try:
        return airflow.wait()
    except KeyboardInterrupt:
        _say("stopping; running crawls keep what they have stored")
        return 0
    finally:
        _end(airflow)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, and then leave nothing of its session behind. A crawl is told by the kernel when its task is gone."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WAIT_S)
    for pid in _session(process.pid):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _session(leader: int) -> Iterator[int]:
    """The processes of a session (Linux): tasks have process groups of their own."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == leader:
                yield int(stat.parent.name)


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """The first SIGTERM or Ctrl-C ends the block; later ones must not disturb the tidying up."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        yield
    except KeyboardInterrupt:
        return


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main() or 0)
