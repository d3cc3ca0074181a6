"""Commands run in the test's own process, as the tests of the command call them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from copydesk.main import run

Say = Callable[..., tuple[int, str, str]]


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it the current folder, in an environment that says nothing."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder / "nobody"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(folder)


def speaker(capsys: pytest.CaptureFixture[str], *before: str) -> Say:
    """Runs a command, its words behind those `before`: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([*before, *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call
