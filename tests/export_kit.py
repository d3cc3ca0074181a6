"""What the tests of exports share: a way to call the command on a corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.database import Database
from tests.command_kit import Say, speaker, stand_in


def caller(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Runs a command on the corpus, in an empty folder: exit code, stdout, stderr."""
    (folder / "slices").mkdir()
    stand_in(folder / "slices", monkeypatch)
    monkeypatch.setenv("COPYDESK_HOME", str(folder / "home"))
    monkeypatch.setenv("COPYDESK_DATABASE_URL", database.url.render_as_string(hide_password=False))
    return speaker(capsys)
