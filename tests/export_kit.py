"""What the tests of exports share: a way to call the command on a corpus."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from copydesk.main import run
from storage.database import Database

Say = Callable[..., tuple[int, str, str]]


def caller(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Runs a command on the corpus, in an empty folder: exit code, stdout, stderr."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder / "nobody"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COPYDESK_HOME", str(folder / "home"))
    monkeypatch.setenv("COPYDESK_DATABASE_URL", database.url.render_as_string(hide_password=False))
    (folder / "slices").mkdir()
    monkeypatch.chdir(folder / "slices")

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call
