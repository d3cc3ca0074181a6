"""Where the DAGs find things. Every setting is an environment variable of the worker, read when it is asked for.

The `copydesk` command lives in an environment of its own, so what a command gets is made here, too: our settings,
and nothing of Airflow's.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

DAGS = Path(__file__).resolve().parent.parent
SETTINGS = {
    "COPYDESK_COMMAND": "The copydesk command: a name on PATH, a path, or a command with arguments.",
    "COPYDESK_FOLDER": "Folder that commands run in, where copydesk.toml may lie; default: the folder above dags.",
    "COPYDESK_EXPORTS": "Folder of the daily exports; default: exports in COPYDESK_HOME.",
    "COPYDESK_ALERT_WEBHOOK": "Address that alerts are posted to as JSON; default: none, alerts are only logged.",
}
# Airflow's own secrets and paths are no business of a crawl, and its PYTHONPATH belongs to another interpreter.
_NOT_FOR_THE_COMMAND = ("AIRFLOW_", "_AIRFLOW_", "__AIRFLOW_")
_OTHER_INTERPRETER = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}


def command() -> list[str]:
    """The copydesk command, as the first words of a call."""
    said = os.environ.get("COPYDESK_COMMAND", "").strip() or "copydesk"
    return [said] if Path(said).is_file() else shlex.split(said)


def folder() -> Path:
    """The folder that commands run in."""
    said = os.environ.get("COPYDESK_FOLDER")
    return Path(said).expanduser().absolute() if said else DAGS.parent


def portals_folder() -> Path:
    """The folder of the portal files."""
    return folder() / Path(os.environ.get("COPYDESK_PORTALS") or "portals").expanduser()


def home() -> Path:
    """The folder of the corpus."""
    return folder() / Path(os.environ.get("COPYDESK_HOME") or "copydesk-data").expanduser()


def exports_folder() -> Path:
    """The folder of the daily exports."""
    said = os.environ.get("COPYDESK_EXPORTS")
    return folder() / Path(said).expanduser() if said else home() / "exports"


def alert_webhook() -> str | None:
    """The address that alerts are posted to; None for the log only."""
    return os.environ.get("COPYDESK_ALERT_WEBHOOK", "").strip() or None


def command_environment() -> dict[str, str]:
    """The environment of a command: the worker's, without what is Airflow's, and with folders that are the DAGs' own.

    Airflow gives tasks a database URL that must not be used. The corpus has its own: COPYDESK_DATABASE_URL.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_NOT_FOR_THE_COMMAND) and name not in _OTHER_INTERPRETER and name not in SETTINGS
    }
    folders = {"COPYDESK_PORTALS": str(portals_folder())}
    if os.environ.get("COPYDESK_HOME"):
        folders["COPYDESK_HOME"] = str(home())
    return {**kept, **folders, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
