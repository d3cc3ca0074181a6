"""Asks Airflow's own interpreter what `copydesk airflow check` shows: one process, since each costs seconds."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import copydesk
from newsroom.errors import UsageError

LIMIT_S = 300
CHECKOUT = Path(copydesk.__file__).resolve().parent.parent


def examine(executable: Path | None, dags: Path | None) -> list[dict[str, str]]:
    """The findings, each with subject, state, says and fix. Raises UsageError where nothing can be asked."""
    folder = dags_folder(dags)
    python = interpreter_of(airflow_executable(executable, os.environ))
    environ = environment(os.environ, folder)
    command = [str(python), "-m", "copydesk_airflow.checkup"]
    try:
        done = subprocess.run(  # noqa: S603 - the user names the interpreter
            command, env=environ, capture_output=True, text=True, errors="replace", timeout=LIMIT_S, check=False
        )
    except OSError as error:
        raise UsageError(f"{python}: {error.strerror}; name Airflow's command with --airflow") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{python}: no answer within {LIMIT_S} s; try airflow db check") from None
    return _findings(done, python)


def airflow_executable(given: Path | None, environ: Mapping[str, str]) -> Path:
    """Airflow's command: as given, by COPYDESK_AIRFLOW, on PATH, or in .venv-airflow. Raises UsageError."""
    said = given or (Path(environ["COPYDESK_AIRFLOW"]) if environ.get("COPYDESK_AIRFLOW") else None)
    if said is not None:
        if not said.is_file():
            raise UsageError(f"{said}: no such file; name Airflow's command with --airflow")
        return said.absolute()
    on_path = shutil.which("airflow", path=environ.get("PATH"))
    places = [Path(on_path)] if on_path else []
    places += [folder / ".venv-airflow" / "bin" / "airflow" for folder in (Path.cwd(), CHECKOUT)]
    for place in places:
        if place.is_file():
            return place.absolute()
    raise UsageError("no airflow on PATH and none in .venv-airflow; run make airflow-env, or name it with --airflow")


def interpreter_of(executable: Path) -> Path:
    """The Python that `executable` is run by: beside it in a virtual environment, else in its first line."""
    beside = executable.parent / "python"
    if beside.is_file():
        return beside
    with executable.open("rb") as file:
        first = file.readline(1024).decode("utf-8", "replace").strip()
    words = shlex.split(first[2:]) if first.startswith("#!") else []
    if not words or not Path(words[-1]).is_file():
        raise UsageError(f"{executable}: it does not say which Python runs it; name the one in a virtual environment")
    return Path(words[-1])


def dags_folder(given: Path | None) -> Path:
    """The folder of the DAG files. Raises UsageError."""
    places = [given] if given else [Path("dags"), CHECKOUT / "dags"]
    for place in places:
        if (place / "copydesk_airflow" / "checkup.py").is_file():
            return place.resolve()
    raise UsageError(f"{places[0]}: copydesk's DAG files are not there; name their folder with --dags")


def environment(environ: Mapping[str, str], dags: Path) -> dict[str, str]:
    """The caller's variables, and what `make airflow` wrote down of those that the caller has not set."""
    home = environ.get("AIRFLOW_HOME")
    here = Path(".airflow")
    if not home and (here / "copydesk.env").is_file():
        home = str(here.absolute())
    written = read_variables(Path(home) / "copydesk.env") if home else {}
    theirs = {"AIRFLOW_HOME": home} if home else {}
    return {**written, **theirs, **environ, "PYTHONPATH": str(dags), "NO_COLOR": "1"}


def read_variables(file: Path) -> dict[str, str]:
    """The `export NAME=value` lines of a file that make airflow wrote; {} where there is none."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for line in lines:
        words = shlex.split(line)
        if len(words) == 2 and words[0] == "export":
            name, _, value = words[1].partition("=")
            found[name] = value
    return found


def _findings(done: subprocess.CompletedProcess[str], python: Path) -> list[dict[str, str]]:
    lines = done.stdout.strip().splitlines()
    try:
        found = json.loads(lines[-1])
        return [{key: str(value) for key, value in each.items()} for each in found]
    except (IndexError, ValueError, AttributeError):
        said = done.stderr.strip().splitlines()
        last = said[-1][:300] if said else f"it ended with {done.returncode}"
        raise UsageError(f"{python}: {last}; is this the Python that Airflow 3 is installed in?") from None
