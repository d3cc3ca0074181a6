"""Exit codes of the command as Airflow's outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

NOTHING_TO_DO = 4
FAILS_FOR_GOOD = {
    2: "wrong call or configuration; a retry changes nothing",
    3: "below what the portal expects",
    5: "blocked by the site; asking again at once makes it worse",
}
MAY_WORK_LATER = {6: "storage unavailable", 130: "interrupted", 143: "terminated; what it stored is kept"}


class CommandFailed(AirflowFailException):
    """The command failed, and a retry would fail the same way. `report` is what it printed."""

    def __init__(self, message: str, report: Any = None) -> None:
        super().__init__(message)
        self.report = report


class CommandStumbled(AirflowException):
    """The command failed, and a retry may go well. `report` is what it printed."""

    def __init__(self, message: str, report: Any = None) -> None:
        super().__init__(message)
        self.report = report


def judge(name: str, code: int, report: Any, said: Sequence[str] = ()) -> None:
    """Return for 0; raise a skip for 4, a failure without retry for 2, 3 and 5, and one with for everything else."""
    if code == 0:
        return
    if code == NOTHING_TO_DO:
        raise AirflowSkipException(f"{name}: nothing to do")
    reason = FAILS_FOR_GOOD.get(code) or MAY_WORK_LATER.get(128 - code if code < 0 else code, "unexpected")
    spoken = "; ".join(said)
    message = f"{name} ended with exit code {code}: {reason}" + (f": {spoken[:3000]}" if spoken else "; see the log")
    raise (CommandFailed if code in FAILS_FOR_GOOD else CommandStumbled)(message, report)
